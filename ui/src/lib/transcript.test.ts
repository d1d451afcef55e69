import { expect, test } from 'vitest';
import type { Block, MessageView } from '../api/types';
import { executedIn, rowOfSpan, transcriptRows, turnFrom, type CallBlock } from './transcript';

const say = (key: string, role: string, text: string, pointer = ''): MessageView => ({
  key, role, name: null, pointer, parts: [{ show: 'part', part: { type: 'text', text } }],
});

const call = (span_id: string, depth: number, more: Partial<CallBlock>): Block => ({
  block: 'call', span_id, depth, name: 'Completions', model: null, start_ns: 0, duration_ns: 2e9, time_to_first_chunk_ns: null, streamed: false,
  usage: null, cost_usd: null, history: 0, input: [], output: [], finish_reasons: [], tools: [], tools_offered: 0, content_missing: false, why_blank: null, cut: null,
  error: null, running: false, ...more,
});

const scope = (span_id: string, depth: number): Block => ({
  block: 'scope', span_id, depth, name: span_id, kind: 'agent', duration_ns: 1, input: null, output: null, error: null,
});

const rows = (blocks: Block[]) => transcriptRows({ version: 1, blocks, messages: 0 });

test('a call opens with its bar; the system prompt and the tools stand before what is said', () => {
  const made = rows([
    call('a', 0, {
      input: [say('1', 'user', 'hi'), say('0', 'system', 'be brief')],
      output: [say('2', 'assistant', 'ho')],
      tools: [{ name: 't', description: null, parameters: null }],
    }),
  ]);
  expect(made.map((r) => r.row)).toEqual(['call', 'frame', 'tools', 'message', 'message']);
  expect(made[3]).toMatchObject({ at: '/blocks/0/input/0', fresh: false, answer: null });
});

test('earlier messages are one row that knows which messages are new', () => {
  const made = rows([call('a', 0, { history: 3, input: [say('x', 'tool', 'rainy', '/input/messages/3')], output: [] })]);
  expect(made[1]).toMatchObject({ row: 'history', count: 3, fresh: 1, known: [3] });
  expect(made[2]).toMatchObject({ row: 'message', fresh: true });
});

test('the outermost scope indents nothing, scopes within it do', () => {
  const made = rows([scope('root', 0), call('a', 1, {}), scope('inner', 1), call('b', 2, {})]);
  expect(made.filter((r) => r.row === 'scope' || r.row === 'call').map((r) => r.depth)).toEqual([0, 0, 0, 1]);
  expect(made.at(-1)).toMatchObject({ agents: [true] });
  expect(made[0]).toMatchObject({ calls: 2 });
  expect(rows([scope('a', 0), scope('b', 0)]).map((r) => r.depth)).toEqual([0, 0]);
});

test('missing content, silence and errors each have their row', () => {
  expect(rows([call('a', 0, { content_missing: true })]).map((r) => r.row)).toEqual(['call', 'missing']);
  expect(rows([call('a', 0, { running: true })])[1]).toMatchObject({ row: 'silent', running: true });
  const error = { type: 'RateLimitError', message: '429', stacktrace: null };
  expect(rows([call('a', 0, { error })]).map((r) => r.row)).toEqual(['call', 'error']);
});

test('choices are numbered and tokens are said once', () => {
  const made = rows([
    call('a', 0, {
      output: [say('1', 'assistant', 'a'), say('2', 'assistant', 'b')], finish_reasons: ['stop', 'length'], time_to_first_chunk_ns: 1e9,
      usage: { input_tokens: 1, output_tokens: 50, total_tokens: 51, cache_read_tokens: null, cache_write_tokens: null, reasoning_tokens: null },
    }),
  ]);
  const answers = made.flatMap((r) => (r.row === 'message' ? [r.answer] : []));
  expect(answers).toEqual([
    { finish_reason: 'stop', choice: 1, output_tokens: 50, tokens_per_second: 50 },
    { finish_reason: 'length', choice: 2, output_tokens: null, tokens_per_second: null },
  ]);
});

test('a tool span is found at the call it executed', () => {
  const asked: MessageView = {
    ...say('1', 'assistant', ''),
    parts: [{ show: 'call', call: { id: 'c', name: 't', arguments: {}, result: 'x', is_error: null, executed_by: 'tool-span', duration_ns: 1, answered_in: null } }],
  };
  const made = rows([call('a', 0, { output: [asked] })]);
  expect(rowOfSpan(made, 'tool-span')).toBe(1);
  expect(rowOfSpan(made, 'a')).toBe(0);
  expect(rowOfSpan(made, 'nobody')).toBe(-1);
  expect(executedIn(made[1])).toBe('tool-span');
});

test('a tool result is counted at the call that was told it', () => {
  const asked: MessageView = {
    ...say('1', 'assistant', ''),
    parts: [{ show: 'call', call: { id: 'c', name: 't', arguments: {}, result: 'x', is_error: null, executed_by: null, duration_ns: 1, answered_in: 'b' } }],
  };
  const made = rows([call('a', 0, { output: [asked] }), call('b', 0, { history: 2 })]);
  expect(made.find((r) => r.row === 'history')).toMatchObject({ count: 2, fresh: 0, results: 1 });
});

test('turns skip bars and folded rows and stop at the ends', () => {
  const made = rows([call('a', 0, { history: 1, input: [say('1', 'user', 'hi')], output: [say('2', 'assistant', 'ho')] })]);
  expect(made.map((r) => r.row)).toEqual(['call', 'history', 'message', 'message']);
  expect([turnFrom(made, 0, 1), turnFrom(made, 2, 1), turnFrom(made, 3, 1), turnFrom(made, 2, -1)]).toEqual([2, 3, 3, 2]);
});
