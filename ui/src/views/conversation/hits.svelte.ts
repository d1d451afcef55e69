/** Looking for words in a transcript: the rows in which they stand, which of them is looked at, and their marks. */
import { untrack } from 'svelte';
import type { Found } from '../../api/types';
import { markFound } from '../../lib/found';
import { resource, type Resource } from '../../state/resource.svelte';

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
  /** Which of the hits is looked at, from 0; −1 = none. */
  at = $state(-1);
  // Which way to go as soon as it is known where the words stand.
  #asked: 1 | -1 | 0 = 0;
  /** A trace that grows does not starve the search in it: what is under way is finished first. */
  readonly #answer: Resource<Found>;

  /** Call while a component is made: it lives as long. */
  constructor(private readonly where: Where) {
    $effect(() => {
      void this.words;
      [this.at, this.#asked] = [-1, 0];
    });
    this.#answer = resource(
      () => (this.words === '' ? null : { words: this.words, version: this.where.version() }),
      ({ words }, signal) => this.where.find(words, signal),
      (older, newer) => older.words === newer.words,
    );
    $effect(() => {
      const { found } = this;
      if (found) untrack(() => this.#came(found));
    });
    $effect(() => this.#mark());
  }

  /** Where the words stand; null until that is known. */
  get found(): Found | null {
    return this.#answer.value ?? null;
  }

  /** Why it is not known, in a sentence. */
  get error(): string | null {
    return this.#answer.error;
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

  #came(found: Found): void {
    if (this.at >= found.rows.length) this.at = -1;
    if (this.#asked !== 0) this.next(this.#asked);
    this.#asked = 0;
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
