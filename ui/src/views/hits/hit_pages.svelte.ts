/** The pages of hits of a filter: the newest traces first, further ones when they are asked for. */
import { untrack } from 'svelte';
import { getTraces, isAbort, sentence } from '../../api/client';
import type { Hit, TraceRow } from '../../api/types';

/** Traces of a page, and places shown of each; one more than is shown says that there are more. */
const TRACES = 25;
export const SHOWN = 5;

interface TraceHits {
  row: TraceRow;
  hits: Hit[];
}

export class HitPages {
  traces: TraceHits[] = $state.raw([]);
  loading = $state(false);
  error: string | null = $state(null);
  /** Every trace was looked at. */
  done = $state(false);
  #next: string | null = null;
  #abort = new AbortController();

  /** Call while a component is made: it lives as long. */
  constructor(private readonly filter: () => string) {
    $effect(() => {
      void this.filter();
      untrack(() => this.#restart());
      return () => this.#abort.abort();
    });
  }

  #restart(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
    [this.traces, this.error, this.done, this.loading, this.#next] = [[], null, this.filter().trim() === '', false, null];
    if (!this.done) void this.more();
  }

  /** Looks for the hits of further traces. */
  async more(): Promise<void> {
    if (this.loading || this.done) return;
    this.loading = true;
    const { signal } = this.#abort;
    const wanted = this.traces.length + TRACES;
    try {
      // An answer may hold less than was asked for: looking for all of it takes too long.
      do {
        const page = await getTraces({ limit: wanted - this.traces.length, before: this.#next, filter: this.filter(), hits: SHOWN + 1 }, signal);
        if (signal.aborted) return;
        const found = page.rows.map((row) => ({ row, hits: page.hits?.[row.summary.trace_id] ?? [] }));
        this.traces = [...this.traces, ...found];
        this.#next = page.next;
        this.done = page.next === null;
      } while (!this.done && this.traces.length < wanted);
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      this.error = sentence(error);
    }
    this.loading = false;
  }
}
