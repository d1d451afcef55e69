import { expect, test } from 'vitest';
import { attributeGroups } from './attributes';

const attributes = { 'http.method': 'GET', 'http.url': 'x', plain: 1, 'db.statement': 'SELECT city' };

test('names are grouped by their first word and sorted', () => {
  expect(attributeGroups(attributes, '', true)).toEqual([
    { name: '', keys: ['plain'] },
    { name: 'db', keys: ['db.statement'] },
    { name: 'http', keys: ['http.method', 'http.url'] },
  ]);
});

test('names and values are searched without regard to case', () => {
  expect(attributeGroups(attributes, 'CITY', false)).toEqual([{ name: '', keys: ['db.statement'] }]);
  expect(attributeGroups(attributes, 'http', false)[0]!.keys).toHaveLength(2);
  expect(attributeGroups(attributes, 'nothing', true)).toEqual([]);
});
