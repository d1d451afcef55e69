// What stays in sight when names are long, empty, or written from right to left, and when the window is narrow.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { sendChain } from './big_trace.mjs';
import { ask, eventually, intercept, leave, open, send, sendCall, stage } from './harness.mjs';

let app, chromium, page, long, unnamed, arabic;
stage(async (...both) => {
  [app, chromium] = both;
  long = await sendCall(app, 'a.very.long.name.of.a.workflow.'.repeat(20));
  unnamed = await sendCall(app, '');
  arabic = await sendCall(app, 'arabic', 'الجواب:\n\n- أولاً\n- ثانياً');
  await sendCall(app, 'far', `${'word '.repeat(40)}needle ${'word '.repeat(40)}`);
});
afterEach(async () => {
  const left = page;
  page = undefined;
  await leave(left);
});

const list = () => page.getByRole('listbox', { name: 'Traces' });
const title = () => page.getByRole('heading', { level: 1 });

async function openTrace(id, more = '', viewport = { width: 1280, height: 800 }) {
  page = await open(app, chromium, { viewport });
  await page.evaluate(([id, more]) => (location.hash = `#/trace/${id}${more}`), [id, more]);
  await title().waitFor();
}

/** Whether all of an element lies within what its boxes let be seen. */
const inSight = (found) =>
  found.evaluate((element) => {
    const at = element.getBoundingClientRect();
    for (let around = element.parentElement; around; around = around.parentElement) {
      const edge = around.getBoundingClientRect();
      if (getComputedStyle(around).overflowX === 'visible') continue;
      if (at.left < edge.left - 1 || at.right > edge.right + 1 || at.top < edge.top - 1 || at.bottom > edge.bottom + 1) return false;
    }
    return at.width > 0;
  });

/** Whether all of an element lies within the window. */
const inWindow = (found) =>
  found.evaluate((element) => {
    const at = element.getBoundingClientRect();
    return at.width > 200 && at.height > 60 && at.left >= 0 && at.top >= 0 && at.right <= innerWidth && at.bottom <= innerHeight;
  });

test('a long name leaves the figures of its trace their room', async () => {
  await openTrace(long);
  assert.ok(await inSight(page.getByRole('button', { name: /12 → 3/ })));
});

test('a span without a name says so in the list, the head, the tree and the inspector', async () => {
  await openTrace(unnamed);
  await title().getByText('unnamed').waitFor();
  await list().getByText('unnamed').waitFor();
  await page.getByRole('treegrid').getByText('unnamed').waitFor();
  await page.getByRole('complementary', { name: 'Span' }).getByRole('heading', { name: 'unnamed' }).waitFor();
});

test('the sum of many calls is in sight, and all of them where there is room', async () => {
  let many;
  for (let n = 0; n < 24; n++) many = await sendCall(app, `call ${n}`, 'Fine.', '', {}, many);
  await openTrace(many, '?view=tokens');
  const [sum, last] = [page.getByRole('cell', { name: '24 spans counted' }), page.getByRole('row', { name: /call 23/ }).first()];
  await sum.waitFor();
  assert.ok((await inSight(sum)) && !(await inSight(last)));
  await page.setViewportSize({ width: 2560, height: 1440 });
  await eventually(() => inSight(last), 'the last call');
  assert.ok(await inSight(page.getByText('cost of the trace: how this number was made')));
});

test('what a system message says stands in line with what is said below it', async () => {
  const message = (role, content) => ({ role, parts: [{ type: 'text', content }] });
  await openTrace(await sendCall(app, 'framed', 'Fine.', '', { 'gen_ai.input.messages': JSON.stringify([message('system', 'Be brief. Be kind.'), message('user', 'How are you?')]) }), '?view=conversation');
  await page.getByRole('feed').getByRole('button', { name: /^system/ }).click();
  const left = (words) => page.getByRole('feed').getByText(words, { exact: true }).last().evaluate((element) => element.getBoundingClientRect().left);
  await eventually(async () => (await left('Be brief. Be kind.')) === (await left('How are you?')), 'one edge');
});

test('the least that a trace cost is told in digits', async () => {
  const cheap = await sendCall(app, 'cheap');
  await sendCall(app, 'unpriced', 'Fine.', '', { 'gen_ai.request.model': 'nobody-knows' }, cheap);
  page = await open(app, chromium);
  await list().getByText(/^≥\$0\.0000\d+$/).waitFor();
});

test('lists of a text that is written from right to left have their marks on the right', async () => {
  await openTrace(arabic, '?view=conversation');
  const marks = page.getByRole('feed').getByRole('list');
  await marks.waitFor();
  assert.equal(await marks.evaluate((list) => getComputedStyle(list).direction), 'rtl');
});

test('the words that were looked for are in sight in their row', async () => {
  await openTrace(long, '?filter=%22needle%22');
  const mark = list().locator('mark').getByText('needle');
  await mark.waitFor();
  assert.ok(await inSight(mark));
});

test('what tools were asked and answered is seen in the conversation however narrow the window is', async () => {
  await send(app, 'mlflow_agent_tools');
  page = await open(app, chromium);
  await list().getByRole('option', { name: /run_tool_agent/ }).click();
  await page.getByRole('tab', { name: 'Conversation' }).click();
  const feed = page.getByRole('feed');
  for (const width of [1024, 720]) {
    await page.setViewportSize({ width, height: 700 });
    await feed.getByText('"Paris"').first().waitFor();
    await feed.getByText('rainy').first().waitFor();
  }
});

test('every dialog is seen in the smallest window', async () => {
  await openTrace(long, '', { width: 720, height: 480 });
  for (const [keys, name] of [['?', 'Keys'], ['Control+k', 'Commands'], ['Control+,', 'Settings'], ['Shift+E', /^Export/], ['Shift+Delete', /^Delete/]]) {
    await page.keyboard.press(keys);
    const dialog = page.getByRole('dialog', { name });
    await dialog.waitFor();
    assert.ok(await inWindow(dialog), `${name}`);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  }
});

test('in a narrow window the replay is not covered by the inspector of its own span', async () => {
  const streamed = (await (await ask(app, '/api/test-trace', { method: 'POST' })).json()).trace_id;
  await openTrace(streamed, '?view=stream', { width: 900, height: 600 });
  const play = page.getByRole('button', { name: /^Play/ });
  await play.waitFor();
  await eventually(() => /span=/.test(page.url()), 'its span is selected');
  assert.ok(await play.evaluate((button) => {
    const { x, y, width, height } = button.getBoundingClientRect();
    return button.contains(document.elementFromPoint(x + width / 2, y + height / 2));
  }));
});

test('the only span of a trace covers nothing before it is asked for', async () => {
  await openTrace(arabic, '?view=conversation', { width: 900, height: 600 });
  const tab = page.getByRole('tab', { name: 'Conversation' });
  await eventually(() => /span=/.test(page.url()), 'its span is selected');
  assert.ok(await tab.evaluate((tab) => {
    const { x, y, width, height } = tab.getBoundingClientRect();
    return tab.contains(document.elementFromPoint(x + width / 2, y + height / 2));
  }));
  await page.keyboard.press('Enter');
  await page.getByRole('complementary', { name: 'Span' }).waitFor();
});

test('a note on what is complete is there in whole words, or among the rest', async () => {
  await openTrace(arabic, '', { width: 1800, height: 600 });
  const strip = page.getByRole('group', { name: 'What is missing and what is complete' });
  const notes = strip.getByRole('button');
  await notes.nth(2).waitFor();
  const all = await notes.allInnerTexts();
  // As narrow as the strip of a pane can be.
  await strip.evaluate((strip) => (strip.style.width = '320px'));
  const more = strip.getByRole('button', { name: /^\d+ more$/ });
  await more.waitFor();
  const here = await notes.allInnerTexts();
  assert.deepEqual(here.slice(0, -1), all.slice(0, here.length - 1), 'the first are there in whole words');
  for (let at = 0; at < here.length; at++) assert.ok(await inSight(notes.nth(at)), here[at]);
  await more.click();
  const rest = page.getByRole('dialog', { name: 'What else is missing or complete' }).getByRole('button');
  assert.deepEqual(await rest.allInnerTexts(), all.slice(here.length - 1));
  await rest.last().click();
  await page.getByRole('dialog', { name: 'What is missing' }).getByText(all.at(-1)).waitFor();
});

test('a name without room in the tree keeps its end, and deep ones keep their room', async () => {
  const chain = await sendChain(app, 12, (level) => `workflow.of.many.steps.level_${level}.final_answer_writer`);
  await openTrace(chain);
  const row = page.getByRole('treegrid').getByRole('row', { level: 9 });
  assert.ok(await inSight(row.getByText('writer', { exact: true })));
  const left = (level) => page.getByRole('treegrid').getByRole('row', { level }).locator('.label').evaluate((label) => label.getBoundingClientRect().left);
  const [first, second, eighth, ninth] = await Promise.all([1, 2, 8, 9].map(left));
  assert.ok(second - first > ninth - eighth && ninth > eighth, `${[first, second, eighth, ninth]}`);
});

test('what a trace cost is taken apart into tokens times their price', async () => {
  await openTrace(await sendCall(app, 'priced', 'Fine.', '', { 'gen_ai.usage.input_tokens': 1000, 'gen_ai.usage.cache_read.input_tokens': 400 }), '?view=tokens');
  const lines = page.getByRole('table', { name: 'What was paid for' }).getByRole('row');
  await lines.first().waitFor();
  const told = (await lines.allInnerTexts()).map((line) => line.split('\t').slice(0, 3).join(' '));
  assert.deepEqual(told, ['input, not cached 600 × $0.15 / M', 'input, read from a cache 400 × $0.075 / M', 'output 3 × $0.60 / M', told[3]]);
});

test('from an unknown cost a click leads to the price that is missing', async () => {
  await openTrace(await sendCall(app, 'priceless', 'Fine.', '', { 'gen_ai.request.model': 'my-own-model' }));
  await page.getByRole('button', { name: 'cost unknown' }).click();
  await page.getByRole('region', { name: 'How the number was made' }).getByText('no price for my-own-model').waitFor();
  await page.getByRole('button', { name: 'add a price' }).click();
  const models = page.getByRole('textbox', { name: 'Models' });
  await models.waitFor();
  assert.equal(await models.inputValue(), 'my-own-model');
  await page.getByRole('textbox', { name: 'Input' }).fill('1');
  await page.getByRole('textbox', { name: 'Output' }).fill('2');
  await page.keyboard.press('Enter');
  await list().getByRole('option', { name: /priceless/ }).getByText('<$0.0001').waitFor();
});

test('the key of a view that has nothing to show says so', async () => {
  await openTrace(unnamed);
  await page.getByRole('tablist', { name: 'Views' }).waitFor();
  for (const [key, said] of [['3', 'No streamed call is in this trace.'], ['4', 'No tool is in this trace']]) {
    await page.keyboard.press(key);
    await page.getByRole('status').getByText(said).waitFor();
  }
});

test('two traces that are compared are marked in the list', async () => {
  const [one, other] = [await sendCall(app, 'before'), await sendCall(app, 'after')];
  page = await open(app, chromium);
  await page.evaluate((hash) => (location.hash = hash), `#/compare/${one}/${other}`);
  await list().getByRole('option', { name: /before/ }).getByText('A', { exact: true }).waitFor();
  await list().getByRole('option', { name: /after/ }).getByText('B', { exact: true }).waitFor();
});

test('all that is compared can be chosen in the smallest window', async () => {
  const [one, other] = [await sendCall(app, 'narrow'), await sendCall(app, 'narrow')];
  page = await open(app, chromium, { viewport: { width: 720, height: 480 } });
  await page.evaluate((hash) => (location.hash = hash), `#/compare/${one}/${other}`);
  const parts = page.getByRole('group', { name: 'What is compared' }).getByRole('button');
  await parts.first().waitFor();
  for (const part of await parts.all()) assert.ok(await inSight(part), await part.innerText());
  for (const name of [/^Next/, /^Before/]) assert.ok(await inSight(page.getByRole('button', { name })), `${name}`);
});

test('in a browser as narrow as a telephone the filter and the commands are there', async () => {
  await openTrace(arabic, '', { width: 400, height: 700 });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 400);
  assert.ok((await page.getByRole('search').boundingBox()).width >= 120);
  for (const name of ['Pages and settings', 'Keys']) assert.ok(await inSight(page.getByRole('button', { name, exact: true })), name);
  await page.getByRole('button', { name: 'Pages and settings' }).click();
  await page.getByRole('menuitem', { name: 'Totals' }).click();
  await page.getByRole('heading', { name: 'Totals' }).waitFor();
});

test('a run that failed is compared by one key with the last one of its name that went well', async () => {
  const good = await sendCall(app, 'nightly');
  await sendCall(app, 'nightly elsewhere');
  const bad = await sendCall(app, 'nightly', 'Fine.', '', { 'error.type': 'Refused' });
  await openTrace(bad);
  await page.keyboard.press('7');
  await page.waitForURL(new RegExp(`#/compare/${good}/${bad}`));
  await page.getByText('Refused').first().waitFor();
  await page.keyboard.press('Escape');
  await title().getByText('nightly').waitFor();
  await page.evaluate((id) => (location.hash = `#/trace/${id}`), long);
  await title().getByText(/^a\.very\.long/).waitFor();
  // The list tells its name before the trace is here.
  await page.getByRole('tablist', { name: 'Views' }).waitFor();
  await page.keyboard.press('7');
  const said = page.getByRole('status').filter({ hasText: 'No earlier trace named' });
  await said.waitFor();
  assert.equal(await page.getByRole('alert').count(), 0, 'nothing went wrong');
  await page.keyboard.press('5');
  await said.waitFor({ state: 'detached' });
});

test('a tool that is called again with the same arguments says so', async () => {
  const tool = (n, of) => ({ 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'lookup', 'gen_ai.tool.call.arguments': JSON.stringify({ of }), 'gen_ai.tool.call.id': `call ${n}` });
  let circle;
  for (const [n, of] of ['a', 'b', 'a', 'a'].entries()) circle = await sendCall(app, `execute_tool lookup ${n}`, 'Fine.', '', tool(n, of), circle);
  await openTrace(circle, '?view=tools');
  const rows = page.getByRole('list', { name: 'Tools and their calls' }).getByRole('listitem');
  await rows.getByText('2 again with the same arguments').waitFor();
  await rows.last().getByText('×3').waitFor();
});

test('an id of a tool is shown with all its digits', async () => {
  const tool = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'like', 'gen_ai.tool.call.arguments': '{"tweet_id": 1745839274839274839}' };
  await openTrace(await sendCall(app, 'execute_tool like', 'Fine.', '', tool), '?view=tools');
  await page.getByRole('list', { name: 'Tools and their calls' }).getByText('1745839274839274839').first().waitFor();
});

test('who steps to a failure among many calls of tools has it before them', async () => {
  const tool = (n) => ({ 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'lookup', 'gen_ai.tool.call.arguments': JSON.stringify({ n }), 'gen_ai.tool.call.id': `call ${n}` });
  let many;
  for (let n = 0; n < 150; n++) many = await sendCall(app, `execute_tool lookup ${n}`, 'Fine.', '', { ...tool(n), ...(n === 140 && { 'error.type': 'Refused' }) }, many);
  await openTrace(many, '?view=tools');
  await page.getByText('150 calls').first().waitFor();
  const asked = [];
  page.on('request', (request) => /\/tools\?/.test(request.url()) && asked.push(new URL(request.url()).search));
  await page.keyboard.press('e');
  await page.getByRole('list', { name: 'Tools and their calls' }).getByRole('listitem').getByText('Refused').first().waitFor();
  assert.ok(asked.some((search) => search.includes('around=')) && asked.length < 4, asked.join());
});

test('a program that listens nowhere does not say that it is live', async () => {
  page = await open(app, chromium);
  await page.getByRole('status').getByText('Live').waitFor();
  await intercept(page, /api\/status$/, async (route) => {
    const status = await (await route.fetch()).json();
    const endpoints = status.endpoints.map((endpoint) => ({ ...endpoint, port: null }));
    await route.fulfill({ json: { ...status, endpoints } });
  });
  await page.reload();
  await page.getByRole('status').getByText('Not receiving').waitFor();
});
