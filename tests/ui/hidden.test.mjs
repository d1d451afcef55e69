// Characters that hide or turn text are seen wherever a name or a text of a trace is drawn.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { leave, open, sendCall, stage } from './harness.mjs';

let app, chromium;
stage((...both) => ([app, chromium] = both));

test('overrides, zero-width spaces and hidden tags are marked in every view', async () => {
  // A name that turns what follows, and an answer in which a word is hidden in tags.
  const hidden = [...'hi'].map((letter) => String.fromCodePoint(0xe0000 + letter.codePointAt(0))).join('');
  const traceId = await sendCall(app, 'user\u202etxt.exe', `Seen\u200b and ${hidden}unseen`);
  const page = await open(app, chromium);
  await page.evaluate((id) => (location.hash = `#/trace/${id}`), traceId);
  const turned = (place) => place.getByText('U+202E', { exact: true }).first().waitFor();
  await turned(page.getByRole('listbox', { name: 'Traces' }));
  await turned(page.getByRole('heading', { level: 1 }));
  await turned(page.getByRole('treegrid'));
  await page.getByRole('tablist', { name: 'Views' }).getByRole('tab', { name: /Conversation/ }).click();
  const feed = page.getByRole('feed', { name: 'Transcript' });
  for (const code of ['U+200B', 'U+E0068', 'U+E0069', 'U+202E']) await feed.getByText(code, { exact: true }).first().waitFor();
  for (const view of ['Tokens', 'Raw']) {
    await page.getByRole('tablist', { name: 'Views' }).getByRole('tab', { name: new RegExp(view) }).click();
    await turned(page.getByRole('tabpanel', { name: view }));
  }
  assert.equal(await page.title(), 'user‹U+202E›txt.exe · Spanglass');
  const drawn = await page.evaluate(() => document.body.innerText + document.title + [...document.querySelectorAll('[title]')].map((each) => each.title).join());
  assert.ok(!/[\u202a-\u202e\u200b]/.test(drawn), 'no hidden character is drawn as itself');
  await leave(page);
});
