// Where the interface is measured: in Chromium, and in the real window. A place opens one page at a time, and the pages of both are
// asked in the same words, Playwright's.

import { readFileSync } from 'node:fs';

import { browser, eventually, open, serve } from '../harness.mjs';
import { openWindow } from '../webdriver.mjs';

const SIZE = { width: 1280, height: 800 };

/** Chromium, in front of `spanglass serve`. */
export async function inChromium() {
  const [app, chromium] = await Promise.all([serve(), browser()]);
  const leave = async () => {
    for (const context of chromium.contexts()) await context.close();
  };
  return {
    name: 'Chromium',
    app,
    leave,
    async open() {
      await leave();
      const page = await open(app, chromium, { viewport: SIZE });
      page.heap = () => heap(page);
      page.answered = (ending) => {
        const seen = { most: 0 };
        page.on('response', async (response) => {
          if (response.url().endsWith(ending)) seen.most = Math.max(seen.most, (await response.body().catch(() => '')).length);
        });
        return seen;
      };
      return page;
    },
    async close() {
      await chromium.close();
      await app.stop();
    },
  };
}

/** Bytes that scripts hold, after what nobody needs has gone. */
async function heap(page) {
  const tools = await page.context().newCDPSession(page);
  await tools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await tools.send('Runtime.getHeapUsage');
  await tools.detach();
  return usedSize;
}

/** The window of the desktop, with WebKit in it and its own engine behind. */
export async function inWindow(folder) {
  const window = await openWindow({ size: `${SIZE.width}x${SIZE.height}`, folder });
  const page = pageOf(window);
  return {
    name: 'window',
    app: window,
    leave: async () => {},
    /** A fresh page: what the last one held has gone with it. */
    async open() {
      await page.evaluate(() => (location.hash = ''));
      await page.reload();
      await page.setViewportSize(SIZE);
      await page.waitForFunction(() => document.querySelector('[role=combobox]') !== null);
      return page;
    },
    /** Milliseconds from the start of the program until its page had drawn its first words. */
    async firstPaint() {
      const painted = () => page.evaluate(() => {
        const [first] = performance.getEntriesByName('first-contentful-paint');
        return first ? performance.timeOrigin + first.startTime : 0;
      });
      return (await eventually(painted, 'the first paint')) - started(window.pid);
    },
    /** Bytes of memory that are the page's process's, by what it shares and with how many. */
    memory: () => descendants(window.pid).filter((pid) => said(pid, 'comm').startsWith('WebKitWebProces')).reduce((sum, pid) => sum + Number(/^Pss:\s+(\d+)/m.exec(said(pid, 'smaps_rollup'))?.[1] ?? 0) * 1024, 0),
    close: () => window.close(),
  };
}

const said = (pid, what) => readFileSync(`/proc/${pid}/${what}`, 'utf8');

/** When a process started, in milliseconds of the clock that pages read; the system tells it in hundredths of a second. */
function started(pid) {
  const ticks = Number(said(pid, 'stat').replace(/^.*\) /s, '').split(' ')[19]);
  const up_s = Number(said('.', 'uptime').split(' ')[0]);
  return Date.now() - (up_s - ticks / 100) * 1000;
}

function descendants(pid) {
  const children = said(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

const KEYS = { ArrowDown: '\uE015', ArrowUp: '\uE013', Enter: '\uE007', Home: '\uE011', Escape: '\uE00C', Control: '\uE009' };

/** The page of a window, as far as what is measured asks it. */
function pageOf(window) {
  const page = {
    evaluate: (script, arg = null) => window.later(`return ${typeof script === 'string' ? `(${script})` : `(${script})(arguments[0])`}`, arg),
    waitForFunction: (script, arg = null, { timeout } = {}) => eventually(() => page.evaluate(script, arg), String(script), timeout),
    reload: window.reload,
    keyboard: {
      press: (keys) => window.keys(keys.split('+').map((key) => KEYS[key] ?? key)),
      type: async (text) => {
        for (const letter of text) await window.keys([letter]);
      },
    },
    async setViewportSize({ width, height }) {
      const [beside, above] = await page.evaluate(() => [outerWidth - innerWidth, outerHeight - innerHeight]);
      await window.resize(width + beside, height + above);
    },
    heap: () => null,
    answered: () => null,
  };
  return page;
}
