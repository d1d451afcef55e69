import { expect, test } from 'vitest';
import readme from '../../../../README.md?raw';
import { senders, withComment } from './snippets';

const all = senders({ http: 'http://127.0.0.1:5999', grpc: 'http://127.0.0.1:5998', datadog: 'http://127.0.0.1:5999' });
const told = senders({ http: 'http://127.0.0.1:4318', grpc: 'http://127.0.0.1:4317', datadog: 'http://127.0.0.1:8126' }).flatMap(({ snippets }) => snippets.map(({ text, note }) => `${text}\n${note}`)).join('\n');

test('every text names an address that is bound, but the one that has it found', () => {
  for (const sender of all.filter(({ id }) => id !== 'run')) for (const snippet of sender.snippets) expect(snippet.text, `${sender.id} ${snippet.title}`).toMatch(/127\.0\.0\.1:599[89]/);
});

test('what the README says is to be set is told, and no other version', () => {
  const [, section = ''] = /## Point your program at it\n([\s\S]*?)\*\*To another endpoint/.exec(readme) ?? [];
  const set = [...section.matchAll(/\b[A-Z][A-Z_]+=\w+/g), ...section.matchAll(/http:\/\/127[\w.:/]*\/v\d\/\w+/g), ...section.matchAll(/\w+ = \{.*\}/g)].map(([text]) => text);
  expect(set.length).toBeGreaterThan(15);
  expect(set.filter((text) => !told.includes(text) && !/^DD_TRACE_AGENT_URL=unix/.test(text))).toEqual([]);
  expect(told).not.toMatch(/not kept|version 3 on/);
});

test('no text names a port by itself', () => expect(JSON.stringify(all.map(({ snippets }) => snippets.map(({ text }) => text)))).not.toMatch(/431[78]|8126/));

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
