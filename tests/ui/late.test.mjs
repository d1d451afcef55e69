// Answers that come late: whoever went elsewhere, wrote on or folded something meanwhile is not brought back by them.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { sendBigTrace, sendFan } from './big_trace.mjs';
import { eventually, held, intercept, leave, open, send, sendCall, stage } from './harness.mjs';

/** Twenty-nine turns of 99 calls each, and one without any. */
const TURNS_SPANS = 2 + 29 * 100;
let app, chromium, page, fan, turns, broken;
const sent = [];
stage(async (...both) => {
  [app, chromium] = both;
  for (const name of ['alpha', 'beta', 'gamma']) sent.push(await sendCall(app, name));
  await send(app, 'mlflow_agent_tools');
  fan = await sendFan(app, 3_000);
  turns = await sendBigTrace(app, TURNS_SPANS);
  const error = { 'error.type': 'Refused' };
  broken = await sendCall(app, 'failed', 'Fine.', '', error);
});
afterEach(async () => {
  const left = page;
  page = undefined;
  await leave(left);
});

const list = () => page.getByRole('listbox', { name: 'Traces' });
const row = (name) => list().getByRole('option', { name });
const box = () => page.getByRole('combobox', { name: 'Filter traces' });
const grid = () => page.getByRole('treegrid', { name: 'Spans' });
const title = () => page.getByRole('heading', { level: 1 });

async function openTrace(id, view = '') {
  page ??= await open(app, chromium);
  await list().getByRole('option').first().waitFor();
  await page.evaluate(([id, view]) => (location.hash = `#/trace/${id}${view}`), [id, view]);
}

test('the way back changes what is written in the filter, though one stands in it', async () => {
  await openTrace(sent[0]);
  await box().fill('alpha');
  await page.waitForURL(/filter=alpha/);
  await page.evaluate(() => (location.hash = location.hash.replace('alpha', 'beta')));
  await eventually(async () => (await box().inputValue()) === 'beta', 'the box says what is asked for');
  await page.evaluate(() => document.activeElement.blur());
  await row(/beta/).waitFor();
  assert.match(page.url(), /filter=beta/);
});

test('the next error is not gone to by whoever opened another trace meanwhile', async () => {
  await openTrace(broken, '?view=raw');
  await title().getByText('failed').waitFor();
  const late = await held(page, /next-failure/);
  await page.keyboard.press('e');
  await late.asked;
  await row(/beta/).click();
  const inspector = page.getByRole('complementary', { name: 'Span' }).getByRole('heading', { name: 'beta' });
  await inspector.waitFor();
  await late.let();
  assert.ok(await inspector.isVisible(), 'its only span is still the selected one');
});

test('a row that is fetched for a key is not gone to when another was chosen meanwhile', async () => {
  await openTrace(fan);
  await grid().getByRole('row', { name: /branch 3\b/ }).click();
  const late = await held(page, /\/timeline$/, (request) => request.postDataJSON().from > 2_000);
  await page.keyboard.press('End');
  await late.asked;
  await grid().getByRole('row', { name: /branch 5\b/ }).click();
  await page.getByRole('complementary', { name: 'Span' }).getByText('branch 5', { exact: true }).waitFor();
  await late.let();
  await page.getByRole('complementary', { name: 'Span' }).getByText('branch 5', { exact: true }).waitFor();
  assert.equal(await grid().getByRole('row', { selected: true }).getByText('branch 5').count(), 1);
});

test('rows that were asked for before something was folded are not taken for those that stand there after it', async () => {
  await openTrace(turns);
  await grid().getByRole('row', { name: /turn 0\b/ }).click();
  await grid().getByRole('row', { name: /turn 0\b/, selected: true }).waitFor();
  const late = await held(page, /\/timeline$/, (request) => request.postDataJSON().from > 2_000);
  await page.keyboard.press('End');
  await late.asked;
  await page.keyboard.press('ArrowLeft');
  await eventually(async () => (await grid().getAttribute('aria-rowcount')) === String(TURNS_SPANS - 99), 'the turn is folded');
  await late.let();
  await page.keyboard.press('End');
  await eventually(async () => /turn 29/.test(await grid().getByRole('row', { selected: true }).innerText()), 'the last row is the last turn');
});

test('unfolding everything below a row that was folded meanwhile leaves it folded', async () => {
  await openTrace(fan);
  await grid().getByRole('row', { name: /fan/ }).first().click();
  const late = await held(page, /\/timeline$/, (request) => request.postDataJSON().rows === 2_000);
  await page.keyboard.press('*');
  await late.asked;
  await page.keyboard.press('[');
  await eventually(async () => (await grid().getAttribute('aria-rowcount')) === '1', 'all is folded');
  await late.let();
  assert.equal(await grid().getAttribute('aria-rowcount'), '1');
});

test('a deleted trace does not take whoever opened another one with it', async () => {
  const doomed = await sendCall(app, 'doomed');
  await openTrace(doomed);
  await title().getByText('doomed').waitFor();
  const late = await held(page, new RegExp(`/api/traces/${doomed}$`), (request) => request.method() === 'DELETE');
  await page.keyboard.press('Shift+Delete');
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await late.asked;
  await row(/gamma/).click();
  await title().getByText('gamma').waitFor();
  await late.let();
  await eventually(async () => (await row(/doomed/).count()) === 0, 'it is gone from the list');
  assert.equal(await title().innerText(), 'gamma');
});

test('a test trace that comes late is not opened over what was opened meanwhile', async () => {
  await openTrace(sent[0]);
  await page.evaluate(() => (location.hash = '#/setup'));
  const late = await held(page, /test-trace/);
  await page.getByRole('button', { name: 'Send a test trace' }).click();
  await late.asked;
  await row(/beta/).click();
  await title().getByText('beta').waitFor();
  // The only span of a trace is selected when the trace is here.
  await page.waitForURL(/span=/);
  const before = page.url();
  await late.let();
  assert.equal(page.url(), before);
});

test('what is written while settings are saved stays written', async () => {
  await openTrace(sent[0]);
  await page.getByRole('button', { name: 'Settings' }).click();
  const port = page.getByLabel('Zipkin');
  await port.fill('9411');
  const late = await held(page, /api\/settings$/, (request) => request.method() === 'POST');
  await page.getByRole('button', { name: 'Save' }).click();
  await late.asked;
  await port.fill('9412');
  await late.let();
  assert.equal(await port.inputValue(), '9412');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved. It holds when Spanglass starts again.').waitFor();
  assert.equal(await port.inputValue(), '9412');
});

test('rows that are here are asked for once, however the view is zoomed, moved and filtered', async () => {
  await openTrace(sent[0]);
  const here = page.waitForResponse((response) => new RegExp(`${turns}/timeline$`).test(response.url()) && response.request().postDataJSON().pieces > 0);
  await openTrace(turns);
  await (await here).finished();
  await grid().getByRole('row', { name: /turn 0\b/ }).waitFor();
  const asked = [];
  page.on('request', (request) => request.url().endsWith('/timeline') && asked.push(request.postData()));
  await grid().click({ position: { x: 400, y: 60 } });
  await page.keyboard.press('w');
  await page.waitForURL(/t0=/);
  await page.keyboard.press('d');
  await page.keyboard.press('a');
  await page.keyboard.press('s');
  await box().fill('alpha');
  await page.waitForURL(/filter=alpha/);
  assert.deepEqual(asked, []);
});

test('a trace that could not be read is asked for once more on request', async () => {
  await openTrace(sent[0]);
  let broken = true;
  await intercept(page, `**/api/traces/${sent[1]}`, (route) => (broken ? route.fulfill({ status: 500, json: { code: 'internal', message: 'It broke.' } }) : route.continue()));
  await row(/beta/).click();
  await page.getByText('It broke.').waitFor();
  broken = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await title().getByText('beta').waitFor();
  // The refusal is told on the console, too.
  assert.ok(page.faults.every((fault) => /500/.test(fault)));
  page.faults.length = 0;
});

test('whoever waits for a trace to be read is told how far that is', async () => {
  await openTrace(sent[0]);
  await intercept(page, /\/reading$/, (route) => route.fulfill({ json: { read: 34, of: 100 } }));
  const late = await held(page, /\/ledger\?/);
  await page.getByRole('tab', { name: /^Tokens/ }).click();
  await late.asked;
  await page.getByText(/Reading what was said in 1 span … 34 %/).waitFor();
  assert.equal(await page.getByRole('progressbar', { name: /^Reading what was said/ }).getAttribute('aria-valuenow'), '34');
  await late.let();
  await page.getByRole('table', { name: 'What each span reported' }).waitFor();
});

test('a large trace is read as a whole while nobody does anything', async () => {
  page = await open(app, chromium);
  const large = async (route) => {
    const head = await (await route.fetch()).json();
    await route.fulfill({ json: { ...head, row: { ...head.row, summary: { ...head.row.summary, counts: { ...head.row.summary.counts, spans: 30_000 } } } } });
  };
  await intercept(page, new RegExp(`/api/traces/${turns}$`), large);
  const views = ['tools', 'conversation', 'ledger'];
  const asked = Promise.all(views.map((view) => page.waitForResponse((response) => response.url().endsWith(`/api/traces/${turns}/${view}?rows=0`))));
  await openTrace(turns);
  for (const answer of await asked) assert.equal(answer.status(), 200);
});
