// A text of which only some lines are here.

/** Lines that are loaded at once. */
export const PAGE_LINES = 200;
/** Pages that are kept. */
const MOST_PAGES = 50;

export class PagedLines {
  readonly #pages = new Map<number, string[]>();
  readonly #asked = new Set<number>();

  constructor(
    readonly total: number,
    /** The first page. */
    first: string[],
    private readonly load: (from: number, count: number) => Promise<string[]>,
    /** Called when lines arrived, or did not. */
    private readonly arrived: (failed: unknown) => void,
  ) {
    this.#pages.set(0, first);
  }

  at(line: number): string | undefined {
    return this.#pages.get(Math.floor(line / PAGE_LINES))?.[line % PAGE_LINES];
  }

  /** Lines `from..to` are to be seen: what is missing of them is loaded. */
  want(from: number, to: number): void {
    for (let page = Math.floor(from / PAGE_LINES); page * PAGE_LINES < Math.min(to, this.total); page += 1) {
      if (this.#pages.has(page) || this.#asked.has(page)) continue;
      this.#asked.add(page);
      this.load(page * PAGE_LINES, PAGE_LINES).then(
        (lines) => this.#keep(page, lines),
        (error: unknown) => {
          this.#asked.delete(page);
          this.arrived(error);
        },
      );
    }
  }

  #keep(page: number, lines: string[]): void {
    this.#asked.delete(page);
    this.#pages.set(page, lines);
    // The oldest goes first; what is in sight was asked for last.
    for (const old of this.#pages.keys()) {
      if (this.#pages.size <= MOST_PAGES) break;
      this.#pages.delete(old);
    }
    this.arrived(null);
  }
}
