/** Looking for words in a transcript: the rows in which they stand, which of them is looked at, and their marks. */
import { isAbort } from '../../api/client';
import type { Found } from '../../api/types';
import { markFound } from '../../lib/found';

interface Where {
  /** Asks for the rows in which words stand. */
  find(words: string, signal: AbortSignal): Promise<Found>;
  /** The row from which the first hit is looked for. */
  place(): number;
  /** Brings a row into sight. */
  show(row: number): void;
  /** The trace's version: what was found in another may stand elsewhere. */
  version(): number;
  /** Where rows are drawn. */
  root(): HTMLElement | undefined;
}

export class Hits {
  words = $state('');
  found: Found | null = $state.raw(null);
  /** Which of the hits is looked at, from 0; −1 = none. */
  at = $state(-1);
  // Which way to go as soon as it is known where the words stand.
  #asked: 1 | -1 | 0 = 0;

  /** Call while a component is made: it lives as long. */
  constructor(private readonly where: Where) {
    $effect(() => {
      void this.words;
      [this.at, this.found, this.#asked] = [-1, null, 0];
    });
    $effect(() => this.#look());
    $effect(() => this.#mark());
  }

  /** Goes to the next row in which the words stand, or the one before, round to the first. */
  next(by: 1 | -1): void {
    if (!this.found && this.words !== '') this.#asked = by;
    const hits = this.found?.rows ?? [];
    if (hits.length === 0) return;
    const after = hits.findIndex((row) => row >= this.where.place());
    const first = by > 0 ? Math.max(0, after) : (after > 0 ? after : hits.length) - 1;
    this.at = this.at < 0 ? first : (this.at + by + hits.length) % hits.length;
    const row = hits[this.at];
    if (row !== undefined) this.where.show(row);
  }

  #look(): () => void {
    void this.where.version();
    const abort = new AbortController();
    if (this.words === '') this.found = null;
    else
      this.where.find(this.words, abort.signal).then(
        (answer) => {
          if (abort.signal.aborted) return;
          this.found = answer;
          this.at = this.at < answer.rows.length ? this.at : -1;
          if (this.#asked !== 0) this.next(this.#asked);
          this.#asked = 0;
        },
        (error: unknown) => {
          if (!isAbort(error)) this.found = null;
        },
      );
    return () => abort.abort();
  }

  /** What is drawn changes while the page is scrolled: its marks follow. */
  #mark(): (() => void) | undefined {
    const [root, words] = [this.where.root(), this.words];
    if (!root) return undefined;
    let due = 0;
    const mark = () => {
      cancelAnimationFrame(due);
      due = requestAnimationFrame(() => markFound(root, words));
    };
    mark();
    if (words === '') return undefined;
    const watch = new MutationObserver(mark);
    watch.observe(root, { childList: true, subtree: true, characterData: true });
    return () => {
      watch.disconnect();
      cancelAnimationFrame(due);
      markFound(null, '');
    };
  }
}
