import type { TraceSummary } from '../api/types';
import { unixMs } from './time';

/** A trace without its root that was silent this long is not waited for. */
const SILENCE_MS = 30_000;

/**
 * Whether more of a trace is to be expected: a span says that it runs, or the root, which programs send last, is not
 * there and the trace spoke just now.
 */
export function isGrowing(summary: TraceSummary, now_ms: number): boolean {
  if (summary.status === 'running') return true;
  return summary.root_span_id === null && now_ms - unixMs(summary.end_time_unix_nano) < SILENCE_MS;
}
