// What is measured, in rows beside their bars, and how.

import { loadavg } from 'node:os';
import { setTimeout as until } from 'node:timers/promises';

const rows = [];
let place = '';

/** Says where what is noted from now on was measured. */
export function measuredIn(name) {
  place = name;
}

/** Notes a figure that is to be at most its bar; without a bar it is only told. What cannot be asked (`null`) is no row. */
export function report(goal, what, value, unit, bar = null) {
  if (value === null) return;
  const figure = value.toFixed(value < 10 && !Number.isInteger(value) ? 1 : 0);
  note(goal, what, `${figure} ${unit}`, bar === null ? 'none' : `≤ ${bar} ${unit}`, bar === null ? null : value <= bar);
}

/** Notes whether something holds. */
export function holds(goal, what, measured, bar, met) {
  note(goal, what, String(measured), String(bar), met);
}

function note(goal, what, measured, bar, met) {
  rows.push({ goal, place, what, measured, bar, '': met === null ? '' : met ? 'met' : 'missed', load: loadavg()[0].toFixed(1) });
  console.error(`${goal} ${place}: ${what}: ${measured} (${bar})`);
}

export function print() {
  rows.sort((a, b) => a.goal.localeCompare(b.goal) || a.place.localeCompare(b.place));
  console.table(Object.fromEntries(rows.map(({ goal, ...row }, i) => [`${goal} ${i + 1}`, row])));
  console.log(`${rows.filter((row) => row[''] === 'missed').length} of ${rows.length} missed; load: how many programs wanted one of the processors, over the last minute`);
}

export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** Bytes as they are told; what cannot be asked stays so. */
export const megabytes = (bytes) => (bytes === null ? null : bytes / 1e6);

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

/** Waits until a page has come to rest: its start, and the trace it shows by itself, are measured elsewhere. */
function atRest(page) {
  return page.evaluate(async () => {
    const answered = () => performance.getEntriesByType('resource').length;
    for (let [count, since] = [answered(), performance.now()]; performance.now() - since < 300; ) {
      await new Promise((later) => setTimeout(later, 20));
      if (answered() !== count) [count, since] = [answered(), performance.now()];
    }
  });
}

/** Opens an address in a fresh page that has come to rest; returns it with how long it took until something was there. */
export async function openAt(place, hash, selector) {
  const page = await place.open();
  await atRest(page);
  const ms = await timed(page, (to) => {
    globalThis.asked = performance.now();
    if (!PerformanceObserver.supportedEntryTypes.includes('longtask')) {
      // What a browser does not tell of is the longest a timer had to wait.
      let last = globalThis.asked;
      globalThis.heldUp = 0;
      const tick = () => {
        const now = performance.now();
        globalThis.heldUp = Math.max(globalThis.heldUp, now - last);
        last = now;
        setTimeout(tick);
      };
      tick();
    }
    location.hash = to.hash;
  }, (to) => document.querySelector(to.selector) !== null, { hash, selector });
  return { page, ms };
}

export const ROWS = '[role=treegrid] [role=row] .label';

/**
 * How long some frames take in which something is done: the page's own work in each (`script`), and from each to the next (`apart`), which
 * has the drawing in it.
 */
export async function frames(page, event, count = 300) {
  return page.evaluate(
    async ([count, init]) => {
      const box = document.querySelector('[role=treegrid]');
      const edge = box.getBoundingClientRect();
      const [script, times] = [[], []];
      for (let i = 0; i < count; i++) {
        times.push(await new Promise(requestAnimationFrame));
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
      return { script, apart: times.slice(1).map((time, i) => time - times[i]) };
    },
    [count, event],
  );
}

/** How fast a key that is held down repeats: nobody presses faster, and what is pressed before a frame is drawn waits for the next. */
const REPEAT_MS = 33;

/** How long it takes from each of some presses of a key to the frame that shows what it did, while the key is held down. */
export async function pressed(page, key, count = 40) {
  await page.evaluate(() => {
    globalThis.took = [];
    addEventListener('keydown', ({ timeStamp }) => requestAnimationFrame(() => setTimeout(() => globalThis.took.push(performance.now() - timeStamp))), true);
  });
  const from = performance.now();
  for (let i = 0; i < count; i++) {
    await until(Math.max(0, from + i * REPEAT_MS - performance.now()));
    await page.keyboard.press(key);
  }
  await page.waitForFunction((count) => globalThis.took.length >= count, count);
  return page.evaluate(() => globalThis.took);
}
