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
