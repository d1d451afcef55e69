/** The rows of a timeline: fetched by windows, kept until something changes, folded as the person folded them. */
import { SvelteSet } from 'svelte/reactivity';
import { getTimeline, isAbort, sentence } from '../../api/client';
import type { Timeline, TimelineQuery, TimelineRow } from '../../api/types';

/** Rows asked for around what is visible. */
const AROUND = 100;
/** Rows kept; beyond it those far from the window are forgotten. */
const MOST_KEPT = 20_000;
/** A sibling further away than this is not looked for. */
const MOST_WALKED = 10_000;
/** The most rows one answer holds. */
const MOST_ROWS = 2_000;

export class Rows {
  /** The last answer without its rows: minimap, shares, totals. */
  timeline: Omit<Timeline, 'rows'> | null = $state.raw(null);
  error: string | null = $state(null);
  loading = $state(false);
  /** Grows whenever rows came or went: whoever draws reads it. */
  drawn = $state(0);

  #collapsed = new SvelteSet<string>();
  #expanded = new SvelteSet<string>();
  #maxDepth: number | null = $state(null);

  #rows = new Map<number, TimelineRow>();
  #byId = new Map<string, TimelineRow>();
  #stale = true;
  #busy: AbortController | null = null;
  #again = false;
  #from = 0;
  #to = 0;

  constructor(
    private readonly traceId: string,
    /** Called when an answer moved the rows: the row and the span that should stay in place. */
    private readonly moved: (row: number, why: 'anchor' | 'reveal') => void,
  ) {}

  get total(): number {
    return this.timeline?.rows_total ?? 0;
  }

  at(index: number): TimelineRow | undefined {
    return this.#rows.get(index);
  }

  /** The row at a place, fetched when it is not here. */
  async reach(index: number): Promise<TimelineRow | undefined> {
    const here = this.#rows.get(index);
    if (here || index < 0 || index >= this.total) return here;
    const from = Math.max(0, index - AROUND);
    const answer = await getTimeline(this.traceId, { ...this.#query(null), from, rows: 2 * AROUND });
    if (answer.version === this.timeline?.version) for (const row of answer.rows) this.#keep(row);
    return answer.rows.find((row) => row.row === index);
  }

  find(spanId: string): TimelineRow | undefined {
    return this.#byId.get(spanId);
  }

  /** The parent's row, when it has come by. */
  parentOf(row: TimelineRow): TimelineRow | undefined {
    return row.parent_span_id === null ? undefined : this.#byId.get(row.parent_span_id);
  }

  /** Rows `from..to` are to be seen; whatever is missing of them is fetched. */
  show(from: number, to: number): void {
    this.#from = from;
    this.#to = to;
    if (this.#stale) return;
    for (let index = from; index < Math.min(to, this.total); index += 1) {
      if (!this.#rows.has(index)) return this.#ask(null, 'anchor');
    }
  }

  /** Everything may have changed: fetches again, the row of `anchor` staying where it is. */
  refresh(anchor: string | null): void {
    this.#stale = true;
    this.#ask(anchor, 'anchor');
  }

  /** Unfolds what hides a span and says where it is. */
  reveal(spanId: string): void {
    const known = this.#byId.get(spanId);
    if (known && !this.#stale && this.#rows.get(known.row)?.span_id === spanId) this.moved(known.row, 'reveal');
    else this.#ask(spanId, 'reveal');
  }

  toggle(row: TimelineRow): void {
    this.fold(row, row.expanded);
  }

  fold(row: TimelineRow, shut: boolean): void {
    if (row.children === 0 || row.expanded !== shut) return;
    if (shut) {
      this.#expanded.delete(row.span_id);
      this.#collapsed.add(row.span_id);
    } else {
      this.#collapsed.delete(row.span_id);
      if (this.#maxDepth !== null) this.#expanded.add(row.span_id);
    }
    this.refresh(row.span_id);
  }

  /** Folds everything to its roots; the root above `anchor` stays in sight. */
  foldAll(anchor: string | null): void {
    this.#collapsed.clear();
    this.#expanded.clear();
    this.#maxDepth = 0;
    let root = anchor === null ? undefined : this.#byId.get(anchor);
    for (let parent = root && this.parentOf(root); parent; parent = this.parentOf(parent)) root = parent;
    this.refresh(root?.span_id ?? null);
  }

  unfoldAll(anchor: string | null): void {
    this.#collapsed.clear();
    this.#expanded.clear();
    this.#maxDepth = null;
    this.refresh(anchor);
  }

  /** Unfolds everything below a row, as far as one answer reaches. */
  async unfoldBelow(row: TimelineRow): Promise<void> {
    const everything = { collapsed: [], expanded: [], max_depth: null };
    const found = await getTimeline(this.traceId, { ...everything, from: 0, rows: 1, reveal: row.span_id });
    const place = found.rows.find((each) => each.span_id === row.span_id);
    if (!place) return;
    const below = await getTimeline(this.traceId, { ...everything, from: place.row, rows: MOST_ROWS, reveal: null });
    for (const each of below.rows) {
      if (each.row > place.row && each.depth <= place.depth) break;
      this.#collapsed.delete(each.span_id);
      if (this.#maxDepth !== null && each.children > 0) this.#expanded.add(each.span_id);
    }
    this.refresh(row.span_id);
  }

  /** The next row in tree order for which `wanted` holds, `step` 1 or -1; looks at no more than [`MOST_WALKED`] rows. */
  async walk(from: number, step: 1 | -1, wanted: (row: TimelineRow) => boolean): Promise<TimelineRow | undefined> {
    for (let index = from + step, walked = 0; index >= 0 && index < this.total && walked < MOST_WALKED; index += step, walked += 1) {
      const row = this.#rows.get(index) ?? (await this.reach(index));
      if (!row) return undefined;
      if (wanted(row)) return row;
    }
    return undefined;
  }

  stop(): void {
    this.#busy?.abort();
  }

  #query(reveal: string | null): TimelineQuery {
    const from = Math.max(0, this.#from - AROUND);
    return {
      from,
      rows: Math.min(MOST_ROWS, Math.max(1, this.#to - this.#from) + 2 * AROUND),
      collapsed: [...this.#collapsed],
      max_depth: this.#maxDepth,
      expanded: [...this.#expanded],
      reveal,
    };
  }

  #ask(around: string | null, why: 'anchor' | 'reveal'): void {
    if (this.#busy && why === 'anchor') {
      this.#again = true;
      return;
    }
    this.#busy?.abort();
    void this.#run(around, why);
  }

  async #run(around: string | null, why: 'anchor' | 'reveal'): Promise<void> {
    const abort = new AbortController();
    this.#busy = abort;
    this.#again = false;
    this.loading = true;
    const fresh = this.#stale;
    try {
      const answer = await getTimeline(this.traceId, this.#query(around), abort.signal);
      if (abort.signal.aborted) return;
      this.#take(answer, fresh || answer.version !== this.timeline?.version, around, why);
      this.error = null;
    } catch (error) {
      if (abort.signal.aborted || isAbort(error)) return;
      this.error = sentence(error);
    }
    this.#busy = null;
    this.loading = false;
    if (this.#again) {
      if (this.#stale) this.#ask(around, 'anchor');
      else this.show(this.#from, this.#to);
    }
  }

  #take(answer: Timeline, fresh: boolean, around: string | null, why: 'anchor' | 'reveal'): void {
    if (fresh || this.#rows.size > MOST_KEPT) {
      this.#rows.clear();
      this.#byId.clear();
    }
    for (const row of answer.ancestors) this.#keep(row);
    for (const row of answer.rows) this.#keep(row);
    this.#stale = false;
    this.timeline = answer;
    if (around !== null) {
      const row = this.#byId.get(around);
      if (row && why === 'reveal') this.#opened(row);
      if (row) this.moved(row.row, why);
    }
    this.drawn += 1;
    this.show(this.#from, this.#to);
  }

  #keep(row: TimelineRow): void {
    this.#rows.set(row.row, row);
    this.#byId.set(row.span_id, row);
  }

  /** A revealed span's ancestors are open from here on. */
  #opened(row: TimelineRow): void {
    for (let parent = this.parentOf(row); parent; parent = this.parentOf(parent)) {
      this.#collapsed.delete(parent.span_id);
      if (this.#maxDepth !== null && parent.depth >= this.#maxDepth) this.#expanded.add(parent.span_id);
    }
  }
}
