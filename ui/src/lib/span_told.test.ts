import { expect, test } from 'vitest';
import { spanTold } from './span_told';

const row = { alike: 0, expanded: false, kind: 'llm' as const, missing: false, status: 'ok' as const, error: null, running: false, start_ns: 50e6, duration_ns: 230e6, first_chunk_ns: null, input_tokens: null, output_tokens: null };

test('a span is told as its bar is drawn', () => {
  expect(spanTold(row)).toBe('llm, 230 ms, from 50.0 ms');
  expect(spanTold({ ...row, first_chunk_ns: 10e6, input_tokens: 1200, output_tokens: null })).toBe('llm, 230 ms, from 50.0 ms, first chunk after 10.0 ms, 1,200 tokens in, unknown out');
});

test('a row of siblings that are alike says so', () => {
  expect(spanTold({ ...row, alike: 12 })).toBe('llm, 12 alike, one after the other, 230 ms, from 50.0 ms');
  expect(spanTold({ ...row, alike: 12, expanded: true })).toBe('llm, the first of 12 alike, 230 ms, from 50.0 ms');
});

test('what failed says so first, and what runs is not over', () => {
  expect(spanTold({ ...row, status: 'error', error: '404 Not Found', running: true })).toBe('llm, failed: 404 Not Found, running for 230 ms, from 50.0 ms');
});
