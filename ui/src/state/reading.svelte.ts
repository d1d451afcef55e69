/** How far the reading of a large trace is, for whoever waits for what is made of it. */
import { getReading } from '../api/client';
import { live } from './live.svelte';

const EVERY_MS = 200;

/** Tells how much of a trace was read, from 0 to 1, while `awaited` names it; null = nobody knows. */
export function readingOf(awaited: () => string | null): { readonly part: number | null } {
  let part: number | null = $state(null);
  $effect(() => {
    part = null;
    const id = awaited();
    if (id === null || live.isCarried) return;
    const asking = new AbortController();
    const ask = async (): Promise<void> => {
      // Without an answer nothing is told; what is waited for says itself what is wrong.
      const read = await getReading(id, asking.signal).catch(() => null);
      if (asking.signal.aborted) return;
      // When all spans are read the answer is made of them.
      if (read !== null && read.of > 0) part = read.read / read.of;
      else if (part !== null) part = 1;
    };
    const timer = setInterval(() => void ask(), EVERY_MS);
    return () => {
      clearInterval(timer);
      asking.abort();
    };
  });
  return {
    get part() {
      return part;
    },
  };
}
