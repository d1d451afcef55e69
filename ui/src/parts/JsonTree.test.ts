// @vitest-environment jsdom
import { fireEvent, render } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import { COPY_ASKED, type CopyAsked } from '../lib/ask';
import { WHOLE } from '../lib/texts';
import JsonTree from './JsonTree.svelte';

/** A keyboard: Enter on a button presses it unless somebody else took the key. */
async function press(target: Element, key: string): Promise<void> {
  if ((await fireEvent.keyDown(target, { key })) && key === 'Enter' && target instanceof HTMLButtonElement) await fireEvent.click(target);
}

test('who has only keys copies a value of a tree and has all of a cut one shown', async () => {
  const texts = { ...WHOLE, cut: { '/b': 100_000 }, load: () => Promise.resolve('all of it') };
  const { container } = render(JsonTree, { value: { a: { c: 1 }, b: 'begins' }, label: 'v', texts });
  const row = (at: number) => container.querySelector<HTMLElement>(`[data-row="${at}"]`)!;
  row(0).focus();
  await press(row(0), 'Enter');
  expect(row(0).getAttribute('aria-expanded')).toBe('false');
  const asked: CopyAsked[] = [];
  container.addEventListener(COPY_ASKED, (event) => asked.push((event as CustomEvent<CopyAsked>).detail));
  const copy = row(0).querySelector('button[aria-label="Copy value"]')!;
  await press(copy, 'Enter');
  expect(asked).toHaveLength(1);
  expect(JSON.parse(await asked[0]!.text)).toEqual({ c: 1 });
  expect(row(0).getAttribute('aria-expanded')).toBe('false');
  await fireEvent.focusIn(row(1));
  const all = [...row(1).querySelectorAll('button')].find((each) => each.textContent?.startsWith('Show all'))!;
  expect(all.tabIndex).toBe(0);
  await press(all, 'Enter');
  await expect.poll(() => row(1).textContent).toContain('all of it');
});

test('keys walk a tree, and one that leads out of it is left to others', async () => {
  const { container } = render(JsonTree, { value: { a: { c: 1 }, b: 2 }, label: 'v' });
  const tree = container.querySelector('[role=tree]')!;
  const current = () => Number(container.querySelector('[role=treeitem][tabindex="0"]')?.getAttribute('data-row'));
  expect(await fireEvent.keyDown(tree, { key: 'ArrowUp' })).toBe(true);
  for (const [key, at] of [['End', 2], ['Home', 0], ['ArrowDown', 1], ['ArrowLeft', 0], ['ArrowRight', 1]] as const) {
    expect(await fireEvent.keyDown(tree, { key })).toBe(false);
    expect(current()).toBe(at);
  }
  await fireEvent.keyDown(tree, { key: 'End' });
  expect(await fireEvent.keyDown(tree, { key: 'ArrowDown' })).toBe(true);
});

test('a text that cannot be shown whole says why', async () => {
  const texts = { ...WHOLE, cut: { '/b': 100_000 }, load: () => Promise.reject(new Error('Spanglass does not answer.')) };
  const { container, getByRole } = render(JsonTree, { value: { b: 'begins' }, label: 'v', texts });
  await fireEvent.click([...container.querySelectorAll('button')].find((each) => each.textContent?.startsWith('Show all'))!);
  await expect.poll(() => getByRole('alert').textContent).toContain('does not answer');
});
