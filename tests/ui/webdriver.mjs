// Drives the real window: WebKitWebDriver spoken to directly, on a display of its own.

import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { atExit, binary, eventually, kill, scratch, stop } from './harness.mjs';

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/** How long a script that is waited for may take. */
const SCRIPT_MS = 300_000;

const KEEP_DRAWING = `
  const pixel = document.createElement('i');
  pixel.style.cssText = 'position: fixed; right: 0; bottom: 0; width: 1px; height: 1px';
  document.body.append(pixel);
  window.drawn = 0;
  const draw = () => {
    if (window.drawn === undefined) return pixel.remove();
    pixel.style.background = window.drawn++ % 2 ? 'transparent' : 'rgb(0 0 0 / 1%)';
    requestAnimationFrame(draw);
  };
  requestAnimationFrame(draw);`;

/** Starts a virtual display; returns its name and how to stop it. */
export async function display(size) {
  // The server picks a free number and writes it to descriptor 3.
  const child = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', `${size}x24`, '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  kill(child);
  let number = '';
  child.stdio[3].on('data', (data) => (number += data));
  await eventually(() => number.endsWith('\n'), 'a display');
  return { name: `:${number.trim()}`, stop: () => stop(child) };
}

function freePort() {
  return new Promise((done, failed) => {
    const server = createServer().once('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

/**
 * Opens the window with a folder and ports of its own; `args` are more arguments for it, `env` is added to its environment, `started`
 * says whether its engine starts. It has a display of its own unless one is shared with others.
 */
export async function openWindow({ args = [], env = {}, size = '1440x900', folder = scratch(), started = true, shared } = {}) {
  const screen = shared ?? (await display(size));
  const port = await freePort();
  const environment = {
    ...process.env,
    DISPLAY: screen.name,
    // Without it a session is never answered.
    TAURI_WEBVIEW_AUTOMATION: 'true',
    // Nothing of this machine's desktop: no session bus, no settings, no caches.
    DBUS_SESSION_BUS_ADDRESS: 'disabled:',
    NO_AT_BRIDGE: '1',
    HOME: folder,
    XDG_DATA_HOME: join(folder, 'data'),
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_CACHE_HOME: join(folder, 'cache'),
    ...env,
  };
  delete environment.WAYLAND_DISPLAY;
  delete environment.SPANGLASS_DATA_DIR;
  const driver = spawn('WebKitWebDriver', [`--port=${port}`, '--host=127.0.0.1'], { env: environment, stdio: 'inherit' });
  kill(driver);
  const at = `http://127.0.0.1:${port}`;
  await eventually(async () => (await fetch(`${at}/status`)).ok, 'WebKitWebDriver');

  const dataDir = join(folder, 'traces');
  const own = ['--data-dir', dataDir, '--otlp-http', '127.0.0.1:0', '--otlp-grpc', '127.0.0.1:0', ...args];
  const options = { binary: binary('spanglass-app'), args: own };
  const created = await call(`${at}/session`, 'POST', { capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': options } } });
  const session = `${at}/session/${created.sessionId}`;
  await call(`${session}/timeouts`, 'POST', { script: SCRIPT_MS });

  const endpoints = join(dataDir, 'endpoints.json');
  const app = started ? await eventually(() => existsSync(endpoints) && JSON.parse(readFileSync(endpoints, 'utf8')), 'endpoints.json') : {};
  const pid = app.pid ?? childrenOf(driver.pid)[0];

  const window = {
    ...app,
    pid,
    folder,
    dataDir,
    environment,
    /** Runs the body of a function in the page and returns what it returns. */
    run: (script, ...args) => call(`${session}/execute/sync`, 'POST', { script, args }),
    /** The same, of a script that may take a while and returns a promise. */
    async later(script, ...args) {
      const body = `const done = arguments[arguments.length - 1];
        (async () => { ${script} })().then((value) => done({ value }), (error) => done({ error: String(error) }));`;
      const { value, error } = await call(`${session}/execute/async`, 'POST', { script: body, args }, SCRIPT_MS);
      if (error) throw new Error(error);
      return value;
    },
    /** Presses keys together and lets them go, as a hand does. */
    async keys(keys) {
      const steps = [...keys.map((value) => ({ type: 'keyDown', value })), ...keys.toReversed().map((value) => ({ type: 'keyUp', value }))];
      await call(`${session}/actions`, 'POST', { actions: [{ type: 'key', id: 'keys', actions: steps }] });
    },
    /** Loads the page again. */
    reload: () => call(`${session}/refresh`, 'POST', {}),
    /** Makes the window so large on the screen. */
    resize: (width, height) => call(`${session}/window/rect`, 'POST', { width, height }),
    address: () => call(`${session}/url`, 'GET'),
    /** Returns the one visible element that an XPath finds, once it is there. */
    find: (xpath) =>
      eventually(async () => {
        const [found] = await call(`${session}/elements`, 'POST', { using: 'xpath', value: xpath });
        return found && (await call(`${session}/element/${found[ELEMENT]}/displayed`, 'GET')) ? found[ELEMENT] : undefined;
      }, xpath),
    click: async (xpath) => call(`${session}/element/${await window.find(xpath)}/click`, 'POST', {}),
    text: async (xpath) => call(`${session}/element/${await window.find(xpath)}/text`, 'GET'),
    /** Waits until the page shows a text. */
    shows: (text) => eventually(() => window.run('return document.body.innerText.includes(arguments[0])', text), `"${text}" in the window`),
    async screenshot(file) {
      // Without a GPU WebKit answers with the next frame it draws, and never when nothing changes: one corner pixel does.
      await window.run(KEEP_DRAWING);
      await eventually(() => window.run('return window.drawn > 2'), 'two frames');
      writeFileSync(file, Buffer.from(await call(`${session}/screenshot`, 'GET'), 'base64'));
      await window.run('window.drawn = undefined');
    },
    async close() {
      if (alive(pid)) await call(session, 'DELETE');
      // The driver must not go first: it would leave the window behind, holding its ports.
      await eventually(() => !alive(pid), 'the end of the window');
      await stop(driver);
      if (!shared) await screen.stop();
    },
  };
  atExit(() => alive(pid) && process.kill(pid, 'SIGKILL'));
  return window;
}

async function call(url, method, body, limit_ms = 30_000) {
  const signal = AbortSignal.timeout(limit_ms);
  const response = await fetch(url, { method, body: body && JSON.stringify(body), headers: { 'content-type': 'application/json' }, signal });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`${value.error}: ${value.message}`);
  return value;
}

function childrenOf(pid) {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

/** Says whether a process is there; one that has ended and waits for its parent is not. */
export function alive(pid) {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
