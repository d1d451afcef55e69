import { expect, test } from 'vitest';
import { asJson, brief, jsonRows, lines, openAtFirst, PAGE, ROW_LIMIT, valueAt } from './json_rows';
import { keysOf } from './pointer';

const none = { open: new Set<string>(), pages: new Map<string, number>() };

test('a closed value is one row with its first words', () => {
  const rows = jsonRows({ city: 'Paris', days: [1, 2] }, none);
  expect(rows.map((r) => r.text)).toEqual(['{ "city": "Paris", "days": [1, 2] }']);
});

test('open containers show their children in order', () => {
  const rows = jsonRows({ b: 1, a: [true, null] }, { open: new Set(['', '/a']), pages: new Map() });
  expect(rows.map((r) => [r.depth, r.key, r.text])).toEqual([[0, null, ''], [1, 'b', '1'], [1, 'a', ''], [2, 0, 'true'], [2, 1, 'null']]);
});

test('a bare value shows its children without a row of its own', () => {
  const rows = jsonRows({ a: { b: 1 } }, { open: new Set(['', '/a']), pages: new Map() }, true);
  expect(rows.map((r) => [r.depth, r.key])).toEqual([[0, 'a'], [1, 'b']]);
  expect(jsonRows({}, none, true)).toHaveLength(1);
});

test('a million children are served in pages', () => {
  const value = Array.from({ length: 1_000_000 }, (_, i) => i);
  const rows = jsonRows(value, { open: new Set(['']), pages: new Map() });
  expect(rows).toHaveLength(PAGE + 2);
  expect(rows[PAGE + 1]).toMatchObject({ kind: 'more', size: 1_000_000 - PAGE });
  expect(jsonRows(value, { open: new Set(['']), pages: new Map([['', 1_000_000]]) }).length).toBeLessThanOrEqual(ROW_LIMIT + 1);
});

test('a long text is clipped and opens into lines', () => {
  const value = { text: `one\ntwo\n${'x'.repeat(450)}` };
  const closed = jsonRows(value, { open: new Set(['']), pages: new Map() })[1]!;
  expect(closed.opens && closed.text.length < 200 && closed.text.endsWith('…"')).toBe(true);
  const open = jsonRows(value, { open: new Set(['', '/text']), pages: new Map() });
  expect(open.slice(2).map((r) => r.text.length)).toEqual([3, 3, 200, 200, 50]);
});

test('depth without end is walked only as far as it is open', () => {
  let deep: unknown = 1;
  for (let i = 0; i < 5000; i++) deep = { a: deep };
  expect(jsonRows(deep, none)).toHaveLength(1);
  expect(brief(deep).length).toBeLessThan(200);
  expect(openAtFirst(deep, 20).size).toBeLessThan(25);
});

test('keys with slashes are found again', () => {
  const value = { 'a/b': { '~': 7 } };
  const rows = jsonRows(value, { open: new Set(['', '/a~1b']), pages: new Map() });
  expect(valueAt(value, keysOf(rows[2]!.pointer))).toBe(7);
});

test('small values open whole, large ones only as far as they fit', () => {
  expect([...openAtFirst({ a: { b: 1 } }, 20)]).toEqual(['', '/a']);
  const wide = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`k${i}`, { x: 1 }]));
  expect([...openAtFirst(wide, 20)]).toEqual(['']);
});

test('only objects and arrays are taken for JSON', () => {
  expect(asJson(' {"a":1} ')).toEqual({ a: 1 });
  expect([asJson('12'), asJson('"x"'), asJson('{broken'), asJson('[not json')]).toEqual([null, null, null, null]);
});

test('lines keep empty ones', () => {
  expect(lines('a\n\nb', 10)).toEqual(['a', '', 'b']);
});
