// The window's start, and how much memory its page takes.

import { quantile, report } from './measure.mjs';
import { inWindow } from './places.mjs';

const STARTS = 5;

/** How long it takes from the start of the program until something is seen, several times: a start is different each time. */
export async function start(folder, stored) {
  const [took, held] = [[], []];
  for (let i = 0; i < STARTS; i++) {
    const window = await inWindow(folder);
    took.push(await window.firstPaint());
    held.push(window.memory());
    await window.close();
  }
  report('U01', `from the start of the program to its first paint, ${stored} stored, median of ${STARTS}`, quantile(took, 0.5) / 1000, 's', 1);
  report('U05', `memory of the page's process then, ${stored} stored`, quantile(held, 0.5) / 1e6, 'MB', null);
}
