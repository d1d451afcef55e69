import type { TraceHead } from '../api/types';

/** What every view of a trace is given. It fetches the rest itself, by trace id and version. */
export interface ViewProps {
  traceId: string;
  head: TraceHead;
  /** Grows with every change of the trace: fetch again when it does. */
  version: number;
  selectedSpan: string | null;
  /** Selects a span, in this view or in another one. */
  select(spanId: string, view?: string): void;
}

/** What the inspector is given. */
export interface InspectorProps {
  traceId: string;
  head: TraceHead;
  version: number;
  spanId: string;
  select(spanId: string, view?: string): void;
  close(): void;
}
