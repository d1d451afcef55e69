import { expect, test } from 'vitest';
import { moment, nanosBetween, unixMs, when } from './time';

test('a nanosecond string keeps its last digit', () => {
  expect(moment('1763640176123456789', true)).toBe('2025-11-20 12:02:56.123456789 UTC');
  expect(nanosBetween('1763640176123456789', '1763640176123456790')).toBe(1);
});

test('what is not a number is the epoch', () => expect(unixMs('soon')).toBe(0));

test('when a thing began is as long as it is long ago', () => {
  const at = '1795442576123456789';
  const now = 1795442576123;
  expect([when(at, true, now), when(at, true, now + 86_400_000), when(at, true, now + 400 * 86_400_000)]).toEqual(['14:02', '11-23 14:02', '2026-11-23']);
});
