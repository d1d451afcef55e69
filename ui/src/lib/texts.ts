import type { TextLines } from '../api/types';

/** The cut texts of an answer and the way to the whole ones. */
export interface Texts {
  /** JSON pointer into the answer → full length in bytes. */
  cut: Record<string, number>;
  /** Loads the whole text at a pointer. */
  load(pointer: string): Promise<string>;
  /** Loads some lines of it. */
  lines(pointer: string, from: number, count: number, signal?: AbortSignal): Promise<TextLines>;
}

const isWhole = () => Promise.reject(new Error('This text is whole already.'));

/** For values that are whole. */
export const WHOLE: Texts = { cut: {}, load: isWhole, lines: isWhole };
