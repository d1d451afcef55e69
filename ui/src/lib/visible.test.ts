import { expect, test } from 'vitest';
import { hasHidden, stretches, visibleText } from './visible';

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

test('text that is hidden in tags is shown, flags of regions are not', () => {
  const hidden = [...'hi'].map((letter) => String.fromCodePoint(0xe0000 + (letter.codePointAt(0) ?? 0))).join('');
  expect(stretches(`a${hidden}`)).toEqual([{ text: 'a' }, { code: 'U+E0068', name: 'tag h' }, { code: 'U+E0069', name: 'tag i' }]);
  expect(hasHidden('\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}')).toBe(false);
  expect(hasHidden('fillers \u3164 and selectors \u{e0101}')).toBe(true);
});

test('where nothing but text can stand, hidden characters are written out', () => {
  expect(visibleText('plain')).toBe('plain');
  expect(visibleText('user\u202etxt\u2028')).toBe('user‹U+202E›txt‹U+2028›');
});
