/** The rows of a timeline: fetched by windows, kept until something changes, folded as the person folded them. */
import { SvelteSet } from 'svelte/reactivity';
import { getTimeline, isAbort, sentence } from '../../api/client';
import type { DrawnRow, DrawnTimeline } from '../../api/packed';
import type { TimelineQuery } from '../../api/types';
import type { Range } from '../../lib/scale';
import { covers, stretchFor, WHOLE, type Stretch } from './stretch';

/** Rows asked for around what is visible. */
const AROUND = 100;
/** Rows kept; beyond it those far from the window are forgotten. */
const MOST_KEPT = 20_000;
/** A sibling further away than this is not looked for. */
const MOST_WALKED = 10_000;
/** The most rows one answer holds. */
const MOST_ROWS = 2_000;
/** A trace that grows fast is answered with what it was a moment ago: how long until it is asked for again. */
const LATER_MS = 400;

export class Rows {
  /** The last answer without its rows: minimap, shares, totals. */
  timeline: Omit<DrawnTimeline, 'rows'> | null = $state.raw(null);
  error: string | null = $state(null);
  loading = $state(false);
  /** Grows whenever rows came or went: whoever draws reads it. */
  drawn = $state(0);

  #collapsed = new SvelteSet<string>();
  #expanded = new SvelteSet<string>();
  #maxDepth: number | null = $state(null);

  #rows = new Map<number, DrawnRow>();
  /** What stretch of time the details of a row were asked for. */
  #detailed = new WeakMap<DrawnRow, Stretch>();
  #stretch: Stretch = WHOLE;
  #range: Range | null = null;
  #wanted = 0;
  #later: ReturnType<typeof setTimeout> | undefined;
  #byId = new Map<string, DrawnRow>();
  #stale = true;
  #busy: AbortController | null = null;
  #again = false;
  #from = 0;
  #to = 0;

  constructor(
    private readonly traceId: string,
    /** Called when an answer moved the rows: the row and the span that should stay in place. */
    private readonly moved: (row: number, why: 'anchor' | 'reveal') => void,
    /** The span to hold on to while rows change by themselves. */
    private readonly anchor: () => string | null = () => null,
  ) {}

  get total(): number {
    return this.timeline?.rows_total ?? 0;
  }

  at(index: number): DrawnRow | undefined {
    return this.#rows.get(index);
  }

  /** The row at a place, fetched when it is not here. */
  async reach(index: number): Promise<DrawnRow | undefined> {
    const here = this.#rows.get(index);
    if (here || index < 0 || index >= this.total) return here;
    const from = Math.max(0, index - AROUND);
    const asked = { ...this.#query(null), from, rows: 2 * AROUND };
    const answer = await getTimeline(this.traceId, asked);
    if (answer.version === this.timeline?.version) for (const row of answer.rows) this.#keep(row, asked);
    return answer.rows.find((row) => row.row === index);
  }

  find(spanId: string): DrawnRow | undefined {
    return this.#byId.get(spanId);
  }

  /** The parent's row, when it has come by. */
  parentOf(row: DrawnRow): DrawnRow | undefined {
    return row.parent_span_id === null ? undefined : this.#byId.get(row.parent_span_id);
  }

  /** Rows `from..to` are to be seen; whatever is missing of them is fetched. */
  show(from: number, to: number): void {
    this.#from = from;
    this.#to = to;
    if (this.#stale) return;
    for (let index = from; index < Math.min(to, this.total); index += 1) {
      const row = this.#rows.get(index);
      if (!row || this.#needsDetail(row)) return this.#ask(null, 'anchor');
    }
  }

  /** A stretch of the clock is to be seen, `width` pixels wide: what is drawn of many spans at once is fetched for it. */
  look(range: Range, width: number): void {
    if (!(range.t1 > range.t0) || width <= 0) return;
    this.#range = range;
    if (!covers(this.#stretch, range)) this.#stretch = stretchFor(range, width);
    this.show(this.#from, this.#to);
  }

  /** A span alone is drawn from its times; what has children was summed up for a stretch of time. */
  #needsDetail(row: DrawnRow): boolean {
    if (row.children === 0 || this.#range === null) return false;
    const of = this.#detailed.get(row);
    return of !== undefined && !covers(of, this.#range);
  }

  /** Everything may have changed: fetches again, the row of `anchor` staying where it is. `version` is the trace's. */
  refresh(anchor: string | null, version = this.#wanted): void {
    this.#wanted = version;
    this.#stale = true;
    this.#ask(anchor, 'anchor');
  }

  /** Unfolds what hides a span and says where it is. */
  reveal(spanId: string): void {
    const known = this.#byId.get(spanId);
    if (known && !this.#stale && this.#rows.get(known.row)?.span_id === spanId) this.moved(known.row, 'reveal');
    else this.#ask(spanId, 'reveal');
  }

  toggle(row: DrawnRow): void {
    this.fold(row, row.expanded);
  }

  fold(row: DrawnRow, shut: boolean): void {
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
  async unfoldBelow(row: DrawnRow): Promise<void> {
    const everything = { ...this.#query(null), collapsed: [], expanded: [], max_depth: null };
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
  async walk(from: number, step: 1 | -1, wanted: (row: DrawnRow) => boolean): Promise<DrawnRow | undefined> {
    for (let index = from + step, walked = 0; index >= 0 && index < this.total && walked < MOST_WALKED; index += step, walked += 1) {
      const row = this.#rows.get(index) ?? (await this.reach(index));
      if (!row) return undefined;
      if (wanted(row)) return row;
    }
    return undefined;
  }

  stop(): void {
    clearTimeout(this.#later);
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
      ...this.#stretch,
      known: this.timeline?.version ?? null,
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
      const asked = this.#query(around);
      const answer = await getTimeline(this.traceId, asked, abort.signal);
      if (abort.signal.aborted) return;
      this.#take(answer, asked, fresh || answer.version !== this.timeline?.version, around, why);
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

  #take(answer: DrawnTimeline, asked: Stretch, fresh: boolean, around: string | null, why: 'anchor' | 'reveal'): void {
    if (fresh || this.#rows.size > MOST_KEPT) {
      this.#rows.clear();
      this.#byId.clear();
    }
    for (const row of answer.ancestors) this.#keep(row, asked);
    for (const row of answer.rows) this.#keep(row, asked);
    this.#stale = false;
    // The minimap of a version is sent once.
    const minimap = answer.minimap.bins === 0 && this.timeline ? this.timeline.minimap : answer.minimap;
    this.timeline = { ...answer, minimap };
    clearTimeout(this.#later);
    if (answer.version < this.#wanted) this.#later = setTimeout(() => this.refresh(this.anchor()), LATER_MS);
    if (around !== null) {
      const row = this.#byId.get(around);
      if (row && why === 'reveal') this.#opened(row);
      if (row) this.moved(row.row, why);
    }
    this.drawn += 1;
    this.show(this.#from, this.#to);
  }

  #keep(row: DrawnRow, asked: Stretch): void {
    this.#detailed.set(row, { from_ns: asked.from_ns, to_ns: asked.to_ns, pieces: asked.pieces });
    this.#rows.set(row.row, row);
    this.#byId.set(row.span_id, row);
  }

  /** A revealed span's ancestors are open from here on. */
  #opened(row: DrawnRow): void {
    for (let parent = this.parentOf(row); parent; parent = this.parentOf(parent)) {
      this.#collapsed.delete(parent.span_id);
      if (this.#maxDepth !== null && parent.depth >= this.#maxDepth) this.#expanded.add(parent.span_id);
    }
  }
}
