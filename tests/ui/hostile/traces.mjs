// Traces in which every place that is ever shown holds the same text.

const PER_TRACE = 24;
const hex = (n, digits) => n.toString(16).padStart(digits, '0');

/** The places a text is put in. */
export const POSITIONS = [
  'span name', 'attribute key', 'attribute value', 'JSON key', 'JSON value', 'event name', 'event attribute', 'status message', 'exception type',
  'exception message', 'stack trace', 'model', 'role', 'message', 'reasoning', 'tool name', 'tool arguments', 'tool result', 'tool description',
  'finish reason', 'code fence language', 'link title', 'media address', 'file name', 'session', 'user', 'scope', 'service', 'resource attribute',
];

/** Returns OTLP/JSON requests, one trace each, with the spans of the trace and the text of each. */
export function traces(texts, first) {
  const made = [];
  for (let at = 0; at < texts.length; at += PER_TRACE) {
    const traceId = hex(first + made.length, 32);
    const spans = texts.slice(at, at + PER_TRACE).map((text, n) => ({ spanId: hex(n + 1, 16), mark: `mark${at + n}.`, text }));
    made.push({ traceId, spans, request: { resourceSpans: spans.map((span) => resourceSpans(traceId, span)) } });
  }
  return made;
}

function resourceSpans(traceId, { spanId, mark, text }) {
  const said = (key, value) => ({ key, value: { stringValue: value } });
  const json = (key, value) => said(key, JSON.stringify(value));
  const part = (type, rest) => ({ type, ...rest });
  const asked = [
    part('text', { content: `${mark} ${text}` }),
    part('text', { content: '```' + text.replaceAll('\n', ' ') + '\ncode\n```' }),
    part('text', { content: `[link](http://localhost "${text.replaceAll('\n', ' ')}")` }),
    part('uri', { modality: 'image', mime_type: 'image/png', uri: text }),
    part('file', { name: text, filename: text, file_id: text }),
  ];
  const answered = [part('reasoning', { content: text }), part('tool_call', { id: 'c', name: text, arguments: { [text]: text } }), part('text', { content: text })];
  const attributes = [
    said('gen_ai.operation.name', 'chat'),
    said('gen_ai.request.model', text),
    said('gen_ai.conversation.id', text),
    said('session.id', text),
    said('user.id', text),
    said(text, text),
    json('metadata', { [text]: text }),
    json('gen_ai.input.messages', [{ role: 'user', parts: asked }, { role: text, parts: [part('text', { content: text })] }, { role: 'tool', parts: [part('tool_call_response', { id: 'c', response: text })] }]),
    json('gen_ai.output.messages', [{ role: 'assistant', parts: answered, finish_reason: text }]),
    json('gen_ai.tool.definitions', [{ type: 'function', name: text, description: text, parameters: { [text]: text } }]),
  ];
  const start = BigInt(Date.now()) * 1_000_000n;
  const event = (name, ...attributes) => ({ name, timeUnixNano: `${start}`, attributes });
  const span = {
    traceId,
    spanId,
    name: text,
    startTimeUnixNano: `${start}`,
    endTimeUnixNano: `${start + 1_000_000n}`,
    attributes,
    events: [event(text, said(text, text)), event('exception', said('exception.type', text), said('exception.message', text), said('exception.stacktrace', text))],
    status: { code: 2, message: text },
  };
  return { resource: { attributes: [said('service.name', text), said(text, text)] }, scopeSpans: [{ scope: { name: text, version: text }, spans: [span] }] };
}
