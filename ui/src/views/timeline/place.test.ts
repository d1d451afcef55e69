import { expect, test } from 'vitest';
import type { TimelineRow } from '../../api/types';
import { isHit, labelOf, placeBar, shorter, sideOf } from './place';

const row = (start_ns: number, duration_ns: number, more: Partial<TimelineRow> = {}) =>
  ({ start_ns, duration_ns, status: 'ok', running: false, error: null, input_tokens: null, output_tokens: null, ...more }) as TimelineRow;
const range = { t0: 0, t1: 1000 };

test('a bar of no length is two pixels and can be hit', () => {
  const bar = placeBar(row(500, 0), range, 100);
  expect(bar).toEqual({ x: 50, width: 2, out: 'no' });
  expect(isHit(bar, 47)).toBe(true);
  expect(isHit(bar, 55)).toBe(true);
  expect(isHit(bar, 60)).toBe(false);
});

test('what lies outside of the zoom says on which side', () => {
  expect(placeBar(row(2000, 5), range, 100).out).toBe('after');
  expect(placeBar(row(0, 5), { t0: 100, t1: 200 }, 100).out).toBe('before');
});

test('ends far outside are cut just outside', () => {
  expect(placeBar(row(0, 1e15), { t0: 1e9, t1: 1e9 + 10 }, 100)).toEqual({ x: -4, width: 108, out: 'no' });
});

test('a bar at the very end is still inside', () => expect(placeBar(row(1000, 0), range, 100)).toEqual({ x: 98, width: 2, out: 'no' }));

test('a label goes after the bar, else before it, else nowhere', () => {
  expect(sideOf({ x: 0, width: 10, out: 'no' }, 100, 40)).toBe('right');
  expect(sideOf({ x: 60, width: 30, out: 'no' }, 100, 40)).toBe('left');
  expect(sideOf({ x: 0, width: 100, out: 'no' }, 100, 40)).toBe('nowhere');
});

test('a label says the error, the time and the tokens', () => {
  expect(labelOf(row(0, 41_600_000, { status: 'error', error: '429 rate limit', input_tokens: 11, output_tokens: 3 }))).toEqual({
    error: '429 rate limit',
    time: '41.6 ms',
    tokens: '11→3',
  });
  expect(labelOf(row(0, 5, { output_tokens: 3 })).tokens).toBe('?→3');
});

test('where there is no room for all of a label, the time is what stays', () => {
  const said = (label: ReturnType<typeof labelOf>) => shorter(label).map(({ error, time, tokens }) => [error, time, tokens].filter(Boolean).join(' '));
  expect(said({ error: 'rate limit', time: '1 s', tokens: '5→?' })).toEqual(['rate limit 1 s 5→?', 'rate limit 1 s', '1 s']);
  expect(said({ error: 'broken tool failed with code 7', time: '1 s', tokens: '' }).slice(2)).toEqual(['broken tool failed with c… 1 s', 'broken tool f… 1 s', '1 s']);
  expect(said({ error: '', time: '1 s', tokens: '5→?' })).toEqual(['1 s 5→?', '1 s']);
  expect(said({ error: '', time: '1 s', tokens: '' })).toEqual(['1 s']);
});
