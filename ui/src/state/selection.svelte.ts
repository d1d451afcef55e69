/** The traces that are picked to do something with together. */
import { SvelteSet } from 'svelte/reactivity';

class Selection {
  ids = new SvelteSet<string>();
  /** Where a range begins. */
  anchor: string | null = null;

  /**
   * Picks a trace, or lets go of it. `open` is the one that is looked at: it is the first of those that are picked, as the selected
   * file is in a file manager.
   */
  toggle(id: string, open: string | null): void {
    if (this.ids.size === 0 && open !== null && open !== id) this.ids.add(open);
    if (!this.ids.delete(id)) this.ids.add(id);
    this.anchor = id;
  }

  set(ids: Iterable<string>): void {
    this.ids.clear();
    for (const id of ids) this.ids.add(id);
  }

  /** Lets go of some. */
  leave(ids: Iterable<string>): void {
    for (const id of ids) this.ids.delete(id);
    if (this.ids.size === 0) this.anchor = null;
  }

  clear(): void {
    this.ids.clear();
    this.anchor = null;
  }
}

export const selection = new Selection();
