// Finding, grouping, picking and comparing traces in a browser, by mouse and by keyboard.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { ask, drawn, eventually, held, leave, open, send, sendCall, stage } from './harness.mjs';

let app, chromium, page;
const sent = [];
stage(async (...both) => {
  [app, chromium] = both;
  await send(app, 'mlflow_agent_tools');
  for (const [name, answer] of [['alpha', 'Fine.'], ['beta', 'Fine, said 今日の天気.'], ['gamma', 'Nothing else.']]) sent.push(await sendCall(app, name, answer));
});
afterEach(async () => {
  // A wrong filter is asked, too, and refused.
  await leave(page, /400 \(Bad Request\)/);
  page = undefined;
});

const list = () => page.getByRole('listbox', { name: 'Traces' });
const row = (name) => list().getByRole('option', { name });
const box = () => page.getByRole('combobox', { name: 'Filter traces' });

test('a text is found where it was said, and its row shows it', async () => {
  page = await open(app, chromium);
  await row(/beta/).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('天気');
  await row(/beta/).locator('mark').getByText('天気').waitFor();
  await eventually(async () => (await list().getByRole('option').count()) === 1, 'only one row');
  await row(/beta/).click();
  await page.getByRole('complementary', { name: 'Span' }).waitFor();
  await eventually(() => /span=/.test(page.url()), 'the address names the span');
});

test('Enter stays in a filter in which something is wrong, and goes on from one that is right', async () => {
  page = await open(app, chromium);
  await row(/beta/).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('duration>5');
  await page.getByRole('status').getByText('is not a duration').waitFor();
  await page.keyboard.press('Enter');
  await page.keyboard.type('ms');
  await row(/beta/).waitFor();
  assert.equal(await box().inputValue(), 'duration>5ms');
  await page.keyboard.press('Enter');
  await eventually(() => list().evaluate((element) => element === document.activeElement), 'the list has the focus');
});

test('keys and values are completed by keyboard', async () => {
  page = await open(app, chromium);
  await row(/beta/).waitFor();
  await box().focus();
  await page.keyboard.type('mod');
  await page.getByRole('option', { name: /^model:/ }).first().waitFor();
  await page.keyboard.press('Tab');
  await eventually(async () => (await box().inputValue()) === 'model:', 'the key is completed');
  await page.getByRole('option', { name: /model:gpt-4o-mini/ }).first().waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await eventually(async () => /^model:gpt-4o-mini/.test(await box().inputValue()), 'the value is completed');
});

test('a key pressed before the list has caught up completes what is written, not what was', async () => {
  page = await open(app, chromium);
  await row(/beta/).waitFor();
  await box().focus();
  await page.keyboard.type('m');
  await page.getByRole('option', { name: /^model:/ }).first().waitFor();
  const late = await held(page, /filter\/completions/);
  await page.keyboard.type('od');
  await page.keyboard.press('Tab');
  await late.let();
  await eventually(async () => (await box().inputValue()) === 'model:', 'all that was written is replaced');
});

test('what is wrong with a filter is said and marked', async () => {
  page = await open(app, chromium);
  await row(/beta/).waitFor();
  await box().fill('gamma colour:red');
  await page.getByText('`colour:` is not a key').waitFor();
  await page.locator('.wrong').waitFor();
  await box().fill('gamma');
  await eventually(async () => (await list().getByRole('option').count()) === 1, 'only one row');
});

test('what another filter let through is not taken for the answer to one that is wrong', async () => {
  page = await open(app, chromium);
  await row(/beta/).waitFor();
  await box().fill('天気');
  await row(/beta/).locator('mark').waitFor();
  await box().fill('tokens>abc');
  await page.getByText('`abc` is not a number').waitFor();
  await page.keyboard.press('Enter');
  await page.getByText('Below is what 天気 lets through.').waitFor();
  assert.deepEqual([await list().locator('mark').count(), await page.getByText('1 found').count()], [0, 0]);
  await box().blur();
  const [said, head] = await Promise.all([page.getByText('`abc` is not a number'), page.getByRole('heading', { name: 'Traces' })].map((each) => each.boundingBox()));
  assert.ok(said.y >= head.y + head.height, 'it covers nothing');
});

test('groups have a head with their sums and fold', async () => {
  page = await open(app, chromium);
  await page.getByRole('button', { name: 'Groups and columns' }).click();
  await page.getByRole('menuitemradio', { name: 'Group by service' }).click();
  const head = list().getByRole('option', { name: /^harness/ });
  await head.getByText(/3 traces/).waitFor();
  await page.getByRole('button', { name: 'Groups and columns' }).click();
  await page.getByRole('menuitemradio', { name: 'Group by service', checked: true }).waitFor();
  const columns = page.getByRole('menuitemcheckbox');
  assert.ok((await columns.count()) > 1, 'each column is on or off by itself');
  await page.keyboard.press('Escape');
  await head.click();
  await eventually(async () => (await row(/beta/).count()) === 0, 'the group is folded');
  await page.reload();
  await head.waitFor();
});

test('that two are compared is said while another number is picked', async () => {
  page = await open(app, chromium);
  await row(/beta/).click();
  await row(/alpha/).click({ modifiers: ['Control'] });
  const compare = page.getByRole('group', { name: 'Selected traces' }).getByRole('button', { name: /^Compare/ });
  assert.deepEqual([await compare.innerText(), await compare.isEnabled()], ['Compare', true]);
  await row(/gamma/).click({ modifiers: ['Control'] });
  assert.deepEqual([await compare.innerText(), await compare.isEnabled()], ['Compare two', false]);
});

test('two picked traces are compared, and the address says so', async () => {
  page = await open(app, chromium);
  await row(/alpha/).click();
  await row(/beta/).click({ modifiers: ['Control'] });
  await page.getByText('2 selected').waitFor();
  await page.keyboard.press('Shift+C');
  await page.getByText('aligned by content').waitFor();
  assert.match(page.url(), new RegExp(`#/compare/${sent[0]}/${sent[1]}`));
  await page.reload();
  const steps = page.getByRole('region', { name: /step by step/ });
  await steps.getByText('天気').first().waitFor();
  await page.keyboard.press('n');
  await eventually(() => page.evaluate(() => document.activeElement?.hasAttribute('data-differs')), 'the difference has the focus');
  await page.keyboard.press('Escape');
  await page.getByRole('tablist', { name: 'Views' }).waitFor();
});

test('how two answers were streamed stands beside each other', async () => {
  const made = async () => (await (await ask(app, '/api/test-trace', { method: 'POST' })).json()).trace_id;
  const pair = [await made(), await made()];
  page = await open(app, chromium);
  await page.evaluate(([a, b]) => (location.hash = `#/compare/${a}/${b}`), pair);
  await page.getByText('aligned by content').waitFor();
  await page.keyboard.press('s');
  const figures = page.getByRole('table', { name: 'The two streams in figures' });
  for (const name of ['First chunk', 'p50 gap', 'p95 gap', 'Stalls']) await figures.getByRole('row', { name }).waitFor();
  assert.equal(await page.getByRole('img', { name: /^[AB]: \d+ chunks in / }).count(), 2);
  const pick = page.getByRole('combobox', { name: /^Streamed call of/ }).first();
  await pick.waitFor();
  const before = await figures.innerText();
  await pick.selectOption({ index: (await pick.locator('option').count()) - 1 });
  await eventually(async () => (await figures.innerText()) !== before, 'another call has other figures');
});

test('an export says how far it has looked through the traces', async () => {
  await sendCall(app, 'delta', 'The key is sk-proj-Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MGFiY2RlZg.');
  page = await open(app, chromium);
  await row(/alpha/).waitFor();
  await page.route('**/api/export/**', (route) => route.fulfill({ json: { done: 3, total: 9 } }));
  const late = await held(page, /api\/export\//, (request) => request.method() !== 'GET');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('export all traces');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: /^Export/ });
  await dialog.getByText('Looking through the traces: 3 of 9').waitFor();
  await late.let();
  await dialog.getByText(/‹.*·1›/).first().waitFor();
});

test('a range is picked with the keyboard and deleted together', async () => {
  page = await open(app, chromium);
  await row(/gamma/).click();
  await list().focus();
  await page.keyboard.press('Shift+ArrowDown');
  await page.getByText('2 selected').waitFor();
  await page.getByRole('button', { name: 'Delete the selected traces' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await eventually(async () => (await row(/gamma|beta/).count()) === 0, 'both are gone');
  await row(/alpha/).waitFor();
});

test('a key whose value is being written is not wrong until it is left', async () => {
  page = await open(app, chromium);
  await row(/alpha/).waitFor();
  await box().focus();
  const refused = page.waitForResponse((response) => response.status() === 400);
  await page.keyboard.type('tokens>');
  await refused;
  await drawn(page);
  assert.deepEqual([await page.locator('.wrong').count(), await box().getAttribute('aria-invalid')], [0, null]);
  await box().blur();
  await page.locator('.wrong').waitFor();
  await page.locator('#filter-problem').waitFor();
});

test('a run that goes on after a failure is running', async () => {
  await sendCall(app, 'tries again', 'Fine.', '00000000000000aa', { 'error.type': '429 rate limited' });
  page = await open(app, chromium);
  await row(/tries again/).getByRole('img', { name: 'running' }).waitFor();
  await row(/tries again/).getByText('Question of tries again').waitFor();
  await row(/tries again/).getByTitle('1 span failed').waitFor();
});

test('the newest trace is opened by a key', async () => {
  page = await open(app, chromium);
  await row(/tries again/).click();
  await page.getByRole('heading', { level: 1, name: 'tries again' }).waitFor();
  const newest = await sendCall(app, 'newest');
  await row(/newest/).waitFor();
  await page.keyboard.press('Shift+t');
  await page.waitForURL(new RegExp(newest));
});

test('who presses Enter without reading deletes nothing', async () => {
  page = await open(app, chromium);
  await row(/newest/).click();
  await page.getByRole('heading', { level: 1, name: 'newest' }).waitFor();
  await page.keyboard.press('Shift+Delete');
  await page.getByRole('dialog', { name: 'Delete this trace' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await row(/newest/).waitFor();
  await page.getByRole('heading', { level: 1, name: 'newest' }).waitFor();
});
