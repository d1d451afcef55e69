/** Two traces side by side: what is said of their numbers, and which steps are shown. */
import type { Compare, Step, TraceRow } from '../api/types';
import { count, duration, exactMoney } from './format';

export interface Total {
  title: string;
  a: string | null;
  b: string | null;
  /** How they differ, in words; empty where they do not or it is not known. */
  says: string;
}

/** `4.5 times longer`, `0.3 times as long`. */
export function times(a: number, b: number, more: string, less: string): string {
  if (a === b || a <= 0 || b <= 0) return '';
  const ratio = b / a;
  const figures = (n: number) => (n >= 99.5 ? String(Math.round(n)) : n.toPrecision(2));
  if (Math.abs(ratio - 1) < 0.005) return 'about the same';
  if (ratio > 1) return ratio < 2 ? `${Math.round((ratio - 1) * 100)} % ${more}` : `${figures(ratio)} times ${more}`;
  return `${Math.max(1, Math.round((1 - ratio) * 100))} % ${less}`;
}

/** `2 more`, `3 fewer`. */
export function more(a: number, b: number): string {
  if (a === b) return '';
  return b > a ? `${count(b - a)} more` : `${count(a - b)} fewer`;
}

/** A figure of both, and how they differ. */
export function total<T>(title: string, a: T | null, b: T | null, write: (value: T) => string, says: (a: T, b: T) => string): Total {
  return { title, a: a === null ? null : write(a), b: b === null ? null : write(b), says: a === null || b === null ? '' : says(a, b) };
}

export function totals(a: TraceRow, b: TraceRow): Total[] {
  const [x, y] = [a.summary, b.summary];
  return [
    total('Duration', x.duration_ns, y.duration_ns, duration, (one, other) => times(one, other, 'longer', 'shorter')),
    total('Spans', x.counts.spans, y.counts.spans, count, more),
    total('Tokens in', x.usage?.input_tokens ?? null, y.usage?.input_tokens ?? null, count, more),
    total('Tokens out', x.usage?.output_tokens ?? null, y.usage?.output_tokens ?? null, count, more),
    total('Cost', x.cost_usd, y.cost_usd, exactMoney, (one, other) => times(one, other, 'more', 'less')),
    total('Errors', x.counts.errors, y.counts.errors, count, more),
  ];
}

/** Whether a step shows a difference; that one took longer is none. */
export function differs(step: Step): boolean {
  return step.texts.length > 0 || step.a === null || step.b === null || step.a.error !== step.b.error || isRenamed(step);
}

/** Whether what stands side by side has another name on each. */
export function isRenamed({ a, b }: Step): boolean {
  return a !== null && b !== null && a.name !== b.name;
}

/** What of two traces is looked at. */
export const PARTS = [
  { id: 'steps', title: 'Steps' },
  { id: 'prompts', title: 'Prompts' },
  { id: 'tools', title: 'Tools' },
  { id: 'answers', title: 'Answers' },
  { id: 'settings', title: 'Settings' },
] as const;
export type Part = (typeof PARTS)[number]['id'];

/** What of the steps is of a part; a step of which nothing is, is left out. */
export function stepsOf(compare: Compare, part: Part): Step[] {
  if (part === 'steps') return compare.steps;
  const of = (step: Step): Step => ({ ...step, texts: step.texts.filter((text) => text.part === part) });
  const isTool = ({ a, b }: Step) => part === 'tools' && (a ?? b)?.kind === 'tool';
  return compare.steps.map(of).filter((step) => step.texts.length > 0 || (isTool(step) && differs(step)));
}

/** How much of each part differs. */
export function differences(compare: Compare, part: Part): number {
  return part === 'settings' ? compare.settings.length : stepsOf(compare, part).filter(differs).length;
}

export type Shown = { step: Step; at: number } | { alike: number; from: number };

/** The steps, those that are alike folded into their number where only differences are wanted. */
export function shownSteps(steps: Step[], onlyDifferences: boolean): Shown[] {
  const shown: Shown[] = [];
  steps.forEach((step, at) => {
    const last = shown.at(-1);
    if (!onlyDifferences || differs(step)) shown.push({ step, at });
    else if (last && 'alike' in last) last.alike += 1;
    else shown.push({ alike: 1, from: at });
  });
  return shown;
}

/** `×3.0`, `×0.4`; empty where one of them is not known. */
export function ratio(step: Step): string {
  if (!step.a || !step.b || step.a.duration_ns <= 0 || step.b.duration_ns <= 0) return '';
  const n = step.b.duration_ns / step.a.duration_ns;
  return `×${n >= 99.5 ? Math.round(n) : n >= 0.995 ? n.toPrecision(2) : n >= 0.01 ? n.toFixed(2) : '<0.01'}`;
}
