// A trace dragged with the pointer from one window into another: out as a file, in as one.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { binary, eventually, kill, scratch, sendCall, stop } from './harness.mjs';
import { display } from './webdriver.mjs';

/** As wide as a window opens, at least. */
const WIDTH = 1500;

const hasPointer = spawnSync('xdotool', ['version']).error === undefined;

test('a trace is dragged from one window into another', { skip: hasPointer ? false : 'xdotool, which moves the pointer, is not installed' }, async (t) => {
  const screen = await display(`${2 * WIDTH}x900`);
  const temporary = scratch();
  const pointer = (...args) => spawnSync('xdotool', args.map(String), { env: { ...process.env, DISPLAY: screen.name }, encoding: 'utf8' });
  const apps = [];
  t.after(async () => {
    for (const { app } of apps) await stop(app);
    await screen.stop();
  });

  async function start() {
    const folder = scratch();
    const dataDir = join(folder, 'traces');
    const environment = {
      ...process.env,
      DISPLAY: screen.name,
      DBUS_SESSION_BUS_ADDRESS: 'disabled:',
      NO_AT_BRIDGE: '1',
      HOME: folder,
      TMPDIR: temporary,
      XDG_DATA_HOME: join(folder, 'data'),
      XDG_CONFIG_HOME: join(folder, 'config'),
      XDG_CACHE_HOME: join(folder, 'cache'),
    };
    const app = spawn(binary('spanglass-app'), ['--data-dir', dataDir, '--otlp-http', '127.0.0.1:0', '--otlp-grpc', '127.0.0.1:0'], { env: environment, stdio: 'inherit' });
    kill(app);
    const endpoints = join(dataDir, 'endpoints.json');
    const at = await eventually(() => existsSync(endpoints) && JSON.parse(readFileSync(endpoints, 'utf8')), 'endpoints.json');
    const window = await eventually(() => pointer('search', '--onlyvisible', '--pid', app.pid, '--name', 'Spanglass').stdout.trim().split('\n').at(-1), 'the window');
    const names = () => {
      const { stdout } = spawnSync(binary('spanglass'), ['traces', '--json', '--data-dir', dataDir], { encoding: 'utf8' });
      return JSON.parse(stdout).traces.map((trace) => trace.name);
    };
    const started = { ...at, app, window, names };
    apps.push(started);
    return started;
  }

  const from = await start();
  const to = await start();
  await sendCall(from, 'dragged');
  const dragged = () => readdirSync(temporary).some((name) => name.startsWith('spanglass-'));

  /** Moves the pointer step by step, as a hand does: each step is seen before the next. */
  const move = (steps, x, y) => {
    let step = 0;
    return eventually(() => pointer('mousemove', x + 5 * step, y + step).status === 0 && ++step > steps, 'the pointer');
  };
  // Until its row is drawn, and the windows are beside each other, nothing is dragged: again then, a little lower.
  let y = 90;
  await eventually(async () => {
    y = y > 180 ? 100 : y + 10;
    pointer('windowmove', from.window, 0, 0, 'windowmove', to.window, WIDTH, 0, 'mousemove', 100, y, 'mousedown', 1);
    await move(10, 100, y);
    await move(20, WIDTH + 200, 300);
    pointer('mouseup', 1);
    return eventually(() => to.names().length > 0, 'the trace in the other window', 1_000);
  }, 'a drag', 60_000);
  assert.deepEqual(to.names(), ['dragged']);
  assert.deepEqual(from.names(), ['dragged']);
  assert.ok(dragged(), 'the file lies there for who took it');
  await stop(from.app);
  assert.ok(!dragged(), 'and goes with the window');
});
