import { expect, test } from 'vitest';
import type { SafeLink } from './link';
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

/** Returns numbers that follow from a seed and look like none do. */
function drawn(seed: number): () => number {
  return () => {
    seed = (Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return (seed >>> 8) / (1 << 24);
  };
}

test('whatever is put together is read, and only safe addresses are links', { timeout: 120_000 }, () => {
  const pieces = [
    '# ', '- ', '1. ', '> ', '```', '~~~', '`', '**', '_', '~~', '[', '](', ')', '![', '<', '>', '|', '|-|', '\n', '\n\n', '    ', '\t', '\\', '&#', '&amp;',
    'javascript:alert(1)', 'https://a.test/x', 'data:text/html,x', '<a href=javascript:x>', '[x]: javascript:y', '\u202e', '\u0000', '😀', '\ud800', 'word', ' ', '---', '===',
  ];
  const links: SafeLink[] = [];
  const gather = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    if ('is' in node && node.is === 'link' && 'link' in node && node.link) links.push(node.link as SafeLink);
    Object.values(node).forEach(gather);
  };
  for (let seed = 1; seed <= 3_000; seed++) {
    const next = drawn(seed);
    const text = Array.from({ length: 1 + Math.floor(next() * 120) }, () => pieces[Math.floor(next() * pieces.length)]).join('');
    const start = performance.now();
    expect(readMarkdown(text), text).not.toBeNull();
    gather(readMarkdown(text));
    expect(performance.now() - start, text).toBeLessThan(5000);
  }
  expect(links.length).toBeGreaterThan(100);
  for (const link of links) expect(link.href).toMatch(/^https?:\/\//);
});

test('an address is written as it was sent, and leads where the browser reads it to lead', () => {
  for (const text of ['https://bücher.example/a', 'https://xn--bcher-kva.example/a']) {
    const node = first(text);
    const link = node.is === 'paragraph' ? node.inside[0] : undefined;
    expect(link).toMatchObject({ is: 'link', link: { host: 'xn--bcher-kva.example' }, inside: [{ is: 'text', text }] });
  }
});
