// The tables of a large trace: the page fetches what it draws, and what is far down is reached all the same.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { sendBigTrace } from './big_trace.mjs';
import { browser, eventually, leave, open, sendCall, serve } from './harness.mjs';

let app, chromium, page, trace;
before(async () => {
  [app, chromium] = await Promise.all([serve(), browser()]);
  // A third of the spans are calls of models, a third are executions of ten tools.
  trace = await sendBigTrace(app, 1_300);
  page = await open(app, chromium);
});
after(async () => {
  await chromium?.close();
  await app?.stop();
});

const show = (view) => page.evaluate((hash) => (location.hash = hash), `#/trace/${trace}?view=${view}`);

test('the ledger is fetched as far as it is drawn, its sums are those of all of it', async () => {
  const [answer] = await Promise.all([page.waitForResponse(/\/ledger\?/), show('tokens')]);
  const window = await answer.json();
  assert.deepEqual([window.rows.length, window.rows_total], [200, 429]);
  const rows = page.locator('.table tbody tr');
  await page.getByText('429 spans counted').waitFor();
  assert.equal(await rows.count(), 201, 'the last one says how many more there are');
  await page.getByRole('button', { name: 'Show more' }).click();
  await eventually(async () => (await rows.count()) === 429, 'all rows');
});

test('the arithmetic of a column is that of all rows', async () => {
  const how = page.getByRole('region', { name: 'How the number was made' });
  const total = page.locator('tfoot').first().getByRole('button', { name: 'output of the trace' });
  await total.click();
  const sum = Number((await total.innerText()).replaceAll(',', ''));
  await how.getByText('output tokens of the trace').waitFor();
  const added = await how.locator('tbody td:last-child').allInnerTexts();
  assert.equal(added.reduce((all, each) => all + Number(each.replaceAll(',', '')), 0), sum);
});

test('the last call of the last tool is reached, and opens', async () => {
  const [answer] = await Promise.all([page.waitForResponse(/\/tools\?/), show('tools')]);
  const { value } = await answer.json();
  assert.ok(value.rows.length < value.rows_total, `${value.rows.length} of ${value.rows_total} rows`);
  const list = page.getByRole('list', { name: 'Tools and their calls' });
  await list.getByText('lookup_1', { exact: true }).waitFor();
  const last = list.locator(`[aria-posinset="${value.rows_total}"]`);
  await eventually(async () => {
    await list.evaluate((box) => (box.firstElementChild.scrollTop = 1e6));
    return (await last.count()) === 1 && (await last.locator('[aria-busy]').count()) === 0;
  }, 'the last row');
  await last.getByRole('button').first().click();
  await last.getByText('Arguments', { exact: true }).waitFor();
});

test('a trace that grows brings its table up to date', async () => {
  await show('tokens');
  await page.getByText('429 spans counted').waitFor();
  await sendCall(app, 'late', 'Fine.', '', {}, trace);
  await page.getByText('430 spans counted').waitFor();
  await leave(page);
});
