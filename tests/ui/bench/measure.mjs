// What is measured, in rows beside their bars, and how.

import { loadavg } from 'node:os';

import { open } from '../harness.mjs';

const rows = [];

/** Notes a figure that is to be at most its bar; without a bar it is only told. */
export function report(goal, what, value, unit, bar = null) {
  const figure = value.toFixed(value < 10 && !Number.isInteger(value) ? 1 : 0);
  note(goal, what, `${figure} ${unit}`, bar === null ? 'none' : `≤ ${bar} ${unit}`, bar === null ? null : value <= bar);
}

/** Notes whether something holds. */
export function holds(goal, what, measured, bar, met) {
  note(goal, what, String(measured), String(bar), met);
}

function note(goal, what, measured, bar, met) {
  rows.push({ goal, what, measured, bar, '': met === null ? '' : met ? 'met' : 'missed', load: loadavg()[0].toFixed(1) });
  console.error(`${goal} ${what}: ${measured} (${bar})`);
}

export function print() {
  rows.sort((a, b) => a.goal.localeCompare(b.goal));
  console.table(Object.fromEntries(rows.map(({ goal, ...row }, i) => [`${goal} ${i + 1}`, row])));
  console.log(`${rows.filter((row) => row[''] === 'missed').length} of ${rows.length} missed; load: how many programs wanted one of the processors, over the last minute`);
}

export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** How long it takes from `start`, which is called in the page, until `there` holds and is drawn. Both are functions of `arg` alone. */
export function timed(page, start, there, arg = null) {
  return page.evaluate(`(async (arg) => {
    const frame = () => new Promise(requestAnimationFrame);
    const from = performance.now();
    (${start})(arg);
    for (;;) {
      await frame();
      if ((${there})(arg)) break;
      if (performance.now() - from > 60_000) throw new Error('it never came');
    }
    await frame();
    return performance.now() - from;
  })(${JSON.stringify(arg)})`);
}

/** Opens an address in a fresh page; returns it with how long it took until something was there. */
export async function openAt(app, chromium, hash, selector) {
  const page = await open(app, chromium, { viewport: { width: 1280, height: 800 } });
  const ms = await timed(page, (to) => {
    globalThis.asked = performance.now();
    location.hash = to.hash;
  }, (to) => document.querySelector(to.selector) !== null, { hash, selector });
  return { page, ms };
}

export const ROWS = '[role=treegrid] [role=row] .label';

/** How long the page's own work takes in each of some frames in which something is done. */
export async function frames(page, event, count = 300) {
  return page.evaluate(
    async ([count, init]) => {
      const box = document.querySelector('[role=treegrid]');
      const edge = box.getBoundingClientRect();
      const script = [];
      for (let i = 0; i < count; i++) {
        await new Promise(requestAnimationFrame);
        const start = performance.now();
        const at = { bubbles: true, cancelable: true, clientX: edge.left + edge.width * 0.7, clientY: edge.top + 200 };
        const asked = box.dispatchEvent(new WheelEvent('wheel', { ...at, ...init }));
        if (asked) {
          box.scrollTop += init.deltaY;
          box.dispatchEvent(new Event('scroll'));
        }
        // The page draws in microtasks.
        for (let turn = 0; turn < 12; turn++) await null;
        script.push(performance.now() - start);
      }
      return script;
    },
    [count, event],
  );
}

/** Bytes that scripts hold, after what nobody needs has gone. */
export async function heap(page) {
  const tools = await page.context().newCDPSession(page);
  await tools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await tools.send('Runtime.getHeapUsage');
  await tools.detach();
  return usedSize;
}
