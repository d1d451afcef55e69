// Spans as OTLP's protobuf has them, which is what most clients send; written from the objects of its JSON.

/** A whole number from 0 up, seven bits a byte. */
function varint(number) {
  const bytes = [];
  for (let rest = BigInt(number); ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 127n) | 128);
  }
}

const number = (field, value) => Buffer.concat([varint(field << 3), varint(value)]);

function fixed(field, value) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return Buffer.concat([varint((field << 3) | 1), bytes]);
}

function bytes(field, value) {
  const content = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([varint((field << 3) | 2), varint(content.length), content]);
}

const message = (field, ...parts) => bytes(field, Buffer.concat(parts));

const attribute = (field, { key, value }) => message(field, bytes(1, key), message(2, value.stringValue === undefined ? number(3, value.intValue) : bytes(1, value.stringValue)));

function span(field, { traceId, spanId, parentSpanId, name, kind, startTimeUnixNano, endTimeUnixNano, attributes = [], status = {} }) {
  return message(
    field,
    bytes(1, Buffer.from(traceId, 'hex')),
    bytes(2, Buffer.from(spanId, 'hex')),
    ...(parentSpanId ? [bytes(4, Buffer.from(parentSpanId, 'hex'))] : []),
    bytes(5, name),
    number(6, kind),
    fixed(7, startTimeUnixNano),
    fixed(8, endTimeUnixNano),
    ...attributes.map((each) => attribute(9, each)),
    ...(status.code ? [message(15, bytes(2, status.message ?? ''), number(3, status.code))] : []),
  );
}

/** A traces request of spans of one service. */
export function request(spans, service) {
  const resource = message(1, attribute(1, { key: 'service.name', value: { stringValue: service } }));
  return message(1, resource, message(2, message(1, bytes(1, 'bench')), ...spans.map((each) => span(2, each))));
}
