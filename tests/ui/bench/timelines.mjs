// U01 to U08 and U21: traces up to a million spans, and the smallest span in the longest trace.

import { sendBigTrace, sendMoments, sendTinySpan } from '../big_trace.mjs';
import { frames, holds, megabytes, openAt, pressed, quantile, report, ROWS, timed } from './measure.mjs';

const fold = (page, key) =>
  timed(
    page,
    (key) => {
      const grid = document.querySelector('[role=treegrid]');
      globalThis.rowsBefore = grid.getAttribute('aria-rowcount');
      grid.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    },
    () => document.querySelector('[role=treegrid]').getAttribute('aria-rowcount') !== globalThis.rowsBefore,
    key,
  );

export async function timeline(place, spans) {
  const [many, most] = [spans.toLocaleString('en'), spans >= 1_000_000];
  const { page, ms } = await openAt(place, `#/trace/${await sendBigTrace(place.app, spans)}`, ROWS);
  report('U01', `first rows of ${many} spans`, ms / 1000, 's', most ? 2 : null);
  await page.evaluate(() => document.querySelector('[role=treegrid]').focus());
  report('U01', `from a key to its frame, ${many} spans, p95`, quantile(await pressed(page, 'ArrowDown'), 0.95), 'ms', 50);
  const answered = page.answered('/timeline');
  for (const [what, event] of [
    ['scrolling', { deltaY: 240 }],
    ['zooming in', { deltaY: -20, ctrlKey: true }],
    ['panning', { deltaY: 30, shiftKey: true }],
    ['zooming out', { deltaY: 20, ctrlKey: true }],
  ]) {
    const { script, apart } = await frames(page, event);
    report(most ? 'U02' : 'U03', `${what} in ${many} spans, p95`, quantile(script, 0.95), 'ms', most ? 8 : 4);
    report(most ? 'U02' : 'U03', `${what} in ${many} spans, p99`, quantile(script, 0.99), 'ms', 16.7);
    report(most ? 'U02' : 'U03', `${what} in ${many} spans, from frame to frame, p95`, quantile(apart, 0.95), 'ms', null);
  }
  report('U02', `largest answer meanwhile, ${many} spans`, answered && answered.most / 1024, 'KiB', 64);
  const before = megabytes(await page.heap());
  report('U04', `fold all of ${many}`, await fold(page, '['), 'ms', 100);
  report('U04', `unfold all of ${many}`, await fold(page, ']'), 'ms', 100);
  const after = megabytes(await page.heap());
  report('U04', `memory that folding ${many} took`, after === null ? null : Math.max(0, after - before), 'MB', 5);
  report('U05', `script memory at ${many} spans`, after, 'MB', 200);
  report('U05', `elements at ${many} spans`, await page.evaluate(() => document.querySelectorAll('*').length), 'elements', 3000);
  if (place.memory) report('U05', `memory of the page's process at ${many} spans`, place.memory() / 1e6, 'MB', null);
}

/** Words that stand in the traces that were sent before. */
export async function search(place) {
  const page = await place.open();
  await page.waitForFunction(() => document.querySelector('[role=listbox] [role=option]') !== null);
  const write = (words) => {
    const box = document.querySelector('[role=combobox]');
    box.value = words;
    box.dispatchEvent(new Event('input', { bubbles: true }));
  };
  for (const words of ['"lookup_7"', '"ate lim"', '"429"']) {
    await timed(page, write, () => !document.querySelector('.list mark'), '');
    report('U08', `first hit of ${words} in the list`, await timed(page, write, () => document.querySelector('.list mark') !== null, words), 'ms', 150);
  }
  const hits = await timed(page, () => (location.hash = `#/hits?filter=${encodeURIComponent('"429"')}`), () => document.querySelector('[data-hit]') !== null);
  report('U08', 'first of the hits, listed', hits, 'ms', 500);
}

export async function zoomDepth(place) {
  const { page } = await openAt(place, `#/trace/${await sendTinySpan(place.app)}`, ROWS);
  await page.evaluate(() => document.querySelector('[role=treegrid]').focus());
  for (const key of ['ArrowDown', 'ArrowDown', 'f']) await page.keyboard.press(key);
  await page.waitForFunction(() => location.hash.includes('t0='));
  const shown = await page.evaluate(() => {
    const query = new URLSearchParams(location.hash.split('?')[1]);
    return Number(query.get('t1')) - Number(query.get('t0'));
  });
  report('U06', '1 µs of 24 h: what is shown when it fits', shown / 1000, 'µs', 2);
  await page.reload();
  await page.waitForFunction((rows) => document.querySelector(rows) !== null, ROWS);
  const kept = await page.evaluate(() => location.hash.includes('t0=') && location.hash.includes('span='));
  holds('U21', 'span and zoom after a reload', kept ? 'kept' : 'lost', 'kept', kept);
  const visited = [];
  for (let i = 0; i < 50; i++) {
    await page.evaluate((i) => (location.hash = location.hash.replace(/view=\w*&?|$/, '').replace('?', `?view=${['raw', 'tokens', 'timeline', 'tools'][i % 4]}&step=${i}&`)), i);
    visited.push(await page.evaluate(() => location.hash));
  }
  let same = 0;
  for (const place of visited.reverse()) {
    await page.waitForFunction((place) => location.hash === place, place, { timeout: 2_000 }).then(() => (same += 1), () => {});
    await page.evaluate(() => history.back());
  }
  holds('U21', '50 places, back through all of them', `${same} the same`, 'all', same === 50);
}

/** Spans of a nanosecond in a trace of a second: each is seen, and hit beside its middle. */
export async function moments(place) {
  const count = 20;
  const { page } = await openAt(place, `#/trace/${await sendMoments(place.app, count)}?t0=0&t1=1000000000`, ROWS);
  const seen = await page.evaluate(async (count) => {
    const [canvas, box] = [document.querySelector('canvas.many'), document.querySelector('[role=treegrid]')];
    const [ratio, edge] = [devicePixelRatio, canvas.getBoundingClientRect()];
    let [wide, hit] = [0, 0];
    for (let i = 0; i < count; i++) {
      // The row of the root comes first.
      const [x, y] = [(edge.width * (i + 0.5)) / (count + 1), (i + 1) * 24 + 12];
      const row = canvas.getContext('2d').getImageData(Math.round((x - 6) * ratio), Math.round(y * ratio), Math.round(12 * ratio), 1).data;
      let [run, most] = [0, 0];
      for (let at = 3; at < row.length; at += 4) most = Math.max(most, (run = row[at] > 200 ? run + 1 : 0));
      if (most >= 2 * ratio) wide += 1;
      const found = [];
      // The middle of a bar of two pixels is one pixel on; a pointer is at whole ones.
      const middle = edge.left + x + 1;
      for (const clientX of [Math.ceil(middle - 3.9), Math.round(middle), Math.floor(middle + 3.9)]) {
        box.dispatchEvent(new PointerEvent('pointermove', { bubbles: true, clientX, clientY: edge.top + y }));
        await new Promise(requestAnimationFrame);
        found.push(document.querySelector('.tip')?.textContent.includes(`moment ${i}`) ?? false);
      }
      if (found.every(Boolean)) hit += 1;
    }
    return { wide, hit };
  }, count);
  holds('U07', `spans of 1 ns in 1 s, drawn two pixels wide`, `${seen.wide} of ${count}`, 'all', seen.wide === count);
  holds('U07', `the same, hit up to 4 px from their middle`, `${seen.hit} of ${count}`, 'all', seen.hit === count);
}
