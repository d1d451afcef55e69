// A streamed answer at any moment of its arrival. Offsets are nanoseconds after the span's start.
import type { Chunk, Message, StreamView } from '../api/types';

/** What one piece of the answer grows into: the text of a choice, its reasoning, or the arguments of one of its tool calls. */
export interface Lane {
  key: string;
  type: 'text' | 'reasoning' | 'tool_call';
  choice: number;
  tool_call: number | null;
  /** The whole text, as far as the chunks carry it. */
  text: string;
  /** Text of the recorded answer whose chunks the sender left out, before `text`. */
  before: string;
  /** Index into `items` of each chunk that added to the lane. */
  items: number[];
  /** Where in `text` the addition of `items[i]` ends. */
  ends: number[];
}

export interface Replay {
  /** When each chunk is here, never falling: a chunk is not shown before the one sent before it. */
  at_ns: Float64Array;
  /** The pause before each chunk; NaN where the one before was left out by the sender. */
  gap_ns: Float64Array;
  /** The end of the replay: the span's end or the last chunk, whichever is later. */
  end_ns: number;
  /** Before this moment nothing is known about the chunks; 0 when the head is here. */
  known_from_ns: number;
  lanes: Lane[];
}

/** Prepares a stream for replay. */
export function prepareReplay(stream: StreamView): Replay {
  const { items } = stream;
  const at_ns = new Float64Array(items.length);
  const gap_ns = new Float64Array(items.length);
  let latest = 0;
  for (let i = 0; i < items.length; i++) {
    const item = items[i]!;
    const previous = latest;
    latest = Math.max(latest, item.offset_ns);
    at_ns[i] = latest;
    const follows = i === 0 ? !stream.head_dropped : item.index <= items[i - 1]!.index + 1;
    gap_ns[i] = follows ? latest - previous : NaN;
  }
  return {
    at_ns,
    gap_ns,
    end_ns: Math.max(stream.duration_ns, latest),
    known_from_ns: stream.head_dropped ? (at_ns[0] ?? stream.duration_ns) : 0,
    lanes: lanesOf(items, stream),
  };
}

function lanesOf(items: Chunk[], stream: StreamView): Lane[] {
  const lanes = new Map<string, Lane>();
  for (let i = 0; i < items.length; i++) {
    const item = items[i]!;
    if (item.type === 'usage' || item.type === 'other' || item.text === '') continue;
    const tool_call = item.type === 'tool_call' ? (item.tool_call ?? 0) : null;
    const key = `${item.choice}:${item.type}:${tool_call ?? ''}`;
    let lane = lanes.get(key);
    if (!lane) lanes.set(key, (lane = { key, type: item.type, choice: item.choice, tool_call, text: '', before: '', items: [], ends: [] }));
    // A chunk that opens a tool call and carries no argument yet says the tool's name.
    const opens = tool_call !== null && lane.text === '' && item.text === nameOf(stream, item.choice, tool_call);
    if (!opens) lane.text += item.text;
    lane.items.push(i);
    lane.ends.push(lane.text.length);
  }
  const order = { reasoning: 0, text: 1, tool_call: 2 };
  const sorted = [...lanes.values()].sort(
    (a, b) => a.choice - b.choice || order[a.type] - order[b.type] || (a.tool_call ?? 0) - (b.tool_call ?? 0),
  );
  if (stream.head_dropped) for (const lane of sorted) lane.before = lostHead(lane, stream.output);
  return sorted;
}

function nameOf(stream: StreamView, choice: number, tool_call: number): string | null {
  return stream.tool_calls.find((call) => call.choice === choice && call.tool_call === tool_call)?.name ?? null;
}

/** The part of the recorded answer before the chunks that are here; empty unless the answer ends as the chunks do. */
function lostHead(lane: Lane, output: Message[]): string {
  if (lane.type !== 'text' || lane.choice !== 0) return '';
  const whole = output[0]?.parts.map((part) => (part.type === 'text' ? part.text : '')).join('') ?? '';
  return whole.length > lane.text.length && whole.endsWith(lane.text) ? whole.slice(0, whole.length - lane.text.length) : '';
}

/** How many chunks have arrived at a moment. */
export function arrived(replay: Replay, at_ns: number): number {
  return upperBound(replay.at_ns, replay.at_ns.length, at_ns);
}

/** What is seen of a lane when the first `count` chunks have arrived: `text` up to `fresh`, the newest chunk up to `reached`. */
export function reach(lane: Lane, count: number): { fresh: number; reached: number } {
  const pieces = upperBound(lane.items, lane.items.length, count - 1);
  const reached = pieces === 0 ? 0 : lane.ends[pieces - 1]!;
  const isNewest = pieces > 0 && lane.items[pieces - 1] === count - 1;
  return { reached, fresh: isNewest ? (lane.ends[pieces - 2] ?? 0) : reached };
}

/** The moment of the next chunk after `at_ns` (`by` 1) or of the one before the newest (`by` −1); clamped to the ends. */
export function step(replay: Replay, at_ns: number, by: number): number {
  const target = arrived(replay, at_ns) - 1 + by;
  if (target < 0) return 0;
  return replay.at_ns[Math.min(target, replay.at_ns.length - 1)] ?? replay.end_ns;
}

/** A moment rounded down to the chunk that is newest then: for replay without motion. */
export function stepped(replay: Replay, at_ns: number): number {
  if (at_ns >= replay.end_ns) return replay.end_ns;
  const count = arrived(replay, at_ns);
  return count === 0 ? 0 : replay.at_ns[count - 1]!;
}

/** Places chunks on a line of `width` pixels, one mark a pixel at most. */
export function marks(replay: Replay, width: number): number[] {
  const out: number[] = [];
  if (replay.end_ns <= 0) return out;
  for (const at of replay.at_ns) {
    const x = Math.round((at / replay.end_ns) * width);
    if (x !== out[out.length - 1]) out.push(x);
  }
  return out;
}

/** A bar of the latency plot. */
export interface GapBar {
  x: number;
  /** The longest pause that ended in this pixel column. */
  gap_ns: number;
  /** The chunk that ended it. */
  item: number;
  slow: boolean;
  stall: boolean;
}

/** Whether a pause is among the slowest twentieth; where all are alike, none is. */
export function isSlow(gap_ns: number, { p50_ns, p95_ns }: { p50_ns: number; p95_ns: number }): boolean {
  return gap_ns >= p95_ns && gap_ns > p50_ns;
}

/** The bars of a plot of `width` pixels, `column` pixels each, the longest pause of a column winning. */
export function gapBars(replay: Replay, stream: StreamView, width: number, column: number): GapBar[] {
  const stalls = new Set(stream.gaps.stalls.map((stall) => stall.item));
  const bars: GapBar[] = [];
  for (let i = 0; i < replay.at_ns.length; i++) {
    const gap_ns = replay.gap_ns[i]!;
    if (Number.isNaN(gap_ns) || (i === 0 && !stalls.has(0))) continue;
    const x = Math.floor(((replay.at_ns[i]! / replay.end_ns) * width) / column) * column;
    const bar = { x, gap_ns, item: i, slow: isSlow(gap_ns, stream.gaps), stall: stalls.has(i) };
    const last = bars[bars.length - 1];
    if (last?.x !== x) bars.push(bar);
    else if (last.gap_ns < gap_ns) bars[bars.length - 1] = bar;
  }
  return bars;
}

/** The top of the plot's axis: the longest pause, unless stalls would flatten everything else. */
export function plotTop(stream: StreamView): number {
  const { max_ns, p95_ns } = stream.gaps;
  const top = max_ns > 5 * p95_ns && p95_ns > 0 ? 2.5 * p95_ns : max_ns;
  return Math.max(top, 1);
}

/** How many of the first `length` ascending values are ≤ `value`. */
function upperBound(values: ArrayLike<number>, length: number, value: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
