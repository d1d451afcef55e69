// Made-up traces of any size, for measuring: an agent whose turns call models and tools, with a few failures, in the shape the
// GenAI conventions give them.

import { randomBytes } from 'node:crypto';

import { request } from './protobuf.mjs';

const text = (key, value) => ({ key, value: { stringValue: value } });
const number = (key, value) => ({ key, value: { intValue: String(value) } });
const id = (n) => n.toString(16).padStart(16, '0');

/** What one turn of the agent holds: itself and its children. */
const TURN = 100;

function* spansOf(traceId, count, start) {
  const span = (n, parent, name, from, to, attributes, failed) => ({
    traceId,
    spanId: id(n),
    parentSpanId: parent ? id(parent) : '',
    name,
    kind: 1,
    startTimeUnixNano: `${start + BigInt(from)}`,
    endTimeUnixNano: `${start + BigInt(to)}`,
    attributes,
    status: failed ? { code: 2, message: '429 rate limit' } : {},
  });
  const turns = Math.ceil((count - 1) / TURN);
  yield span(1, 0, 'research_agent', 0, turns * 10e6, [text('gen_ai.operation.name', 'invoke_agent')]);
  for (let turn = 0, n = 2; n <= count; turn++) {
    const [from, parent] = [turn * 10e6, n++];
    yield span(parent, 1, `turn ${turn}`, from, from + 9.9e6, []);
    for (let i = 0; i < TURN - 1 && n <= count; i++, n++) {
      const at = from + i * 1e5;
      const failed = n % 997 === 0;
      if (i % 3 === 0) {
        const usage = [number('gen_ai.usage.input_tokens', 100 + i), number('gen_ai.usage.output_tokens', 10 + (i % 7))];
        yield span(n, parent, 'chat gpt-4o-mini', at, at + 8e4, [text('gen_ai.operation.name', 'chat'), text('gen_ai.request.model', 'gpt-4o-mini'), ...usage], failed);
      } else if (i % 3 === 1) yield span(n, parent, `execute_tool lookup_${i % 10}`, at, at + 5e4, [text('gen_ai.operation.name', 'execute_tool'), text('gen_ai.tool.name', `lookup_${i % 10}`)], failed);
      else yield span(n, parent, 'GET /orders', at, at + 1e3, [text('http.request.method', 'GET')], failed);
    }
  }
}

/** Sends a trace of `count` spans; returns its id. */
export async function sendBigTrace(app, count) {
  const traceId = randomBytes(16).toString('hex');
  const start = BigInt(Date.now() - 3_600_000) * 1_000_000n;
  let batch = [];
  const flush = async () => {
    await post(app, batch);
    batch = [];
  };
  for (const span of spansOf(traceId, count, start)) {
    batch.push(span);
    if (batch.length === 5_000) await flush();
  }
  if (batch.length > 0) await flush();
  return traceId;
}

/** Sends spans of one trace; again while the program has no room for them. */
async function post(app, spans, service = 'bench') {
  const body = request(spans, service);
  for (;;) {
    const response = await fetch(`${app.otlp_http}/v1/traces`, { method: 'POST', headers: { 'content-type': 'application/x-protobuf' }, body });
    const said = await response.text();
    if (response.status === 200) return;
    if (response.status !== 503) throw new Error(`${response.status} ${said}`);
  }
}

/** Sends a trace of 24 hours with a span of 1 µs in its middle; returns its id. */
export async function sendTinySpan(app) {
  const traceId = randomBytes(16).toString('hex');
  const start = BigInt(Date.now() - 90_000_000) * 1_000_000n;
  const [day, noon] = [86_400_000_000_000n, 43_200_000_000_000n];
  await post(app, [
    { traceId, spanId: id(1), name: 'day', kind: 1, startTimeUnixNano: `${start}`, endTimeUnixNano: `${start + day}` },
    { traceId, spanId: id(2), parentSpanId: id(1), name: 'moment', kind: 1, startTimeUnixNano: `${start + noon}`, endTimeUnixNano: `${start + noon + 1000n}` },
  ]);
  return traceId;
}

/** Sends one call whose request holds these messages. */
export async function sendSaid(app, messages) {
  const traceId = randomBytes(16).toString('hex');
  const start = BigInt(Date.now()) * 1_000_000n;
  const attributes = [text('gen_ai.operation.name', 'chat'), text('gen_ai.request.model', 'gpt-4o-mini'), text('gen_ai.input.messages', JSON.stringify(messages))];
  await post(app, [{ traceId, spanId: id(1), name: 'chat', kind: 3, startTimeUnixNano: `${start}`, endTimeUnixNano: `${start + 1000n}`, attributes }]);
  return { traceId, spanId: id(1) };
}

/** Sends one call with a chat of so many messages, each padded by so many characters; returns its trace id. */
export async function sendLongChat(app, messages, padding) {
  const said = (i) => ({ role: i % 2 ? 'assistant' : 'user', parts: [{ type: 'text', content: `Message ${i} ${'word '.repeat(padding / 5)}` }] });
  return (await sendSaid(app, Array.from({ length: messages }, (_, i) => said(i)))).traceId;
}

/** A span's times as OTLP has them: so many nanoseconds after `start`. */
const times = (start, from, to) => ({ startTimeUnixNano: `${start + BigInt(Math.round(from))}`, endTimeUnixNano: `${start + BigInt(Math.round(to))}` });

/** Sends a trace of a second with so many spans of a nanosecond, one after the other; returns its id. */
export async function sendMoments(app, count) {
  const traceId = randomBytes(16).toString('hex');
  const start = BigInt(Date.now() - 1_000) * 1_000_000n;
  const at = (i) => (1e9 * (i + 0.5)) / (count + 1);
  const moments = Array.from({ length: count }, (_, i) => ({ traceId, spanId: id(i + 2), parentSpanId: id(1), name: `moment ${i} of many`, kind: 1, ...times(start, at(i), at(i) + 1) }));
  await post(app, [{ traceId, spanId: id(1), name: 'second', kind: 1, ...times(start, 0, 1e9) }, ...moments]);
  return traceId;
}

/** Sends a trace whose every span is the child of the one before; returns its id. */
export async function sendChain(app, depth, named = (level) => `level ${level}`) {
  const traceId = randomBytes(16).toString('hex');
  const start = BigInt(Date.now() - 60_000) * 1_000_000n;
  const spans = Array.from({ length: depth }, (_, i) => ({ traceId, spanId: id(i + 1), parentSpanId: i === 0 ? '' : id(i), name: named(i), kind: 1, ...times(start, i * 1e3, 2e10 - i * 1e3) }));
  await post(app, spans);
  return traceId;
}

/** Sends a trace of one span with so many children, all at once; returns its id. */
export async function sendFan(app, count) {
  const traceId = randomBytes(16).toString('hex');
  const start = BigInt(Date.now() - 60_000) * 1_000_000n;
  const branches = Array.from({ length: count }, (_, i) => ({ traceId, spanId: id(i + 2), parentSpanId: id(1), name: `branch ${i}`, kind: 1, ...times(start, 1e6, 1e9 + i * 1e5) }));
  await post(app, [{ traceId, spanId: id(1), name: 'fan', kind: 1, ...times(start, 0, 1.2e9) }, ...branches]);
  return traceId;
}

/** Sends a trace with a child of another process that is before its parent, and one that ends before it starts; returns its id. */
export async function sendSkewed(app) {
  const traceId = randomBytes(16).toString('hex');
  const start = BigInt(Date.now() - 60_000) * 1_000_000n;
  const child = (n, name, from, to) => ({ traceId, spanId: id(n), parentSpanId: id(1), name, kind: 1, ...times(start, from, to) });
  await post(app, [{ traceId, spanId: id(1), name: 'parent', kind: 1, ...times(start, 1e9, 2e9) }, child(3, 'backwards', 1.8e9, 1.2e9)]);
  await post(app, [child(2, 'early', 0, 5e8)], 'elsewhere');
  return traceId;
}

/** Sends a span with an attribute of about so many bytes of JSON, several values each 20 bytes. */
export async function sendJson(app, bytes) {
  const traceId = randomBytes(16).toString('hex');
  const start = BigInt(Date.now()) * 1_000_000n;
  const items = Math.round(bytes / 40);
  const value = JSON.stringify({ items: Array.from({ length: items }, (_, i) => ({ id: i, tags: ['a', 'b'], ok: true })) });
  await post(app, [{ traceId, spanId: id(1), name: 'large', kind: 1, ...times(start, 0, 1e6), attributes: [text('app.payload', value)] }]);
  return { traceId, spanId: id(1) };
}

/** Begins a trace that grows by so many spans a second while it is told to; its root is still to come. */
export async function grow(app, per_second) {
  const traceId = randomBytes(16).toString('hex');
  const start = BigInt(Date.now()) * 1_000_000n;
  let [next, sent, spent_ms] = [2, 0, 0];
  const more = async (count) => {
    const now = (Date.now() - Number(start / 1_000_000n)) * 1e6;
    const spans = Array.from({ length: count }, () => ({ traceId, spanId: id(next), parentSpanId: id(1), name: `step ${next++}`, kind: 1, ...times(start, now, now + 1e6) }));
    await post(app, spans);
  };
  await more(2_000);
  return {
    traceId,
    /** Spans a second that were sent in fact. */
    rate: () => sent / (spent_ms / 1000),
    during: async (ms) => {
      const from = Date.now();
      for (let mine = 0; Date.now() - from < ms; ) {
        const due = Math.floor(((Date.now() - from) / 1000) * per_second) - mine;
        if (due > 0) await more(due);
        mine += Math.max(0, due);
        sent += Math.max(0, due);
        await new Promise((done) => setTimeout(done, 20));
      }
      spent_ms += Date.now() - from;
    },
  };
}
