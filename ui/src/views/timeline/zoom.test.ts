// @vitest-environment jsdom
import { expect, test } from 'vitest';
import { Zoom } from './zoom.svelte';

test('the whole leaves room for the labels of bars that reach its end, as many pixels at any width', () => {
  const free = (width: number) => {
    const { t1 } = new Zoom(() => 1e9, () => null, () => width).range;
    return Math.round(width - (1e9 / t1) * width);
  };
  expect([400, 800, 2000].map(free)).toEqual([100, 100, 100]);
  expect(free(200)).toBe(0);
});
