import { expect, test } from 'vitest';
import { hasHidden, stretches } from './visible';

test('plain text, tabs, newlines and emoji hide nothing', () => {
  expect(hasHidden('a\tb\nc é 漢 🧊 👩‍🚀')).toBe(false);
});

test('a right-to-left override is shown by its code', () => {
  expect(stretches('user\u202etxt')).toEqual([
    { text: 'user' },
    { code: 'U+202E', name: 'right-to-left override' },
    { text: 'txt' },
  ]);
});

test('terminal escapes and zero-width spaces are shown', () => {
  expect(stretches('\u001b\u200b').map((s) => ('code' in s ? s.code : ''))).toEqual(['U+001B', 'U+200B']);
});
