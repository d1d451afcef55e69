import { expect, test } from 'vitest';
import { covers, stretchFor, WHOLE } from './stretch';

test('a stretch serves ranges near it and as wide, not ones beyond it or much narrower', () => {
  const stretch = stretchFor({ t0: 1000, t1: 2000 }, 800);
  expect(stretch).toEqual({ from_ns: 500, to_ns: 2500, pieces: 1600 });
  expect(covers(stretch, { t0: 1000, t1: 2000 })).toBe(true);
  expect(covers(stretch, { t0: 600, t1: 1600 })).toBe(true);
  expect(covers(stretch, { t0: 400, t1: 1400 })).toBe(false);
  expect(covers(stretch, { t0: 1000, t1: 1300 })).toBe(false);
  expect(covers(WHOLE, { t0: 0, t1: 1 })).toBe(false);
});

test('nothing lies before the start of a trace', () => {
  const stretch = stretchFor({ t0: 0, t1: 1000 }, 500);
  expect(stretch).toEqual({ from_ns: 0, to_ns: 1500, pieces: 750 });
  expect(covers(stretch, { t0: -5, t1: 900 })).toBe(true);
});
