import { expect, test } from 'vitest';
import { charsBefore, charsBetween, replaceChars } from './write';

test('characters are counted as Rust counts them', () => {
  expect(charsBefore('a😀天b', 4)).toBe(3);
  expect(charsBetween('a😀天b', 1, 3)).toBe('😀天');
  expect(replaceChars('😀 mod rest', 2, 5, 'model:')).toEqual({ text: '😀 model: rest', caret: 9 });
});
