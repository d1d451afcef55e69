// What a trace's summary says of it beside its numbers, in the order people look for it.

import type { TraceSummary } from '../api/types';

export interface TraceFact {
  name: string;
  value: unknown;
  /** The value in a few words. */
  words: string;
  mono: boolean;
}

const LONGEST = 40;

export function traceFacts(summary: TraceSummary): TraceFact[] {
  const own: [string, unknown][] = [
    ['session', summary.session_id],
    ['user', summary.user_id],
    ['tags', summary.tags.length > 0 ? summary.tags.join(', ') : null],
  ];
  const told = Object.entries(summary.metadata).sort(([a], [b]) => rank(a) - rank(b));
  return [...own, ...told].filter(([, value]) => value !== null && value !== '').map(([name, value]) => ({ name, value, words: short(value), mono: true }));
}

/** A fact in one line; a value that says what it is is not told so again. */
export function inWords({ name, words }: TraceFact): string {
  return words.toLowerCase().startsWith(name.toLowerCase()) ? words : `${name} ${words}`;
}

/** Judgements come before other facts. */
function rank(name: string): number {
  return /^(assessment|score|evaluation)\./.test(name) ? 0 : 1;
}

/** A judgement is known by its value; of other structures only the text is short. */
function short(value: unknown): string {
  const judged = typeof value === 'object' && value !== null && 'value' in value ? value.value : value;
  const text = typeof judged === 'string' ? judged : (JSON.stringify(judged) ?? '');
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
