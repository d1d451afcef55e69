/** Where a row's bar and label lie. Pure: pixels in, pixels out. */
import type { TimelineRow } from '../../api/types';
import { duration, tokens } from '../../lib/format';
import { isVectors } from '../../lib/kind';
import { toX, type Range } from '../../lib/scale';
import { visibleText } from '../../lib/visible';

/** The height of a row: as designed, and where rows stand close. */
export const ROW_PX = { comfortable: 24, compact: 20 } as const;
/** No bar is narrower. */
export const LEAST_PX = 2;
/** A bar is hit this far from its middle at least. */
export const HIT_PX = 8;

/** How far a level is indented, in pixels, and up to which part of the tree's width: the deeper, the less, so that names keep their room. */
const INDENTS = [
  { step: 14, until: 1 / 6 },
  { step: 8, until: 1 / 4 },
  { step: 4, until: 1 / 3 },
] as const;

/** Where the rows of each depth begin in a tree of this width, in pixels; deeper ones begin as the last and say their depth. */
export function indents(tree: number): number[] {
  const at = [0];
  for (const { step, until } of INDENTS) while (at.length < 3 || at[at.length - 1]! + step <= tree * until) at.push(at[at.length - 1]! + step);
  return at;
}

export interface Bar {
  x: number;
  width: number;
  /** The span lies wholly before or after what is shown. */
  out: 'no' | 'before' | 'after';
}

export function placeBar(row: TimelineRow, range: Range, width: number): Bar {
  const from = toX(range, width, row.start_ns);
  const to = toX(range, width, row.start_ns + row.duration_ns);
  if (to < 0) return { x: 0, width: 0, out: 'before' };
  if (from > width) return { x: width, width: 0, out: 'after' };
  // Far ends are cut a little outside, so that no coordinate is beyond what a canvas can count.
  const x = Math.max(-4, from);
  const end = Math.min(width + 4, to);
  const drawn = Math.max(LEAST_PX, end - x);
  return { x: Math.min(x, width - LEAST_PX), width: drawn, out: 'no' };
}

export interface Label {
  /** In the order they are read; an error's words first. */
  error: string;
  time: string;
  tokens: string;
}

export function labelOf(row: TimelineRow): Label {
  const used = row.input_tokens === null && row.output_tokens === null ? '' : isVectors(row.kind, row.output_tokens) ? one(row.input_tokens) : `${one(row.input_tokens)}→${one(row.output_tokens)}`;
  const error = row.status === 'error' ? (row.error ?? 'failed') : '';
  return { error: visibleText(cut(error, 40)), time: duration(row.duration_ns) + (row.running ? ' …' : ''), tokens: used };
}

/** How much of an error's words is said where there is less room, in signs. */
const FIRST_WORDS = [26, 14];

/** A label as long as it is, and shorter ones for where there is less room: the first words of an error and the time go last. */
export function shorter(label: Label): Label[] {
  const bare = { error: '', time: label.time, tokens: '' };
  const words = FIRST_WORDS.filter((most) => label.error.length > most).map((most) => ({ ...bare, error: cut(label.error, most) }));
  if (label.error) return [label, { ...label, tokens: '' }, ...words, bare];
  return label.tokens ? [label, bare] : [label];
}

/** Which side of the bar a label of `need` pixels goes to. */
export function sideOf(bar: Bar, width: number, need: number): 'right' | 'left' | 'nowhere' {
  if (bar.x + bar.width + 5 + need <= width) return 'right';
  if (bar.x - 5 - need >= 0) return 'left';
  return 'nowhere';
}

/** Whether a pointer at `x` is on the bar. */
export function isHit(bar: Bar, x: number): boolean {
  if (bar.out !== 'no') return false;
  const slack = Math.max(0, (HIT_PX - bar.width) / 2);
  return x >= bar.x - slack && x <= bar.x + bar.width + slack;
}

function one(n: number | null): string {
  return n === null ? '?' : tokens(n);
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
