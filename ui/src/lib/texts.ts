/** The cut texts of an answer and the way to the whole ones. */
export interface Texts {
  /** JSON pointer into the answer → full length in bytes. */
  cut: Record<string, number>;
  /** Loads the whole text at a pointer. */
  load(pointer: string): Promise<string>;
}

/** For values that are whole. */
export const WHOLE: Texts = { cut: {}, load: () => Promise.reject(new Error('This text is whole already.')) };
