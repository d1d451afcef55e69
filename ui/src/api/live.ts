/** One long poll that tells what changed, for as long as the page lives. */
import { getChanges, isAbort, RequestFailed } from './client';
import type { Changes } from './types';

export interface Listener {
  /** Something changed, or nothing did within the wait (then `traces` is empty). At most ten times a second. */
  changed(changes: Changes): void;
  /** The connection came up; everything shown may be old. */
  connected(): void;
  /** The connection is gone; the next try is in `retry_ms`. */
  disconnected(reason: string, retry_ms: number): void;
}

const WAIT_MS = 25_000;
const LEAST_GAP_MS = 100;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;

/** Listens until `signal` is aborted. `retryNow` of the result ends a back-off early. */
export function listen(listener: Listener, signal: AbortSignal): { retryNow(): void } {
  let wake = () => {};
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  async function run(): Promise<void> {
    let seq = 0;
    let up = false;
    let retry_ms = FIRST_RETRY_MS;
    while (!signal.aborted) {
      const asked_at = performance.now();
      try {
        // The first answer after a break is immediate: it only learns where the sequence stands.
        const changes = await getChanges(seq, up ? WAIT_MS : 0, signal);
        seq = changes.seq;
        retry_ms = FIRST_RETRY_MS;
        if (up) listener.changed(changes);
        else listener.connected();
        up = true;
        const rest_ms = LEAST_GAP_MS - (performance.now() - asked_at);
        if (rest_ms > 0) await pause(rest_ms);
      } catch (error) {
        if (signal.aborted || isAbort(error)) return;
        up = false;
        seq = 0;
        listener.disconnected(reason(error), retry_ms);
        await pause(retry_ms);
        retry_ms = Math.min(LONGEST_RETRY_MS, retry_ms * 2);
      }
    }
  }
  void run();
  return { retryNow: () => wake() };
}

/** Each start has a token of its own: no further try is answered otherwise. */
export const STARTED_AGAIN = 'Spanglass was started again: open the address that it printed.';

function reason(error: unknown): string {
  if (error instanceof RequestFailed && error.code === 'forbidden') return STARTED_AGAIN;
  return error instanceof Error ? error.message : String(error);
}
