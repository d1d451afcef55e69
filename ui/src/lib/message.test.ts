// @vitest-environment jsdom
import { expect, test } from 'vitest';
import type { Checked, PartView } from '../api/types';
import { render } from '@testing-library/svelte';
import LongText from '../parts/LongText.svelte';
import { jsonRows } from './json_rows';
import { joinTexts, sizeOf, type PlacedPart } from './message';
import { WHOLE } from './texts';

const text = (words: string, at: string, texts?: number): PlacedPart => {
  const view: PartView = { show: 'part', part: { type: 'text', text: words } };
  const check: Checked = { message: 0, part: 0, texts: texts ?? 1, name: null, strict: null, schema: {}, misfits: [], more: false, unchecked: [] };
  return texts === undefined ? { view, at } : { view, at, check };
};
const thought: PlacedPart = { view: { show: 'part', part: { type: 'reasoning', text: 'Hm.' } }, at: '/2' };

test('texts over which JSON is split are one, what stands between them stays', () => {
  const joined = joinTexts([text('{"a"', '/0', 2), thought, text(':1}', '/3')], {});
  expect(joined.map(({ at }) => at)).toEqual(['/0', '/2']);
  expect(joined[0]?.view).toEqual({ show: 'part', part: { type: 'text', text: '{"a":1}' } });
});

test('texts stay apart that were not judged as one, or are not here as a whole', () => {
  const apart = [text('{"a"', '/0', 1), text('b', '/1')];
  expect(joinTexts(apart, {})).toBe(apart);
  const cut = [text('{"a"', '/0', 2), text(':1}', '/1')];
  expect(joinTexts(cut, { '/1/text': 90_000 })).toBe(cut);
});

test('what is said to be so many bytes is, in any writing', () => {
  expect([sizeOf('漢字'), sizeOf({ a: 'é' }), sizeOf(null)]).toEqual([6, 10, 0]);
  const text = '漢'.repeat(100_000);
  expect(jsonRows({ text }, { open: new Set(['']), pages: new Map() })[1]).toMatchObject({ size: 300_000 });
  const { container } = render(LongText, { text, at: '', texts: WHOLE, first: 1_000 });
  expect(container.textContent).toContain('3.0 KB of 300 KB shown');
});
