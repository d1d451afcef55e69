/** The opened trace. */
import { getTrace, isAbort, sentence, RequestFailed } from '../api/client';
import type { Changes, TraceHead } from '../api/types';
import { live } from './live.svelte';
import { location } from './location.svelte';
import { panes } from './panes.svelte';

class OpenTrace {
  #answer: { id: string; head: TraceHead } | null = $state.raw(null);
  error: string | null = $state(null);
  /** The trace was deleted, or never was. */
  gone = $state(false);
  loading = $state(false);
  #id = '';
  #busy = false;
  #again = false;
  #abort: AbortController | null = null;

  /**
   * The head of the trace the address names, null until it is there. Effects run after the address has changed: until
   * then the answer of the trace that was left must not be taken for one of the new trace.
   */
  readonly head: TraceHead | null = $derived(this.#answer?.id === openId() ? this.#answer.head : null);

  /** Whoever reads it hears of another version, not of every change of the address. */
  readonly version: number = $derived(this.head?.row.version ?? 0);

  /** Follows the address; call once, within an effect root. */
  follow(): void {
    $effect(() => this.#open(openId()));
    $effect(() => live.watch((changes) => this.#changed(changes)));
  }

  /** Asks once more for a trace that could not be read. */
  again(): void {
    live.retry();
    if (this.#id) void this.#load();
  }

  #open(id: string): void {
    if (id === this.#id) return;
    this.#abort?.abort();
    this.#busy = false;
    this.#again = false;
    this.#id = id;
    this.#answer = null;
    this.error = null;
    this.gone = false;
    this.loading = id !== '';
    if (id) void this.#load();
  }

  #changed(changes: Changes): void {
    if (this.#id && (changes.all || changes.traces.includes(this.#id))) void this.#load();
  }

  async #load(): Promise<void> {
    if (this.#busy) {
      this.#again = true;
      return;
    }
    const abort = new AbortController();
    this.#abort = abort;
    this.#busy = true;
    this.#again = false;
    try {
      const head = await getTrace(this.#id, abort.signal);
      if (abort.signal.aborted) return;
      const first = this.#answer === null;
      if (head.row.version !== this.#answer?.head.row.version) this.#answer = { id: this.#id, head };
      if (first && openId() === this.#id) selectTheOnly(head);
      this.error = null;
      this.gone = false;
    } catch (error) {
      if (abort.signal.aborted || isAbort(error)) return;
      this.gone = error instanceof RequestFailed && error.code === 'not_found';
      if (this.gone) this.#answer = null;
      this.error = sentence(error);
    }
    this.loading = false;
    this.#busy = false;
    if (this.#again) void this.#load();
  }
}

/**
 * A finished trace of a single span has nothing to choose from: its span is shown beside it, and where there is no room beside it
 * not before it is asked for. Until the root is there, more may come.
 */
function selectTheOnly(head: TraceHead): void {
  const { counts, root_span_id } = head.row.summary;
  if (counts.spans !== 1 || !root_span_id || location.route.span) return;
  panes.look();
  location.adjust({ span: root_span_id });
}

/** The trace the address names, empty for none. */
function openId(): string {
  return location.route.page === 'trace' ? location.route.traceId : '';
}

export const trace = new OpenTrace();
