// @vitest-environment jsdom
import { flushSync } from 'svelte';
import { expect, test } from 'vitest';
import type { Found } from '../../api/types';
import { Hits } from './hits.svelte';

const settle = () => new Promise((done) => setTimeout(done, 0));

/** A transcript that grows while it is searched. */
function growing() {
  let version = $state(1);
  const asked: { signal: AbortSignal; answer(found: Found): void; fail(error: Error): void }[] = [];
  const shown: number[] = [];
  let hits!: Hits;
  const stop = $effect.root(() => {
    hits = new Hits({
      find: (_, signal) => new Promise((answer, fail) => asked.push({ signal, answer, fail })),
      place: () => 0,
      show: (row) => shown.push(row),
      version: () => version,
      root: () => undefined,
    });
  });
  const grow = () => {
    version += 1;
    flushSync();
  };
  return { hits, asked, shown, grow, stop };
}

test('a trace that grows does not starve the search in it', async () => {
  const { hits, asked, shown, grow, stop } = growing();
  hits.words = 'refund';
  flushSync();
  hits.next(1);
  for (let i = 0; i < 5; i++) grow();
  expect([asked.length, asked[0]!.signal.aborted]).toEqual([1, false]);
  asked[0]!.answer({ version: 1, rows: [7, 9], more: false });
  await settle();
  flushSync();
  expect([hits.found?.rows, hits.at, shown, asked.length]).toEqual([[7, 9], 0, [7], 2]);
  stop();
});

test('a search that fails says so', async () => {
  const { hits, asked, stop } = growing();
  hits.words = 'refund';
  flushSync();
  asked[0]!.fail(new Error('Spanglass does not answer.'));
  await settle();
  expect([hits.error, hits.found]).toEqual(['Spanglass does not answer.', null]);
  stop();
});
