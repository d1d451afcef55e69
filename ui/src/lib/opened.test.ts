import { expect, test } from 'vitest';
import type { OpenedFile } from '../api/types';
import { opened } from './opened';

const file: OpenedFile = { id: 1, name: 'a.jsonl', running: false, taken: 0, known: 0, trace_id: null, problem: null };

test('a file says how far it is, and nothing when all of it came', () => {
  expect(opened({ ...file, running: true }).says).toBe('is being read');
  expect(opened({ ...file, running: true, taken: 1200 }).says).toBe('is being read: 1,200 spans so far');
  expect(opened({ ...file, taken: 12 }).says).toBeNull();
});

test('what was here already, or is lost, is said', () => {
  expect(opened({ ...file, known: 12 })).toEqual({ says: 'holds nothing new: all of its 12 spans were here already', tone: 'plain' });
  expect(opened({ ...file, taken: 2, problem: 'one part could not be read: line 3: it is cut off' })).toEqual({
    says: 'was read in part. 2 spans came; one part could not be read: line 3: it is cut off',
    tone: 'warning',
  });
  expect(opened({ ...file, problem: 'a.jsonl holds no traces' })).toEqual({ says: 'was not opened: a.jsonl holds no traces', tone: 'error' });
});
