// What the tests of the interface share: the program on ports and a folder of its own, recorded requests to send to it, a
// browser, and waiting for a thing instead of for a time.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before } from 'node:test';

const top = resolve(import.meta.dirname, '../..');
// The packages are the interface's: one lock file for both.
export const packages = createRequire(join(top, 'ui/package.json'));

const last = [];
process.on('exit', () => last.forEach((work) => work()));

/** Keeps work for the moment when the test process ends, however it ends. */
export function atExit(work) {
  last.push(work);
}

/** Returns the path of a binary under test. */
export function binary(name) {
  const path = join(process.env.SPANGLASS_BIN_DIR ?? join(top, 'target/debug'), name);
  assert.ok(existsSync(path), `${path} is missing: cargo build --workspace`);
  return path;
}

/** Returns a fresh folder that goes with the process. */
export function scratch() {
  const folder = mkdtempSync(join(tmpdir(), 'spanglass-'));
  atExit(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** Starts `spanglass serve` on free ports; returns its addresses and how to stop it. */
export async function serve(folder = scratch()) {
  const free = ['--otlp-http', '127.0.0.1:0', '--otlp-grpc', '127.0.0.1:0', '--ui', '127.0.0.1:0'];
  const child = spawn(binary('spanglass'), ['serve', '--json', '--data-dir', folder, ...free, '--datadog', 'off', '--dogstatsd', 'off'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  kill(child);
  const [line] = await once(createInterface({ input: child.stdout }), 'line', child);
  return { ...JSON.parse(line), stop: () => stop(child) };
}

/** Asks the interface's API, as its page does. */
export function ask(app, path, init = {}) {
  const headers = { authorization: `Bearer ${new URL(app.ui).searchParams.get('token')}` };
  return fetch(new URL(path, app.ui), { ...init, headers });
}

/** Waits for an event, or fails when the process behind it ends first. */
export function once(emitter, event, child) {
  return new Promise((done, failed) => {
    emitter.once(event, (...values) => done(values));
    child.once('error', failed);
    child.once('exit', (code, signal) => failed(new Error(`${child.spawnfile} ended (${signal ?? code}) before ${event}`)));
  });
}

/** Ends a process that is still there when the test process ends. */
export function kill(child) {
  atExit(() => child.kill('SIGKILL'));
}

/** Asks a process to end and waits until it has. */
export async function stop(child) {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    await ended;
  }
  return child.exitCode;
}

/** Sends a recorded request as its program did; the answer means it is stored. */
export async function send(app, name) {
  await post(app, fixture(name), 'application/x-protobuf');
}

/** Returns a recorded request. */
export function fixture(name) {
  return readFileSync(join(top, 'tests/fixtures/otlp', `${name}.pb`));
}

/** Sends a data point of each kind that is drawn differently, as measured now. */
export async function sendMetrics(app) {
  const attributes = [{ key: 'gen_ai.request.model', value: { stringValue: 'gpt-4o' } }, { key: 'gen_ai.operation.name', value: { stringValue: 'chat' } }];
  const timeUnixNano = `${Date.now()}000000`;
  const metrics = [
    { name: 'gen_ai.client.token.usage', unit: '{token}', histogram: { aggregationTemporality: 1, dataPoints: [{ attributes, timeUnixNano, count: 2, sum: 1234 }] } },
    { name: 'gen_ai.client.operation.duration', unit: 's', histogram: { aggregationTemporality: 1, dataPoints: [{ attributes, timeUnixNano, count: 2, sum: 3, max: 2.5 }] } },
    { name: 'queue.length', gauge: { dataPoints: [{ timeUnixNano, asInt: 4 }] } },
  ];
  const body = JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
  await post(app, body, 'application/json', 'metrics');
}

/**
 * Sends a trace of one finished model call with a name and an answer (of several texts: a list), below a parent that is not sent
 * when one is named, and with further attributes or others in place of these; returns its trace id. It may be a further call of a trace that is there.
 */
export async function sendCall(app, name, answer = 'Fine.', parentSpanId = '', more = {}, traceId = randomBytes(16).toString('hex')) {
  const start = BigInt(Date.now()) * 1_000_000n;
  const text = (key, value) => ({ key, value: { stringValue: value } });
  const message = (role, texts) => JSON.stringify([{ role, parts: [texts].flat().map((content) => ({ type: 'text', content })) }]);
  const span = {
    traceId,
    spanId: randomBytes(8).toString('hex'),
    parentSpanId,
    name,
    kind: 3,
    startTimeUnixNano: `${start - 250_000_000n}`,
    endTimeUnixNano: `${start}`,
    attributes: Object.entries({
      'gen_ai.operation.name': 'chat',
      'gen_ai.request.model': 'gpt-4o-mini',
      'gen_ai.input.messages': message('user', `Question of ${name}`),
      'gen_ai.output.messages': message('assistant', answer),
      'gen_ai.usage.input_tokens': 12,
      'gen_ai.usage.output_tokens': 3,
      ...more,
    }).map(([key, value]) => (typeof value === 'number' ? { key, value: { intValue: `${value}` } } : text(key, value))),
  };
  const resource = { attributes: [text('service.name', 'harness')] };
  const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] });
  await post(app, body, 'application/json');
  return traceId;
}

/** Sends a trace with a step of so many spans that are alike below its root; returns its id. */
export async function sendAlike(app, count) {
  const traceId = randomBytes(16).toString('hex');
  const start = BigInt(Date.now()) * 1_000_000n;
  const span = (n, name, from, to) => ({ traceId, spanId: n.toString(16).padStart(16, '0'), parentSpanId: n === 1 ? '' : '1'.padStart(16, '0'), name, kind: 3, startTimeUnixNano: `${start + from}`, endTimeUnixNano: `${start + to}` });
  const alike = Array.from({ length: count }, (_, i) => span(i + 2, 'GET /part', BigInt(i) * 1_000_000n, BigInt(i) * 1_000_000n + 900_000n));
  await post(app, JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span(1, 'gather the parts', 0n, BigInt(count) * 1_000_000n), ...alike] }] }] }), 'application/json');
  return traceId;
}

/** Sends a trace of two streamed answers, each a chunk every 20 ms, the second silent for so long in its middle; returns its id. */
export async function sendStalled(app, silent_ms) {
  const traceId = randomBytes(16).toString('hex');
  const start = BigInt(Date.now()) * 1_000_000n;
  const at = (ms) => `${start + BigInt(ms) * 1_000_000n}`;
  const attribute = (key, stringValue) => ({ key, value: { stringValue } });
  const answer = (n, from, silent) => ({
    traceId, spanId: n.toString(16).padStart(16, '0'), name: `answer ${n}`, kind: 1, startTimeUnixNano: at(from), endTimeUnixNano: at(from + 1_000 + silent), attributes: [attribute('mlflow.spanType', '"LLM"')],
    events: Array.from({ length: 20 }, (_, i) => ({ name: `mlflow.chunk.item.${i}`, timeUnixNano: at(from + 100 + i * 20 + (i >= 10 ? silent : 0)), attributes: [attribute('mlflow.chunk.value', JSON.stringify({ choices: [{ index: 0, delta: { content: `word${i} ` } }] }))] })),
  });
  await post(app, JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [answer(1, 0, 0), answer(2, 2_000, silent_ms)] }] }] }), 'application/json');
  return traceId;
}

async function post(app, body, type, signal = 'traces') {
  const response = await fetch(`${app.otlp_http}/v1/${signal}`, { method: 'POST', headers: { 'content-type': type }, body });
  assert.equal(response.status, 200, await response.text());
}

/** Starts Debian's Chromium (or another one that is installed). */
export function browser(more = []) {
  const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', process.env.CHROMIUM ?? ''];
  const executablePath = places.find((place) => place && existsSync(place));
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-quic'];
  return packages('playwright-core').chromium.launch({ executablePath, args: ['--headless', '--no-sandbox', '--disable-gpu', ...quiet, ...more] });
}

/** Opens the interface; `page.faults` collects console errors, uncaught exceptions and violated policies. */
export async function open(app, chromium, options = {}) {
  const context = await chromium.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  page.faults = [];
  page.on('console', (message) => {
    if (message.type() === 'error') page.faults.push(`${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => page.faults.push(String(error)));
  page.on('request', (request) => {
    if (!/^(http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/]|data:|blob:)/.test(request.url())) page.faults.push(`request to ${request.url()}`);
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy: ${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`);
    });
  });
  await page.goto(app.ui);
  return page;
}

/** Has a program and a browser there for the tests of a file; hands them over before the first and ends them after the last. */
export function stage(ready) {
  let app, chromium;
  before(async () => {
    [app, chromium] = await Promise.all([serve(), browser()]);
    await ready(app, chromium);
  });
  after(async () => {
    await chromium?.close();
    await app?.stop();
  });
}

/** Closes a page that `open` opened; its console, the policy and the network stayed quiet, but for what is expected. */
export async function leave(page, expected = /(?!)/) {
  await page?.context().close();
  const faults = (page?.faults ?? []).filter((fault) => !expected.test(fault));
  assert.deepEqual(faults, [], 'the console, the policy and the network stay quiet');
}

/** Waits until a question has an answer; asks again as often as the machine allows, and fails with the last refusal. */
export async function eventually(question, what, limit = 20_000) {
  const end = Date.now() + limit;
  for (let last; ; ) {
    try {
      const answer = await question();
      if (answer) return answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`${what}: not within ${limit} ms${last ? `: ${last.message}` : ''}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** Waits until what is made of an answer is drawn, which is in the frame after it. */
export function drawn(page) {
  return page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/**
 * Has requests of a page to an address answered by `handler`, from its very next one on: Chromium goes on sending requests past what
 * stands between for a moment after it was told of it, and the page's driver never tells of those.
 */
export async function intercept(page, address, handler) {
  await page.route(address, handler);
  const here = 'stands-between';
  await page.route(new RegExp(here), (route) => route.fulfill({ status: 200, body: here }));
  const met = () => page.evaluate(async (here) => (await (await fetch(`/?${here}`)).text()) === here, here);
  await eventually(met, 'requests are intercepted');
}

/**
 * Holds requests of a page to an address back, those for which `mine` holds; `asked` resolves with the first, `let` lets all go on and
 * resolves when the first was answered.
 */
export async function held(page, address, mine = () => true) {
  let go, came;
  const free = new Promise((resolve) => (go = resolve));
  const asked = new Promise((resolve) => (came = resolve));
  const answered = page.waitForResponse((response) => new RegExp(address.source).test(response.url()) && mine(response.request()));
  await intercept(page, address, async (route) => {
    if (!mine(route.request())) return route.fallback();
    came();
    await free;
    await route.continue();
  });
  return {
    asked,
    async let() {
      go();
      await (await answered).finished();
      await drawn(page);
    },
  };
}
