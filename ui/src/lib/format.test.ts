import { expect, test } from 'vitest';
import { ago, bytes, count, cutMiddle, duration, exactMoney, money, moneyPlaces, offset, percent, plural, stretch } from './format';

test.each([
  [0, '0 ns'],
  [850, '850 ns'],
  [999.6, '1.00 µs'],
  [4_400, '4.40 µs'],
  [130_000, '130 µs'],
  [84_000_000, '84.0 ms'],
  [105_200_000, '105 ms'],
  [999_600_000, '1.00 s'],
  [7_930_000_000, '7.93 s'],
  [59_996_000_000, '1 m 00 s'],
  [125_000_000_000, '2 m 05 s'],
  [3_840_000_000_000, '1 h 04 m'],
  [-2_000_000, '−2.00 ms'],
])('a duration of %d ns reads %s', (ns, text) => expect(duration(ns)).toBe(text));

test.each([
  [5_390_000_000, 1_000_000, '5.390 s'],
  [4_500_000_000, 500_000_000, '4.5 s'],
  [0, 2_000_000_000, '0 s'],
  [12_000, 1_000, '12 µs'],
  [500_000_000, 500_000_000, '0.5 s'],
  [0, 200_000_000, '0 s'],
  [250, 50, '250 ns'],
  [0, 300_000_000_000, '0 s'],
  [1_418_100_000_000, 100_000_000, '23 m 38.1 s'],
  [65_000_000_000, 1_000_000_000, '1 m 05 s'],
  [3_900_000_000_000, 300_000_000_000, '1 h 05 m'],
])('a place at %d ns read to %d ns is %s', (ns, step, text) => expect(offset(ns, step)).toBe(text));

test.each([
  [0, '0'],
  [99_999, '99,999'],
  [412_000, '412\u202fk'],
  [8_210_000, '8.21\u202fM'],
])('%d tokens read %s', (n, text) => expect(count(n)).toBe(text));

test.each([
  [0, '$0'],
  [0.00002, '<$0.0001'],
  [0.0118, '$0.0118'],
  [10.84, '$10.84'],
])('%d dollars in a list read %s', (usd, text) => expect(money(usd)).toBe(text));

test('small sums show their arithmetic in the ledger', () => {
  expect(exactMoney(0.00017)).toBe('$0.00017');
  expect(exactMoney(0.0000123)).toBe('$0.000012');
});

test.each([
  [312, '312 B'],
  [412_000, '412 KB'],
  [5_200_000, '5.2 MB'],
  [999_999, '1.0 MB'],
])('%d bytes read %s', (n, text) => expect(bytes(n)).toBe(text));

test.each([
  [500, 'now'],
  [4_000, '4 s'],
  [61_000, '1 min'],
  [3_700_000, '1 h'],
  [200_000_000, '2 d'],
])('%d ms ago reads %s', (ms, text) => expect(ago(1_000_000_000, 1_000_000_000 + ms)).toBe(text));

test('an id keeps both ends', () => expect(cutMiddle('call_tqyHabcdefghrfcej')).toBe('call_tq…ghrfcej'));
test('one is not many', () => expect([plural(1, 'call'), plural(34, 'call')]).toEqual(['1 call', '34 calls']));
test('per cent is whole', () => expect(percent(0.951)).toBe('95\u202f%'));

test('amounts below each other add up as they are written', () => {
  const told = (parts: number[], sum: number) => [...parts, sum].map((usd) => exactMoney(usd, moneyPlaces(parts, sum)));
  expect(told([0.0000198, 0.0000216], 0.0000414)).toEqual(['$0.0000198', '$0.0000216', '$0.0000414']);
  expect(told([0.00024045, 0.0000792], 0.00031965)).toEqual(['$0.0002405', '$0.0000792', '$0.0003197']);
  expect(told([0.00024044, 0.00007924], 0.00031968)).toEqual(['$0.00024044', '$0.00007924', '$0.00031968']);
  expect(told([1.5, 2.25], 3.75)).toEqual(['$1.5000', '$2.2500', '$3.7500']);
  expect(moneyPlaces([])).toBe(4);
});

test('which calls are shown is said where it is not all of them', () => {
  expect([stretch(1, 2_000), stretch(1_761, 2_000)]).toEqual(['', 'calls 1,761 to 2,000 of 2,000']);
});
