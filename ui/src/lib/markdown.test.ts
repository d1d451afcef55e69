import { expect, test } from 'vitest';
import { readMarkdown, type Inline, type Node } from './markdown';

const first = (text: string): Node => readMarkdown(text)![0]!;
const words = (inside: Inline[]): string =>
  inside.map((i) => ('text' in i ? i.text : 'inside' in i ? words(i.inside) : i.is === 'break' ? '\n' : '')).join('');

test('emphasis, code and breaks', () => {
  expect(first('a **b** `c`\nd')).toEqual({
    is: 'paragraph',
    tight: false,
    inside: [
      { is: 'text', text: 'a ' },
      { is: 'strong', inside: [{ is: 'text', text: 'b' }] },
      { is: 'text', text: ' ' },
      { is: 'code', text: 'c' },
      { is: 'break' },
      { is: 'text', text: 'd' },
    ],
  });
});

test('HTML stays text', () => {
  for (const text of ['<script>alert(1)</script>', '<img src=x onerror=alert(1)>', '<b>x</b>', '<!-- c -->', 'a <iframe src=//x> b']) {
    const node = first(text);
    expect(node.is === 'paragraph' && words(node.inside)).toBe(text);
  }
});

test('a link keeps its address only when it may be opened', () => {
  const links = (text: string) => {
    const node = first(text);
    return node.is === 'paragraph' ? node.inside.filter((i) => i.is === 'link').map((i) => i.link?.host ?? null) : [];
  };
  expect(links('[x](https://example.com/a)')).toEqual(['example.com']);
  expect(links('[x](javascript:alert(1))')).toEqual([null]);
  expect(links('[x](data:text/html;base64,AAAA)')).toEqual([null]);
  expect(links('see https://example.com/x now')).toEqual(['example.com']);
  expect(links('main.rs and readme.md')).toEqual([]);
});

test('lists nest, tables align, fences name their language', () => {
  const list = first('1. a\n2. b\n   - c');
  expect(list.is === 'list' && [list.start, list.items.length, list.items[1]!.length]).toEqual([1, 2, 2]);
  const table = first('| a | b |\n|:--|--:|\n| 1 | 2 |');
  expect(table.is === 'table' && [table.align, table.rows.length]).toEqual([['left', 'right'], 1]);
  expect(first('```python\nx = 1\n```')).toEqual({ is: 'code', language: 'python', text: 'x = 1' });
});

test('pathological texts are shown as sent or read at once', { timeout: 60_000 }, () => {
  const texts = [
    '['.repeat(60_000), '*a '.repeat(20_000), '`'.repeat(60_000), '> '.repeat(30_000), '![['.repeat(20_000), '_a_'.repeat(20_000),
    '- '.repeat(30_000), '[a]('.repeat(15_000), '<'.repeat(60_000), 'a**b'.repeat(15_000), '|a'.repeat(30_000), '\n'.repeat(60_000),
    '&#'.repeat(30_000), 'http://'.repeat(8_000), '1. '.repeat(20_000), '\\'.repeat(60_000), '[x]: y\n'.repeat(9_000), '~~a'.repeat(20_000),
    `${'    '.repeat(8000)}x`, '|a|\n|-|\n'.repeat(7_000),
  ];
  // A reader that is slow on one of these takes minutes, so the bound can be wide.
  for (const text of texts) {
    const start = performance.now();
    readMarkdown(text);
    expect(performance.now() - start, text.slice(0, 12)).toBeLessThan(5000);
  }
  expect(readMarkdown('x'.repeat(64 * 1024 + 1))).toBeNull();
});
