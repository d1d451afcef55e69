import { expect, test } from 'vitest';
import type { TraceList, TraceRow } from '../api/types';
import { mergeNewest } from './merge_rows';

const row = (trace_id: string, version = 1) => ({ summary: { trace_id }, version }) as TraceRow;
const page = (ids: string[], next: string | null) => ({ rows: ids.map((id) => row(id, 2)), next, total: 9, seq: 1 }) as TraceList;
const ids = (rows: TraceRow[]) => rows.map((each) => each.summary.trace_id).join('');

test('new rows come first and older pages stay', () => {
  const merged = mergeNewest([...'cba'].map((id) => row(id)), page(['d', 'c', 'b'], 'x'));
  expect(ids(merged.rows)).toBe('dcba');
  expect(merged.kept).toBe(true);
  expect(merged.rows[1]?.version).toBe(2);
});

test('a row that is gone from the page is gone', () => expect(ids(mergeNewest([...'dcba'].map((id) => row(id)), page(['d', 'b'], 'x')).rows)).toBe('dba'));

test('a page that reaches nothing known starts over', () => {
  expect(mergeNewest([row('a')], page(['z', 'y'], 'x'))).toMatchObject({ kept: false });
});

test('the last page is all there is', () => expect(ids(mergeNewest([row('b'), row('a')], page(['c'], null)).rows)).toBe('c'));
