import { expect, test } from 'vitest';
import { senders, withComment } from './snippets';

const all = senders({ http: 'http://127.0.0.1:5999', grpc: 'http://127.0.0.1:5998' });

test('every text names an address that is bound, but the one that has it found', () => {
  for (const sender of all.filter(({ id }) => id !== 'run')) for (const snippet of sender.snippets) expect(snippet.text, `${sender.id} ${snippet.title}`).toMatch(/127\.0\.0\.1:599[89]/);
});

test('no text names a port by itself', () => expect(JSON.stringify(all)).not.toMatch(/431[78]/));

test('MLflow is told to keep every chunk and to speak HTTP', () => {
  const text = all[0]?.snippets[1]?.text ?? '';
  expect(text).toContain('export OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://127.0.0.1:5999/v1/traces');
  expect(text).toContain('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf');
  expect(text).toContain('OTEL_SPAN_EVENT_COUNT_LIMIT');
});

test('MLflow is told of a tracking server by its bare address', () => {
  expect(all[0]?.snippets[0]?.text).toContain('mlflow.set_tracking_uri("http://127.0.0.1:5999")');
});

test('an address is not a comment', () => {
  expect(withComment('export A=http://127.0.0.1:1   # why')).toEqual({ code: 'export A=http://127.0.0.1:1  ', comment: ' # why' });
  expect(withComment('export A=http://127.0.0.1:1').comment).toBe('');
});
