import { expect, test } from 'vitest';
import type { TraceRow } from '../api/types';
import { arrivals, between, grouped } from './groups';

function row(id: string, session: string | null, tokens: number | null): TraceRow {
  const usage = tokens === null ? null : { total_tokens: tokens, input_tokens: tokens, output_tokens: 0, cache_read_tokens: null, cache_write_tokens: null, reasoning_tokens: null };
  const metadata = session === null ? {} : { experiment: `tries of ${session}` };
  const counts = { errors: 0, llm_calls: 1, calls_without_cost: 0, llm_calls_without_usage: 0 };
  return { summary: { trace_id: id, session_id: session, services: [], user_id: null, status: id === 'b' ? 'error' : 'ok', duration_ns: 5, usage, cost_usd: tokens === null ? null : 0.5, metadata, counts } } as unknown as TraceRow;
}

const rows = [row('a', 's', 10), row('b', null, null), row('c', 's', 5)];
const shown = (items: ReturnType<typeof grouped>) => items.map((item) => (item.group ? `[${item.group.value}]` : item.row.summary.trace_id));

test('groups stand where their newest trace does, with their sums', () => {
  const items = grouped(rows, 'session', new Set());
  expect(shown(items)).toEqual(['[s]', 'a', 'c', '[null]', 'b']);
  const [first, , , none] = items;
  expect(first?.group).toMatchObject({ tokens: 15, cost_usd: 1, duration_ns: 10, errors: 0 });
  expect(none?.group).toMatchObject({ tokens: null, cost_usd: null, errors: 1 });
  expect(shown(grouped(rows, 'session', new Set(['group s'])))).toEqual(['[s]', '[null]', 'b']);
  expect(shown(grouped(rows, 'none', new Set()))).toEqual(['a', 'b', 'c']);
  expect(shown(grouped(rows, 'experiment', new Set()))).toEqual(['[tries of s]', 'a', 'c', '[null]', 'b']);
});

test('what an agent tells of in records and in spans counts once', () => {
  const told = (id: string, tokens: number, in_records: boolean): TraceRow => ({ ...row(id, 's', tokens), told_twice: { of: 'agent s', in_records } });
  const group = (rows: TraceRow[]) => grouped(rows, 'session', new Set())[0]?.group;
  expect(group([told('a', 30, true), told('b', 10, false), told('c', 20, false), row('d', 's', 1)])).toMatchObject({ tokens: 31, cost_usd: 1, duration_ns: 20 });
  expect(group([told('a', 0, true), told('b', 10, false)])).toMatchObject({ tokens: 10 });
  expect(group([told('b', 10, false), told('c', 20, false)])).toMatchObject({ tokens: 30 });
});

test('arrivals are counted over the time they span', () => {
  expect(arrivals([0, 10, 99], [0, 99], 4)).toEqual([2, 0, 0, 1]);
  expect(arrivals([50], [50, 50], 3)).toEqual([1, 0, 0]);
});

test('a range goes either way', () => {
  expect(between(['a', 'b', 'c'], 'c', 'b')).toEqual(['b', 'c']);
  expect(between(['a', 'b', 'c'], 'gone', 'b')).toEqual(['b']);
});
