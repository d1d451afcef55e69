// Opens the hostile traces in a browser, as an exported page and in the real window, in a network of its own whose every packet is
// counted by the kernel; writes what it saw as one line of JSON. `SPANGLASS_NETWORK=own` says that it runs in one.

import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { binary, browser, eventually, scratch, serve } from '../harness.mjs';
import { leads, SCRIPTS } from './payloads.mjs';
import { POSITIONS, traces } from './traces.mjs';
import { prepare, walk } from './walk.mjs';

const VIEWS = ['conversation', 'timeline', 'tools', 'tokens', 'raw'];
const ownNetwork = process.env.SPANGLASS_NETWORK === 'own';
/** What Chromium looks up of its own accord, whatever page is open; the last for any page that has fields to write in. */
const MAKER = ['update.googleapis.com', 'accounts.google.com', 'content-autofill.googleapis.com'];
const names = [];
const log = (line) => process.env.SPANGLASS_HOSTILE_LOG && appendFileSync(process.env.SPANGLASS_HOSTILE_LOG, `${line}\n`);

/** Makes the network: what leaves for anywhere goes out at `out0`, and nobody answers. */
function makeNetwork() {
  const ip = (line) => execFileSync('ip', line.split(' '));
  ip('link set lo up');
  ip('link add out0 type veth peer name gone0');
  for (const line of ['addr add 192.0.2.2/24 dev out0', 'link set out0 up', 'link set gone0 up', 'route add default via 192.0.2.1 dev out0']) ip(line);
  ip('neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev out0');
  const resolver = join(scratch(), 'resolv.conf');
  writeFileSync(resolver, 'nameserver 127.0.0.1\n');
  execFileSync('mount', ['--bind', resolver, '/etc/resolv.conf']);
  // Otherwise the system itself looks for IPv6 neighbours.
  for (const device of ['out0', 'gone0']) writeFileSync(`/proc/sys/net/ipv6/conf/${device}/disable_ipv6`, '1');
}

/** Answers every look-up of a name (RFC 1035) with "there is none", and remembers the name. */
async function answerLookUps() {
  const socket = createSocket('udp4');
  socket.on('message', (question, from) => {
    const labels = [];
    for (let at = 12; question[at]; at += question[at] + 1) labels.push(question.toString('latin1', at + 1, at + 1 + question[at]));
    const name = labels.join('.');
    if (!MAKER.includes(name)) names.push(name);
    const answer = Buffer.from(question);
    answer.writeUInt16BE(0x8183, 2);
    // What follows the question is not repeated.
    answer.fill(0, 6, 12);
    socket.send(answer.subarray(0, 12 + labels.reduce((sum, label) => sum + label.length + 1, 5)), from.port, from.address);
  });
  await new Promise((done) => socket.bind(53, '127.0.0.1', done));
  socket.unref();
}

/** Returns how many packets have gone out so far. */
function packets() {
  if (!ownNetwork) return 0;
  const line = readFileSync('/proc/net/dev', 'utf8').split('\n').find((line) => line.trim().startsWith('out0:'));
  return Number(line.split(':')[1].trim().split(/\s+/)[9]);
}

if (ownNetwork) {
  makeNetwork();
  await answerLookUps();
}
const canary = { connections: 0 };
const server = createServer((socket) => {
  canary.connections++;
  socket.destroy();
}).listen(0, '127.0.0.1');
await new Promise((done) => server.once('listening', done));
const port = server.address().port;

const texts = [...SCRIPTS, ...leads(port)];
const made = traces(texts, 0x5afe0000);
const plan = made.map(({ traceId, spans }) => ({ traceId, spans }));

async function feed(app) {
  for (const { request } of made) {
    const answer = await fetch(`${app.otlp_http}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(request) });
    if (!answer.ok) throw new Error(await answer.text());
  }
}

/** Runs a walk and adds what was seen from outside. */
async function watched(name, act) {
  const before = { packets: packets(), connections: canary.connections, names: names.length };
  const seen = await act();
  const lookUps = [...new Set(names.slice(before.names))];
  const told = { name, ...seen, lookUps, packets: packets() - before.packets, connections: canary.connections - before.connections };
  log(JSON.stringify(told));
  return told;
}

async function inBrowser(chromium, address) {
  const context = await chromium.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  const requests = [];
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== new URL(address).origin && !['data:', 'blob:'].includes(protocol)) requests.push(request.url());
  });
  page.on('dialog', (dialog) => {
    requests.push(`dialog ${dialog.message()}`);
    dialog.dismiss();
  });
  context.on('page', (other) => other !== page && requests.push(`window ${other.url()}`));
  await page.addInitScript(prepare);
  await page.goto(address);
  await page.evaluate(walk_, { plan, views: VIEWS });
  const walked = await eventually(() => page.evaluate(() => window.walked), 'the walk', 900_000);
  await context.close();
  return { ...walked, requests: [...new Set(requests)].slice(0, 20) };
}

// Playwright sends a function by its source, so what it calls goes with it.
const walk_ = new Function('told', `return (${walk})(told.plan, told.views)`);

const report = { texts: texts.length, scripts: SCRIPTS.length, leads: texts.length - SCRIPTS.length, positions: POSITIONS.length, ownNetwork, surfaces: [] };
let chromium = await browser();
const app = await serve();
await feed(app);
report.surfaces.push(await watched('browser', () => inBrowser(chromium, app.ui)));

const exported = join(scratch(), 'traces.html');
execFileSync(binary('spanglass'), ['export', '--format', 'html', '--to', exported, '--data-dir', app.data_dir]);
report.surfaces.push(await watched('exported page', () => inBrowser(chromium, pathToFileURL(exported).href)));
await app.stop();
await chromium.close();

if (process.env.SPANGLASS_HOSTILE_WINDOW !== 'off') {
  const { openWindow } = await import('../webdriver.mjs');
  const window = await openWindow();
  await feed(window);
  const act = async () => {
    await window.run(`(${prepare})()`);
    const address = await window.address();
    await window.run(`(${walk})(arguments[0], arguments[1])`, plan, VIEWS);
    const walked = await eventually(() => window.run('return window.walked'), 'the walk', 900_000);
    return { ...walked, requests: (await window.address()).split('#')[0] === address.split('#')[0] ? [] : ['it left the page'] };
  };
  report.surfaces.push(await watched('window', act));
  await window.close();
}

// The observer sees what there is to see: a page without our policy, with the same text as markup.
chromium = await browser();
report.control = await watched('control', async () => {
  const page = await chromium.newPage();
  const begun = packets();
  await page.setContent(`<img src="http://127.0.0.1:${port}/control"><img src="http://control.evil.test/"><img src="http://198.51.100.7/">`, { waitUntil: 'commit' });
  await eventually(() => canary.connections > 0 && (!ownNetwork || (packets() > begun && names.includes('control.evil.test'))), 'the control', 20_000);
  return {};
});
await chromium.close();
server.close();
console.log(`REPORT ${JSON.stringify(report)}`);
process.exit(0);
