// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { location } from './location.svelte';

const first = 'a'.repeat(32);
const second = 'b'.repeat(32);
const third = 'd'.repeat(32);

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('a place gone to is not overwritten by an adjustment made just before', () => {
  location.adjust({ page: 'trace', traceId: first });
  location.go({ page: 'trace', traceId: second });
  vi.runAllTimers();
  expect(window.location.hash).toContain(second);
  expect(location.route.traceId).toBe(second);
});

test('an address that is typed is not overwritten by an adjustment made just before', () => {
  location.adjust({ page: 'trace', traceId: first });
  history.replaceState(null, '', `#/trace/${third}`);
  window.dispatchEvent(new Event('hashchange'));
  vi.runAllTimers();
  expect(window.location.hash).toContain(third);
  expect(location.route.traceId).toBe(third);
});

test('an address that is told of a second time does not undo what was chosen since the first', () => {
  history.replaceState(null, '', `#/trace/${second}`);
  window.dispatchEvent(new Event('popstate'));
  location.adjust({ span: 'c'.repeat(16) });
  window.dispatchEvent(new Event('hashchange'));
  vi.runAllTimers();
  expect(location.route.span).toBe('c'.repeat(16));
  expect(window.location.hash).toContain('c'.repeat(16));
});

test('a step back to an address that was read before is taken', () => {
  history.replaceState(null, '', `#/trace/${first}`);
  window.dispatchEvent(new Event('popstate'));
  location.go({ page: 'trace', traceId: second, span: null });
  history.replaceState(null, '', `#/trace/${first}`);
  window.dispatchEvent(new Event('popstate'));
  expect(location.route.traceId).toBe(first);
});

test('a page that is left keeps the last adjustment', () => {
  location.adjust({ page: 'trace', traceId: first });
  window.dispatchEvent(new Event('pagehide'));
  expect(window.location.hash).toContain(first);
});
