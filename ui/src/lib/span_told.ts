// What a row of a timeline shows beside its name, in words, for who does not see it.
import type { TimelineRow } from '../api/types';
import { duration, exact } from './format';
import { isVectors, kindLook } from './kind';

type Told = Pick<TimelineRow, 'alike' | 'expanded' | 'kind' | 'missing' | 'status' | 'error' | 'running' | 'start_ns' | 'duration_ns' | 'first_chunk_ns' | 'input_tokens' | 'output_tokens'>;

export function spanTold(row: Told): string {
  const tokens = (count: number | null) => (count === null ? 'unknown' : exact(count));
  const words = row.missing ? [] : [kindLook(row.kind).word];
  if (row.alike > 0) words.push(row.expanded ? `the first of ${exact(row.alike)} alike` : `${exact(row.alike)} alike, one after the other`);
  if (row.status === 'error') words.push(row.error ? `failed: ${row.error}` : 'failed');
  words.push(row.running ? `running for ${duration(row.duration_ns)}` : duration(row.duration_ns), `from ${duration(row.start_ns)}`);
  if (row.first_chunk_ns !== null) words.push(`first chunk after ${duration(row.first_chunk_ns)}`);
  if (row.input_tokens !== null || row.output_tokens !== null) words.push(`${tokens(row.input_tokens)} tokens in${isVectors(row.kind, row.output_tokens) ? '' : `, ${tokens(row.output_tokens)} out`}`);
  return words.join(', ');
}
