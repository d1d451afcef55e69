import { expect, test } from 'vitest';
import type { TraceSummary } from '../api/types';
import { isGrowing } from './growing';

const summary = (more: Partial<TraceSummary>) => ({ status: 'unset', root_span_id: null, end_time_unix_nano: '1000000000000000', ...more }) as TraceSummary;
const now = 1_000_000_000;

test('a running span keeps its trace growing', () => expect(isGrowing(summary({ status: 'running', root_span_id: 'a' }), now + 1e9)).toBe(true));
test('a trace whose root is missing grows while it speaks', () => {
  expect(isGrowing(summary({}), now + 5_000)).toBe(true);
  expect(isGrowing(summary({}), now + 60_000)).toBe(false);
});
test('a trace whose root has arrived is done', () => expect(isGrowing(summary({ root_span_id: 'a' }), now)).toBe(false));
