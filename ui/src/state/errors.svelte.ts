/** Walking over the failed spans of the opened trace, whatever view is shown. */
import { getTimeline } from '../api/client';
import { location } from './location.svelte';

const PAGE = 2_000;
const MOST_PAGES = 500;

/** Selects the next failed span in tree order after the selection, round to the first. */
export async function nextError(traceId: string): Promise<void> {
  const selected = location.route.span;
  let first: string | null = null;
  let passed = selected === null;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const from = page * PAGE;
    const timeline = await getTimeline(traceId, { from, rows: PAGE, collapsed: [], max_depth: null, expanded: [], reveal: null });
    for (const row of timeline.rows) {
      if (row.status === 'error') {
        if (passed && row.span_id !== selected) return location.adjust({ span: row.span_id });
        first ??= row.span_id;
      }
      if (row.span_id === selected) passed = true;
    }
    if (from + timeline.rows.length >= timeline.rows_total || timeline.rows.length === 0) break;
  }
  if (first !== null) location.adjust({ span: first });
}
