// What is said of an answer that was asked to keep to a schema.
import type { Checked } from '../api/types';

export interface Verdict {
  fits: boolean;
  words: string;
  /** What else there is to know, as a tip. */
  more: string;
}

/** The verdict in words: what nobody looked at is never called a fit. */
export function verdictOf(check: Checked): Verdict {
  const { misfits, unchecked, schema, strict } = check;
  const asked = strict === null ? '' : strict ? 'Strict: the provider was told to keep to it.' : 'Not strict: the schema is a hint.';
  if (misfits.length > 0) {
    const whole = misfits.length === 1 && misfits[0]?.at === '' && !check.more;
    const count = check.more ? `${misfits.length} or more` : String(misfits.length);
    return { fits: false, words: whole ? 'does not fit' : `${count} ${misfits.length === 1 ? 'place does' : 'places do'} not fit`, more: asked };
  }
  if (schema === null) return { fits: true, words: 'is JSON, as asked', more: check.name === null ? '' : 'The schema itself was not recorded.' };
  if (unchecked.length === 0) return { fits: true, words: 'fits its schema', more: asked };
  return { fits: true, words: 'fits as far as checked', more: `Not looked at: ${unchecked.join(', ')}. ${asked}`.trim() };
}

/** What is wrong at each place of the answer, for a tree of it. */
export function marksOf(check: Checked | undefined): ReadonlyMap<string, string> {
  const marks = new Map<string, string>();
  for (const { at, problem } of check?.misfits ?? []) marks.set(at, marks.has(at) ? `${marks.get(at)}; ${problem}` : problem);
  return marks;
}
