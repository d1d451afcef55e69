// @vitest-environment jsdom
import { afterEach, expect, test, vi } from 'vitest';
import type { TraceRow } from '../api/types';

const row = (id: string) => ({ summary: { trace_id: id } }) as TraceRow;
let rows = ['b', 'a'];
let seen: (changes: { traces: string[]; all: boolean }) => void = () => {};
vi.mock('../api/client', async (original) => ({ ...(await original<object>()), getTraces: () => Promise.resolve({ rows: rows.map(row), next: null, total: rows.length === 2 ? 902 : 907, seq: 1 }) }));
vi.mock('./live.svelte', () => ({ live: { watch: (each: typeof seen) => void (seen = each) } }));
afterEach(() => vi.restoreAllMocks());

const settle = () => new Promise((done) => setTimeout(done, 0));

test('with a filter only what it lets through is counted, among what waits too', async () => {
  window.location.hash = '#/?filter=errors%3E0';
  const { location } = await import('./location.svelte');
  const { traces } = await import('./traces.svelte');
  expect(location.route.filter).toBe('errors>0');
  const stop = $effect.root(() => traces.follow());
  await settle();
  expect([traces.rows.length, traces.total, traces.matching]).toEqual([2, 902, 2]);
  traces.pause(true);
  rows = ['c', 'b', 'a'];
  seen({ traces: ['c', 'x', 'y'], all: false });
  await settle();
  expect([traces.held, traces.rows.length]).toEqual([1, 2]);
  stop();
});
