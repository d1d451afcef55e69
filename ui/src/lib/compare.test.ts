import { expect, test } from 'vitest';
import type { Compare, Step } from '../api/types';
import { differences, differs, ratio, shownSteps, stepsOf, totals } from './compare';

const side = (duration_ns: number) => ({ span_id: '1', name: 'chat', kind: 'llm', depth: 0, duration_ns, input_tokens: null, output_tokens: null, cost_usd: null, error: null });
const step = (a: number | null, b: number | null, texts = 0) =>
  ({ a: a === null ? null : side(a), b: b === null ? null : side(b), texts: new Array(texts).fill({}), alike: 0 }) as unknown as Step;

test('steps that are alike are counted and not shown', () => {
  const compare = { steps: [step(1, 1), step(1, 2), step(1, 1, 2), step(1, 1), step(null, 1)] } as unknown as Compare;
  expect(shownSteps(compare.steps, true).map((each) => ('alike' in each ? each.alike : each.at))).toEqual([2, 2, 1, 4]);
  expect(shownSteps(compare.steps, false)).toHaveLength(5);
});

test('how much longer is said in two figures', () => {
  expect(ratio(step(100, 450))).toBe('×4.5');
  expect(ratio(step(100, 40))).toBe('×0.40');
  expect(ratio(step(null, 40))).toBe('');
});

test('totals say what is not known and nothing of it', () => {
  const row = (duration_ns: number, cost_usd: number | null) => ({ summary: { duration_ns, cost_usd, usage: null, counts: { spans: duration_ns, errors: 0 } } }) as never;
  const [time, spans, tokens, , cost] = totals(row(4, null), row(6, 0.5));
  expect(time).toMatchObject({ says: '50 % longer' });
  expect(spans).toMatchObject({ a: '4', b: '6', says: '2 more' });
  expect(tokens).toMatchObject({ a: null, b: null, says: '' });
  expect(cost).toMatchObject({ a: null, says: '' });
});

test('what is called something else on the other side differs', () => {
  const renamed = step(1, 1);
  expect(differs(renamed)).toBe(false);
  renamed.b!.name = 'chat gpt-4o-mini';
  expect(differs(renamed)).toBe(true);
});

test('prompts, tools and answers are each looked at alone', () => {
  const said = (...parts: string[]) => ({ ...step(1, 1), texts: parts.map((part) => ({ part })) }) as unknown as Step;
  const ran = { ...step(1, null), a: { ...step(1, 1).a!, kind: 'tool' } } as Step;
  const compare = { steps: [said('prompts', 'answers'), said('tools'), said(), ran], settings: [{}, {}] } as unknown as Compare;
  expect((['steps', 'prompts', 'tools', 'answers', 'settings'] as const).map((part) => differences(compare, part))).toEqual([3, 1, 2, 1, 2]);
  expect(stepsOf(compare, 'prompts').map(({ texts }) => texts.map(({ part }) => part))).toEqual([['prompts']]);
});
