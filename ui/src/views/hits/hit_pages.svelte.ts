/** The pages of hits of a filter: the newest traces first and live, further ones when they are asked for. */
import { untrack } from 'svelte';
import { getTraces, isAbort, sentence } from '../../api/client';
import type { Changes, Hit, TraceList, TraceRow } from '../../api/types';
import { mergeNewest } from '../../lib/merge_rows';
import { live } from '../../state/live.svelte';
import { traces } from '../../state/traces.svelte';

/** Traces of a page, and places shown of each; one more than is shown says that there are more. */
const TRACES = 25;
export const SHOWN = 5;
/** The newest traces are looked through again no more often: each time is a search. */
const LEAST_GAP_MS = 1_000;
/** Traces that are looked through again at once, at most. */
const MOST_RENEWED = 300;

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
  #timer: ReturnType<typeof setTimeout> | undefined;
  #renewing = false;
  #again = false;
  /** How far down something changed. */
  #deepest = 0;

  /** Call while a component is made: it lives as long. `hold` is called before what is shown changes by itself. */
  constructor(
    private readonly filter: () => string,
    private readonly hold: () => void,
  ) {
    $effect(() => {
      void this.filter();
      untrack(() => this.#restart());
      return () => {
        clearTimeout(this.#timer);
        this.#abort.abort();
      };
    });
    $effect(() => live.watch((changes) => this.#changed(changes)));
    // What the list holds back is held back here.
    $effect(() => {
      if (!traces.paused) untrack(() => this.#changed());
    });
  }

  #restart(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
    this.#abort = new AbortController();
    [this.traces, this.error, this.done, this.loading, this.#next] = [[], null, this.filter().trim() === '', false, null];
    [this.#timer, this.#renewing, this.#again] = [undefined, false, false];
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
        const page = await this.#ask(wanted - this.traces.length, this.#next, signal);
        if (signal.aborted) return;
        const known = new Set(this.traces.map(({ row }) => row.summary.trace_id));
        this.traces = [...this.traces, ...hitsOf(page).filter(({ row }) => !known.has(row.summary.trace_id))];
        this.#setNext(page.next);
      } while (!this.done && this.traces.length < wanted);
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      this.error = sentence(error);
    }
    this.loading = false;
    if (this.#again) this.#changed();
  }

  /** Something arrived: the newest traces, and those down to the last that changed, are looked through again in a moment. */
  #changed(changes: Pick<Changes, 'all' | 'traces'> = { all: false, traces: [] }): void {
    const changed = new Set(changes.traces);
    const last = changes.all ? this.traces.length : this.traces.findLastIndex(({ row }) => changed.has(row.summary.trace_id)) + 1;
    this.#deepest = Math.max(this.#deepest, last);
    if (traces.paused || this.filter().trim() === '') return;
    if (this.loading || this.#renewing) this.#again = true;
    else this.#timer ??= setTimeout(() => void this.#renew(), LEAST_GAP_MS);
  }

  async #renew(): Promise<void> {
    [this.#timer, this.#renewing, this.#again] = [undefined, true, false];
    const { signal } = this.#abort;
    // What came since stands above.
    const limit = Math.min(MOST_RENEWED, TRACES + this.#deepest);
    this.#deepest = 0;
    try {
      const page = await this.#ask(limit, null, signal);
      if (signal.aborted) return;
      this.hold();
      const merged = mergeNewest(this.traces.map(({ row }) => row), page, limit);
      const hits = new Map([...this.traces, ...hitsOf(page)].map((each) => [each.row.summary.trace_id, each.hits]));
      this.traces = merged.rows.map((row) => ({ row, hits: hits.get(row.summary.trace_id) ?? [] }));
      if (!merged.kept) this.#setNext(page.next);
      this.error = null;
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      this.error = sentence(error);
    }
    this.#renewing = false;
    if (this.#again) this.#changed();
  }

  #ask(limit: number, before: string | null, signal: AbortSignal): Promise<TraceList> {
    return getTraces({ limit, before, filter: this.filter(), hits: SHOWN + 1 }, signal);
  }

  #setNext(next: string | null): void {
    this.#next = next;
    this.done = next === null;
  }
}

function hitsOf(page: TraceList): TraceHits[] {
  return page.rows.map((row) => ({ row, hits: page.hits?.[row.summary.trace_id] ?? [] }));
}
