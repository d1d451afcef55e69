/** What traces took, asked for again while more come in. */
import { getTotals, type TotalsQuery } from '../../api/client';
import type { TotalsNow } from '../../api/types';
import { live } from '../../state/live.svelte';
import { resource, type Resource } from '../../state/resource.svelte';
import { traces } from '../../state/traces.svelte';

/** All traces are gone through each time: at most a tenth of the time is spent on it. */
const LEAST_GAP_MS = 1_000;
const TIMES_AS_LONG = 9;

/** Call while a component is made: it lives as long. */
export function liveTotals(asked: () => TotalsQuery): Resource<TotalsNow> {
  let turn = $state(0);
  let took_ms = 0;
  let changed = $state(false);

  $effect(() => live.watch(() => (changed = true)));
  // What the list holds back is held back here.
  $effect(() => {
    if (!changed || traces.paused) return;
    const timer = setTimeout(() => {
      changed = false;
      turn += 1;
    }, Math.max(LEAST_GAP_MS, took_ms * TIMES_AS_LONG));
    return () => clearTimeout(timer);
  });

  return resource(
    () => ({ ...asked(), turn }),
    async ({ turn: _, ...query }, signal) => {
      const begun = performance.now();
      const answer = await getTotals(query, signal);
      took_ms = performance.now() - begun;
      return answer;
    },
    // Another order or limit is an answer of the same traces: what is there stays until it comes.
    (older, newer) => older.by === newer.by && older.filter === newer.filter,
  );
}
