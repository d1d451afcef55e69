import { expect, test } from 'vitest';
import { moment, nanosBetween, unixMs } from './time';

test('a nanosecond string keeps its last digit', () => {
  expect(moment('1763640176123456789', true)).toBe('2025-11-20 12:02:56.123456789 UTC');
  expect(nanosBetween('1763640176123456789', '1763640176123456790')).toBe(1);
});

test('what is not a number is the epoch', () => expect(unixMs('soon')).toBe(0));
