import { expect, test } from 'vitest';
import { mix, parseHex } from './colour';

test('hexadecimal colours of every length are read', () => {
  expect(parseHex('#fff')).toEqual([255, 255, 255]);
  expect(parseHex(' #53befa ')).toEqual([83, 190, 250]);
  expect(parseHex('#15181b59')).toEqual([21, 24, 27]);
  expect(parseHex('red')).toBeNull();
});

test('a mix lies between', () => expect(mix('#ffffff', '#000000', 0.5)).toBe('rgb(128 128 128)'));
