import { expect, test } from 'vitest';
import fixture from './packed.fixture.json';
import { unpack } from './packed';
import type { Timeline } from './types';

test('packed rows are the rows the engine packed', () => {
  const bytes = Uint8Array.from(atob(fixture.packed), (letter) => letter.charCodeAt(0));
  const told = fixture.timeline as unknown as Timeline;
  const found = unpack(bytes.buffer);
  const plain = (rows: typeof found.rows) => rows.map(({ buckets: _, ...row }) => row);
  expect({ ...found, rows: plain(found.rows), ancestors: plain(found.ancestors) }).toEqual(told);
  const folded = found.rows.filter((row) => row.buckets.length > 0);
  expect(folded.map((row) => row.buckets.map((bucket) => [bucket.kind, bucket.error, bucket.count]))).toEqual([[['tool', false, 1], ['http', true, 1]]]);
});
