/** The trace list: newest first, live, filtered as the address says, a page at a time. */
import { getTrace, getTraces, isAbort, RequestFailed, sentence } from '../api/client';
import type { Changes, Hit, TraceList, TraceRow } from '../api/types';
import { mergeNewest } from '../lib/merge_rows';
import { live } from './live.svelte';
import { location } from './location.svelte';

const PAGE = 100;
/** Rows further down that changed are read one by one; more than this wait until they are scrolled to. */
const MOST_SINGLE_READS = 20;

/** How many of `rows` are not `known`. */
function newAmong(rows: TraceRow[], known: TraceRow[]): number {
  const ids = new Set(known.map((row) => row.summary.trace_id));
  return rows.filter((row) => !ids.has(row.summary.trace_id)).length;
}

class Traces {
  rows: TraceRow[] = $state.raw([]);
  /** How many there are, whatever the filter. */
  total = $state(0);
  /** The first page is here. */
  ready = $state(false);
  loading = $state(false);
  error: string | null = $state(null);
  /** What is wrong with the filter, and where in it, in characters. */
  filterError: string | null = $state(null);
  filterPlace: [number, number] | null = $state.raw(null);
  /** Whoever writes the filter has not come to an end of it: nothing is wrong yet. */
  writing = $state(false);
  /** What is to be told of the filter; the rows are then those that `shown` let through. */
  readonly wrong: string | null = $derived(this.writing ? null : this.filterError);
  /** The filter that the rows are of. */
  shown = $state('');
  /** Where the filter's text stands, by trace. */
  hits: Map<string, Hit> = $state.raw(new Map());
  /** Traces further down were not looked at yet. */
  hasMore = $state(false);
  /** Nothing moves until it is taken off; `held` says how many traces wait. */
  paused = $state(false);
  held = $state(0);
  #next: string | null = null;
  #filter = '';
  #abort = new AbortController();
  #busy = false;
  #again = false;
  #paging = false;

  /** Follows filter and changes; call once, within an effect root. */
  follow(): void {
    $effect(() => this.#refilter(location.route.filter));
    $effect(() => live.watch((changes) => void this.#changed(changes)));
  }

  async pause(paused: boolean): Promise<void> {
    this.paused = paused;
    if (!paused) await this.#refresh();
  }

  /** Reads the list anew: something changed that is in no trace, such as a price. */
  reload(): void {
    void this.#refresh(true);
  }

  remove(traceId: string): void {
    this.rows = this.rows.filter((row) => row.summary.trace_id !== traceId);
    this.total = Math.max(0, this.total - 1);
  }

  /** Reads the next page, if there is one. */
  async more(): Promise<void> {
    if (this.#paging || this.#next === null || this.paused) return;
    this.#paging = true;
    const { signal } = this.#abort;
    try {
      const wanted = this.rows.length + PAGE;
      // A page of a filter that lets little through comes in parts: looking for all of it takes too long for one answer.
      do {
        const page: TraceList = await getTraces({ limit: wanted - this.rows.length, before: this.#next, filter: this.#filter }, signal);
        if (signal.aborted) return;
        const known = new Set(this.rows.map((row) => row.summary.trace_id));
        this.rows = [...this.rows, ...page.rows.filter((row) => !known.has(row.summary.trace_id))];
        this.#note(page, false);
        this.#setNext(page.next);
      } while (this.#next !== null && this.#filter !== '' && this.rows.length < wanted);
    } catch (error) {
      if (!signal.aborted && !isAbort(error)) this.error = sentence(error);
    } finally {
      // Under another filter it is another page that is on its way.
      if (!signal.aborted) this.#paging = false;
    }
  }

  /** How many the filter lets through; −1 = unknown before all were looked at. */
  get matching(): number {
    if (!this.#filter) return Math.max(this.total, this.rows.length);
    return this.hasMore ? -1 : this.rows.length;
  }

  #setNext(next: string | null): void {
    this.#next = next;
    this.hasMore = next !== null;
  }

  #note(page: TraceList, fresh: boolean): void {
    const found = Object.entries(page.hits ?? {}).flatMap(([id, [hit]]) => (hit ? [[id, hit] as const] : []));
    if (found.length > 0 || fresh) this.hits = new Map([...(fresh ? [] : this.hits), ...found]);
  }

  #refilter(filter: string): void {
    if (this.ready && filter === this.#filter) return;
    this.#filter = filter;
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#busy = false;
    this.#paging = false;
    this.#setNext(null);
    this.loading = true;
    void this.#refresh(true);
  }

  async #changed(changes: Changes): Promise<void> {
    await this.#refresh();
    if (changes.all || this.paused) return;
    const newest = new Set(this.rows.slice(0, PAGE).map((row) => row.summary.trace_id));
    const below = new Set(this.rows.slice(PAGE).map((row) => row.summary.trace_id));
    const stale = changes.traces.filter((id) => below.has(id) && !newest.has(id)).slice(0, MOST_SINGLE_READS);
    for (const id of stale) await this.#reread(id);
  }

  async #reread(id: string): Promise<void> {
    try {
      const { row } = await getTrace(id, this.#abort.signal);
      this.rows = this.rows.map((each) => (each.summary.trace_id === id ? row : each));
    } catch {
      // It was deleted meanwhile, or the connection is gone: the next refresh tells.
    }
  }

  async #refresh(fresh = false): Promise<void> {
    if (this.#busy) {
      this.#again = true;
      return;
    }
    this.#busy = true;
    this.#again = false;
    const { signal } = this.#abort;
    try {
      const page = await getTraces({ limit: PAGE, filter: this.#filter }, signal);
      if (signal.aborted) return;
      this.#take(page, fresh);
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      if (error instanceof RequestFailed && error.code === 'bad_request' && this.#filter) {
        this.filterError = error.message;
        this.filterPlace = error.place;
      }
      else this.error = sentence(error);
    }
    this.loading = false;
    this.#busy = false;
    if (this.#again) void this.#refresh();
  }

  #take(page: TraceList, fresh: boolean): void {
    this.error = null;
    this.filterError = null;
    this.filterPlace = null;
    if (this.paused && this.ready && !fresh) {
      this.held = this.#filter ? newAmong(page.rows, this.rows) : Math.max(0, page.total - this.total);
      return;
    }
    this.shown = this.#filter;
    const merged = fresh || !this.ready ? { rows: page.rows, kept: false } : mergeNewest(this.rows, page, PAGE);
    this.rows = merged.rows;
    this.#note(page, fresh || !this.ready);
    if (!merged.kept) this.#setNext(page.next);
    this.total = page.total;
    this.held = 0;
    this.ready = true;
    if (this.#filter && this.#next !== null && this.rows.length < PAGE) void this.more();
  }
}

export const traces = new Traces();
