import { expect, test } from 'vitest';
import type { Ledger, LedgerRow, Usage } from '../api/types';
import { absence, arithmetic, callNumbers, columnsOf, spans } from './ledger';

const usage = (input_tokens: number, output_tokens: number, cache_read_tokens: number | null = null): Usage => ({
  input_tokens, output_tokens, total_tokens: input_tokens + output_tokens, cache_read_tokens, cache_write_tokens: null, reasoning_tokens: null,
});

const row = (span_id: string, u: Usage | null, more: Partial<LedgerRow> = {}): LedgerRow => ({
  span_id, name: span_id, kind: 'llm', depth: 1, model: null, usage: u, added: u, cost_usd: null, cost_added: null, cost_source: null, cost_missing: false, counted: 'counted', why: '',
  source: null, start_ns: 0, ...more,
});

const ledger: Ledger = {
  version: 1,
  contexts: [],
  total: usage(30, 3),
  cost_usd: null,
  models: [],
  rows: [
    row('root', usage(30, 3), { counted: 'repeats_children', added: null, depth: 0 }),
    row('a', usage(10, 1), { start_ns: 5 }),
    row('b', usage(20, 2), { start_ns: 9 }),
    row('c', null, { counted: 'not_reported', start_ns: 7 }),
  ],
};

test('a total is the sum of what was counted; the rest is said', () => {
  const made = arithmetic(ledger, 'input');
  expect(made.addends.map((a) => a.value)).toEqual([10, 20]);
  expect(made.addends.reduce((sum, a) => sum + a.value * a.times, 0)).toBe(made.sum);
  expect(made.silent.map((r) => r.span_id)).toEqual(['c']);
  expect(made.leftOut.map((r) => r.span_id)).toEqual(['root']);
});

test('calls that told the same number are one line', () => {
  const same = { ...ledger, rows: [1, 2, 3, 5].map((n) => row(`s${n}`, usage(7, 1), { name: 'x', start_ns: n })) };
  expect(arithmetic(same, 'input').addends).toEqual([{ span_id: 's1', name: 'x', numbers: [1, 2, 3, 4], value: 7, times: 4 }]);
  expect(spans([1, 2, 3, 5, 6, 9])).toBe('1–3, 5, 6, 9');
});

test('calls are numbered in order of time, roll-ups are no calls', () => {
  expect([...callNumbers(ledger)]).toEqual([['a', 1], ['c', 2], ['b', 3]]);
});

test('calls below a span that counts for them are not missing from the sum', () => {
  const silent = { counted: 'not_reported' as const };
  const made = { ...ledger, rows: [row('agent', usage(30, 3), { depth: 0 }), row('wrapper', null, silent), row('a', null, { ...silent, depth: 2 }), row('b', null, silent)] };
  expect(arithmetic(made, 'input').silent).toEqual([]);
  expect([...callNumbers(made).keys()]).toEqual(['a', 'b']);
});

test('columns nobody filled are not drawn', () => {
  expect(columnsOf(ledger).map((c) => c.id)).toEqual(['input', 'output', 'total', 'cost']);
  expect(columnsOf({ ...ledger, rows: [row('x', usage(1, 1, 0))] }).map((c) => c.id)).toContain('cached');
});

test('an unreported count is unknown, an unreported part of it is none', () => {
  expect(absence(row('x', null), 'input')).toBe('unknown');
  expect(absence(row('x', usage(1, 1)), 'reasoning')).toBe('none');
});
