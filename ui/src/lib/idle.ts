// Work that may wait until the page has nothing else to do: one piece at a time, so that no frame waits for two.

const waiting: (() => void)[] = [];
let due = false;

const later: (run: () => void) => void = 'requestIdleCallback' in globalThis ? (run) => requestIdleCallback(run, { timeout: 1_000 }) : (run) => setTimeout(run);

/** Does `work` when the page is idle; the returned function gives it up. */
export function whenIdle(work: () => void): () => void {
  waiting.push(work);
  next();
  return () => {
    const at = waiting.indexOf(work);
    if (at >= 0) waiting.splice(at, 1);
  };
}

function next(): void {
  if (due || waiting.length === 0) return;
  due = true;
  later(() => {
    due = false;
    waiting.shift()?.();
    next();
  });
}
