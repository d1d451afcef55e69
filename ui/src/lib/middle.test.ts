import { expect, test } from 'vitest';
import { ends, tellsOf, undated } from './middle';

test('a long name keeps its last words', () => {
  expect(ends('execute_task RunnablePassthrough')).toEqual(['execute_task Runnable', 'Passthrough']);
  expect(ends('agent.workflow.step.retrieve_documents')).toEqual(['agent.workflow.step.retrieve_', 'documents']);
  expect(ends('gen_ai.tool.call.result')).toEqual(['gen_ai.tool.', 'call.result']);
});

test('a name without words keeps its last letters', () => {
  expect(ends('a'.repeat(40))).toEqual(['a'.repeat(30), 'a'.repeat(10)]);
});

test('a short name is one piece, as is one that is written from right to left', () => {
  expect(ends('chat gpt-4o')).toEqual(['chat gpt-4o', '']);
  expect(ends('سؤال عن الطلب رقم عشرة آلاف')[1]).toBe('');
});

test('no character is torn', () => {
  for (let n = 0; n < 24; n++) {
    const name = `${'x'.repeat(n)}${'👩‍🚀'.repeat(8)}${'y'.repeat(n % 12)}`;
    const [head, tail] = ends(name);
    expect(head + tail).toBe(name);
    expect(/^[\udc00-\udfff\u200d\ufe0f]/.test(tail)).toBe(false);
  }
});

test('a model is known without the day of its version', () => {
  expect(['gpt-4o-2024-08-06', 'claude-sonnet-4-5-20250929', 'claude-3-5-sonnet@20240620', 'gpt-4o', 'model-2024'].map(undated)).toEqual(['gpt-4o', 'claude-sonnet-4-5', 'claude-3-5-sonnet', 'gpt-4o', 'model-2024']);
});

test('a name that tells of the model needs none beside it', () => {
  expect(tellsOf('chat openai/GPT-4o-mini', 'gpt-4o-mini')).toBe(true);
  expect(tellsOf('chat gpt-4o-mini', 'gpt-4o-mini-2024-07-18')).toBe(false);
});
