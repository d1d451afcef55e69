// A JSON tree that is too large to be here: the rows in sight, and which of its values are open.
import type { JsonHits, JsonTree, JsonTreeQuery, JsonTreeRow } from '../api/types';

export type { JsonHits, JsonTreeRow };

/** Rows asked for beyond each edge of what is to be seen. */
const AROUND = 100;
/** Rows asked for at first, before anybody knows how many there is room for. */
const FIRST = 40;

/** What of a question differs from tree to tree. */
export type JsonAsked = Partial<Omit<JsonTreeQuery, 'pointer' | 'row'>>;

export class JsonWindow {
  /** Rows in all. */
  total = 0;
  #open: string[] | null = null;
  #from = 0;
  #rows: JsonTreeRow[] = [];
  #wanted: [from: number, to: number] = [0, FIRST];
  #busy: AbortController | null = null;
  #stale = false;

  constructor(
    /** Answers null when it is no JSON. */
    private readonly ask: (asked: JsonAsked, signal?: AbortSignal) => Promise<JsonTree | null>,
    /** Called when rows came, with the row of the place that was asked for, or when they did not. */
    private readonly came: (found: number | null, failed: unknown) => void,
  ) {}

  /** Asks for the first rows; false = it is no JSON. */
  async begin(): Promise<boolean> {
    const first = await this.ask({ rows: FIRST });
    if (first) this.#take(first);
    return first !== null;
  }

  at(index: number): JsonTreeRow | undefined {
    return this.#rows[index - this.#from];
  }

  /** Rows `from..to` are to be seen: what is missing of them is asked for. */
  want(from: number, to: number): void {
    this.#wanted = [from, Math.min(to, this.total)];
    if (!this.#isHere() && !this.#busy) void this.#load(null);
  }

  /** Opens or closes what stands in a row. */
  toggle({ place, open }: JsonTreeRow): void {
    const others = (this.#open ?? []).filter((each) => each !== place);
    this.#open = open ? others : [...others, place];
    this.#stale = true;
    void this.#load(null);
  }

  /** Opens what is around a place and says where its row is. */
  reveal(place: string): void {
    void this.#load(place);
  }

  async find(words: string, signal: AbortSignal): Promise<JsonHits> {
    return (await this.ask({ rows: 1, find: words }, signal))?.hits ?? { places: [], more: false };
  }

  /** The whole value in a row. */
  async value({ place }: JsonTreeRow): Promise<string> {
    return (await this.ask({ rows: 1, value: place }))?.value ?? '';
  }

  stop(): void {
    this.#busy?.abort();
  }

  #isHere(): boolean {
    const [from, to] = this.#wanted;
    return !this.#stale && from >= this.#from && to <= this.#from + this.#rows.length;
  }

  async #load(reveal: string | null): Promise<void> {
    this.#busy?.abort();
    const busy = new AbortController();
    this.#busy = busy;
    const [from, to] = this.#wanted;
    try {
      const answer = await this.ask({ from: Math.max(0, from - AROUND), rows: to - from + 2 * AROUND, open: this.#open, reveal }, busy.signal);
      if (busy.signal.aborted) return;
      this.#busy = null;
      if (answer) this.#take(answer);
      this.came(answer?.found ?? null, null);
      if (!this.#isHere()) void this.#load(null);
    } catch (error) {
      if (busy.signal.aborted) return;
      this.#busy = null;
      this.came(null, error);
    }
  }

  #take(answer: JsonTree): void {
    [this.total, this.#from, this.#rows, this.#open, this.#stale] = [answer.rows_total, answer.from, answer.rows, answer.open, false];
    this.#wanted = [this.#wanted[0], Math.min(this.#wanted[1], this.total)];
  }
}
