/** The rows of a timeline: fetched by windows, kept until something changes, folded as the person folded them. */
import { SvelteSet } from 'svelte/reactivity';
import { getTimeline } from '../../api/client';
import type { DrawnRow, DrawnTimeline } from '../../api/packed';
import type { TimelineQuery } from '../../api/types';
import type { Range } from '../../lib/scale';
import { Windowed, type Moved, type Window } from '../../state/windowed.svelte';
import { covers, stretchFor, WHOLE, type Stretch } from './stretch';

/** The most rows one answer holds. */
const MOST_ROWS = 2_000;

/** A window of rows, and the stretch of time it was asked for. */
type Answer = DrawnTimeline & { asked: Stretch };

export class Rows extends Windowed<DrawnRow, Answer> {
  #collapsed = new SvelteSet<string>();
  #expanded = new SvelteSet<string>();
  #maxDepth: number | null = $state(null);
  /** Siblings that are alike are one row. Of what grows they are not: rows would vanish under who reads them. */
  #alike = $state(true);
  /** Grows with everything that is folded or unfolded. */
  #folds = 0;

  /** What stretch of time the details of a row were asked for. */
  #detailed = new WeakMap<DrawnRow, Stretch>();
  #stretch: Stretch = WHOLE;
  #range: Range | null = null;
  #byId = new Map<string, DrawnRow>();

  constructor(
    private readonly traceId: string,
    /** Called when an answer moved the rows: the row and why it should stay in place or come into sight. */
    moved: (row: number, why: Moved) => void,
    /** The span to hold on to while rows change by themselves. */
    anchor: () => string | null = () => null,
    growing = false,
  ) {
    super(moved, anchor);
    this.#alike = !growing;
  }

  /** The last answer: minimap, shares, totals. */
  get timeline(): Omit<DrawnTimeline, 'rows'> | null {
    return this.answer;
  }

  find(spanId: string): DrawnRow | undefined {
    return this.#byId.get(spanId);
  }

  /** The parent's row, when it has come by. */
  parentOf(row: DrawnRow): DrawnRow | undefined {
    return row.parent_span_id === null ? undefined : this.#byId.get(row.parent_span_id);
  }

  /** A stretch of the clock is to be seen, `width` pixels wide: what is drawn of many spans at once is fetched for it. */
  look(range: Range, width: number): void {
    if (!(range.t1 > range.t0) || width <= 0) return;
    this.#range = range;
    if (!covers(this.#stretch, range)) this.#stretch = stretchFor(range, width);
    this.show(this.from, this.to);
  }

  /** A span alone is drawn from its times; what has children was summed up for a stretch of time. */
  protected override isComplete(row: DrawnRow): boolean {
    if (row.children === 0 || this.#range === null) return true;
    const of = this.#detailed.get(row);
    return of === undefined || covers(of, this.#range);
  }

  /** Unfolds what hides a span and says where it is. */
  override reveal(spanId: string): void {
    const known = this.#byId.get(spanId);
    if (known && !this.stale && this.rows.get(known.row)?.span_id === spanId) this.moved(known.row, 'reveal');
    else super.reveal(spanId);
  }

  toggle(row: DrawnRow): void {
    this.fold(row, row.expanded);
  }

  fold(row: DrawnRow, shut: boolean): void {
    if (row.children === 0 || row.expanded !== shut) return;
    this.#folds += 1;
    if (shut) {
      this.#expanded.delete(row.span_id);
      this.#collapsed.add(row.span_id);
    } else {
      this.#collapsed.delete(row.span_id);
      if (this.#isShutByItself(row)) this.#expanded.add(row.span_id);
    }
    this.refresh(row.span_id);
  }

  /** Whether a row is folded when nothing is said of it. */
  #isShutByItself(row: DrawnRow): boolean {
    return this.#maxDepth !== null || row.alike > 0;
  }

  /** Folds everything to its roots; the root above `anchor` stays in sight. */
  foldAll(anchor: string | null): void {
    this.#collapsed.clear();
    this.#expanded.clear();
    this.#maxDepth = 0;
    this.#alike = true;
    this.#folds += 1;
    let root = anchor === null ? undefined : this.#byId.get(anchor);
    for (let parent = root && this.parentOf(root); parent; parent = this.parentOf(parent)) root = parent;
    this.refresh(root?.span_id ?? null);
  }

  unfoldAll(anchor: string | null): void {
    this.#collapsed.clear();
    this.#expanded.clear();
    this.#maxDepth = null;
    this.#alike = false;
    this.#folds += 1;
    this.refresh(anchor);
  }

  /** Unfolds everything below a row, as far as one answer reaches. */
  async unfoldBelow(row: DrawnRow): Promise<void> {
    const folds = this.#folds;
    const everything = { ...this.#query({ from: 0, rows: 1, around: null }), collapsed: [], expanded: [], max_depth: null };
    const found = await getTimeline(this.traceId, { ...everything, from: 0, rows: 1, reveal: row.span_id });
    const place = found.rows.find((each) => each.span_id === row.span_id);
    if (!place) return;
    const below = await getTimeline(this.traceId, { ...everything, from: place.row, rows: MOST_ROWS, reveal: null });
    // Whoever folded something meanwhile has the last word.
    if (folds !== this.#folds) return;
    this.#folds += 1;
    for (const each of below.rows) {
      if (each.row > place.row && each.depth <= place.depth) break;
      this.#collapsed.delete(each.span_id);
      if (each.children > 0 && this.#isShutByItself(each)) this.#expanded.add(each.span_id);
    }
    this.refresh(row.span_id);
  }

  protected override ask(asked: Window, signal?: AbortSignal): Promise<Answer> {
    const stretch = this.#stretch;
    return getTimeline(this.traceId, this.#query(asked), signal).then((answer) => ({ ...answer, asked: stretch }));
  }

  protected override take(answer: Answer): void {
    // The minimap of a version is sent once.
    if (answer.minimap.bins === 0 && this.answer) answer.minimap = this.answer.minimap;
    for (const row of [...answer.ancestors, ...answer.rows]) {
      this.#detailed.set(row, answer.asked);
      this.keep(row.row, row);
      this.#byId.set(row.span_id, row);
    }
  }

  protected override placeOf(spanId: string, _answer: Answer): number | undefined {
    return this.#byId.get(spanId)?.row;
  }

  protected override forget(): void {
    super.forget();
    this.#byId.clear();
  }

  #query({ from, rows, around }: Window): TimelineQuery {
    return {
      from,
      rows,
      collapsed: [...this.#collapsed],
      max_depth: this.#maxDepth,
      expanded: [...this.#expanded],
      alike: this.#alike,
      reveal: around,
      ...this.#stretch,
      known: this.timeline?.version ?? null,
    };
  }

  protected override placed(row: number, why: Moved): void {
    const found = this.rows.get(row);
    if (found && why === 'reveal') this.#opened(found);
    super.placed(row, why);
  }

  /** A revealed span's ancestors are open from here on. */
  #opened(row: DrawnRow): void {
    for (let parent = this.parentOf(row); parent; parent = this.parentOf(parent)) {
      this.#collapsed.delete(parent.span_id);
      if (parent.alike > 0 || (this.#maxDepth !== null && parent.depth >= this.#maxDepth)) this.#expanded.add(parent.span_id);
    }
  }
}
