/** A value that is fetched, and fetched again when what it depends on changes. */
import { untrack } from 'svelte';
import { isAbort, sentence } from '../api/client';

/** How long until what was a moment old is asked for again. */
const LATER_MS = 400;

export class Resource<T> {
  /** The last answer; stays while a newer one of the same thing is under way, so that nothing blinks. */
  value: T | undefined = $state.raw(undefined);
  /** Why the last request failed, in a sentence. */
  error: string | null = $state(null);
  loading = $state(false);
}

/**
 * Loads `load(key)` now and whenever `key()` answers differently; a null key loads nothing. While `same` says that two
 * keys name one thing in two versions, the old answer stays and a request under way is finished first: a trace that
 * grows ten times a second must not starve its own view. Any other change empties the value and aborts the request.
 * What fast growing things are answered with may be a moment old: while `old` says so of an answer, it is asked for again.
 * Call it while a component is being made.
 */
export function resource<K, T>(
  key: () => K | null,
  load: (key: K, signal: AbortSignal) => Promise<T>,
  same: (older: K, newer: K) => boolean = () => false,
  old: (value: T, key: K) => boolean = () => false,
): Resource<T> {
  const result = new Resource<T>();
  let current: K | null = null;
  let abort: AbortController | null = null;
  let again = false;
  let later: ReturnType<typeof setTimeout> | undefined;

  const written = $derived(JSON.stringify(key()));
  $effect(() => {
    void written;
    untrack(() => turnTo(key()));
  });
  $effect(() => () => {
    clearTimeout(later);
    abort?.abort();
  });

  function turnTo(next: K | null): void {
    const grown = current !== null && next !== null && same(current, next);
    current = next;
    clearTimeout(later);
    if (!grown) {
      abort?.abort();
      abort = null;
      result.value = undefined;
      result.error = null;
    }
    if (next === null) result.loading = false;
    else if (abort) again = true;
    else void run(next);
  }

  async function run(asked: K): Promise<void> {
    const mine = new AbortController();
    abort = mine;
    again = false;
    result.loading = true;
    try {
      const value = await load(asked, mine.signal);
      if (mine.signal.aborted) return;
      result.value = value;
      result.error = null;
    } catch (error) {
      if (mine.signal.aborted || isAbort(error)) return;
      result.error = sentence(error);
    }
    abort = null;
    result.loading = false;
    if (current === null) return;
    if (again) void run(current);
    else if (result.error === null && old(result.value as T, current)) later = setTimeout(() => current !== null && !abort && void run(current), LATER_MS);
  }

  return result;
}
