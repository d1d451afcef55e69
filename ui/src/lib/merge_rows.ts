import type { TraceList, TraceRow } from '../api/types';

/**
 * Puts a newest page over what is loaded: rows the page reaches past are kept, rows it should have and has not are gone.
 * `limit` is how many rows were asked for.
 * `kept` says whether older rows were kept, so that the old cursor still stands at the end.
 */
export function mergeNewest(loaded: TraceRow[], page: TraceList, limit = page.rows.length): { rows: TraceRow[]; kept: boolean } {
  if (page.next === null) return { rows: page.rows, kept: false };
  const fresh = new Map(page.rows.map((row) => [row.summary.trace_id, row]));
  // Time was up before the page was full: it says nothing of what lies behind it.
  if (page.rows.length < limit && loaded.length > 0) return { rows: [...page.rows, ...loaded.filter((row) => !fresh.has(row.summary.trace_id))], kept: true };
  const reached = loaded.findLastIndex((row) => fresh.has(row.summary.trace_id));
  if (reached < 0 || reached === loaded.length - 1) return { rows: page.rows, kept: false };
  return { rows: [...page.rows, ...loaded.slice(reached + 1)], kept: true };
}
