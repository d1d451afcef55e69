import { expect, test } from 'vitest';
import { highlight } from './highlight';

test('the stretches of a highlighted text join to the text', () => {
  const code = 'def f(x: int) -> str:\n    # <b>why</b>\n    return f"{x} & y"\n';
  const stretches = highlight(code, 'python');
  expect(stretches.map((s) => s.text).join('')).toBe(code);
  expect(stretches.find((s) => s.text === 'def')?.as).toBe('kw');
  expect(stretches.find((s) => s.text.startsWith('# '))?.as).toBe('cm');
});

test('unknown languages and long code stay plain', () => {
  expect(highlight('a < b', '"><script>')).toEqual([{ text: 'a < b', as: '' }]);
  expect(highlight('x'.repeat(20_000), 'python')).toHaveLength(1);
});

test('JavaScript is read by TypeScript’s grammar, under each of its names', () => {
  for (const name of ['javascript', 'js', 'jsx', 'mjs', 'typescript']) expect(highlight('const x = 1;', name)[0]).toEqual({ text: 'const', as: 'kw' });
});
