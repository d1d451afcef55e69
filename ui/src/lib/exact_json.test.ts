import { expect, test } from 'vitest';
import { readAnswer, readJson, writeJson } from './exact_json';

test('an id beyond 2^53 keeps its digits, and what looks like one in a text stays text', () => {
  const text = '{"tweet_id":1745839274839274839,"list":[-9007199254740993, 9007199254740991],"said":"id: 1745839274839274839, \\"1745839274839274839\\"","__proto__":1}';
  expect(writeJson(readJson(text))).toBe(text.replace('993, 9', '993,9'));
  expect(readJson('1745839274839274839')).toBe(1745839274839274839n);
  expect(writeJson([1745839274839274839n], 2)).toBe('[\n  1745839274839274839\n]');
});

test('numbers that are no long whole numbers are read as ever', () => {
  for (const text of ['[0.12345678901234567890]', '[1.5e300, 1000000000000000000000e-3]', '[1,2,{"a":[]}]', '"1745839274839274839"']) expect(readJson(text)).toEqual(JSON.parse(text));
  expect(() => readJson('[1745839274839274839')).toThrow(SyntaxError);
  expect(() => readJson('[17458392748392748-39]')).toThrow(SyntaxError);
});

test('in an answer the values of senders are exact, and with the numbers of the engine one can reckon', () => {
  const call = '{"rows":[{"call":{"arguments":{"id":1745839274839274839},"duration_ns":1745839274839274839}}]}';
  const read = { rows: [{ call: { arguments: { id: 1745839274839274839n }, duration_ns: Number('1745839274839274839') } }] };
  expect(readAnswer(call)).toEqual(read);
  expect(readAnswer(`{"value":${call},"cut":{"/rows/0":70000}}`)).toEqual({ value: read, cut: { '/rows/0': 70_000 } });
});

test('a long answer is read in the time it takes to look at it', () => {
  const text = JSON.stringify({ rows: Array.from({ length: 50 }, () => ({ text: '\\"x'.repeat(20_000) })) }).replace('"rows"', '"id": 1745839274839274839, "rows"');
  const began = performance.now();
  readAnswer(text);
  expect(performance.now() - began).toBeLessThan(2_000);
});
