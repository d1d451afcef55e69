/** Walking over the failed spans of the opened trace, whatever view is shown. */
import { getNextFailure } from '../api/client';
import { location } from './location.svelte';

/** Selects the next failed span after the selection, where a failure began before what failed with it, round to the first. */
export async function nextError(traceId: string): Promise<void> {
  const { place } = location;
  const span = await getNextFailure(traceId, location.route.span);
  if (span !== null && location.place === place) location.adjust({ span });
}
