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

test('a flag hides no text that stands behind it in tags, nor one that no flag is', () => {
  const tags = (text: string) => [...text].map((letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join('');
  const shown = (text: string) => visibleText(text).replace(/‹U\+E00(..)›/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
  expect(shown(`\u{1f3f4}${tags('ignore all')}`)).toBe('\u{1f3f4}ignore all');
  expect(shown(`\u{1f3f4}${tags('gbeng')}\u{e007f}${tags('hi')}`)).toBe(`\u{1f3f4}${tags('gbeng')}\u{e007f}hi`);
  expect(stretches(`\u{1f3f4}${tags('gbsct')}\u{e007f}\u200b`)).toEqual([{ text: `\u{1f3f4}${tags('gbsct')}\u{e007f}` }, { code: 'U+200B', name: 'zero width space' }]);
});

test('text that is hidden in a row of selectors or joiners is shown, one that changes how a letter reads is not', () => {
  expect(['❤\ufe0f', 'می\u200cخواهم', '👩\u200d❤\ufe0f\u200d👨'].map(hasHidden)).toEqual([false, false, false]);
  expect(['a\ufe00\ufe0f', 'a\u200c\u200d\u200c', 'a\u{e0f00}', 'a\ufff0'].map(hasHidden)).toEqual([true, true, true, true]);
});

test('where nothing but text can stand, hidden characters are written out', () => {
  expect(visibleText('plain')).toBe('plain');
  expect(visibleText('user\u202etxt\u2028')).toBe('user‹U+202E›txt‹U+2028›');
});
