import { expect, test } from 'vitest';
import { isStoppedShort } from './finish';

test('what ended an answer early is told apart from its end', () => {
  for (const reason of ['length', 'max_tokens', 'MAX_TOKENS', 'content_filter', 'content-filter', 'SAFETY', 'RECITATION', 'refusal', 'error', 'MALFORMED_FUNCTION_CALL', 'max_output_tokens', 'guardrail_intervened', 'model_context_window_exceeded'])
    expect(isStoppedShort(reason), reason).toBe(true);
  for (const reason of ['stop', 'STOP', 'end_turn', 'eos', 'COMPLETE', 'completed', 'stop_sequence', 'tool_call', 'tool_calls', 'tool-calls', 'tool_use', 'function_call'])
    expect(isStoppedShort(reason), reason).toBe(false);
});
