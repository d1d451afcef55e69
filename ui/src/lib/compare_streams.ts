// How two streamed answers arrived, beside each other.
import type { Compare, StreamRow, StreamView } from '../api/types';
import { more, times, total, type Total } from './compare';
import { count, duration } from './format';

/** The streamed calls that stand for each other, by span: in the order of the steps. */
export function streamedPairs(compare: Compare): [string, string][] {
  const [inA, inB] = [new Set(compare.a.streams), new Set(compare.b.streams)];
  return compare.steps.flatMap(({ a, b }): [string, string][] => (a && b && inA.has(a.span_id) && inB.has(b.span_id) ? [[a.span_id, b.span_id]] : []));
}

/** A streamed call: its number where there are several, and what it is. */
export function streamName(row: StreamRow, number: number | null): string {
  return [number === null ? row.name : `${number}  ${row.name}`, row.model, `${count(row.chunks)} chunks`].filter(Boolean).join('  ·  ');
}

/** Their figures; null = unknown. */
export function streamFacts(a: StreamView, b: StreamView): Total[] {
  const longer = (x: number, y: number) => times(x, y, 'longer', 'shorter');
  const spaced = (stream: StreamView, ns: number) => (stream.items.length > 1 ? ns : null);
  const stalls = (stream: StreamView) => (stream.items.length > 1 ? stream.gaps.stalls.length : null);
  const chunks = (stream: StreamView) => (stream.dropped_chunks > 0 ? `${count(stream.chunks)} of ${count(stream.chunks + stream.dropped_chunks)}` : count(stream.chunks));
  return [
    total('First chunk', a.time_to_first_chunk_ns, b.time_to_first_chunk_ns, duration, longer),
    total('p50 gap', spaced(a, a.gaps.p50_ns), spaced(b, b.gaps.p50_ns), duration, longer),
    total('p95 gap', spaced(a, a.gaps.p95_ns), spaced(b, b.gaps.p95_ns), duration, longer),
    total('Longest gap', spaced(a, a.gaps.max_ns), spaced(b, b.gaps.max_ns), duration, longer),
    total('Stalls', stalls(a), stalls(b), count, more),
    { title: 'Chunks', a: chunks(a), b: chunks(b), says: '' },
    total('Rate after first', a.tokens_per_second, b.tokens_per_second, (rate) => `${rate.toFixed(rate < 100 ? 1 : 0)} tok/s`, (x, y) => times(x, y, 'faster', 'slower')),
    total('Whole answer', a.duration_ns, b.duration_ns, duration, longer),
  ];
}

/** A stretch of a stream's time in which chunks arrived, in pixels. */
export interface Tick {
  x: number;
  width: number;
  /** Whether a stall ends in it. */
  stalled: boolean;
}

/** Where chunks arrived on a line `width` pixels wide that stands for `end_ns`; chunks of one pixel are one tick. */
export function arrivals(stream: StreamView, at_ns: Float64Array, end_ns: number, width: number): Tick[] {
  const stalls = new Set(stream.gaps.stalls.map((stall) => stall.item));
  const ticks: Tick[] = [];
  at_ns.forEach((at, item) => {
    const x = Math.min(width - 1, Math.floor((at / Math.max(1, end_ns)) * width));
    const last = ticks.at(-1);
    const stalled = stalls.has(item);
    if (last && x <= last.x + last.width - 1) last.stalled ||= stalled;
    else ticks.push({ x, width: 1, stalled });
  });
  return ticks;
}
