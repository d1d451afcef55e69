import { expect, test } from 'vitest';
import type { Compare, StreamView } from '../api/types';
import { arrivals, streamedPairs, streamFacts } from './compare_streams';

const stream = (more: Partial<StreamView>): StreamView =>
  ({ duration_ns: 4e9, chunks: 3, dropped_chunks: 0, time_to_first_chunk_ns: 1e9, tokens_per_second: 20, gaps: { p50_ns: 1e7, p95_ns: 2e7, max_ns: 3e7, stalls: [] }, items: [{}, {}, {}], ...more }) as unknown as StreamView;

test('calls that were streamed in both traces stand beside each other', () => {
  const side = (span_id: string) => ({ span_id });
  const steps = [{ a: side('a1'), b: side('b1') }, { a: side('a2'), b: null }, { a: side('a3'), b: side('b3') }, { a: side('a4'), b: side('b4') }];
  expect(streamedPairs({ steps, a: { streams: ['a1', 'a2', 'a4'] }, b: { streams: ['b3', 'b4'] } } as unknown as Compare)).toEqual([['a4', 'b4']]);
});

test('figures say how they differ, and what is not known stays unknown', () => {
  const facts = streamFacts(stream({}), stream({ time_to_first_chunk_ns: null, gaps: { p50_ns: 3e7, p95_ns: 2e7, max_ns: 2e9, stalls: [{ item: 2, gap_ns: 2e9 }] }, dropped_chunks: 5 }));
  const by = Object.fromEntries(facts.map((fact) => [fact.title, fact]));
  expect(by['First chunk']).toMatchObject({ a: '1.00 s', b: null, says: '' });
  expect(by['p50 gap']).toMatchObject({ a: '10.0 ms', b: '30.0 ms', says: '3.0 times longer' });
  expect(by['Stalls']).toMatchObject({ a: '0', b: '1', says: '1 more' });
  expect(by['Chunks']).toMatchObject({ a: '3', b: '3 of 8' });
  const alone = streamFacts(stream({ items: [{}] as never }), stream({}));
  expect(alone.find((fact) => fact.title === 'p95 gap')).toMatchObject({ a: null, says: '' });
});

test('chunks of one pixel are one tick, and a stall is seen in it', () => {
  const at = Float64Array.from([0, 1, 2, 500, 1000]);
  const ticks = arrivals(stream({ gaps: { p50_ns: 1, p95_ns: 1, max_ns: 500, stalls: [{ item: 3, gap_ns: 498 }] } }), at, 1000, 100);
  expect(ticks).toEqual([{ x: 0, width: 1, stalled: false }, { x: 50, width: 1, stalled: true }, { x: 99, width: 1, stalled: false }]);
});
