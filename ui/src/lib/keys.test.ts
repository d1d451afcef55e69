import { expect, test } from 'vitest';
import { keyLabel } from './keys';

test('keys are named as the keyboard names them', () => {
  expect(keyLabel('Mod+k', true)).toBe('⌘K');
  expect(keyLabel('Mod+k', false)).toBe('Ctrl K');
  expect(keyLabel('Shift+n', false)).toBe('Shift N');
  expect(keyLabel('ArrowUp', false)).toBe('↑');
  expect(keyLabel('[', false)).toBe('[');
});
