/** The desktop window. What it may ask for stands in `src-tauri/capabilities/main.json`. */
import type { Host } from './host';
import { web } from './web';

/** What Tauri puts into its page; `@tauri-apps/api` is no more than a wrapper round it for the few calls made here. */
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
  async save(name, content) {
    await invoke('save_text', { name, text: typeof content === 'string' ? content : await content.text() });
  },
  async saveTraces(name, request) {
    return (await invoke('save_traces', { name, request })) === true;
  },
  dragTraces(event, name, request) {
    // What the page drags itself is of no use outside of it.
    event.preventDefault();
    if (navigator.userAgent.includes('Linux')) void invoke('drag_traces', { name, request }).catch(() => undefined);
  },
  useTheme(theme) {
    void invoke('use_theme', { theme }).catch(() => undefined);
  },
  onCommand(run) {
    const told = (event: Event) => run(String((event as CustomEvent<unknown>).detail));
    window.addEventListener('spanglass-command', told);
    return () => window.removeEventListener('spanglass-command', told);
  },
};
