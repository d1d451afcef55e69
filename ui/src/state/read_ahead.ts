// A large trace is read as a whole only for the views of all that was said in it. That takes a second or more: it is done ahead, while
// nobody does anything.
import { getReading, readAhead } from '../api/client';

/** Smaller traces are read as a whole when they are opened; larger ones would take memory that nobody asked for. */
const [LEAST_SPANS, MOST_SPANS] = [20_000, 120_000];
/** How long nothing was done, in milliseconds: what is done meanwhile needs the processor more. */
const QUIET_MS = 1_500;
/** How often the engine is told that the trace is still looked at: what was made of a trace that was left is given back after a minute. */
const STAYS_MS = 20_000;
const DEEDS = ['pointermove', 'pointerdown', 'wheel', 'keydown'] as const;

/** Whether a trace of so many spans is read ahead. */
export function isReadAhead(spans: number): boolean {
  return spans > LEAST_SPANS && spans <= MOST_SPANS;
}

/** Reads a trace ahead as soon as nothing was done for a while; the returned function gives it up. */
export function whenQuiet(traceId: string): () => void {
  const given = new AbortController();
  const deeds = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      deeds.abort();
      // What fails here is said where it is asked for.
      void readAhead(traceId, given.signal).catch(() => undefined);
    }, QUIET_MS);
  };
  for (const deed of DEEDS) addEventListener(deed, wait, { passive: true, capture: true, signal: deeds.signal });
  wait();
  const stays = setInterval(() => {
    if (!document.hidden) void getReading(traceId, given.signal).catch(() => undefined);
  }, STAYS_MS);
  return () => {
    clearTimeout(timer);
    clearInterval(stays);
    deeds.abort();
    given.abort();
  };
}
