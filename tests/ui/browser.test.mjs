// The interface in a browser against `spanglass serve`: what a person does, and what must never happen.

import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { ask, eventually, fixture, leave, open, scratch, send, sendCall, sendMetrics, stage } from './harness.mjs';

const QUESTION = 'Compare the weather in Paris, Tokyo and Oslo.';
const ANSWER = 'Here is what I found: rainy; sunny; unknown.';

let app, chromium, page;
stage((...both) => ([app, chromium] = both));
afterEach(async () => {
  await leave(page);
  page = undefined;
});

const row = (name) => page.getByRole('listbox', { name: 'Traces' }).getByRole('option', { name });
const tab = (name) => page.getByRole('tablist', { name: 'Views' }).getByRole('tab', { name });

test('without traces the page says where to send them', async () => {
  page = await open(app, chromium);
  await page.getByText(app.otlp_http).first().waitFor();
});

test('a trace arrives live and a click shows its conversation', async () => {
  page = await open(app, chromium);
  await send(app, 'mlflow_agent_tools');
  await row(/run_tool_agent/).click();
  await tab(/Conversation/).click();
  const view = page.getByRole('tabpanel');
  await view.getByText(QUESTION).first().waitFor();
  await view.getByText(ANSWER).first().waitFor();
  for (const city of ['Paris', 'Tokyo', 'Oslo']) await view.getByText(city).first().waitFor();
});

test('a finished trace of one span shows at once what was said in it; one that may go on does not', async () => {
  await sendCall(app, 'lonely call', 'Nobody else is here.');
  await sendCall(app, 'early call', 'The rest is on its way.', '00000000000000aa');
  page = await open(app, chromium);
  const inspector = page.getByRole('complementary', { name: 'Span' });
  await row(/lonely call/).click();
  await inspector.getByText('Nobody else is here.').waitFor();
  await row(/early call/).click();
  await page.getByRole('heading', { name: 'early call' }).waitFor();
  assert.equal(await inspector.count(), 0);
});

test('every view of a streamed call with tool calls opens', async () => {
  await send(app, 'mlflow_stream_tool_calls');
  await send(app, 'mlflow_stream');
  page = await open(app, chromium);
  const asked = new Set();
  page.on('request', (request) => {
    const span = /\/api\/traces\/[^/]+\/spans\/[^/?]+/.exec(request.url());
    if (span) asked.add(span[0]);
  });
  for (const trace of [/Tokyo\?/, /Titan/, /Tokyo\?/]) {
    await row(trace).click();
    for (const view of ['Timeline', 'Conversation', 'Stream', 'Tools', 'Tokens', 'Raw']) {
      const button = tab(new RegExp(view));
      if (await button.isDisabled()) continue;
      await button.click();
      await page.getByRole('tabpanel', { name: view }).waitFor();
      assert.equal(await button.getAttribute('aria-selected'), 'true', view);
    }
  }
  // A trace is asked for its own spans only, also in the moment after it was opened in place of another.
  for (const span of asked) {
    assert.equal((await ask(app, span)).status, 200, span);
  }
});

test('metrics arrive live, by model and endpoint', async () => {
  page = await open(app, chromium);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('metrics');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Metrics' }).waitFor();
  await sendMetrics(app);
  const series = (name) => page.getByRole('table', { name: `Series of ${name}` }).getByRole('row').nth(1);
  assert.match(await series('gen_ai.client.token.usage').innerText(), /gpt-4o · chat\s+2\s+1,234/);
  assert.match(await series('gen_ai.client.operation.duration').innerText(), /gpt-4o · chat\s+2\s+1\.50 s\s+2\.50 s/);
  assert.match(await series('queue.length').innerText(), /all\s+1\s+4/);
  await page.getByRole('combobox', { name: 'model' }).selectOption('gpt-4o');
  await page.getByRole('combobox', { name: 'Time' }).selectOption('last day');
  await eventually(async () => (await series('queue.length').count()) === 0, 'only what the model was asked is shown');
  await page.waitForURL(/range=86400.*model=gpt-4o/);
  await page.reload();
  await series('gen_ai.client.token.usage').waitFor();
  assert.equal(await series('queue.length').count(), 0, 'what was chosen is part of the address');
  assert.equal(await page.getByRole('combobox', { name: 'Time' }).inputValue(), '86400');
  await page.getByRole('combobox', { name: 'model' }).selectOption('all models');
  await series('queue.length').waitFor();
});

test('the keyboard alone goes from the list through the views and into the timeline', async () => {
  page = await open(app, chromium);
  const list = page.getByRole('listbox', { name: 'Traces' });
  await row(/run_tool_agent/).waitFor();
  await tabTo(list);
  await page.keyboard.press('Home');
  for (let i = 0; i < 5 && !(await page.getByRole('tab', { name: 'Timeline' }).isVisible()); i++) await page.keyboard.press('ArrowDown');
  await page.getByRole('tab', { name: 'Timeline' }).waitFor();
  for (const [key, view] of [['2', 'Conversation'], ['6', 'Raw'], ['1', 'Timeline']]) {
    await page.keyboard.press(key);
    await page.getByRole('tabpanel', { name: view }).waitFor();
  }
  const tree = page.getByRole('treegrid');
  await tabTo(tree);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
});

/** Presses Tab until the focus is on an element or inside it. */
async function tabTo(locator) {
  await locator.waitFor();
  for (let i = 0; i < 60; i++) {
    if (await locator.evaluate((element) => element.contains(document.activeElement))) return;
    await page.keyboard.press('Tab');
  }
  assert.fail('sixty times Tab do not reach it');
}

test('a parent that was not received has a row, and says so to whoever comes by keyboard', async () => {
  await sendCall(app, 'orphaned call', 'Fine.', '00000000000000aa');
  page = await open(app, chromium);
  await row(/orphaned call/).click();
  await tab(/Timeline/).click();
  const tree = page.getByRole('treegrid');
  const missing = tree.getByRole('row', { name: /Parent not received \(1 span names it as parent\)/ });
  const child = tree.getByRole('row', { name: /orphaned call/ });
  await child.waitFor();
  assert.deepEqual([await missing.getAttribute('aria-level'), await child.getAttribute('aria-level')], ['1', '2']);
  await tabTo(tree);
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await page.getByText(/this span was not received/).first().waitFor();
  await tabTo(tree);
  await page.keyboard.press('ArrowLeft');
  await child.waitFor({ state: 'detached' });
  // The browser's console tells of every answer 404, and that one was asked for.
  page.faults = page.faults.filter((fault) => !fault.endsWith('/spans/00000000000000aa'));
});

test('a reload and the way back keep the trace and the view', async () => {
  page = await open(app, chromium);
  await row(/run_tool_agent/).click();
  await tab(/Conversation/).click();
  await page.getByRole('tabpanel').getByText(ANSWER).first().waitFor();
  await page.reload();
  await page.getByRole('tabpanel').getByText(ANSWER).first().waitFor();
  await tab(/Raw/).click();
  await page.getByRole('tabpanel', { name: 'Raw' }).waitFor();
  await page.goBack();
  await page.getByRole('tabpanel', { name: 'Conversation' }).waitFor();
});

test('hostile text stays text: no request, no markup, no way out', async () => {
  const hostile = [
    '<img src="http://evil.invalid/a.png" onerror="alert(1)"><script>alert(1)</script>',
    '<link rel=preconnect href="http://evil.invalid"><meta http-equiv=refresh content="0;url=http://evil.invalid">',
    '![picture](http://evil.invalid/b.png) [link](javascript:alert(1)) <http://evil.invalid/c>',
    '<iframe src="http://evil.invalid"></iframe><svg><use href="http://evil.invalid/d.svg#x"/></svg>',
  ].join('\n\n');
  const traceId = await sendCall(app, 'hostile <b>name</b>', hostile);
  page = await open(app, chromium);
  let asked = false;
  page.on('dialog', (dialog) => {
    asked = true;
    dialog.dismiss();
  });
  await row(/hostile <b>name<\/b>/).click();
  for (const view of ['Conversation', 'Raw', 'Timeline']) {
    await tab(new RegExp(view)).click();
    await page.getByRole('tabpanel', { name: view }).waitFor();
    if (view === 'Conversation') await page.getByRole('tabpanel').getByText('onerror').first().waitFor();
    const planted = 'main script, iframe, meta[http-equiv=refresh], link[href*=evil], img[src^=http], [onerror]';
    assert.equal(await page.locator(planted).count(), 0, view);
    assert.equal(await page.locator('a[href^="javascript:"]').count(), 0, view);
  }
  assert.ok(page.url().includes(traceId) && !asked);
});

test('a trace exported as a page opens from disk and asks nobody', async () => {
  page = await open(app, chromium);
  await row(/run_tool_agent/).click();
  await page.getByRole('button', { name: 'Export' }).click();
  const dialog = page.getByRole('dialog', { name: 'Export 1 trace' });
  await dialog.getByRole('radio', { name: /^Page/ }).check();
  const [download] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: 'Export' }).click()]);
  await dialog.waitFor({ state: 'detached' });
  const path = join(scratch(), 'trace.html');
  await download.saveAs(path);
  // The viewer, and the trace it shows: as it was sent and as it is read.
  const payload = fixture('mlflow_agent_tools').length;
  assert.ok(statSync(path).size <= 318_000 + 1.3 * payload, `${statSync(path).size} bytes`);
  const said = await conversation(page);

  const context = await chromium.newContext({ offline: true });
  const alone = await context.newPage();
  const [asked, wrong] = [[], []];
  alone.on('request', (request) => asked.push(request.url()));
  alone.on('pageerror', (error) => wrong.push(String(error)));
  alone.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  await alone.goto(pathToFileURL(path).href);
  assert.equal(await conversation(alone), said);
  for (const view of ['Timeline', 'Tools', 'Tokens', 'Raw']) {
    await alone.getByRole('tablist', { name: 'Views' }).getByRole('tab', { name: new RegExp(view) }).click();
    await alone.getByRole('tabpanel', { name: view }).waitFor();
  }
  await alone.getByRole('button', { name: 'More' }).click();
  assert.equal(await alone.getByText('Delete this trace').count(), 0, 'nothing in it can be changed');
  assert.deepEqual(asked.filter((url) => !url.startsWith('blob:') && !url.startsWith('file:')), []);
  assert.deepEqual(wrong, []);
  await context.close();
});

/** What the conversation of the trace that is open says. */
async function conversation(on) {
  await on.getByRole('tablist', { name: 'Views' }).getByRole('tab', { name: /Conversation/ }).click();
  const view = on.getByRole('tabpanel', { name: 'Conversation' });
  await view.getByText(ANSWER).first().waitFor();
  return view.innerText();
}

test('without the token nothing is told', async () => {
  const address = new URL(app.ui);
  for (const path of ['/api/traces', '/api/status']) {
    const response = await fetch(new URL(path, address.origin));
    assert.ok(response.status === 401 || response.status === 403, `${path}: ${response.status}`);
    assert.ok(!(await response.text()).includes('run_tool_agent'));
  }
  const ported = await fetch(`${app.otlp_http}/api/traces`);
  assert.ok(ported.status >= 400, 'the receiving port answers no question');
});
