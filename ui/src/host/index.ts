import type { Host } from './host';
import { desktop } from './tauri';
import { web } from './web';

export type { Host };

/** Where the page runs. */
export const host: Host = desktop() ?? web;
