import type { Host } from './host';
import { web } from './web';

export type { Host };

/** Where the page runs. */
export const host: Host = web;
