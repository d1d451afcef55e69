// axe-core finds nothing wrong in any view, dark or light (WCAG 2.2 A and AA).

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { open, packages, send, sendMetrics, stage } from './harness.mjs';

let app, chromium;
stage((...both) => ([app, chromium] = both));

for (const colorScheme of ['dark', 'light']) {
  test(`set-up page, ${colorScheme}`, async () => {
    const page = await open(app, chromium, { colorScheme, bypassCSP: true });
    await page.getByText(app.otlp_http).first().waitFor();
    await check(page, 'set-up');
    await page.context().close();
  });
}

test('metrics to look at', async () => {
  await sendMetrics(app);
});

for (const colorScheme of ['dark', 'light']) {
  test(`metrics, ${colorScheme}`, async () => {
    const page = await open(app, chromium, { colorScheme, bypassCSP: true });
    await page.getByRole('button', { name: 'Metrics' }).click();
    await page.getByRole('table', { name: 'Series of queue.length' }).waitFor();
    await check(page, 'metrics');
    await page.context().close();
  });
}

test('traces to look at', async () => {
  for (const fixture of ['mlflow_agent_tools', 'mlflow_stream_tool_calls', 'mlflow_stream']) await send(app, fixture);
});

for (const colorScheme of ['dark', 'light']) {
  for (const [trace, views] of [
    [/run_tool_agent/, ['Timeline', 'Conversation', 'Tools', 'Tokens', 'Raw']],
    [/Titan/, ['Timeline', 'Conversation', 'Stream', 'Tokens', 'Raw']],
  ]) {
    test(`every view of ${trace}, ${colorScheme}`, async () => {
      const page = await open(app, chromium, { colorScheme, bypassCSP: true });
      await page.getByRole('listbox', { name: 'Traces' }).getByRole('option', { name: trace }).click();
      for (const view of views) {
        await page.getByRole('tablist', { name: 'Views' }).getByRole('tab', { name: new RegExp(view) }).click();
        await page.getByRole('tabpanel', { name: view }).waitFor();
        await check(page, view);
        // What is drawn as a chart stands as a table too.
        const table = page.getByRole('button', { name: 'As a table' });
        if (view === 'Tokens' && (await table.count()) > 0) {
          await table.click();
          await page.getByRole('table', { name: /^Contexts in/ }).waitFor();
          await check(page, 'contexts as a table');
        }
      }
      await page.context().close();
    });
  }
}

for (const colorScheme of ['dark', 'light']) {
  test(`filter, groups, selection and comparison, ${colorScheme}`, async () => {
    const page = await open(app, chromium, { colorScheme, bypassCSP: true });
    const list = page.getByRole('listbox', { name: 'Traces' });
    await list.getByRole('option').first().waitFor();
    await page.getByRole('combobox', { name: 'Filter traces' }).fill('weather st');
    await page.getByRole('option', { name: /^status:/ }).waitFor();
    await check(page, 'filter');
    await page.getByRole('combobox', { name: 'Filter traces' }).fill('colour:red');
    await page.getByText('is not a key').waitFor();
    await check(page, 'wrong filter');
    await page.getByRole('button', { name: 'Show all traces' }).first().click();
    await list.focus();
    await page.getByRole('button', { name: 'Groups and columns' }).click();
    await page.getByRole('menuitemradio', { name: 'Group by service' }).click();
    await list.getByRole('option', { name: /run_tool_agent/ }).click();
    await list.getByRole('option', { name: /Titan/ }).click({ modifiers: ['Control'] });
    await page.getByText('2 selected').waitFor();
    await check(page, 'selection');
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByText('aligned by content').waitFor();
    await check(page, 'comparison');
    await list.getByRole('option', { name: /Tokyo\?/ }).click();
    await list.getByRole('option', { name: /Titan/ }).click({ modifiers: ['Control'] });
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByRole('table', { name: 'The two streams in figures' }).waitFor();
    await check(page, 'streams side by side');
    await page.context().close();
  });
}

for (const colorScheme of ['dark', 'light']) {
  test(`hits, totals and settings, ${colorScheme}`, async () => {
    const page = await open(app, chromium, { colorScheme, bypassCSP: true });
    await page.evaluate(() => (location.hash = '#/hits?filter=weather'));
    await page.locator('[data-hit]').first().waitFor();
    await check(page, 'hits');
    await page.evaluate(() => (location.hash = '#/totals?view=model'));
    await page.getByRole('table', { name: 'Totals by model' }).locator('[data-total]').first().waitFor();
    await check(page, 'totals');
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('dialog', { name: 'Settings' }).getByLabel('Zipkin').waitFor();
    await check(page, 'settings');
    await page.context().close();
  });
}

async function check(page, where) {
  await page.addScriptTag({ path: packages.resolve('axe-core/axe.min.js') });
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
  const { passes, violations } = await page.evaluate((values) => window.axe.run(document, { runOnly: { type: 'tag', values } }), tags);
  assert.ok(passes.length > 10, 'axe-core looked at the page');
  const said = violations.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map((node) => `  ${node.html.slice(0, 160)}\n  ${node.failureSummary}`).join('\n')}`);
  assert.deepEqual(said, [], where);
}
