// From the export of a trace to its row on the screen: at most 250 ms in 19 of 20 cases.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { browser, open, sendCall, serve } from './harness.mjs';
import { openWindow } from './webdriver.mjs';

const EXPORTS = 20;
const LIMIT_MS = 250;
const ROUNDS = 3;

// Notes the time of the first frame after a row with a name is there; clocks of one machine agree.
const WATCH = `
  window.seen = {};
  const look = () => {
    for (const row of document.querySelectorAll('[role=option]')) {
      const name = row.textContent.match(/round \\d+ call \\d+ end/)?.[0];
      if (name && !(name in window.seen)) {
        window.seen[name] = null;
        requestAnimationFrame(() => requestAnimationFrame(() => { window.seen[name] = Date.now(); }));
      }
    }
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });`;

/** Exports one trace after the other; `read` answers when a name was seen. Returns the times in milliseconds, sorted. */
async function measure(app, prefix, read) {
  const times = [];
  for (let i = 0; i < EXPORTS; i++) {
    const name = `${prefix} ${i} end`;
    const sent = Date.now();
    await sendCall(app, name);
    for (let seen; !seen; ) {
      seen = await read(name);
      if (seen) times.push(seen - sent);
      else assert.ok(Date.now() - sent < 20_000, `${name} was never shown`);
    }
  }
  return times.sort((a, b) => a - b);
}

/** Measures, and once more when a round is over the limit: another program's burst of work on this machine is not ours. */
async function judge(t, round) {
  for (let rounds = 1; ; rounds++) {
    const times = await round(`round ${rounds} call`);
    const p95 = times[Math.ceil(times.length * 0.95) - 1];
    t.diagnostic(`export to visible: p50 ${times[times.length / 2]} ms, p95 ${p95} ms, max ${times.at(-1)} ms over ${times.length}`);
    if (p95 <= LIMIT_MS) return;
    assert.ok(rounds < ROUNDS, `p95 is ${p95} ms: ${times.join(' ')}`);
  }
}

test('in a browser', async (t) => {
  const [app, chromium] = await Promise.all([serve(), browser()]);
  t.after(async () => {
    await chromium.close();
    await app.stop();
  });
  const page = await open(app, chromium);
  await sendCall(app, 'the first');
  await page.getByRole('option', { name: /the first/ }).waitFor();
  // Past the page's policy, which lets no text become a program.
  const session = await page.context().newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: WATCH });
  const read = async (name) => (await session.send('Runtime.evaluate', { expression: `window.seen[${JSON.stringify(name)}]`, returnByValue: true })).result.value;
  await judge(t, (prefix) => measure(app, prefix, read));
});

test('in the window', async (t) => {
  const window = await openWindow();
  t.after(() => window.close());
  await sendCall(window, 'the first');
  await window.shows('the first');
  await window.run(WATCH);
  await judge(t, (prefix) => measure(window, prefix, (name) => window.run('return window.seen[arguments[0]]', name)));
});
