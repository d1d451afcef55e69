// What is set is remembered: how things look by the page, what the program does from its next start.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';

import { ask, browser, eventually, leave, open, scratch, sendCall, serve } from './harness.mjs';

const folder = scratch();
let app, chromium, page;
before(async () => {
  [app, chromium] = await Promise.all([serve(folder), browser()]);
  await sendCall(app, 'call');
});
after(async () => {
  await chromium?.close();
  await app?.stop();
});
afterEach(async () => {
  // A refused setting is answered with an error, which the browser notes.
  await leave(page, /400 \(Bad Request\)/);
  page = undefined;
});

const dialog = () => page.getByRole('dialog', { name: 'Settings' });

async function openSettings(options) {
  page = await open(app, chromium, options);
  await page.getByRole('listbox', { name: 'Traces' }).getByRole('option').first().waitFor();
  await page.keyboard.press('Control+,');
  await dialog().getByLabel('Zipkin').waitFor();
}

test('how things look is remembered by the page', async () => {
  await openSettings();
  await dialog().getByRole('radio', { name: 'Dark' }).check();
  await dialog().getByRole('radio', { name: 'Compact' }).check();
  await dialog().getByRole('radio', { name: 'UTC' }).check();
  await page.keyboard.press('Escape');
  await page.reload();
  const row = page.getByRole('option').first();
  await row.waitFor();
  assert.deepEqual(await page.evaluate(() => ({ ...document.documentElement.dataset })), { theme: 'dark', density: 'compact' });
  assert.equal(await row.evaluate((node) => node.offsetHeight), 44);
  const bar = page.getByRole('treegrid', { name: 'Spans' }).getByRole('row').first();
  await bar.waitFor();
  assert.equal(await bar.evaluate((node) => node.offsetHeight), 20, 'the rows of the timeline, too');
});

test('what cannot be done is refused and said; what can holds from the next start', async () => {
  await openSettings();
  await dialog().getByLabel('Zipkin').fill('0.0.0.0:9411');
  await page.keyboard.press('Enter');
  await dialog().getByRole('alert').getByText('can be reached from other machines').waitFor();
  await dialog().getByLabel('Zipkin').fill('0');
  await dialog().getByLabel('Keep at most').fill('512MiB');
  await page.keyboard.press('Enter');
  await dialog().getByText('It holds when Spanglass starts again.').waitFor();
  await leave(page, /400 \(Bad Request\)/);
  await app.stop();
  app = await serve(folder);
  await openSettings();
  assert.equal(await dialog().getByLabel('Zipkin').inputValue(), '0');
  assert.equal(await dialog().getByLabel('Keep at most').inputValue(), '512MiB');
  const zipkin = async () => (await (await ask(app, '/api/status')).json()).endpoints.find(({ name }) => name === 'zipkin');
  await eventually(async () => (await zipkin())?.port > 0, 'Zipkin is listened for');
});
