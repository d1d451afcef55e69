// A trace dragged with the pointer from one window into another: out as a file, in as one.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';

import { eventually, scratch, sendCall } from './harness.mjs';
import { alive, display, openWindow } from './webdriver.mjs';

/** As wide as a window opens, at least. */
const WIDTH = 1500;

const hasPointer = spawnSync('xdotool', ['version']).error === undefined;

test('a trace is dragged from one window into another', { skip: hasPointer ? false : 'xdotool, which moves the pointer, is not installed' }, async (t) => {
  const shared = await display(`${2 * WIDTH}x900`);
  const env = { TMPDIR: scratch() };
  const from = await openWindow({ shared, env });
  const to = await openWindow({ shared, env });
  t.after(async () => {
    await to.close();
    await from.close();
    await shared.stop();
  });
  const pointer = (...args) => spawnSync('xdotool', args.map(String), { env: { ...process.env, DISPLAY: shared.name }, encoding: 'utf8' }).stdout.trim();
  const windowOf = ({ pid }) => eventually(() => pointer('search', '--onlyvisible', '--pid', pid, '--name', 'Spanglass').split('\n').at(-1), 'the window');
  const beside = await windowOf(to);
  pointer('windowmove', await windowOf(from), 0, 0, 'windowmove', beside, WIDTH, 0);
  await eventually(() => pointer('getwindowgeometry', beside).includes(`Position: ${WIDTH},0`), 'one window beside the other');

  await sendCall(from, 'dragged');
  await from.find("//*[@role='option'][contains(., 'dragged')]");
  const at = await from.run(`
    const { x, y, width, height } = document.querySelector('[role=option]').getBoundingClientRect();
    return [x + width / 2, window.outerHeight - window.innerHeight + y + height / 2];`);
  const over = () => to.run("return document.body.innerText.includes('Drop to open')");
  pointer('mousemove', ...at.map(Math.round), 'mousedown', 1);
  // Step by step, as a hand does, until the other window says that it would take it.
  let step = 0;
  await eventually(() => {
    step += 1;
    const x = step < 10 ? at[0] + 5 * step : WIDTH + 200 + (step % 100);
    pointer('mousemove', Math.round(x), 300);
    return over();
  }, 'a place to drop it');
  pointer('mouseup', 1);
  await to.shows('dragged');
  const dragged = () => readdirSync(env.TMPDIR).some((name) => name.startsWith('spanglass-'));
  assert.ok(dragged(), 'the file lies there for who took it');
  process.kill(from.pid, 'SIGTERM');
  await eventually(() => !alive(from.pid), 'the end of the window');
  assert.ok(!dragged(), 'and goes with the program');
});
