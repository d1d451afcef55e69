// What a trace's summary says of it beside its numbers, in the order people look for it.

import type { TraceSummary } from '../api/types';
import { writeJson } from './exact_json';

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

/** A judgement is known by its label and its value, several of one name by each; of other structures only the text is short. */
function short(value: unknown): string {
  const text = Array.isArray(value) && value.length > 0 && value.every(isJudgement) ? value.map(judged).join(', ') : isJudgement(value) ? judged(value) : inText(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

function isJudgement(value: unknown): value is { label?: unknown; value?: unknown } {
  return typeof value === 'object' && value !== null && ('value' in value || 'label' in value);
}

function judged({ label, value }: { label?: unknown; value?: unknown }): string {
  return [label, value].filter((word) => word !== undefined).map(inText).join(' ');
}

function inText(value: unknown): string {
  return typeof value === 'string' ? value : (writeJson(value) ?? '');
}
