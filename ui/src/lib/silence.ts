/** When streamed answers fell silent. */
import type { StreamRow, StreamView } from '../api/types';

/** Says whether a pause is one that somebody comes for. */
export function isSilence(pause_ns: number | null): pause_ns is number {
  return pause_ns !== null && pause_ns >= 1e9;
}

/** The streamed call that was silent longest, if any was for a second. */
export function silentSpan(rows: StreamRow[]): string | null {
  const silent = rows.filter((row) => isSilence(row.longest_silence_ns));
  return silent.reduce<StreamRow | null>((longest, row) => (longest && longest.longest_silence_ns! >= row.longest_silence_ns! ? longest : row), null)?.span_id ?? null;
}

/** Whether the call failed after it had been silent for a while. */
export function endsSilent(stream: StreamView): boolean {
  return isSilence(stream.silent_end_ns);
}

/** The last chunk before each silence, the longest first. */
export function silences(stream: StreamView): number[] {
  const all = stream.gaps.stalls.map(({ item, gap_ns }) => ({ before: item - 1, gap_ns }));
  if (endsSilent(stream)) all.push({ before: stream.items.length - 1, gap_ns: stream.silent_end_ns! });
  return all.sort((a, b) => b.gap_ns - a.gap_ns).map(({ before }) => before);
}
