// A transcript of 10,000 messages and one of a message of megabytes: read, walked through and searched in a browser.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { sendLongChat } from './big_trace.mjs';
import { eventually, leave, open, send, sendCall, stage } from './harness.mjs';

let app, chromium, page;
stage((...both) => ([app, chromium] = both));
afterEach(async () => {
  await leave(page);
  page = undefined;
});

const feed = () => page.getByRole('feed', { name: 'Transcript' });
const message = (n) => feed().getByText(new RegExp(`^Message ${n}( |$)`)).first();

async function openChat(messages, padding) {
  const id = await sendLongChat(app, messages, padding);
  page = await open(app, chromium);
  const sizes = [];
  page.on('response', async (response) => {
    if (/\/conversation\?/.test(response.url())) sizes.push((await response.body().catch(() => '')).length);
  });
  await page.evaluate((trace) => (location.hash = `#/trace/${trace}?view=conversation`), id);
  await message(0).waitFor();
  return sizes;
}

test('10,000 messages are fetched as far as they are read', async () => {
  const sizes = await openChat(10_000, 0);
  assert.equal(await feed().getByRole('article').first().getAttribute('aria-setsize'), '10002');
  assert.ok(sizes.every((bytes) => bytes < 200_000), `${sizes} bytes`);
  assert.ok((await page.locator('article').count()) < 100, 'what is not in sight is not drawn');
  await feed().getByRole('article').first().focus();
  await page.keyboard.press('End');
  await message(9_999).waitFor();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  await eventually(() => page.evaluate(() => document.activeElement?.getAttribute('aria-posinset') === '10000'), 'the row above has the focus');
  await page.keyboard.press('Home');
  await message(0).waitFor();
  // Also from a button in it.
  await feed().getByRole('article').first().getByRole('button').first().focus();
  await page.keyboard.press('End');
  await message(9_999).waitFor();
});

test('a message of which only the beginning is drawn is copied whole by a key', async () => {
  const answer = 'All of this was said. '.repeat(10_000);
  const id = await sendCall(app, 'long', answer);
  page = await open(app, chromium, { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.evaluate((trace) => (location.hash = `#/trace/${trace}?view=conversation`), id);
  await feed().getByText('Question of long').waitFor();
  await feed().getByRole('article').first().focus();
  await page.keyboard.press('.');
  await eventually(() => page.evaluate(() => document.activeElement?.textContent.includes('Question of long')), 'the question has the focus');
  await page.keyboard.press('.');
  await eventually(() => page.evaluate(() => document.activeElement?.textContent.includes('All of this')), 'the answer has the focus');
  await page.keyboard.press('y');
  await page.getByRole('status').getByText('Copied the message').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), answer);
});

test('words are found wherever they stand', async () => {
  await openChat(10_000, 0);
  await page.keyboard.press('Control+f');
  await page.keyboard.type('message 72');
  // 72, 720 to 729 and 7200 to 7299.
  await page.getByRole('status').getByText('111').waitFor();
  await page.keyboard.press('Enter');
  await message(72).waitFor();
  for (let step = 0; step < 11; step++) await page.keyboard.press('Enter');
  await message(7_200).waitFor();
  await page.getByRole('status').getByText('12 of 111').waitFor();
  await page.keyboard.press('Shift+Enter');
  await message(729).waitFor();
  await page.keyboard.press('Escape');
  await eventually(() => page.evaluate(() => document.activeElement?.matches('article')), 'the transcript has the focus again');
});

test('the row that is read stays where it is when the pane gets narrower', async () => {
  await openChat(2_000, 400);
  await feed().getByRole('article').first().focus();
  await page.keyboard.press('Control+f');
  await page.keyboard.type('Message 1000 ');
  await page.keyboard.press('Enter');
  await message(1_000).waitFor();
  const top = () => message(1_000).evaluate((node) => Math.round(node.closest('article').getBoundingClientRect().top));
  await page.getByRole('status').getByText('1 of 1').waitFor();
  const settled = async () => {
    let last = Number.NaN;
    await eventually(async () => {
      const now = await top();
      const same = now === last;
      last = now;
      return same;
    }, 'the list settles');
    return last;
  };
  const before = await settled();
  await page.setViewportSize({ width: 1200, height: 900 });
  const after = await settled();
  assert.ok(Math.abs(after - before) <= 2, `${before} → ${after}`);
});

test('a message of megabytes is shown in part and read to its end', async () => {
  const sizes = await openChat(2, 5_000_000);
  assert.ok(sizes.every((bytes) => bytes < 100_000), `${sizes} bytes`);
  const more = [];
  page.on('response', async (response) => {
    if (response.url().includes('/text?')) more.push((await response.body().catch(() => '')).length);
  });
  await feed().getByRole('button', { name: 'Show all 5.0 MB' }).first().click();
  const lines = feed().getByRole('region', { name: 'All lines' });
  await lines.getByText('Message 0 word').waitFor();
  await lines.evaluate((node) => (node.scrollTop = node.scrollHeight));
  await eventually(async () => (await lines.locator('.line').last().innerText()).trimEnd().endsWith('word'), 'the last line is there');
  await eventually(() => more.length >= 2, 'the end was fetched by itself');
  assert.ok(more.every((bytes) => bytes < 200_000), `${more} bytes`);
});

test('a tool call leads to the span that executed it, and back to the call that shows it', async () => {
  await send(app, 'mlflow_agent_tools');
  page = await open(app, chromium);
  await page.getByRole('listbox', { name: 'Traces' }).getByRole('option', { name: /run_tool_agent/ }).click();
  await page.getByRole('tablist', { name: 'Views' }).getByRole('tab', { name: /Conversation/ }).click();
  await feed().getByRole('article').first().focus();
  // From the question on: the next turn calls the tool.
  await page.keyboard.press('.');
  await page.keyboard.press('j');
  await eventually(() => /span=/.test(page.url()), 'the address names the span');
  await eventually(() => page.evaluate(() => document.activeElement?.matches('article')), 'a row of the transcript has the focus');
});
