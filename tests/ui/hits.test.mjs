// From words in the filter to the message that says them, by keys.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { eventually, leave, open, send, sendCall, stage } from './harness.mjs';

let app, chromium, page;
stage(async (...both) => {
  [app, chromium] = both;
  await send(app, 'mlflow_agent_tools');
  await sendCall(app, 'support', 'The refund of 49.90 was approved.');
  await sendCall(app, 'note', 'Fine.', '', { 'app.note': 'late refund_pending' });
});
afterEach(async () => {
  await leave(page);
  page = undefined;
});

const hits = () => page.getByRole('region', { name: 'Hits' });
const focused = () => page.evaluate(() => (document.activeElement?.matches('body') ? '' : document.activeElement?.innerText));

async function search(words) {
  page = await open(app, chromium);
  await page.getByRole('listbox', { name: 'Traces' }).getByRole('option').first().waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type(words);
  await page.keyboard.press('Enter');
  await page.getByText(/^\d+ found$/).waitFor();
  await page.evaluate(() => document.activeElement?.blur());
  await page.keyboard.press('h');
}

test('every place is listed with its span, who says it and what stands around it', async () => {
  await search('"refund"');
  await page.getByText('2 in 2 traces').waitFor();
  const rows = await hits().locator('[data-hit]').allInnerTexts();
  assert.deepEqual(rows.map((row) => row.replace(/\s+/g, ' ').trim()), ['note app.note late refund_pending', 'support assistant The refund of 49.90 was approved.']);
  assert.deepEqual(await hits().locator('mark').allInnerTexts(), ['refund', 'refund']);
});

test('Enter opens the trace at the message, with the words marked, and back leads to the hits', async () => {
  await search('"refund"');
  await page.getByText('2 in 2 traces').waitFor();
  await page.keyboard.press('n');
  await page.keyboard.press('ArrowDown');
  assert.match(await focused(), /approved/);
  await page.keyboard.press('Enter');
  await page.getByRole('status').getByText('1 of 1').waitFor();
  await eventually(async () => /approved/.test(await focused()), 'the message has the focus');
  await eventually(() => page.evaluate(() => CSS.highlights.get('found')?.size === 1), 'the words are marked');
  assert.match(page.url(), /view=conversation&find=refund/);
  await page.reload();
  await page.getByRole('status').getByText('1 of 1').waitFor();
  await page.goBack();
  await page.getByText('2 in 2 traces').waitFor();
});

test('what no message says is opened as it was sent', async () => {
  await search('"refund_pending"');
  await page.getByText('1 in 1 trace').waitFor();
  await page.keyboard.press('n');
  await eventually(async () => /late/.test(await focused()), 'the hit has the focus');
  await page.keyboard.press('Enter');
  await page.getByRole('tabpanel', { name: 'Raw' }).getByText('late refund_pending').waitFor();
  assert.equal(await page.getByLabel('Find in names and values').first().inputValue(), 'refund_pending');
});

test('what arrives is listed, and whoever has come to a hit stays there', async () => {
  await sendCall(app, 'first', 'A voucher was sent.');
  await search('"voucher"');
  await page.getByText('1 in 1 trace').waitFor();
  await sendCall(app, 'second', 'Another voucher.');
  await page.getByText('2 in 2 traces').waitFor();
  assert.equal(await page.getByRole('button', { name: /new$/ }).count(), 0, 'at the top, new hits come in by themselves');
  await hits().getByRole('button', { name: /A voucher was sent/ }).focus();
  const place = () => hits().getByRole('button', { name: /A voucher was sent/ }).evaluate((hit) => hit.getBoundingClientRect().top);
  // So low that what is above can only be there because the list is scrolled.
  await page.setViewportSize({ width: 1280, height: 170 });
  const before = await place();
  for (let i = 0; i < 4; i++) await sendCall(app, `later ${i}`, 'One more voucher.');
  await page.getByRole('button', { name: '4 new' }).waitFor();
  assert.ok(Math.abs((await place()) - before) <= 2, 'the hit stays where it is');
  assert.match(await focused(), /A voucher was sent/);
  await page.getByRole('button', { name: '4 new' }).click();
  await hits().getByText('later 3').first().waitFor();
  await eventually(() => hits().evaluate((box) => box.scrollTop === 0), 'the newest are shown');
});

test('what changes far down is listed, too', async () => {
  const parent = '00000000000000aa';
  const oldest = await sendCall(app, 'oldest', 'The lantern is lit.', parent);
  for (let i = 0; i < 40; i++) await sendCall(app, `newer ${i}`, 'A lantern.');
  await search('"lantern"');
  await page.getByText(/^\d+ in 25 traces so far$/).waitFor();
  await page.getByRole('button', { name: 'Look through older traces' }).click();
  await hits().getByRole('button', { name: /The lantern is lit/ }).waitFor();
  await sendCall(app, 'more of it', 'A second lantern is lit.', '', {}, oldest);
  await hits().getByRole('button', { name: /A second lantern is lit/ }).waitFor();
});
