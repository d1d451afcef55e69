import { expect, test } from 'vitest';

import type { Checked } from '../api/types';
import { marksOf, verdictOf } from './verdict';

const check = (over: Partial<Checked>): Checked => ({ message: 0, part: 0, texts: 1, name: 'Place', strict: null, schema: {}, misfits: [], more: false, unchecked: [], ...over });

test('what nobody looked at is never called a fit', () => {
  expect(verdictOf(check({}))).toMatchObject({ fits: true, words: 'fits its schema' });
  expect(verdictOf(check({ unchecked: ['pattern'] }))).toMatchObject({ fits: true, words: 'fits as far as checked', more: 'Not looked at: pattern.' });
  expect(verdictOf(check({ schema: null }))).toMatchObject({ words: 'is JSON, as asked', more: 'The schema itself was not recorded.' });
});

test('misfits are counted, and the whole is no place', () => {
  const misfits = (...at: string[]) => at.map((place) => ({ at: place, problem: 'is odd' }));
  expect(verdictOf(check({ misfits: misfits('') })).words).toBe('does not fit');
  expect(verdictOf(check({ misfits: misfits('/a') })).words).toBe('1 place does not fit');
  expect(verdictOf(check({ misfits: misfits('/a', '/b'), more: true })).words).toBe('2 or more places do not fit');
  expect([...marksOf(check({ misfits: misfits('/a', '/a', '/b') }))]).toEqual([['/a', 'is odd; is odd'], ['/b', 'is odd']]);
});
