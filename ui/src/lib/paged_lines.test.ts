import { expect, test } from 'vitest';
import { PAGE_LINES, PagedLines } from './paged_lines';

const page = (from: number, count: number) => Array.from({ length: count }, (_, i) => `line ${from + i}`);
const settled = () => new Promise((resolve) => setTimeout(resolve));

function paged(total: number, fails = false) {
  const asked: number[] = [];
  const failures: unknown[] = [];
  const load = (from: number, count: number) => {
    asked.push(from);
    return fails ? Promise.reject(new Error('gone')) : Promise.resolve(page(from, count));
  };
  const lines = new PagedLines(total, page(0, PAGE_LINES), load, (failed) => failed && failures.push(failed));
  return { lines, asked, failures };
}

test('only what is to be seen is loaded, and once', async () => {
  const { lines, asked } = paged(1_000_000);
  lines.want(0, 50);
  lines.want(500_050, 500_250);
  lines.want(500_050, 500_250);
  expect(lines.at(500_100)).toBeUndefined();
  await settled();
  expect(asked).toEqual([500_000, 500_200]);
  expect([lines.at(3), lines.at(500_100), lines.at(999_999)]).toEqual(['line 3', 'line 500100', undefined]);
});

test('what was left long ago is forgotten and loaded again', async () => {
  const { lines, asked } = paged(1_000_000);
  for (let at = 0; at < 60 * PAGE_LINES; at += PAGE_LINES) lines.want(at, at + 1);
  await settled();
  expect(lines.at(0)).toBeUndefined();
  lines.want(0, 10);
  await settled();
  expect(lines.at(0)).toBe('line 0');
  expect(asked.at(-1)).toBe(0);
});

test('what could not be loaded is said and can be asked for again', async () => {
  const { lines, asked, failures } = paged(1_000, true);
  lines.want(400, 410);
  await settled();
  lines.want(400, 410);
  expect([asked, failures.length]).toEqual([[400, 400], 1]);
});
