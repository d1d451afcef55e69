import { expect, test } from 'vitest';
import type { StreamRow, StreamView } from '../api/types';
import { endsSilent, silences, silentSpan } from './silence';

const row = (span_id: string, longest_silence_ns: number | null) => ({ span_id, longest_silence_ns }) as StreamRow;
const stream = (stalls: [number, number][], silent_end_ns: number | null) =>
  ({ gaps: { stalls: stalls.map(([item, gap_ns]) => ({ item, gap_ns })) }, silent_end_ns, items: Array(9) }) as unknown as StreamView;

test('of several streams the one that was silent longest is shown, if one was for a second', () => {
  expect(silentSpan([row('a', 2e9), row('b', 7e9), row('c', null)])).toBe('b');
  expect(silentSpan([row('a', 9e8), row('b', null)])).toBeNull();
});

test('a silence begins with the chunk before it; the end of a call that failed is one', () => {
  expect(silences(stream([[3, 2e9], [7, 1e9]], null))).toEqual([2, 6]);
  expect(silences(stream([[3, 2e9]], 30e9))).toEqual([8, 2]);
  expect(endsSilent(stream([], 5e8))).toBe(false);
});
