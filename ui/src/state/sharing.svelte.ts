/** Which traces are being exported; null = the dialog is closed. */
export interface Shared {
  /** Ids of traces; empty = all that `filter` lets through. */
  traces: string[];
  filter: string;
}

class Sharing {
  shared: Shared | null = $state.raw(null);

  /** Asks how these traces are to be exported. */
  open(traces: string[]): void {
    if (traces.length > 0) this.shared = { traces, filter: '' };
  }

  /** Asks how all traces that a filter lets through are to be exported. */
  openFiltered(filter: string): void {
    this.shared = { traces: [], filter };
  }

  close(): void {
    this.shared = null;
  }
}

export const sharing = new Sharing();
