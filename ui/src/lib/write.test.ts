import { expect, test } from 'vitest';
import { charsBefore, charsBetween, isUnfinished, replaceChars } from './write';

test('characters are counted as Rust counts them', () => {
  expect(charsBefore('a😀天b', 4)).toBe(3);
  expect(charsBetween('a😀天b', 1, 3)).toBe('😀天');
  expect(replaceChars('😀 mod rest', 2, 5, 'model:')).toEqual({ text: '😀 model: rest', caret: 9 });
});

test('a filter in the middle of a text or value is not finished', () => {
  for (const filter of ['"ref', 'model:gpt-4o "', 'model:', 'tokens>', 'a -']) expect(isUnfinished(filter), filter).toBe(true);
  for (const filter of ['', 'refund', '"refund"', 'model:gpt-4o', 'tokens>=10']) expect(isUnfinished(filter), filter).toBe(false);
});
