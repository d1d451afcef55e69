// The real window: a trace arrives over OTLP, its row appears, a click shows the conversation; nothing leads out of the page.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { binary, eventually, kill, scratch, send, sendCall, stop } from './harness.mjs';
import { alive, display, openWindow } from './webdriver.mjs';

let window;
before(async () => (window = await openWindow()));
after(() => window?.close());

test('an empty window tells where to send traces', async () => {
  await window.shows(window.otlp_http);
});

test('a trace arrives, its row appears, a click shows the conversation', async () => {
  await send(window, 'mlflow_agent_tools');
  await window.click("//*[@role='option' or @role='row' or @role='treeitem' or @role='listitem'][contains(., 'run_tool_agent')]");
  await window.click("//*[@role='tab'][contains(., 'Conversation')]");
  await window.shows('Compare the weather in Paris, Tokyo and Oslo.');
  await window.shows('Here is what I found: rainy; sunny; unknown.');
  if (process.env.SPANGLASS_SCREENSHOT) await window.screenshot(process.env.SPANGLASS_SCREENSHOT);
});

test('another trace shows without asking', async () => {
  await sendCall(window, 'a call after the first');
  await window.shows('a call after the first');
});

test('the page is one secure origin of our own and carries no global of Tauri', async () => {
  const [origin, secure, global] = await window.run('return [location.origin, isSecureContext, typeof window.__TAURI__]');
  assert.deepEqual([origin, secure, global], ['spanglass://localhost', true, 'undefined']);
});

test('text cannot become a program, a frame, a request or a way out of the page', async () => {
  const before = await window.address();
  const refused = await window.run(`
    const refused = {};
    const attempt = (name, what) => { try { what(); refused[name] = false; } catch (error) { refused[name] = error.name; } };
    attempt('eval', () => (0, eval)('1'));
    attempt('html', () => { document.createElement('div').innerHTML = '<b>x</b>'; });
    attempt('policy', () => window.trustedTypes.createPolicy('other', {}));
    refused.window = window.open('https://example.invalid/') === null;
    const form = document.createElement('form');
    form.action = 'https://example.invalid/';
    document.body.append(form);
    form.submit();
    form.remove();
    location.href = 'https://example.invalid/';
    return refused;`);
  assert.deepEqual(refused, { eval: 'EvalError', html: 'TypeError', policy: 'TypeError', window: true });
  const reached = await window.run(`
    const request = new XMLHttpRequest();
    request.open('GET', arguments[0] + '/v1/traces', false);
    try { request.send(); return request.status; } catch (error) { return error.name; }`, window.otlp_http);
  assert.equal(reached, 'NetworkError');
  assert.equal(await window.address(), before);
});

test('what the menu names is done by the page, and the page says how dark the menu is', async () => {
  const choose = (id) => window.run("window.dispatchEvent(new CustomEvent('spanglass-command', { detail: arguments[0] }))", id);
  await choose('keys');
  await window.shows('Show all commands');
  await window.run("document.querySelector('dialog[open]').close()");
  await choose('drop.over');
  await window.shows('Drop to open the traces in these files');
  await choose('drop.end');
  for (const theme of ['light', 'dark']) {
    await choose(`theme.${theme}`);
    const isDark = theme === 'dark';
    await eventually(async () => (await window.run("return matchMedia('(prefers-color-scheme: dark)').matches")) === isDark, `${theme} dialogs and menus`);
  }
  await choose('theme.system');
});

test('the desktop checks the addresses it is to open, and answers none of the commands of its libraries', async () => {
  await window.run(`
    window.answers = {};
    const ask = (name, command, args) => window.__TAURI_INTERNALS__.invoke(command, args)
      .then(() => { window.answers[name] = 'done'; }, (error) => { window.answers[name] = String(error); });
    ask('script', 'open_link', { url: 'javascript:alert(1)' });
    ask('file', 'open_link', { url: 'file:///etc/passwd' });
    ask('opener', 'plugin:opener|open_url', { url: 'https://example.invalid/' });
    ask('event', 'plugin:event|emit', { event: 'x', payload: 1 });`);
  const answers = await (async () => {
    for (;;) {
      const answers = await window.run('return window.answers');
      if (Object.keys(answers).length === 4) return answers;
    }
  })();
  assert.match(answers.script, /Only http and https/);
  assert.match(answers.file, /Only http and https/);
  assert.match(answers.opener, /not allowed/);
  assert.match(answers.event, /not allowed/);
});

test('a second start on the same folder hands its file over and ends', async () => {
  const file = join(import.meta.dirname, '../fixtures/otlp/mlflow_stream.pb');
  const second = spawn(binary('spanglass-app'), [file, '--data-dir', window.dataDir], { env: window.environment, stdio: 'ignore' });
  assert.deepEqual(await new Promise((done) => second.once('exit', (...how) => done(how))), [0, null]);
  await window.shows('How fast would a glass of water freeze on Titan?');
});

test('senders are heard while the desktop hangs', async (t) => {
  const folder = scratch();
  // A session bus that takes everybody in and says nothing.
  const calls = [];
  const bus = createServer((call) => calls.push(call)).listen(join(folder, 'bus'));
  const screen = await display('1280x800');
  const dataDir = join(folder, 'traces');
  const environment = { ...window.environment, DISPLAY: screen.name, DBUS_SESSION_BUS_ADDRESS: `unix:path=${join(folder, 'bus')}`, SPANGLASS_DATA_DIR: dataDir };
  const app = spawn(binary('spanglass-app'), ['--otlp-http', '127.0.0.1:0', '--otlp-grpc', '127.0.0.1:0'], { env: environment, stdio: 'inherit' });
  kill(app);
  t.after(async () => {
    await stop(app);
    await screen.stop();
    for (const call of calls) call.destroy();
    bus.close();
  });
  const endpoints = join(dataDir, 'endpoints.json');
  const at = await eventually(() => existsSync(endpoints) && JSON.parse(readFileSync(endpoints, 'utf8')), 'endpoints.json');
  await sendCall(at, 'heard');
  const listed = spawnSync(binary('spanglass'), ['traces', '--json', '--data-dir', dataDir], { encoding: 'utf8' });
  await eventually(() => calls.length > 0, 'a question to the desktop');
  assert.deepEqual(JSON.parse(listed.stdout).traces.map((trace) => trace.name), ['heard']);
});

test('closing the window ends the program', async () => {
  const { pid } = window;
  const asked = Date.now();
  await window.close();
  assert.equal(alive(pid), false);
  assert.ok(Date.now() - asked < 4000, 'quickly');
  window = undefined;
});

test('a file on the command line is imported and shown', async (t) => {
  const file = join(import.meta.dirname, '../fixtures/otlp/mlflow_agent_tools.pb');
  const opened = await openWindow({ args: [file] });
  t.after(() => opened.close());
  await eventually(async () => /#\/trace\/[0-9a-f]{32}/.test(await opened.address()), 'the trace in the address');
  await opened.shows('run_tool_agent');
  const recent = join(opened.dataDir, 'recent.json');
  await eventually(() => JSON.parse(readFileSync(recent, 'utf8'))[0] === file, 'the file among the recent ones');
  assert.equal(statSync(recent).mode & 0o777, 0o600);
});

test('of files that are opened together it is said which held nothing new and which held no traces', async (t) => {
  const [whole, foreign] = [join(import.meta.dirname, '../fixtures/otlp/mlflow_agent_tools.pb'), join(scratch(), 'holiday.txt')];
  writeFileSync(foreign, 'It rained.');
  const opened = await openWindow({ args: [whole, whole, foreign] });
  t.after(() => opened.close());
  await opened.shows('run_tool_agent');
  await opened.shows('holds nothing new: all of its 6 spans were here already');
  await opened.shows('was not opened:');
});

test('a large file that is opened says how far it is, and is stopped with what came of it kept', async (t) => {
  const [hex, spans] = [(n, digits) => n.toString(16).padStart(digits, '0'), 1000];
  const line = (n) => {
    const span = (i) => ({ traceId: hex(n + 1, 32), spanId: hex(n * spans + i + 1, 16), name: 'work', startTimeUnixNano: '1000', endTimeUnixNano: '2000' });
    return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: Array.from({ length: spans }, (_, i) => span(i)) }] }] });
  };
  const file = join(scratch(), 'large.jsonl');
  writeFileSync(file, Array.from({ length: 300 }, (_, n) => line(n)).join('\n'));
  const opened = await openWindow({ args: [file] });
  t.after(() => opened.close());
  const said = () => opened.run("return [...document.querySelectorAll('.file')].map((each) => each.textContent.replace(/\\s+/g, ' ')).join()");
  await eventually(async () => /large\.jsonl is being read: \d+ % of \d+(\.\d)? MB, [\d,]+ spans so far/.test(await said()), 'how far it is');
  await opened.run("[...document.querySelectorAll('.file button')].find((each) => each.textContent === 'Stop').click()");
  await eventually(async () => /large\.jsonl was stopped at \d+ % of \d+(\.\d)? MB\. [\d,]+ spans came and stay/.test(await said()), 'that it was stopped');
  const came = Number((await said()).match(/([\d,]+) spans came/)[1].replaceAll(',', ''));
  const listed = spawnSync(binary('spanglass'), ['traces', '--json', '--limit', '1000', '--data-dir', opened.dataDir], { encoding: 'utf8' });
  const there = JSON.parse(listed.stdout).traces.reduce((sum, trace) => sum + trace.counts.spans, 0);
  assert.ok(came > 0 && came < 300 * spans, `${came}`);
  assert.equal(there, came);
});

test('how large everything is drawn is remembered', async (t) => {
  const folder = scratch();
  mkdirSync(join(folder, 'traces'), { mode: 0o700 });
  writeFileSync(join(folder, 'traces', 'zoom.json'), '2');
  const opened = await openWindow({ folder });
  t.after(() => opened.close());
  await eventually(async () => Math.abs((await opened.run('return outerWidth / innerWidth')) - 2) < 0.1, 'twice as large');
});

test('on a small screen all of the window is there', async (t) => {
  const opened = await openWindow({ size: '1100x700' });
  t.after(() => opened.close());
  const [width, height] = await opened.run('return [outerWidth, outerHeight]');
  assert.ok(width <= 1100 && height <= 700, `${width}x${height}`);
});

test('a folder that cannot be used is said in the window', async (t) => {
  const folder = scratch();
  writeFileSync(join(folder, 'traces'), 'a file where the folder should be');
  const opened = await openWindow({ folder, started: false });
  t.after(() => opened.close());
  await opened.shows('Spanglass could not open its data');
  await opened.shows(join(folder, 'traces'));
});

test('asked to end by the system, it writes what it has and ends', async (t) => {
  const opened = await openWindow();
  t.after(() => opened.close());
  const traceId = await sendCall(opened, 'the last one');
  process.kill(opened.pid, 'SIGTERM');
  await eventually(() => !alive(opened.pid), 'its end', 4000);
  const shown = spawnSync(binary('spanglass'), ['show', traceId, '--json', '--data-dir', opened.dataDir], { encoding: 'utf8' });
  assert.equal(JSON.parse(shown.stdout).trace.name, 'the last one');
});
