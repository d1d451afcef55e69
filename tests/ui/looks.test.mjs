// What stays in sight when names are long, empty, or written from right to left, and when the window is narrow.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { eventually, intercept, leave, open, sendCall, stage } from './harness.mjs';

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
  assert.ok(await inSight(page.getByText('input tokens of the trace: how this number was made')));
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

test('in a narrow window the replay is not covered by the inspector of its own span', async () => {
  const headers = { authorization: `Bearer ${new URL(app.ui).searchParams.get('token')}` };
  const streamed = (await (await fetch(new URL('/api/test-trace', app.ui), { method: 'POST', headers })).json()).trace_id;
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

test('of what is complete the first is said in whole words, and the last keeps its mark', async () => {
  await openTrace(arabic, '', { width: 1181, height: 600 });
  const notes = page.getByRole('group', { name: 'What is missing and what is complete' }).getByRole('button');
  // As narrow as the strip of a pane can be.
  await notes.first().evaluate((button) => (button.parentElement.style.width = '320px'));
  const wide = await notes.evaluateAll((buttons) => buttons.map((button) => button.getBoundingClientRect().width));
  const cut = await notes.evaluateAll((buttons) => buttons.map(({ lastElementChild: words }) => words.scrollWidth > Math.ceil(words.getBoundingClientRect().width)));
  assert.equal(cut[0], false, 'the first is whole');
  assert.ok(cut.at(-1) && wide.at(-1) >= 22, `the last is a mark: ${wide}`);
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
