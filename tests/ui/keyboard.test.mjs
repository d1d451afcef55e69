// What a person does in a day, without a mouse: each task is where it begins, the keys, and what is so afterwards.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { ask, eventually, leave, open, send, sendAlike, sendCall, sendStalled, stage } from './harness.mjs';

let app, chromium, page;
const ids = {};
stage(async (...both) => {
  [app, chromium] = both;
  for (const fixture of ['mlflow_stream', 'mlflow_agent_tools', 'openinference_structured']) await send(app, fixture);
  ids.failed = await sendCall(app, 'failing', 'Fine.', '', { 'error.type': 'RateLimitError' });
  ids.alike = await sendAlike(app, 12);
  ids.stalled = await sendStalled(app, 6_000);
  ids.first = await sendCall(app, 'first call', 'The refund was approved.');
  ids.second = await sendCall(app, 'second call', 'No money is left.');
  const traces = await listed();
  const trace = (says) => traces.find(({ summary, question }) => says.test(`${summary.name} ${question}`)).summary.trace_id;
  Object.assign(ids, { agent: trace(/run_tool_agent/), stream: trace(/Titan/), structured: trace(/ChatCompletion/) });
});
afterEach(async () => {
  await leave(page);
  page = undefined;
});

/** The traces as the page gets them. */
async function listed() {
  return (await (await ask(app, '/api/traces?limit=50')).json()).rows;
}

const at = (id, view = '') => () => `#/trace/${ids[id]}?view=${view}`;
const hash = () => page.evaluate(() => location.hash);
const shown = (locator) => locator.first().waitFor().then(() => true);
const region = (name) => page.getByRole('region', { name });
const tabpanel = (name) => page.getByRole('tabpanel', { name });
const rowCount = async (wanted) => (await page.getByRole('treegrid').getAttribute('aria-rowcount')) === wanted;
const focusWithin = (selector) => page.evaluate((css) => document.activeElement?.closest(css) !== null, selector);
const selectedRow = () => page.locator('[role=treegrid] [aria-selected=true]').count();
const option = (name) => page.getByRole('listbox', { name: 'Traces' }).getByRole('option', { name });
/** What the option says that the keys of the list are at. */
const activeOption = () => page.evaluate(() => document.getElementById(document.querySelector('[role=listbox][aria-label=Traces]').getAttribute('aria-activedescendant') ?? '')?.textContent.trim() ?? '');
const type = (words) => ({ type: words });
const until = (what) => ({ until: what });
const palette = (command) => ['Control+k', type(command), 'Enter'];

const TASKS = [
  // The list.
  { name: 'open the older trace', from: at('second'), keys: ['j'], then: async () => (await hash()).includes(ids.first) },
  { name: 'open the newer trace', from: at('first'), keys: ['k'], then: async () => (await hash()).includes(ids.second) },
  { name: 'filter the traces', from: at('second'), keys: ['/', type('name:second'), 'Enter'], then: () => shown(page.getByText('1 found')) },
  { name: 'filter the traces and open what was found', from: at('second'), keys: ['/', type('name:"first call"'), 'Enter', until(() => shown(page.getByText('1 found'))), 'ArrowDown'], then: async () => (await hash()).includes(ids.first) },
  { name: 'go to the filter by its command', from: at('second'), keys: [...palette('filter the traces'), type('name:second')], then: () => shown(page.getByText('1 found')) },
  { name: 'show all traces again', from: () => `${at('second')()}&filter=name:second`, keys: ['/', 'Escape', 'Escape'], then: async () => !(await hash()).includes('filter') },
  { name: 'group the traces by service', from: at('second'), keys: palette('group the traces by service'), then: () => shown(page.getByRole('listbox', { name: 'Traces' }).getByText('harness')) },
  { name: 'fold a group, go on to the next one and come back', from: at('second'), keys: [...palette('group the traces by service'), until(() => page.getByRole('listbox', { name: 'Traces' }).focus().then(() => true)), 'ArrowLeft', until(async () => (await option(/second call/).count()) === 0), 'ArrowDown', until(async () => !/^harness/.test(await activeOption())), 'ArrowUp', until(async () => /^harness/.test(await activeOption())), 'ArrowRight', until(() => shown(option(/second call/))), 'ArrowDown'], then: async () => /second call/.test(await activeOption()) && (await hash()).includes(ids.second) },
  { name: 'hold new traces back', from: at('second'), keys: ['Shift+P'], then: () => shown(page.getByRole('button', { name: 'Hold new traces back', pressed: true })) },
  { name: 'list where words stand and open the message', from: () => `${at('second')()}&filter=refund`, keys: ['h', until(() => shown(page.locator('[data-hit]'))), 'n', 'Enter'], then: () => shown(page.getByRole('status').getByText('1 of 1')) },
  { name: 'compare two traces', from: at('second'), keys: ['x', 'j', 'x', 'Shift+C'], then: async () => /^#\/compare\//.test(await hash()) },
  { name: 'be told that there is nothing to compare with, and hear no more of it at the next trace', from: at('alike', 'raw'), keys: ['7', until(() => shown(page.getByRole('status').filter({ hasText: 'No earlier trace named' }))), 'k', until(async () => !(await hash()).includes(ids.alike)), until(() => shown(tabpanel('Raw')))], then: async () => (await page.getByText('No earlier trace named').count()) === 0 },
  { name: 'export a trace', from: at('second'), keys: palette('export this trace'), then: () => shown(page.getByRole('dialog', { name: 'Export 1 trace' })) },
  { name: 'be asked before a trace is deleted, and keep it', from: at('second'), keys: ['Shift+Delete', until(() => shown(page.getByRole('dialog', { name: 'Delete this trace' }))), 'Escape'], then: async () => (await page.getByRole('dialog').count()) === 0 && (await hash()).includes(ids.second) },
  { name: 'pass through the filter and change nothing', from: () => `${at('second')()}&filter=name:sec`, keys: [until(() => page.getByRole('combobox', { name: 'Filter traces' }).focus().then(() => true)), until(() => shown(page.locator('#filter-offers [role=option]'))), 'Tab'], then: async () => !(await focusWithin('[role=combobox]')) && (await hash()).includes('filter=name%3Asec') },
  // The views.
  { name: 'go on with Tab in the view that was chosen by its number', from: at('agent', 'raw'), keys: ['5', until(() => shown(tabpanel('Tokens').getByRole('table'))), 'Tab'], then: () => focusWithin('#view') },
  { name: 'go through the views by number', from: at('agent'), keys: ['2', until(() => shown(tabpanel('Conversation'))), '4', until(() => shown(tabpanel('Tools'))), '5', until(() => shown(tabpanel('Tokens'))), '6'], then: () => shown(tabpanel('Raw')) },
  { name: 'go from the list into the timeline by its number', from: at('agent', 'raw'), keys: [until(() => page.getByRole('listbox', { name: 'Traces' }).focus().then(() => true)), '1', until(() => shown(page.locator('[role=treegrid] [role=row] .label'))), 'ArrowDown'], then: async () => (await hash()).includes(ids.agent) && /span=/.test(await hash()) },
  { name: 'go from the list into the transcript by its keys', from: at('agent', 'conversation'), keys: [until(() => page.getByRole('listbox', { name: 'Traces' }).focus().then(() => true)), '.'], then: () => focusWithin('article') },
  { name: 'select a span in the timeline', from: at('agent', 'timeline'), keys: ['ArrowDown', 'ArrowDown'], then: async () => /span=/.test(await hash()) && (await selectedRow()) === 1 },
  { name: 'open siblings that are alike, go up to the row that holds them and fold them again', from: at('alike', 'timeline'), keys: [until(() => rowCount('2')), 'End', 'ArrowRight', until(() => rowCount('13')), 'End', until(() => shown(page.locator('[role=row][aria-selected=true][aria-level="3"][aria-posinset="11"][aria-setsize="11"]'))), 'ArrowLeft', until(() => shown(page.locator('[role=row][aria-selected=true][aria-level="2"][aria-expanded=true]').getByText('the first of 12 alike'))), 'ArrowLeft'], then: () => rowCount('2') },
  { name: 'see all siblings one by one', from: at('alike', 'timeline'), keys: [until(() => rowCount('2')), ']'], then: () => rowCount('13') },
  { name: 'fold all spans', from: at('agent', 'timeline'), keys: ['['], then: async () => (await page.getByRole('treegrid').getAttribute('aria-rowcount')) === '1' },
  { name: 'zoom in', from: at('agent', 'timeline'), keys: ['w', 'w'], then: async () => /t0=.*t1=/.test(await hash()) },
  { name: 'zoom in and see the whole trace again', from: at('agent', 'timeline'), keys: ['w', until(async () => /t0=/.test(await hash())), 'f'], then: async () => !/t0=/.test(await hash()) },
  { name: 'take the critical path away', from: at('agent', 'timeline'), keys: ['c'], then: () => shown(page.getByRole('button', { name: /Critical path/, pressed: false })) },
  { name: 'go to the error', from: at('failed', 'timeline'), keys: ['e'], then: async () => /span=/.test(await hash()) },
  // One span.
  { name: 'look at the attributes of a span', from: at('agent', 'timeline'), keys: ['ArrowDown', until(() => shown(page.getByRole('tab', { name: 'Attributes' }))), 'Enter', until(() => focusWithin('.insp [role=tab][aria-selected=true]')), 'ArrowLeft', 'ArrowLeft'], then: () => shown(page.getByRole('tab', { name: 'Attributes', selected: true })) },
  { name: 'see how long a span ran without its children', from: at('agent', 'timeline'), keys: ['ArrowDown'], then: () => shown(page.getByRole('complementary', { name: 'Span' }).getByText(/^self \d/)) },
  { name: 'copy a call as curl', from: at('second', 'timeline'), keys: ['ArrowDown', until(() => shown(page.getByRole('tab', { name: 'Attributes' }))), ...palette('curl')], then: () => page.evaluate(async () => /^curl /.test(await navigator.clipboard.readText())) },
  { name: 'choose what a span is copied as', from: at('second', 'timeline'), keys: ['ArrowDown', until(() => shown(page.getByRole('tab', { name: 'Attributes' }))), 'y', until(() => page.getByRole('menuitem').first().evaluate((item) => item === document.activeElement)), 'Enter'], then: () => shown(page.getByRole('status').getByText('Copied: Text for a person')) },
  { name: 'be offered no inspector to close when none is open', from: at('agent', 'timeline'), keys: ['Control+k', type('close the inspector')], then: () => shown(page.getByText('Nothing is called that.')) },
  { name: 'be offered no view that a trace has not', from: at('agent', 'timeline'), keys: ['Control+k', type('show stream')], then: () => shown(page.getByText('Nothing is called that.')) },
  { name: 'close the inspector', from: at('agent', 'timeline'), keys: ['ArrowDown', until(async () => /span=/.test(await hash())), 'Escape'], then: async () => !/span=/.test(await hash()) },
  // The conversation.
  { name: 'go from turn to turn', from: at('agent', 'conversation'), keys: ['.', '.'], then: () => focusWithin('article') },
  { name: 'find words in the transcript', from: at('first', 'conversation'), keys: ['Control+f', type('refund'), until(() => shown(page.getByRole('status').getByText('1', { exact: true }))), 'Enter'], then: () => shown(page.getByRole('status').getByText('1 of 1')) },
  { name: 'go to the words that are looked for by their command', from: at('first', 'conversation'), keys: [...palette('find in the transcript'), type('refund')], then: () => shown(page.getByRole('status').getByText('1', { exact: true })) },
  { name: 'go from a tool call to the span that executed it', from: at('agent', 'conversation'), keys: ['.', until(() => focusWithin('article')), 'j'], then: async () => /span=/.test(await hash()) },
  { name: 'go from an answer to the span of the tool it used', from: at('agent', 'conversation'), keys: ['.', '.', '.', until(() => shown(page.locator('article:focus').getByText('Here is what I found'))), 'j'], then: async () => /span=/.test(await hash()) },
  { name: 'copy the trace as Markdown, and be told so', from: at('second'), keys: palette('as markdown'), then: () => shown(page.getByRole('status').getByText('Copied as Markdown')) },
  { name: 'copy a message', from: at('first', 'conversation'), keys: ['.', until(() => focusWithin('article')), '.', 'y'], then: () => page.evaluate(async () => (await navigator.clipboard.readText()) === 'The refund was approved.') },
  { name: 'put the schema of an answer away', from: at('structured', 'conversation'), keys: ['.', '.', until(() => tabTo(page.getByRole('feed').getByRole('button', { name: 'schema' }))), 'Enter'], then: async () => (await page.getByRole('tree', { name: 'Schema of the answer' }).count()) <= 1 && (await page.getByRole('feed').getByRole('tree', { name: 'Schema of the answer' }).count()) === 0 },
  // The stream.
  { name: 'play a stream and stop it', from: at('stream', 'stream'), keys: [until(() => shown(page.getByRole('button', { name: 'Play' }))), ' ', until(() => shown(page.getByRole('button', { name: 'Pause' }))), ' '], then: () => shown(page.getByRole('button', { name: 'Play' })) },
  { name: 'find the stream that fell silent and go to where its silence begins', from: at('second'), keys: ['/', type('stall>5s'), 'Enter', until(() => shown(page.getByText('1 found'))), 'ArrowDown', until(async () => (await hash()).includes(ids.stalled)), until(() => shown(page.locator('[role=tab][data-view=stream]:not([disabled])'))), '3', until(() => shown(page.getByRole('button', { name: '1 stall' }))), 'n'], then: async () => (await page.getByRole('slider', { name: 'Moment of the replay' }).getAttribute('aria-valuetext')) === '280 ms, 10 of 20 chunks' },
  { name: 'compare what two traces answered', from: at('second'), keys: ['x', 'j', 'x', 'Shift+C', until(() => shown(page.getByRole('button', { name: /^Answers/ }))), '4'], then: () => shown(page.getByRole('button', { name: /^Answers/, pressed: true })) },
  { name: 'see the totals by day', from: at('second'), keys: ['t', until(() => shown(page.getByRole('table'))), '4'], then: () => shown(page.getByRole('table', { name: 'Totals by day' })) },
  // The window.
  { name: 'see all keys and close them', from: at('second'), keys: ['?', until(() => shown(page.getByRole('dialog', { name: /keys/i }))), 'Escape'], then: async () => (await page.getByRole('dialog').count()) === 0 },
  { name: 'see the keys of the view and then those of the others', from: at('second', 'timeline'), keys: ['?', until(() => shown(page.getByRole('dialog', { name: /keys/i })))], then: async () => {
    const groups = await page.getByRole('dialog').getByRole('heading', { level: 4 }).allTextContents();
    const others = await page.getByRole('region', { name: 'Stream' }).getByText('Play or pause').count();
    return groups[0] === 'Timeline' && groups.indexOf('Stream') > groups.indexOf('Window') && others === 1;
  } },
  { name: 'switch to the dark theme', from: at('second'), keys: palette('dark theme'), then: () => page.evaluate(() => document.documentElement.dataset.theme === 'dark') },
  { name: 'set rows closer together', from: at('second'), keys: ['Control+,', until(() => shown(page.getByRole('dialog', { name: 'Settings' }))), until(() => tabTo(page.getByRole('radio', { name: 'Comfortable' }))), 'ArrowRight', 'Escape'], then: () => page.evaluate(() => document.documentElement.dataset.density === 'compact') },
  { name: 'go back to where one was', from: at('second'), keys: ['6', until(() => shown(tabpanel('Raw'))), 'j', until(async () => (await hash()).includes(ids.first)), 'Alt+ArrowLeft'], then: async () => !(await hash()).includes('view=raw') },
];

async function tabTo(locator) {
  for (let i = 0; i < 40; i++) {
    if (await locator.evaluate((element) => element === document.activeElement)) return true;
    await page.keyboard.press('Tab');
  }
  return false;
}

test('there are at least twenty-five of them', () => assert.ok(TASKS.length >= 25));

for (const { name, from, keys, then } of TASKS) {
  test(name, async () => {
    page = await open(app, chromium, { permissions: ['clipboard-read', 'clipboard-write'] });
    await page.evaluate((to) => (location.hash = to), from());
    await page.getByRole('listbox', { name: 'Traces' }).getByRole('option').first().waitFor();
    if (from().startsWith('#/trace/')) await page.getByRole('tablist', { name: 'Views' }).waitFor();
    const view = /view=(\w+)/.exec(from())?.[1];
    if (view === 'timeline') await page.locator('[role=treegrid] [role=row] .label').first().waitFor();
    if (view === 'conversation') await page.getByRole('article').first().waitFor();
    for (const key of keys) {
      if (typeof key === 'string') await page.keyboard.press(key);
      else if (key.type) await page.keyboard.type(key.type);
      else await eventually(key.until, `${name}: what comes before the next key`);
    }
    await eventually(then, name);
  });
}
