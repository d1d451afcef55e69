// @vitest-environment jsdom
import { render } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import KeyValue from './KeyValue.svelte';

test('what a program calls by one of our names stands beside ours', () => {
  const { container } = render(KeyValue, { pairs: [{ name: 'provider', value: 'openai' }, { name: 'provider', value: { order: ['azure'] } }] });
  expect(container.textContent).toMatch(/provider\s*openai\s*provider.*azure/s);
});
