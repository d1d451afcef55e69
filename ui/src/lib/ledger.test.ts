import { expect, test } from 'vitest';
import type { LedgerRow, LedgerWindow, Usage } from '../api/types';
import { absence, columnsOf, stretches } from './ledger';

const usage = (input_tokens: number, output_tokens: number): Usage => ({
  input_tokens, output_tokens, total_tokens: input_tokens + output_tokens, cache_read_tokens: null, cache_write_tokens: null, reasoning_tokens: null,
});

const row = (span_id: string, u: Usage | null): LedgerRow => ({
  span_id, name: span_id, kind: 'llm', depth: 1, model: null, usage: u, added: u, cost_usd: null, cost_added: null, cost_source: null, rates: null, cost_missing: false, counted: 'counted', why: '',
  source: null, start_ns: 0, number: 1,
});

test('calls are listed by the stretches of their numbers', () => {
  expect(stretches([[1, 3], [5, 6], [9, 9]])).toBe('1–3, 5, 6, 9');
  expect(stretches(Array.from({ length: 9 }, (_, i) => [2 * i + 1, 2 * i + 1]))).toBe('1, 3, 5, 7, 9, 11, 13, 15, …');
});

test('the columns are the engine’s, in their order', () => {
  const ledger = { columns: ['cost', 'input', 'output'] } as unknown as LedgerWindow;
  expect(columnsOf(ledger).map((column) => column.id)).toEqual(['input', 'output', 'cost']);
});

test('an unreported count is unknown, an unreported part of it is none', () => {
  expect(absence(row('x', null), 'input')).toBe('unknown');
  expect(absence(row('x', usage(1, 1)), 'reasoning')).toBe('none');
});

test('of a call that failed, or of which a span above tells, nothing is unknown', () => {
  const silent = { ...row('x', null), added: null, counted: 'not_reported' as const };
  expect([absence(silent, 'input'), absence(silent, 'cost')]).toEqual(['none', 'none']);
  expect([absence({ ...silent, cost_missing: true }, 'input'), absence({ ...silent, cost_missing: true }, 'cost')]).toEqual(['unknown', 'unknown']);
});
