import { expect, test } from 'vitest';
import { draftOf, EMPTY, withDraft, without } from './prices';

const own = (text: string) => JSON.parse(text) as { prices: Record<string, unknown>[] };

test('an entry is added before the others, changed in its place, and taken away', () => {
  const one = withDraft('', { ...EMPTY, models: 'house-*, other', input: '0.5', output: '$1.5' }, null);
  expect(own(one).prices).toEqual([{ models: ['house-*', 'other'], input: 0.5, output: 1.5 }]);
  const two = withDraft(one, { ...EMPTY, models: 'gpt-4o', provider: 'azure', input: '2', output: '8' }, null);
  expect(own(two).prices.map((price) => price['models'])).toEqual([['gpt-4o'], ['house-*', 'other']]);
  const three = withDraft(two, { ...EMPTY, models: 'gpt-4o', input: '3', output: '8', cache_read: '1' }, 0);
  expect(own(three).prices[0]).toEqual({ models: ['gpt-4o'], input: 3, output: 8, cache_read: 1 });
  expect(own(without(three, 0)).prices).toHaveLength(1);
});

test('what is no number goes to the engine as it was typed, which refuses it', () => {
  expect(own(withDraft('', { ...EMPTY, models: 'a', input: 'cheap' }, null)).prices[0]).toEqual({ models: ['a'], input: 'cheap' });
});

test('the price of long inputs survives a change', () => {
  const above = { input_tokens: 200000, input: 2 };
  const file = JSON.stringify({ prices: [{ models: ['a'], input: 1, above }] });
  expect(own(withDraft(file, { ...EMPTY, models: 'a', input: '1.5' }, 0)).prices[0]).toEqual({ models: ['a'], input: 1.5, above });
});

test('a shipped price is taken over without its provider, so that it holds wherever the model runs', () => {
  const price = { models: ['gpt-4o'], provider: 'openai', input: 2.5, output: 10, cache_read: 1.25, cache_write: null, above: null, own: false };
  expect(draftOf(price)).toEqual({ models: 'gpt-4o', provider: '', input: '2.5', output: '10', cache_read: '1.25', cache_write: '' });
});
