// Answers beside the schema they were asked to keep to.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';

import { leave, open, send, sendCall, stage } from './harness.mjs';

let app, chromium, page;
stage((...both) => ([app, chromium] = both));
afterEach(async () => {
  await leave(page);
  page = undefined;
});

const SCHEMA = JSON.stringify({
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'array', items: { type: 'integer' } } },
  required: ['city', 'days'],
});
const answering = (answer) => sendCall(app, 'plan', answer, '', { 'gen_ai.request.structured_output_schema': SCHEMA });
const feed = () => page.getByRole('feed', { name: 'Transcript' });

async function show(traceId) {
  page = await open(app, chromium);
  await page.evaluate((id) => (location.hash = `#/trace/${id}?view=conversation`), traceId);
  await feed().getByRole('article').last().waitFor();
}

test('what the OpenAI client recorded stands beside its schema, which can be put away', async () => {
  await send(app, 'openinference_structured');
  page = await open(app, chromium);
  await page.getByRole('listbox', { name: 'Traces' }).getByRole('option', { name: /ChatCompletion/ }).click();
  await page.getByRole('tablist', { name: 'Views' }).getByRole('tab', { name: /Conversation/ }).click();
  await feed().getByText('Place', { exact: true }).waitFor();
  await feed().getByText('fits its schema').waitFor();
  const schema = feed().getByRole('tree', { name: 'Schema of the answer' });
  await schema.getByText('additionalProperties').waitFor();
  await feed().getByRole('button', { name: 'schema' }).press('Enter');
  await schema.waitFor({ state: 'detached' });
});

test('an answer that does not fit says so where it does not', async () => {
  await show(await answering('{"days": [1, "two"]}'));
  await feed().getByText('2 places do not fit').waitFor();
  const places = await feed().getByRole('list', { name: 'Where it does not fit' }).getByRole('listitem').allInnerTexts();
  assert.deepEqual(places.map((place) => place.replace(/\s+/g, ' ').trim()), ['lacks the required key "city"', 'days[1] is string, must be integer']);
  const wrong = feed().getByRole('tree', { name: 'Structured answer' }).getByRole('treeitem', { name: /"two"/ });
  assert.match(await wrong.innerText(), /is string, must be integer/);
});

test('an answer that is no JSON, or not all of it, says so', async () => {
  await show(await answering('Oslo, for two days.'));
  await feed().getByText('is not JSON: expected value at line 1 column 1').waitFor();
  await feed().getByText('Oslo, for two days.').waitFor();
  await leave(page);
  await show(await answering('{"city": "Oslo", "da'));
  await feed().getByText('ends before its JSON does').waitFor();
});

test('an answer that came as several texts is judged as the one JSON value it is', async () => {
  await show(await answering(['{"city": "Oslo",', ' "days": [1, "two"]}']));
  await feed().getByText('1 place does not fit').waitFor();
  await feed().getByText('sent as 2 texts').waitFor();
  await feed().getByRole('tree', { name: 'Structured answer' }).getByRole('treeitem', { name: /"two"/ }).waitFor();
});

test('what a model was told of a tool opens under its call, and leads to all its calls', async () => {
  const calls = [1, 2].map((n) => ({ type: 'tool_call', id: `c${n}`, name: 'weather', arguments: { city: `Oslo ${n}` } }));
  const told = [{ type: 'function', name: 'weather', description: 'Tells the weather of a city.', parameters: { type: 'object', properties: { city: { type: 'string', description: 'Its name' } } } }];
  await show(await sendCall(app, 'two cities', '', '', { 'gen_ai.output.messages': JSON.stringify([{ role: 'assistant', parts: calls, finish_reason: 'tool_calls' }]), 'gen_ai.tool.definitions': JSON.stringify(told) }));
  const definition = feed().getByRole('button', { name: 'definition' }).first();
  assert.equal(await definition.getAttribute('aria-expanded'), 'false');
  await definition.press('Enter');
  await feed().getByText('Tells the weather of a city.').waitFor();
  await feed().getByRole('tree', { name: 'Schema of weather' }).getByText('Its name').waitFor();
  assert.match(await page.evaluate(() => location.hash), /view=conversation/, 'nobody is led away');
  await definition.press('Enter');
  await feed().getByRole('tree', { name: 'Schema of weather' }).waitFor({ state: 'detached' });
  await definition.press('Enter');
  await feed().getByRole('button', { name: 'all 2 calls of it' }).press('Enter');
  await page.getByRole('list', { name: 'Tools and their calls' }).getByText('Tells the weather of a city.').first().waitFor();
});
