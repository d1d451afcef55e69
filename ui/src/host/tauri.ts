import type { Host } from './host';
import { web } from './web';

/** What Tauri puts into the window's page; its package `@tauri-apps/api` is a wrapper around the same. */
interface Channel {
  invoke(command: string, args: Record<string, string>): Promise<unknown>;
}

declare global {
  interface Window {
    __TAURI_INTERNALS__?: Channel;
  }
}

/** What the desktop can do; undefined in a browser. */
export function desktop(channel = window.__TAURI_INTERNALS__): Host | undefined {
  if (!channel) return undefined;
  return {
    desktop: true,
    async openLink(url) {
      await channel.invoke('open_link', { url });
    },
    copy: (text) => web.copy(text),
    async save(name, text) {
      await channel.invoke('save_text', { name, text });
    },
  };
}
