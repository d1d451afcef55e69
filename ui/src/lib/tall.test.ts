import { expect, test } from 'vitest';
import { layOut } from './tall';

test('what a browser can lay out is laid out as it is', () => {
  expect(layOut(24_000, 600)).toEqual({ height: 24_000, factor: 1, end: 23_400 });
  expect(layOut(240, 600)).toEqual({ height: 240, factor: 1, end: 0 });
});

test('the scroll bar of a million rows reaches the last of them', () => {
  const tall = layOut(24_000_000, 600);
  expect(tall.height).toBeLessThan(2 ** 24);
  expect((tall.height - 600) * tall.factor).toBeCloseTo(24_000_000 - 600);
});
