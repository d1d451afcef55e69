import { expect, test } from 'vitest';
import type { SpanDocument } from '../api/types';
import { tabFor, tabsOf } from './span_tabs';

const span = (more: Partial<SpanDocument>): SpanDocument => ({
  span_id: 's', parent_span_id: null, parent_missing: false, from_logs: false, name: 'x', kind: 'other', kind_raw: null, dialects: [], service: null, scope: null,
  start_time_unix_nano: '0', end_time_unix_nano: '0', duration_ns: 0, status: { code: 'unset', message: null }, error: null, model: null, parameters: {},
  input: { messages: null, value: null }, output: { messages: null, value: null, finish_reasons: [] }, tools: [], tool: null, documents: [], usage: null,
  cost_usd: null, stream: null, session_id: null, user_id: null, metadata: {}, sources: {}, not_understood: [], why_blank: null, cut: null, checks: [], attributes: {}, events: [], links: [],
  resource: {}, dropped: { attributes: 0, events: 0, links: 0 }, ...more,
});

test('a model call shows its messages first, a tool what went in and out', () => {
  expect(tabsOf(span({ input: { messages: [], value: null } }))).toEqual(['messages', 'attributes', 'raw']);
  expect(tabsOf(span({ tool: { name: 't', call_id: null, arguments: 1, result: 2 } }))).toEqual(['io', 'attributes', 'raw']);
  expect(tabsOf(span({}))).toEqual(['io', 'attributes', 'raw']);
});

test('a stream is listed when there are chunks of it', () => {
  const stream = { chunks: 0, dropped_chunks: 0, time_to_first_chunk_ns: 5, time_to_first_chunk_source: null, text: '', items: [] };
  expect(tabsOf(span({ stream }))).toEqual(['io', 'attributes', 'raw']);
  expect(tabsOf(span({ stream: { ...stream, chunks: 2 } }))).toEqual(['stream', 'attributes', 'raw']);
});

test('a tab that does not apply gives way to the first', () => {
  expect(tabFor(['io', 'attributes', 'raw'], 'stream')).toBe('io');
  expect(tabFor(['io', 'attributes', 'raw'], 'raw')).toBe('raw');
});
