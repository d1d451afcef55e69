import { expect, test } from 'vitest';
import type { Chunk, StreamView } from '../api/types';
import { arrived, gapBars, isSlow, marks, plotTop, prepareReplay, reach, step, stepped } from './replay';

const chunk = (index: number, offset_ns: number, text: string, more: Partial<Chunk> = {}): Chunk => ({
  index, offset_ns, text, type: 'text', choice: 0, tool_call: null, ...more,
});

function stream(items: Chunk[], more: Partial<StreamView> = {}): StreamView {
  return {
    span_id: 's', duration_ns: 1000, chunks: items.length, dropped_chunks: 0, time_to_first_chunk_ns: items[0]?.offset_ns ?? null,
    time_to_first_chunk_source: null, tokens_per_second: null, silent_end_ns: null, gaps: { p50_ns: 100, p95_ns: 200, max_ns: 200, stalls: [] },
    text: '', items, tool_calls: [], output: [], usage: null, head_dropped: false, ...more,
  };
}

test('the text grows chunk by chunk and the newest chunk is told apart', () => {
  const replay = prepareReplay(stream([chunk(0, 100, 'On '), chunk(1, 300, 'Titan '), chunk(2, 500, 'ice')]));
  const lane = replay.lanes[0]!;
  const seen = (t: number) => {
    const { fresh, reached } = reach(lane, arrived(replay, t));
    return [lane.text.slice(0, fresh), lane.text.slice(fresh, reached)];
  };
  expect(seen(0)).toEqual(['', '']);
  expect(seen(100)).toEqual(['', 'On ']);
  expect(seen(499)).toEqual(['On ', 'Titan ']);
  expect(seen(1000)).toEqual(['On Titan ', 'ice']);
});

test('a chunk in another lane leaves this one plain', () => {
  const replay = prepareReplay(stream([chunk(0, 1, 'a'), chunk(1, 2, '{"x', { type: 'tool_call', tool_call: 0 })]));
  expect(replay.lanes.map((l) => l.key)).toEqual(['0:text:', '0:tool_call:0']);
  expect(reach(replay.lanes[0]!, 2)).toEqual({ reached: 1, fresh: 1 });
  expect(reach(replay.lanes[1]!, 2)).toEqual({ reached: 3, fresh: 0 });
});

test('choices and parallel tool calls are lanes of their own, reasoning first', () => {
  const replay = prepareReplay(
    stream([
      chunk(0, 1, 'b', { choice: 1 }), chunk(1, 2, 'a'), chunk(2, 3, 'r', { type: 'reasoning' }),
      chunk(3, 4, '1', { type: 'tool_call', tool_call: 1 }), chunk(4, 5, '0', { type: 'tool_call', tool_call: 0 }), chunk(5, 6, '', { type: 'usage' }),
    ]),
  );
  expect(replay.lanes.map((l) => l.text)).toEqual(['r', 'a', '0', '1', 'b']);
});

test('the name that opens a tool call is no part of its arguments', () => {
  const piece = (index: number, text: string) => chunk(index, index, text, { type: 'tool_call', tool_call: 0 });
  const tool_calls = [{ choice: 0, tool_call: 0, id: null, name: 'look' }];
  const replay = prepareReplay(stream([piece(0, 'look'), piece(1, '{"a":"'), piece(2, 'look'), piece(3, '"}')], { tool_calls }));
  expect(replay.lanes[0]!.text).toBe('{"a":"look"}');
  expect(reach(replay.lanes[0]!, 1)).toEqual({ reached: 0, fresh: 0 });
  expect(reach(replay.lanes[0]!, 2)).toEqual({ reached: 6, fresh: 0 });
});

test('when the head was left out, nothing before the first chunk is known and its pause is no number', () => {
  const replay = prepareReplay(
    stream([chunk(172, 700, 'of time'), chunk(173, 750, '.')], {
      head_dropped: true, dropped_chunks: 172, output: [{ role: 'assistant', name: null, parts: [{ type: 'text', text: 'A story of time.' }] }],
    }),
  );
  expect(replay.known_from_ns).toBe(700);
  expect(replay.gap_ns[0]).toBeNaN();
  expect(replay.gap_ns[1]).toBe(50);
  expect(replay.lanes[0]!.before).toBe('A story ');
});

test('a recorded answer that ends otherwise is never spliced to the chunks', () => {
  const replay = prepareReplay(
    stream([chunk(9, 700, 'x')], { head_dropped: true, output: [{ role: 'assistant', name: null, parts: [{ type: 'text', text: 'other' }] }] }),
  );
  expect(replay.lanes[0]!.before).toBe('');
});

test('a clock that runs backwards never hides a chunk that was seen', () => {
  const replay = prepareReplay(stream([chunk(0, 500, 'a'), chunk(1, 300, 'b'), chunk(2, -5, 'c')]));
  expect([...replay.at_ns]).toEqual([500, 500, 500]);
  expect(arrived(replay, 499)).toBe(0);
  expect(arrived(replay, 500)).toBe(3);
});

test('steps go from chunk to chunk and stop at the ends', () => {
  const replay = prepareReplay(stream([chunk(0, 100, 'a'), chunk(1, 300, 'b')]));
  expect(step(replay, 0, 1)).toBe(100);
  expect(step(replay, 100, 1)).toBe(300);
  expect(step(replay, 350, 1)).toBe(300);
  expect(step(replay, 300, -1)).toBe(100);
  expect(step(replay, 100, -1)).toBe(0);
  expect(stepped(replay, 299)).toBe(100);
  expect(stepped(replay, 1000)).toBe(1000);
});

test('marks and bars are bounded by pixels and keep the longest pause', () => {
  const items = Array.from({ length: 50_000 }, (_, i) => chunk(i, i * 10 + (i >= 25_000 ? 90_000 : 0), 'x'));
  const view = stream(items, { duration_ns: 600_000, gaps: { p50_ns: 10, p95_ns: 10, max_ns: 90_010, stalls: [{ item: 25_000, gap_ns: 90_010 }] } });
  const replay = prepareReplay(view);
  expect(marks(replay, 600).length).toBeLessThanOrEqual(601);
  const bars = gapBars(replay, view, 600, 2);
  expect(bars.length).toBeLessThanOrEqual(300);
  expect(bars.find((b) => b.stall)?.gap_ns).toBe(90_010);
  expect(plotTop(view)).toBe(25);
});

test('an empty stream replays nothing', () => {
  const replay = prepareReplay(stream([]));
  expect([arrived(replay, 10), step(replay, 10, 1), marks(replay, 100).length]).toEqual([0, 1000, 0]);
});

test('where all pauses are alike, none is slow', () => {
  expect([isSlow(20, { p50_ns: 20, p95_ns: 20 }), isSlow(21, { p50_ns: 20, p95_ns: 20 }), isSlow(20, { p50_ns: 5, p95_ns: 20 })]).toEqual([false, true, true]);
});
