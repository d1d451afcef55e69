import { expect, test } from 'vitest';
import type { MessageView } from '../api/types';
import { cutByRow, executedIn, isTurn, rowLabel, type TranscriptRow } from './transcript';

const place = { key: 'k', span_id: 's', depth: 0, agents: [] };
const asked: MessageView = {
  key: '1', role: 'assistant', name: null, pointer: '',
  parts: [{ show: 'call', call: { id: 'c', name: 't', arguments: {}, result: 'x', is_error: null, error: null, executed_by: 'tool-span', duration_ns: 1, answered_in: null } }],
  checks: [],
};

test('cut texts are told to the row they stand in', () => {
  const cut = cutByRow({ '/rows/3/message/parts/0/part/text': 70_000, '/rows/3/message/parts/1/part/text': 80_000, '/rows/12/value': 90_000 });
  expect(cut.get(3)).toEqual({ '/message/parts/0/part/text': 70_000, '/message/parts/1/part/text': 80_000 });
  expect(cut.get(12)).toEqual({ '/value': 90_000 });
  expect(cut.size).toBe(2);
});

test('the span that executed a tool call is found at the call', () => {
  const message: TranscriptRow = { ...place, row: 'message', message: asked, fresh: false, answer: null };
  expect(executedIn(message)).toBe('tool-span');
  expect(executedIn({ ...place, row: 'silent', running: false })).toBeNull();
  expect(executedIn(undefined)).toBeNull();
});

test('bars and folded rows are no turns', () => {
  expect(isTurn({ ...place, row: 'message', message: asked, fresh: false, answer: null })).toBe(true);
  expect(isTurn({ ...place, row: 'history', count: 1, fresh: 0, results: 0, known: [] })).toBe(false);
  expect(isTurn({ ...place, row: 'missing', why: null })).toBe(false);
});

test('a row is called by who speaks or what it is', () => {
  const rows = [
    { ...place, row: 'message', message: asked, fresh: true, answer: null },
    { ...place, row: 'silent', running: false },
    { ...place, row: 'scope', name: 'planner', kind: 'agent', duration_ns: 1, failed: false, calls: 2 },
  ] as TranscriptRow[];
  expect(rows.map(rowLabel)).toEqual(['message of the assistant', 'no answer', 'agent: planner']);
});
