// What sessions, users and models took: the costliest first, and from there to its traces.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { eventually, leave, open, sendCall, stage } from './harness.mjs';

let app, chromium, page;
const call = (session, model, input, output = 10) =>
  sendCall(app, `ask ${session}`, 'Fine.', '', { 'session.id': session, 'gen_ai.response.model': model, 'gen_ai.usage.input_tokens': input, 'gen_ai.usage.output_tokens': output });
stage(async (...both) => {
  [app, chromium] = both;
  await call('ann', 'gpt-4o-mini', 1_000);
  await call('bob', 'gpt-4o', 4_000);
  await call('ann', 'gpt-4o-mini', 6_000);
});
afterEach(async () => {
  await leave(page);
  page = undefined;
});

const table = (by) => page.getByRole('table', { name: `Totals by ${by}` });
const keys = (by) => table(by).locator('[data-total]').allInnerTexts();

async function look() {
  page = await open(app, chromium);
  await page.getByRole('listbox', { name: 'Traces' }).getByRole('option').first().waitFor();
  await page.keyboard.press('t');
  await table('session').waitFor();
}

test('the costliest session comes first, and another order is a press away', async () => {
  await look();
  assert.deepEqual(await keys('session'), ['bob', 'ann']);
  await table('session').getByRole('button', { name: 'tokens' }).click();
  await eventually(async () => (await keys('session')).join() === 'ann,bob', 'the most tokens come first');
  const sorted = table('session').getByRole('columnheader', { name: 'tokens' });
  assert.equal(await sorted.getAttribute('aria-sort'), 'descending');
  assert.match(await table('session').getByRole('row', { name: /^all traces/ }).innerText(), /3\s.*11,030/s);
});

test('a session, opened by keys, shows its traces and what its models took; back leads to all', async () => {
  await look();
  await page.getByRole('button', { name: 'ann', exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('2 found').waitFor();
  await eventually(async () => (await keys('session')).join() === 'ann', 'only what is shown is summed up');
  await page.getByRole('group', { name: 'Sum up by' }).getByRole('button', { name: 'Model' }).click();
  await table('model').waitFor();
  assert.match((await table('model').locator('tbody').innerText()).replace(/\s+/g, ' '), /^gpt-4o-mini 2 0 2 7,000 20 7,020 /);
  await page.getByRole('button', { name: 'Of all traces' }).click();
  await eventually(async () => (await keys('model')).length === 2, 'all are summed up again');
});

test('from a trace it is a step to what its session took', async () => {
  page = await open(app, chromium);
  await page.getByRole('option', { name: /ask bob/ }).click();
  await page.getByRole('button', { name: /About this trace/ }).click();
  await page.getByRole('button', { name: 'What they took together' }).first().click();
  await table('model').waitFor();
  assert.deepEqual(await keys('model'), ['gpt-4o']);
  await page.getByText('1 trace that the filter shows').waitFor();
});

test('what comes in while it is looked at is added', async () => {
  await look();
  await call('cid', 'gpt-4o', 90_000);
  await eventually(async () => (await keys('session'))[0] === 'cid', 'the new session is the costliest');
});
