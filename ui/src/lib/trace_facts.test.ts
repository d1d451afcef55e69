import { expect, test } from 'vitest';
import type { TraceSummary } from '../api/types';
import { traceFacts } from './trace_facts';

const summary = (facts: Partial<TraceSummary>) => ({ session_id: null, user_id: null, tags: [], metadata: {}, ...facts }) as unknown as TraceSummary;

test('a trace of which nothing is told has no facts', () => expect(traceFacts(summary({}))).toEqual([]));

test('session and labels come first, then judgements with their value, then the rest', () => {
  const facts = traceFacts(summary({ session_id: 's-1', tags: ['a', 'b'], metadata: { env: 'staging', 'assessment.helpful': { value: false, rationale: 'no' }, long: 'x'.repeat(60) } }));
  expect(facts.map((fact) => `${fact.name} ${fact.words}`)).toEqual(['session s-1', 'tags a, b', 'assessment.helpful false', 'env staging', `long ${'x'.repeat(39)}…`]);
});

test('a judgement is told by its label and its value, and each of several', () => {
  const metadata = {
    'evaluation.hallucination': [{ value: 1, label: 'hallucinated', annotator_kind: 'LLM' }, { label: 'grounded' }],
    'evaluation.quality': { value: 0.92 },
  };
  expect(traceFacts(summary({ metadata })).map((fact) => fact.words)).toEqual(['hallucinated 1, grounded', '0.92']);
});
