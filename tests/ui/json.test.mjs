// JSON of megabytes: a tree that is loaded as far as it is looked at, in a browser.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { sendJson, sendSaid } from './big_trace.mjs';
import { eventually, leave, open, sendCall, stage } from './harness.mjs';

let app, chromium, page;
stage((...both) => ([app, chromium] = both));
afterEach(async () => {
  await leave(page);
  page = undefined;
});

const tree = () => page.getByRole('tree', { name: 'app.payload' });
const row = (name) => tree().getByRole('treeitem').filter({ hasText: name });
const focused = () => page.evaluate(() => document.activeElement?.textContent.trim() ?? '');

async function openJson(bytes) {
  const { traceId, spanId } = await sendJson(app, bytes);
  page = await open(app, chromium);
  page.sizes = [];
  page.on('response', async (response) => {
    if (/\/api\/traces\/\w+\/spans/.test(response.url())) page.sizes.push((await response.body().catch(() => '')).length);
  });
  await page.evaluate((hash) => (location.hash = hash), `#/trace/${traceId}?view=raw&span=${spanId}`);
  await tree().waitFor();
}

test('JSON of megabytes is a tree of which only rows in sight are loaded', async () => {
  await openJson(4_000_000);
  await row('items').getByText('100,000 items').waitFor();
  assert.ok((await tree().getByRole('treeitem').count()) < 60, 'what is not in sight is not drawn');
  await row('items').focus();
  await page.keyboard.press('End');
  await eventually(async () => (await focused()).startsWith('99999'), 'the last row has the focus');
  const press = async (key, name) => {
    await page.keyboard.press(key);
    await eventually(async () => (await focused()).startsWith(name), `${key} leads to ${name}`);
  };
  await page.keyboard.press('ArrowRight');
  await row(/^\s*ok\s*true/).waitFor();
  await press('ArrowDown', 'id');
  await press('ArrowDown', 'tags');
  await page.keyboard.press('ArrowRight');
  await row(/^\s*1\s*"b"/).waitFor();
  await press('ArrowDown', '0');
  // What is open is closed first, then left.
  await press('ArrowLeft', 'tags');
  await page.keyboard.press('ArrowLeft');
  await row(/^\s*tags\s*\[/).waitFor();
  await press('ArrowLeft', '99999');
  await page.keyboard.press('ArrowLeft');
  await row(/^\s*99999\s*\{/).waitFor();
  await press('ArrowLeft', 'items');
  await page.keyboard.press('ArrowLeft');
  await row(/^\s*items\s*\[/).waitFor();
  assert.equal(await row('99999').count(), 0);
  assert.ok(page.sizes.length > 3 && page.sizes.every((bytes) => bytes < 100_000), `${page.sizes} bytes`);
});

test('words are found wherever they stand in it, and values and paths copied', async () => {
  await openJson(4_000_000);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  const find = page.getByRole('searchbox', { name: 'Find in app.payload' });
  await find.fill('7777');
  // Ids with 7777 in them: itself, x7777 and 7777x, of which one is both.
  await page.getByText('1 of 19', { exact: true }).waitFor();
  await row(/^\s*id\s*7777/).waitFor();
  await find.press('Enter');
  await page.getByText('2 of 19', { exact: true }).waitFor();
  const id = row(/^\s*id\s*17777/);
  await id.hover();
  await id.getByRole('button', { name: 'Copy path' }).click();
  await eventually(async () => (await copied()) === 'items[17777].id', 'the path is copied');
  const around = row(/^\s*17777\s*3 keys/);
  await around.hover();
  await around.getByRole('button', { name: 'Copy value' }).click();
  await eventually(async () => (await copied()) === '{"id":17777,"tags":["a","b"],"ok":true}', 'the value is copied');
  await find.fill('nowhere');
  await page.getByText('not found', { exact: true }).waitFor();
  await find.press('Escape');
  await page.getByRole('button', { name: 'as sent' }).click();
  await page.getByRole('button', { name: /^Show all/ }).waitFor();
});

test('a large result of a tool comes as far as it is looked at, too', async () => {
  const rows = Array.from({ length: 30_000 }, (_, id) => ({ id, ok: true }));
  const said = [
    { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'query', arguments: { table: 'orders' } }] },
    { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: { rows } }] },
  ];
  const { traceId } = await sendSaid(app, said);
  page = await open(app, chromium);
  const sizes = [];
  page.on('response', async (response) => {
    if (/\/conversation/.test(response.url())) sizes.push((await response.body().catch(() => '')).length);
  });
  await page.evaluate((hash) => (location.hash = hash), `#/trace/${traceId}?view=conversation`);
  await page.getByRole('feed').getByRole('button', { name: /^result/ }).click();
  const result = page.getByRole('tree', { name: 'Result' });
  await result.getByText('30,000 items').waitFor();
  await result.getByRole('treeitem').filter({ hasText: 'rows' }).focus();
  await page.keyboard.press('End');
  await eventually(async () => (await focused()).startsWith('29999'), 'the last row has the focus');
  assert.ok(sizes.length > 1 && sizes.every((bytes) => bytes < 100_000), `${sizes} bytes`);
});

test('what only begins like JSON is shown as the text it is', async () => {
  const traceId = await sendCall(app, 'half', 'Fine.', '', { 'app.payload': `{"a": [${'1, '.repeat(40_000)}` });
  page = await open(app, chromium);
  await page.evaluate((hash) => (location.hash = hash), `#/trace/${traceId}?view=raw`);
  await page.getByRole('region', { name: 'Span as sent' }).getByRole('button', { name: /^Show all/ }).waitFor();
  assert.equal(await tree().count(), 0);
});
