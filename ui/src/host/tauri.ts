/** The desktop window. What it may ask for stands in `src-tauri/capabilities/main.json`. */
import type { Host } from './host';
import { web } from './web';

/** What Tauri puts into its page; `@tauri-apps/api` is no more than a wrapper round it for the two calls made here. */
interface TauriPage {
  __TAURI_INTERNALS__?: { invoke(command: string, args: Record<string, unknown>): Promise<unknown> };
}

function invoke(command: string, args: Record<string, unknown>): Promise<unknown> {
  const internals = (window as TauriPage).__TAURI_INTERNALS__;
  if (!internals) return Promise.reject(new Error('The window does not answer.'));
  // A refused command rejects with a plain sentence.
  return internals.invoke(command, args).catch((error: unknown) => {
    throw error instanceof Error ? error : new Error(String(error));
  });
}

export const isDesktop = (): boolean => (window as TauriPage).__TAURI_INTERNALS__ !== undefined;

export const tauri: Host = {
  ...web,
  desktop: true,
  async openLink(url) {
    await invoke('open_link', { url });
  },
  async save(name, text) {
    await invoke('save_text', { name, text });
  },
};
