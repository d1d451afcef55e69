import { expect, test } from 'vitest';
import type { Total } from '../api/types';
import { narrowed, narrowedTo, share, totalsBy, totalsOrder, TOTALS_COLUMNS } from './totals';

const NONE: Total = { key: null, provider: null, most_of: null, models: 0, traces: 1, failed: 0, llm_calls: 1, tool_calls: null, usage: null, cost_usd: null, cost_missing: 1, told_twice: 0, duration_ns: null, latest_unix_nano: '0' };

test('a total narrows the filter to its traces, once', () => {
  expect(narrowed('', 'session', 'a "b" \\')).toBe('session="a \\"b\\" \\\\"');
  expect(narrowed('time>-1d ', 'model', 'gpt-4o')).toBe('time>-1d model="gpt-4o"');
  expect(narrowed('time>-1d model="gpt-4o"', 'model', 'gpt-4o')).toBe('time>-1d model="gpt-4o"');
  expect(narrowed('', 'user', null)).toBe('-user:*');
  expect([narrowed('', 'day', '2026-01-31'), narrowed('', 'day', null)]).toEqual(['time:2026-01-31', 'time<1970-01-02']);
});

test('a total by model narrows the filter to its provider, too, where one is known', () => {
  expect(narrowedTo('', 'model', { ...NONE, key: 'gpt-4o', provider: 'azure' })).toBe('model="gpt-4o" provider="azure"');
  expect(narrowedTo('', 'model', { ...NONE, key: 'gpt-4o' })).toBe('model="gpt-4o"');
  expect(narrowedTo('', 'service', { ...NONE, key: 'shop' })).toBe('service="shop"');
});

test('an address that names nothing is sessions, in the order of the engine', () => {
  expect([totalsBy('model'), totalsBy('x')]).toEqual(['model', 'session']);
  expect([totalsOrder('latest'), totalsOrder('failed'), totalsOrder('x')]).toEqual(['latest', 'failed', undefined]);
});

test('what nobody reported is unknown, not 0', () => {
  expect(TOTALS_COLUMNS.filter(({ of }) => of(NONE) === null).map(({ order }) => order)).toEqual(['duration', 'input', 'output', 'tokens', 'cost']);
  expect([share(null, 10), share(5, 10), share(5, 0), share(0.05, 10)]).toEqual([0, 0.5, 0, 0]);
});
