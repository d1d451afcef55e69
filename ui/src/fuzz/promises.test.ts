import { expect, test } from 'vitest';
import { Chance, damaged } from './damage';
import * as promises from './promises';
import { SEEDS } from './seeds';

/** Texts a unit test has time for; `cargo xtask fuzz` tries them by the hundred thousand, and goes on from what reaches more code. */
const TEXTS = 500;

test.for(Object.entries(promises))('whatever the text, the promises of %s hold', { timeout: 60_000 }, ([name, holds]) => {
  const seeds = SEEDS[name as keyof typeof promises];
  const chance = new Chance(1);
  for (const text of seeds) holds(text);
  for (let n = 0; n < TEXTS; n++) holds(damaged(chance.of(seeds), seeds, chance));
});

test('the same damage is done again', () => {
  const some = () => Array.from({ length: 20 }, (_, n) => damaged(SEEDS.markdown[0]!, SEEDS.markdown, new Chance(n + 1)));
  expect(some()).toEqual(some());
  expect(new Set(some()).size).toBeGreaterThan(10);
});
