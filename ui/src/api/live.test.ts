// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Changes } from './types';
import { listen, type Listener } from './live';

const answers = vi.hoisted(() => ({ next: [] as (Changes | Error)[], asked: [] as [number, number][] }));
vi.mock('./client', async (original) => ({
  ...(await original<typeof import('./client')>()),
  getChanges: (since: number, wait_ms: number) => {
    answers.asked.push([since, wait_ms]);
    const next = answers.next.shift();
    if (next instanceof Error) return Promise.reject(next);
    return next ? Promise.resolve(next) : new Promise(() => {});
  },
}));

const change = (seq: number, ...traces: string[]): Changes => ({ seq, traces, all: false });
let heard: string[];
let stop: AbortController;
const listener: Listener = {
  changed: (changes) => heard.push(`changed ${changes.traces.join()}`),
  connected: () => heard.push('connected'),
  disconnected: (_, retry_ms) => heard.push(`lost, again in ${retry_ms}`),
};

beforeEach(() => {
  vi.useFakeTimers();
  heard = [];
  stop = new AbortController();
  Object.assign(answers, { next: [], asked: [] });
});
afterEach(() => {
  stop.abort();
  vi.useRealTimers();
});

test('the first answer only learns where the sequence stands', async () => {
  answers.next = [change(7), change(8, 'a')];
  listen(listener, stop.signal);
  await vi.advanceTimersByTimeAsync(500);
  expect(heard).toEqual(['connected', 'changed a']);
  expect(answers.asked.map(([since]) => since)).toEqual([0, 7, 8]);
});

test('a busy store is asked at most ten times a second', async () => {
  answers.next = Array.from({ length: 100 }, (_, i) => change(i + 1, 'a'));
  listen(listener, stop.signal);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(answers.asked.length).toBeLessThanOrEqual(11);
});

test('a lost connection is tried again, later and later, and everything is read anew', async () => {
  answers.next = [change(5), new Error('gone'), new Error('gone'), change(2)];
  listen(listener, stop.signal);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(heard).toEqual(['connected', 'lost, again in 250', 'lost, again in 500', 'connected']);
  expect(answers.asked.at(-2)).toEqual([0, 0]);
});

test('a person may end the wait', async () => {
  answers.next = [new Error('gone'), new Error('gone'), new Error('gone'), change(1)];
  const { retryNow } = listen(listener, stop.signal);
  await vi.advanceTimersByTimeAsync(800);
  expect(heard).toHaveLength(3);
  retryNow();
  await vi.advanceTimersByTimeAsync(10);
  expect(heard.at(-1)).toBe('connected');
});
