import type { Host } from './host';
import { isDesktop, tauri } from './tauri';
import { web } from './web';

export type { Host };

/** Where the page runs. */
export const host: Host = isDesktop() ? tauri : web;
