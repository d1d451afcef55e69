import type { JsonTree, TextLines } from '../api/types';
import { readJson } from './exact_json';
import type { JsonAsked } from './json_window';

/** The cut texts of an answer and the way to the whole ones. */
export interface Texts {
  /** JSON pointer into the answer → full length in bytes. */
  cut: Record<string, number>;
  /** Loads the whole text at a pointer. */
  load(pointer: string): Promise<string>;
  /** Loads some lines of it. */
  lines(pointer: string, from: number, count: number, signal?: AbortSignal): Promise<TextLines>;
  /** Loads some rows of the tree that it is; null = it is no JSON. */
  tree(pointer: string, asked: JsonAsked, signal?: AbortSignal): Promise<JsonTree | null>;
}

/** All of the value at a pointer, of which texts may be cut: what is copied is never a beginning that looks like the whole. */
export async function whole<T>(value: T, at: string, { cut, load }: Texts): Promise<T> {
  if (cut[at] === undefined && !Object.keys(cut).some((pointer) => pointer.startsWith(`${at}/`))) return value;
  const text = await load(at);
  // Large JSON of a sender is here as the text it is.
  return (typeof value === 'string' ? text : readJson(text)) as T;
}

const isWhole = () => Promise.reject(new Error('This text is whole already.'));

/** For values that are whole. */
export const WHOLE: Texts = { cut: {}, load: isWhole, lines: isWhole, tree: isWhole };
