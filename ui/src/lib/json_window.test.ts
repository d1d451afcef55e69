import { expect, test } from 'vitest';
import type { JsonTree, JsonTreeRow } from '../api/types';
import { JsonWindow, type JsonAsked } from './json_window';

const row = (at: number): JsonTreeRow => ({ place: `${at}`, pointer: `/${at}`, depth: 0, key: at, kind: 'array', text: '[1]', opens: true, open: false, size: 1 });

/** A tree of a million rows that counts what is asked of it. */
function tree(total = 1_000_000) {
  const asked: JsonAsked[] = [];
  const came: (number | null)[] = [];
  const answer = (asked: JsonAsked): JsonTree => {
    const open = asked.open ?? [];
    const rows_total = total + open.length;
    const from = asked.reveal ? Number(asked.reveal) : (asked.from ?? 0);
    const rows = Array.from({ length: Math.min(asked.rows ?? 1, rows_total - from) }, (_, i) => row(from + i));
    return { rows_total, from, rows, open, found: asked.reveal ? from : null, hits: null, value: asked.value ?? null };
  };
  const window = new JsonWindow(
    async (each) => {
      asked.push(each);
      return answer(each);
    },
    (found) => came.push(found),
  );
  return { window, asked, came };
}

const settle = async () => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

test('only what is in sight is asked for, and once', async () => {
  const { window, asked } = tree();
  expect(await window.begin()).toBe(true);
  expect([window.total, asked.length, window.at(39)?.place, window.at(40)]).toEqual([1_000_000, 1, '39', undefined]);
  window.want(0, 30);
  expect(asked.length).toBe(1);
  window.want(500_000, 500_030);
  window.want(500_005, 500_035);
  await settle();
  expect(asked.length).toBe(2);
  expect(asked[1]).toMatchObject({ from: 499_900, rows: 230 });
  expect(window.at(500_034)?.place).toBe('500034');
  window.want(500_020, 500_050);
  expect(asked.length).toBe(2);
});

test('what is scrolled to while an answer is on its way comes after it', async () => {
  const { window, asked } = tree();
  await window.begin();
  window.want(1_000, 1_030);
  window.want(9_000, 9_030);
  expect(asked.length).toBe(2);
  await settle();
  expect(asked.length).toBe(3);
  expect(window.at(9_010)?.place).toBe('9010');
});

test('what is opened is told, and closed again', async () => {
  const { window, asked } = tree();
  await window.begin();
  window.toggle(row(3));
  await settle();
  expect([asked[1]?.open, window.total]).toEqual([['3'], 1_000_001]);
  window.toggle({ ...row(3), open: true });
  await settle();
  expect([asked[2]?.open, window.total]).toEqual([[], 1_000_000]);
});

test('a place is found wherever it is', async () => {
  const { window, came } = tree();
  await window.begin();
  window.reveal('700000');
  await settle();
  expect(came[0]).toBe(700_000);
});

test('what is no JSON is said so', async () => {
  const window = new JsonWindow(() => Promise.resolve(null), () => {});
  expect(await window.begin()).toBe(false);
});
