import { expect, test } from 'vitest';
import { axisOf, clampRange, LEAST_NS, pan, roomyEnd, roundStep, ticks, toNs, toX, wholePercents, zoomAt } from './scale';

const S = 1e9;

test('a pixel and its time are each other’s way back', () => {
  const range = { t0: 3 * S, t1: 9 * S };
  expect(toX(range, 600, 6 * S)).toBe(300);
  expect(toNs(range, 600, 300)).toBe(6 * S);
});

test('zooming keeps the time under the pointer in place', () => {
  const range = { t0: 0, t1: 10 * S };
  const near = zoomAt(range, 4 * S, 0.5, 10 * S);
  expect(toX(near, 1000, 4 * S)).toBeCloseTo(400);
  expect(near.t1 - near.t0).toBe(5 * S);
});

test('a zoom stays inside the trace and never vanishes', () => {
  expect(clampRange({ t0: -5, t1: 2 * S }, S)).toEqual({ t0: 0, t1: S });
  expect(pan({ t0: 0, t1: S }, 99 * S, 10 * S)).toEqual({ t0: 9 * S, t1: 10 * S });
  const tiny = zoomAt({ t0: 500, t1: 700 }, 600, 1e-9, S);
  expect(tiny.t1 - tiny.t0).toBe(LEAST_NS);
});

test.each([
  [0.3 * S, 0.5 * S],
  [1.1 * S, 2 * S],
  [31 * S, 60 * S],
  [3 * 3600 * S, 10_800 * S],
  [130_000, 200_000],
])('a step of %d is rounded to %d', (ns, step) => expect(roundStep(ns)).toBe(step));

test('ticks are round and lie inside', () => {
  expect(ticks({ t0: 4.1 * S, t1: 8 * S }, 500, 60)).toEqual({ step: 0.5 * S, at: [4.5, 5, 5.5, 6, 6.5, 7, 7.5, 8].map((s) => s * S) });
});

test('the end of a running clock is ahead of it and round', () => {
  expect(roomyEnd(12.4 * S)).toBe(14 * S);
  expect(roomyEnd(12.6 * S)).toBe(14 * S);
});

test('per cents sum to a hundred', () => {
  expect(wholePercents([0.954, 0.031, 0.015])).toEqual([95, 3, 2]);
  expect(wholePercents([1 / 3, 1 / 3, 1 / 3]).reduce((a, b) => a + b)).toBe(100);
  expect(wholePercents([0, 0, 0])).toEqual([0, 0, 0]);
});

test('an axis is round', () => {
  expect([axisOf(15), axisOf(0), axisOf(200)]).toEqual([{ top: 15, step: 5 }, { top: 1, step: 1 }, { top: 200, step: 100 }]);
  expect(axisOf(10, [1, 2, 4, 5, 10])).toEqual({ top: 12, step: 4 });
});
