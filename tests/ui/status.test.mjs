// What the engine says of itself, as the page tells it.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { intercept, leave, open, sendCall, stage } from './harness.mjs';

let app, chromium, page;
stage(async (...both) => {
  [app, chromium] = both;
  await sendCall(app, 'kept');
});
afterEach(async () => {
  const left = page;
  page = undefined;
  await leave(left, /403 \(Forbidden\)/);
});

/** Opens a page to which the engine says more of itself. */
async function openWith(says, hash) {
  page = await open(app, chromium);
  await intercept(page, /api\/status$/, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, json: { ...(await answer.json()), ...says } });
  });
  await page.evaluate((hash) => (location.hash = hash), hash);
  await page.reload();
  await page.getByRole('listbox', { name: 'Traces' }).getByRole('option').first().waitFor();
}

test('what can only be looked at is sent nothing, and offered no deleting', async () => {
  await openWith({ read_only: true, problem: 'The data folder cannot be written.' }, '#/setup');
  await page.getByText('Nothing is taken in while what is there can only be looked at.').waitFor();
  assert.ok(await page.getByRole('button', { name: 'Send a test trace' }).isDisabled());
  assert.ok(await page.getByRole('button', { name: 'Show sample traces' }).isDisabled());
  await page.getByRole('option', { name: /kept/ }).click();
  await page.getByRole('tablist', { name: 'Views' }).waitFor();
  await page.keyboard.press('Control+k');
  const dialog = page.getByRole('dialog');
  for (const [words, found] of [['export this trace', 1], ['delete this trace', 0], ['sample traces', 0]]) {
    await page.keyboard.press('Control+a');
    await page.keyboard.type(words);
    await (found ? dialog.getByRole('option').first() : dialog.getByText('Nothing is called that.')).waitFor();
  }
});

test('a file that is opened says how far it is, and one that was not why, until it is closed', async () => {
  const file = { running: false, stopped: false, bytes: 0, bytes_read: 0, taken: 0, known: 0, trace_id: null, problem: null };
  const files = [
    { ...file, id: 3, name: 'large.jsonl', running: true, bytes: 200e6, bytes_read: 84e6, taken: 12_000 },
    { ...file, id: 2, name: 'holiday.txt', problem: 'holiday.txt holds no traces' },
    { ...file, id: 1, name: 'whole.jsonl', taken: 6 },
  ];
  await openWith({ opened: files }, '#/setup');
  await page.getByRole('status').getByText('large.jsonl is being read: 42 % of 200 MB, 12,000 spans so far').waitFor();
  const refused = page.getByRole('alert').filter({ hasText: 'holiday.txt was not opened: holiday.txt holds no traces' });
  await refused.waitFor();
  assert.equal(await page.getByText('whole.jsonl').count(), 0, 'its traces are shown, and that says it');
  await refused.getByRole('button', { name: 'Close' }).click();
  await refused.waitFor({ state: 'detached' });
});

test('a page of an earlier start says so, and asks no more', async () => {
  await openWith({}, '#/');
  await page.getByRole('heading', { level: 1, name: 'kept' }).waitFor();
  const asked = [];
  await intercept(page, /api\//, (route) => {
    asked.push(route.request().url());
    return route.fulfill({ status: 403, json: { code: 'forbidden', message: 'this page may not read' } });
  });
  // Ends the answer that is waited for.
  await sendCall(app, 'another');
  await page.getByRole('alert').getByText('Spanglass was started again: open the address that it printed.').waitFor();
  await page.getByRole('status').getByText('Not connected').waitFor();
  assert.equal(await page.getByText(/^Try /).count(), 0);
  const changes = () => asked.filter((url) => /api\/changes/.test(url)).length;
  const before = changes();
  await page.getByRole('status').getByText('Not connected').click();
  await page.waitForURL(/#\/setup/);
  await page.getByRole('heading', { level: 1 }).waitFor();
  assert.equal(changes(), before);
});
