// U09 to U13: traces that grow, are deep or wide, and whose clocks disagree.

import { grow, sendChain, sendFan, sendSkewed } from '../big_trace.mjs';
import { frames, holds, openAt, quantile, report, ROWS } from './measure.mjs';

const SECONDS = Number(process.env.SPANGLASS_BENCH_GROWTH_SECONDS ?? 15);

export async function growth(place) {
  const growing = await grow(place.app, 5_000);
  const { page } = await openAt(place, `#/trace/${growing.traceId}`, ROWS);
  await page.evaluate(() => (document.querySelector('[role=treegrid]').scrollTop = 2_400));
  await page.waitForFunction(() => document.querySelector('[aria-rowindex="105"] .label') !== null);
  const watched = page.evaluate(async (seconds) => {
    const box = document.querySelector('[role=treegrid]');
    const row = box.querySelector('[aria-rowindex="105"]');
    const place = () => box.querySelector(`[id="${row.id}"]`)?.getBoundingClientRect().top ?? Infinity;
    const [id, at, from] = [row.id, place(), performance.now()];
    let [moved, changed] = [0, false];
    const [updates, inputs] = [[], []];
    const watch = new MutationObserver(() => (changed = true));
    watch.observe(box, { subtree: true, childList: true, attributes: true, characterData: true });
    let pressed = 0;
    while (performance.now() - from < seconds * 1000) {
      const start = performance.now();
      if (start - pressed > 200) {
        pressed = start;
        box.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, clientX: 900, clientY: 300 + (inputs.length % 5) }));
        await new Promise(requestAnimationFrame);
        inputs.push(performance.now() - start);
      } else await new Promise(requestAnimationFrame);
      moved = Math.max(moved, Math.abs(box.querySelector(`[id="${id}"]`)?.getBoundingClientRect().top - at));
      if (changed) updates.push(Math.floor((performance.now() - from) / 1000));
      changed = false;
    }
    watch.disconnect();
    const bySecond = Object.values(Object.groupBy(updates, (second) => second)).map((each) => each.length);
    return { moved, inputs, most: Math.max(0, ...bySecond) };
  }, SECONDS);
  await growing.during(SECONDS * 1000);
  const { moved, inputs, most } = await watched;
  report('U09', `updates of the rows a second at ${Math.round(growing.rate())} spans/s for ${SECONDS} s`, most, 'updates', 10);
  report('U09', 'how far the row that is read moved', moved, 'px', 0);
  report('U09', 'from an input to its frame, p95', quantile(inputs, 0.95), 'ms', 50);
  holds('U10', 'scrolled up while it grows', moved === 0 ? 'stays put' : 'moves', 'stays put', moved === 0);
  await page.evaluate(() => (document.querySelector('[role=treegrid]').scrollTop = 1e9));
  await growing.during(3_000);
  const follows = await page.waitForFunction(() => {
    const grid = document.querySelector('[role=treegrid]');
    const last = grid.querySelector(`[aria-rowindex="${grid.getAttribute('aria-rowcount')}"]`)?.getBoundingClientRect();
    return last !== undefined && last.top < grid.getBoundingClientRect().bottom;
  }, null, { timeout: 5_000 }).then(() => true, () => false);
  holds('U10', 'at the end while it grows', follows ? 'follows' : 'is left behind', 'follows', follows);
}

export async function deep(place) {
  const { page } = await openAt(place, `#/trace/${await sendChain(place.app, 10_000)}`, ROWS);
  report('U11', 'scrolling 10,000 levels, p99', quantile((await frames(page, { deltaY: 240 })).script, 0.99), 'ms', 16);
  const { inside, told } = await page.evaluate(() => {
    const names = [...document.querySelectorAll('[role=treegrid] .all .name')];
    return { inside: names.every((name) => name.querySelector('.label').getBoundingClientRect().left < name.getBoundingClientRect().right - 20), told: names.every((name) => name.querySelector('.depth')) };
  });
  holds('U11', 'the indent ends, and the depth is a number', `${inside ? 'ends' : 'goes on'}, ${told ? 'told' : 'not told'}`, 'both', inside && told);
}

export async function wide(place) {
  const { page } = await openAt(place, `#/trace/${await sendFan(place.app, 1_000)}`, ROWS);
  report('U12', 'scrolling 1,000 branches at once, p95', quantile((await frames(page, { deltaY: 240 })).script, 0.95), 'ms', 16);
  await page.evaluate(() => (document.querySelector('[role=treegrid]').scrollTop = 0));
  const said = await page.waitForFunction(() => document.querySelector('[role=treegrid]').textContent.includes('parallel'), null, { timeout: 5_000 }).then(() => true, () => false);
  holds('U12', '“N parallel” at the parent', said ? 'said' : 'not said', 'said', said);
}

export async function skewed(place) {
  const { page } = await openAt(place, `#/trace/${await sendSkewed(place.app)}`, ROWS);
  const said = await page.evaluate(() => [...document.querySelectorAll('[role=treegrid] .all .odd')].map((each) => each.title));
  const both = ['lies outside its parent', 'ends before it starts'].every((words) => said.some((title) => title.includes(words)));
  holds('U13', 'a child before its parent, an end before its start', said.join('; ') || 'not said', 'both said', both);
}
