import { expect, test } from 'vitest';
import type { AgentContext, CallContext } from '../api/types';
import { chartOf } from './context';

const call = (over: Partial<CallContext>): CallContext => ({ span_id: 's', tools: 0, system: 0, history: 0, tool_results: 0, fresh: 0, usage: null, cache_break: null, ...over });
const usage = (input: number, cached: number | null) => ({ input_tokens: input, output_tokens: 1, total_tokens: null, cache_read_tokens: cached, cache_write_tokens: null, reasoning_tokens: null });
const agent = (calls: CallContext[]): AgentContext => ({ span_id: null, name: 'agent', calls, before: 0 });

test('tokens are divided as characters are', () => {
  const { unit, bars, most, parts } = chartOf(agent([call({ system: 100, fresh: 300, usage: usage(40, null) }), call({ system: 100, history: 300, usage: usage(60, 20) })]));
  expect(unit).toBe('tokens');
  expect(bars[0]?.layers).toEqual([
    { part: 'system', from: 0, to: 10 },
    { part: 'fresh', from: 10, to: 40 },
  ]);
  expect([bars[1]?.cached, most, parts]).toEqual([20, 60, ['system', 'history', 'fresh']]);
});

test('a call without a count has no height among calls with one', () => {
  const { unit, bars, most } = chartOf(agent([call({ fresh: 300, usage: usage(40, 5) }), call({ fresh: 10 })]));
  expect([unit, most, bars.map((bar) => [bar.isTold, bar.height, bar.layers.length])]).toEqual(['tokens', 40, [[true, 40, 1], [false, 0, 0]]]);
});

test('few calls with a count make a chart of characters', () => {
  const { unit, bars } = chartOf(agent([call({ fresh: 300, usage: usage(40, 5) }), call({ fresh: 10 }), call({ fresh: 20 })]));
  expect([unit, bars[0]?.height, bars[0]?.cached, bars.every((bar) => bar.isTold)]).toEqual(['characters', 300, null, true]);
});

test('calls keep their numbers where earlier ones are not told', () => {
  expect(chartOf({ ...agent([call({ fresh: 5 }), call({ fresh: 5 })]), before: 100 }).bars.map((bar) => bar.number)).toEqual([101, 102]);
});
