// U18 to U20: long conversations, long messages, large values.

import { sendJson, sendLongChat } from '../big_trace.mjs';
import { megabytes, openAt, quantile, report, timed } from './measure.mjs';

const FRAMES = 300;
const SAID = '[role=feed] .say p, [role=feed] .begin';

/** How long frames of a transcript take in which it is scrolled by a screen. */
function scrolling(page) {
  return page.evaluate(async (count) => {
    const box = document.querySelector('[role=feed] > *');
    const took = [];
    for (let i = 0; i < count; i++) {
      const start = await new Promise(requestAnimationFrame);
      box.scrollTop += 600;
      took.push((await new Promise(requestAnimationFrame)) - start);
    }
    return took;
  }, FRAMES);
}

/** The longest piece of work that held the page up since it was asked for what it shows. */
const longestTask = (page) =>
  page.evaluate(
    () =>
      new Promise((done) => {
        if (globalThis.heldUp !== undefined) return done(globalThis.heldUp);
        new PerformanceObserver((list) => done(Math.max(0, ...list.getEntries().filter((entry) => entry.startTime >= globalThis.asked).map((entry) => entry.duration)))).observe({ type: 'longtask', buffered: true });
        setTimeout(() => done(0), 500);
      }),
  );

export async function conversation(place) {
  const id = await sendLongChat(place.app, 10_000, 0);
  const { page, ms } = await openAt(place, `#/trace/${id}?view=conversation`, SAID);
  report('U20', 'first rows of 10,000 messages', ms, 'ms', 200);
  await page.keyboard.press('Control+f');
  await page.keyboard.type('Message 5000');
  await page.waitForFunction(() => [...document.querySelectorAll('[role=status]')].some((each) => each.textContent.trim() === '1'));
  const jump = await timed(
    page,
    () => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true })),
    (words) => [...document.querySelectorAll('[role=feed] article p')].some((each) => each.textContent === words && each.checkVisibility({ visibilityProperty: true })),
    'Message 5000',
  );
  report('U20', 'jump to message 5,000', jump, 'ms', 100);
  await page.setViewportSize({ width: 1000, height: 700 });
  const off = await page.evaluate(async () => {
    for (let i = 0; i < 10; i++) await new Promise(requestAnimationFrame);
    const said = [...document.querySelectorAll('[role=feed] article')].find((each) => each.textContent.includes('Message 5000'));
    const edge = document.querySelector('[role=feed]').getBoundingClientRect();
    const at = said?.getBoundingClientRect();
    return at ? Math.max(0, edge.top - at.top, at.bottom - edge.bottom) : Infinity;
  });
  report('U20', 'how far it is out of sight after the window shrank', off, 'px', 2);
  await page.setViewportSize({ width: 1280, height: 800 });
  report('U20', 'scrolling 10,000 messages a screen at a time, p95', quantile(await scrolling(page), 0.95), 'ms', 16.9);
  for (const size of [5, 60]) {
    const big = await sendLongChat(place.app, 2, size * 500_000);
    const opened = await openAt(place, `#/trace/${big}?view=conversation`, SAID);
    report('U18', `opening messages of ${size} MB`, opened.ms, 'ms', 300);
    report('U18', `longest task with messages of ${size} MB`, await longestTask(opened.page), 'ms', 50);
    const all = await timed(
      opened.page,
      () => [...document.querySelectorAll('[role=feed] button')].find((each) => each.textContent.startsWith('Show all')).click(),
      () => document.querySelector('[aria-label="All lines"]')?.textContent.includes('Message 0 word') === true,
    );
    report('U18', `showing all of one of ${size / 2} MB`, all, 'ms', 300);
  }
}

/** The rows of the JSON tree on the page. */
const TREE = '[aria-label="Span as sent"] [role=tree]';

export async function json(place) {
  const { traceId, spanId } = await sendJson(place.app, 20_000_000);
  const { page, ms } = await openAt(place, `#/trace/${traceId}?view=raw&span=${spanId}`, `${TREE} [role=treeitem]`);
  report('U19', 'first rows of JSON of 20 MB', ms, 'ms', 200);
  const opened = await timed(
    page,
    (tree) => document.querySelector(`${tree} [data-row="7"]`).click(),
    (tree) => document.querySelector(`${tree} [data-row="8"]`)?.textContent.trim().startsWith('id') === true,
    TREE,
  );
  report('U19', 'opening one of 500,000 values', opened, 'ms', 50);
  const far = await timed(
    page,
    (tree) => (document.querySelector(tree).scrollTop = 1e9),
    (tree) => document.querySelector(`${tree} [role=treeitem]:last-child`)?.textContent.trim().startsWith('499999') === true,
    TREE,
  );
  report('U19', 'to the last of them', far, 'ms', null);
  const found = await timed(
    page,
    () => {
      const box = document.querySelector('input[type=search][placeholder="Find in keys and values"]');
      box.value = '345678';
      box.dispatchEvent(new Event('input', { bubbles: true }));
    },
    (tree) => document.querySelector(`${tree} [role=treeitem][aria-level="3"]`)?.textContent.includes('345678') === true,
    TREE,
  );
  report('U19', 'a number found in it, and shown', found, 'ms', null);
  report('U19', 'script memory then', megabytes(await page.heap()), 'MB', 30);
  report('U19', 'elements then', await page.evaluate(() => document.querySelectorAll('*').length), 'elements', null);
}
