import { expect, test } from 'vitest';
import type { OpenedFile } from '../api/types';
import { opened } from './opened';

const file: OpenedFile = { id: 1, name: 'a.jsonl', running: false, stopped: false, bytes: 0, bytes_read: 0, taken: 0, known: 0, trace_id: null, problem: null };

test('a file says how far it is, and nothing when all of it came', () => {
  expect(opened({ ...file, running: true }).says).toBe('is being read');
  const large = { ...file, running: true, bytes: 200_000_000, bytes_read: 84_000_000 };
  expect(opened(large).says).toBe('is being read: 42\u202f% of 200 MB');
  expect(opened({ ...large, taken: 1200 }).says).toBe('is being read: 42\u202f% of 200 MB, 1,200 spans so far');
  const whole = { ...large, bytes_read: large.bytes };
  expect(opened(whole).says).toBe('is read, all 200 MB: its spans are being made out');
  expect(opened({ ...whole, taken: 1200 }).says).toBe('is read, all 200 MB: 1,200 spans so far, the rest is being stored');
  expect(opened({ ...file, running: true, taken: 1200 }).says).toBe('is being read: 1,200 spans so far');
  expect(opened({ ...file, taken: 12 }).says).toBeNull();
});

test('of a file that was stopped it is said how much of it is there', () => {
  const stopped = { ...file, stopped: true, bytes: 2_000_000, bytes_read: 500_000, taken: 30 };
  expect(opened(stopped)).toEqual({ says: 'was stopped at 25\u202f% of 2.0 MB. 30 spans came and stay; opened again, it is read to its end', tone: 'warning' });
});

test('what was here already, or is lost, is said', () => {
  expect(opened({ ...file, known: 12 })).toEqual({ says: 'holds nothing new: all of its 12 spans were here already', tone: 'plain' });
  expect(opened({ ...file, taken: 2, problem: 'one part could not be read: line 3: it is cut off' })).toEqual({
    says: 'was read in part. 2 spans came; one part could not be read: line 3: it is cut off',
    tone: 'warning',
  });
  expect(opened({ ...file, problem: 'a.jsonl holds no traces' })).toEqual({ says: 'was not opened: a.jsonl holds no traces', tone: 'error' });
});
