// Pages of other places, in a real browser: what they try to send is not stored, and what is stored they do not read.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';

import { ask, browser, sendCall, serve } from './harness.mjs';

const SECRET = 'what only its owner reads';
const NAMES = ['127.0.0.1', 'localhost', 'evil.test', 'rebound.test'];

let app, chromium, place, ports;
/** What came to the other server of this machine. */
const heard = [];
before(async () => {
  place = createServer((request, response) => {
    heard.push(request.headers);
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>elsewhere</title>');
  });
  await new Promise((listening) => place.listen(0, '127.0.0.1', listening));
  // All names lead here, as they do after a rebinding.
  [app, chromium] = await Promise.all([serve(), browser(['--host-resolver-rules=MAP *.test 127.0.0.1'])]);
  await sendCall(app, 'mine', SECRET);
  ports = [app.otlp_http, app.otlp_grpc, app.ui].map((url) => Number(new URL(url).port));
});
after(async () => {
  await chromium?.close();
  await app?.stop();
  place?.close();
});

const status = async () => (await ask(app, '/api/status')).json();

/** Tries everything a page has, from where it is; returns what it could read. */
function attack([names, ports]) {
  const traces = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: 'e'.repeat(32), spanId: 'e'.repeat(16), name: 'planted', startTimeUnixNano: '1', endTimeUnixNano: '2' }] }] }] });
  const paths = ['/v1/traces', '/v0.4/traces', '/api/v2/spans', '/api/traces', '/api/status', '/api/public/ingestion', '/api/3.0/mlflow/traces/search', '/'];
  const read = [];
  const soon = (work) => Promise.race([work, new Promise((done) => setTimeout(done, 3_000))]).catch(() => undefined);
  const tries = [];
  for (const name of names) for (const port of ports) for (const path of paths) {
    const url = `http://${name}:${port}${path}`;
    const said = async (response) => response.type !== 'opaque' && read.push(`${url} ${(await response.text()).slice(0, 200)}`);
    tries.push(soon(fetch(url).then(said)), soon(fetch(url, { method: 'POST', body: traces, mode: 'no-cors', credentials: 'include' }).then(said)));
    tries.push(soon(fetch(url, { method: 'POST', body: traces, headers: { 'content-type': 'application/json' }, credentials: 'include' }).then(said)));
    navigator.sendBeacon(url, new Blob([traces], { type: 'text/plain' }));
    tries.push(soon(new Promise((done) => {
      const events = new EventSource(url);
      events.onmessage = ({ data }) => read.push(`${url} ${data}`);
      events.onerror = () => (events.close(), done());
    })));
    tries.push(soon(new Promise((done) => {
      const socket = new WebSocket(url.replace('http', 'ws'));
      socket.onopen = () => (read.push(`${url} opened`), done());
      socket.onerror = done;
    })));
  }
  return Promise.all(tries).then(() => read);
}

test('a page from elsewhere neither sends nor reads, whatever name it uses', async () => {
  const before = await status();
  for (const from of ['evil.test', 'rebound.test']) {
    const page = await chromium.newPage();
    await page.goto(`http://${from}:${place.address().port}/`);
    const read = await page.evaluate(attack, [NAMES, ports]);
    // Its own server is not among them.
    assert.deepEqual(read, [], from);
    await page.close();
  }
  const now = await status();
  assert.deepEqual([now.traces, now.spans], [before.traces, before.spans], 'nothing was planted');
  assert.ok(now.received.refused > before.received.refused, 'it was tried');
  console.log(`safety S02 S03: pages of 2 foreign origins in Chromium, ${NAMES.length} names x ${ports.length} ports x 8 paths x 6 ways: nothing sent, nothing read`);
});

test('what was opened once is told to no other server of this machine', async () => {
  const context = await chromium.newContext();
  const page = await context.newPage();
  await page.goto(app.ui);
  await page.getByText('mine').first().waitFor();
  assert.equal(new URL(page.url()).search, '', 'the token is not left in the address');
  await page.goto(`http://127.0.0.1:${place.address().port}/`);
  const token = new URL(app.ui).searchParams.get('token');
  assert.ok(!JSON.stringify(heard).includes(token));
  assert.equal(await page.evaluate(() => JSON.stringify([document.cookie, { ...localStorage }])), '["",{}]');
  const again = await context.newPage();
  await again.goto(new URL(app.ui).origin);
  await again.getByText('mine').first().waitFor();
  console.log('safety S02: another port of 127.0.0.1 is not told the token; a further tab of the same one knows it');
  await context.close();
});
