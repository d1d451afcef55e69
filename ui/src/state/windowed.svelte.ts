/** Rows of a long list of the engine's: fetched by windows, kept until something changes. */
import { isAbort, sentence } from '../api/client';

/** Rows kept; beyond it those far from the window are forgotten. */
const MOST_KEPT = 20_000;
/** A row further away than this is not looked for. */
const MOST_WALKED = 10_000;
/** What grows fast is answered with what it was a moment ago: how long until it is asked for again. */
const LATER_MS = 400;

/** A window to be fetched. */
export interface Window {
  from: number;
  rows: number;
  /** A name of the row in whose middle the window is to lie, wherever it is. */
  around: string | null;
}

/** What an answer says beside its rows. */
export interface Windowful {
  /** Of the trace. */
  version: number;
  rows_total: number;
}

/** `anchor`: rows moved by themselves and one should stay in place; `reveal`: a row is to be seen. */
export type Moved = 'anchor' | 'reveal';

export abstract class Windowed<Row, Answer extends Windowful> {
  /** The last answer. */
  protected answer: Answer | null = $state.raw(null);
  error: string | null = $state(null);
  loading = $state(false);
  /** Grows whenever rows came or went: whoever draws reads it. */
  drawn = $state(0);

  protected readonly rows = new Map<number, Row>();
  protected from = 0;
  protected to = 0;
  #stale = true;
  /** Grows with every change: an answer that was asked for before one is out of date when it comes. */
  #changes = 0;
  #held: string | null = null;
  #wanted = 0;
  #later: ReturnType<typeof setTimeout> | undefined;
  #busy: AbortController | null = null;
  #again = false;
  /** What is asked for when the page has done what it is at. */
  #next: { around: string | null; why: Moved } | null = null;

  constructor(
    /** Called when an answer said where the row is that was asked for. */
    protected readonly moved: (row: number, why: Moved) => void,
    /** The row to hold on to while rows change by themselves. */
    private readonly anchor: () => string | null = () => null,
    /** Rows asked for around what is visible, and the most that one answer holds. */
    private readonly around = 100,
    private readonly most = 2_000,
  ) {}

  protected abstract ask(asked: Window, signal?: AbortSignal): Promise<Answer>;

  /** Puts the answer's rows where they belong, by [`keep`]. */
  protected abstract take(answer: Answer): void;

  /** Where the answer has the row of this name. */
  protected abstract placeOf(name: string, answer: Answer): number | undefined;

  /** The row that was asked for stands here. */
  protected placed(row: number, why: Moved): void {
    this.moved(row, why);
  }

  /** Whether all is here that is drawn of a row. */
  protected isComplete(_row: Row): boolean {
    return true;
  }

  /** Rows are forgotten. */
  protected forget(): void {
    this.rows.clear();
  }

  protected keep(index: number, row: Row): void {
    this.rows.set(index, row);
  }

  get total(): number {
    return this.answer?.rows_total ?? 0;
  }

  /** Whether what is here may be out of date. */
  protected get stale(): boolean {
    return this.#stale;
  }

  at(index: number): Row | undefined {
    return this.rows.get(index);
  }

  /** The row at a place, fetched when it is not here. */
  async reach(index: number): Promise<Row | undefined> {
    const here = this.rows.get(index);
    if (here || index < 0 || index >= this.total) return here;
    const changes = this.#changes;
    const answer = await this.ask({ from: Math.max(0, index - this.around), rows: 2 * this.around, around: null });
    // Rows that grew or were folded meanwhile stand elsewhere.
    if (changes !== this.#changes || answer.version !== this.answer?.version) return undefined;
    this.take(answer);
    return this.rows.get(index);
  }

  /** Rows `from..to` are to be seen; whatever is missing of them is fetched. */
  show(from: number, to: number): void {
    this.from = from;
    this.to = to;
    if (this.#stale) return;
    for (let index = from; index < Math.min(to, this.total); index += 1) {
      const row = this.rows.get(index);
      if (!row || !this.isComplete(row)) return this.#request(null, 'anchor');
    }
  }

  /** Everything may have changed: fetches again, the row of `anchor` staying where it is. `version` is the trace's. */
  refresh(anchor: string | null, version = this.#wanted): void {
    this.#wanted = version;
    this.#stale = true;
    this.#changes += 1;
    this.#held = anchor;
    this.#request(anchor, 'anchor');
  }

  /** Fetches what is around a row and says where it is. */
  reveal(name: string): void {
    this.#request(name, 'reveal');
  }

  /** The next row for which `wanted` holds, `step` 1 or -1; looks at no more than [`MOST_WALKED`] rows. */
  async walk(from: number, step: 1 | -1, wanted: (row: Row) => boolean): Promise<Row | undefined> {
    for (let index = from + step, walked = 0; index >= 0 && index < this.total && walked < MOST_WALKED; index += step, walked += 1) {
      const row = this.rows.get(index) ?? (await this.reach(index));
      if (!row) return undefined;
      if (wanted(row)) return row;
    }
    return undefined;
  }

  stop(): void {
    clearTimeout(this.#later);
    this.#next = null;
    this.#busy?.abort();
  }

  #request(around: string | null, why: Moved): void {
    if (this.#busy && !this.#next && why === 'anchor') {
      this.#again = true;
      return;
    }
    this.#busy?.abort();
    const waits = this.#next !== null;
    if (!waits || why === 'reveal') this.#next = { around, why };
    // What is asked for twice in one go is one request: an answer that nobody waits for is made all the same.
    if (!waits) queueMicrotask(() => this.#next && void this.#run(this.#next.around, this.#next.why));
  }

  async #run(around: string | null, why: Moved): Promise<void> {
    const abort = new AbortController();
    this.#busy = abort;
    this.#next = null;
    this.#again = false;
    this.loading = true;
    const [fresh, changes] = [this.#stale, this.#changes];
    try {
      const from = Math.max(0, this.from - this.around);
      const rows = Math.min(this.most, Math.max(1, this.to - this.from) + 2 * this.around);
      const answer = await this.ask({ from, rows, around }, abort.signal);
      if (abort.signal.aborted) return;
      this.#stale = changes !== this.#changes;
      this.#arrived(answer, fresh || answer.version !== this.answer?.version, around, why);
      this.error = null;
    } catch (error) {
      if (abort.signal.aborted || isAbort(error)) return;
      this.error = sentence(error);
    }
    this.#busy = null;
    this.loading = false;
    if (this.#again) {
      if (this.#stale) this.#request(this.#held, 'anchor');
      else this.show(this.from, this.to);
    }
  }

  #arrived(answer: Answer, fresh: boolean, around: string | null, why: Moved): void {
    if (fresh || this.rows.size > MOST_KEPT) this.forget();
    this.take(answer);
    this.answer = answer;
    clearTimeout(this.#later);
    if (answer.version < this.#wanted) this.#later = setTimeout(() => this.refresh(this.anchor()), LATER_MS);
    const place = around === null ? undefined : this.placeOf(around, answer);
    if (place !== undefined) this.placed(place, why);
    this.drawn += 1;
    this.show(this.from, this.to);
  }
}
