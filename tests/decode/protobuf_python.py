"""Makes random valid OTLP requests with Google's protobuf for Python, and says in OTLP/JSON what it reads of each.

    python protobuf_python.py COUNT SEED

Written to standard output, one after the other: a byte for the signal (0 traces, 1 logs, 2 metrics), the request in protobuf and
the same in JSON, each behind its length in four bytes (little endian). All kinds of fields occur, by the descriptors of
opentelemetry-proto; so do numbers at their edges, texts of all planes, fields of later versions, and what protobuf allows beside its
usual form: fields in any order, messages in several pieces, varints that are longer than they need be.
"""

import binascii
import json
import random
import struct
import sys

from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor as Kind
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

REQUESTS = [ExportTraceServiceRequest, ExportLogsServiceRequest, ExportMetricsServiceRequest]

TEXTS = ["", "a", "gen_ai.request.model", "service.name", "\0", '"\\\n\r\t\x7f\x1b[0m', "\u2028\u2029\u202e\ufeff", "naïve ñandú", "日本語のテキスト", "👩‍👩‍👧‍👦 \U0010ffff", "null", "NaN", "1e400", "x" * 300]
DOUBLES = [0.0, -0.0, 1.0, 0.1, -1.5, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, float("inf"), float("-inf"), float("nan"), 1e16, 1e21, 123456789012345680.0, 1e-7]
# How deep values nest at most: protobuf for Python reads a hundred messages within each other.
DEEPEST = 20


def bits(n):
    return random.getrandbits(n)


def edge(low, high):
    """Returns a whole number of a range, one at its edges as often as another."""
    return random.choice((0, 1, low, high, low + 1, high - 1, random.randint(low, high), random.randint(max(low, -1000), 1000)))


def text():
    draw = random.random()
    if draw < 0.6:
        return random.choice(TEXTS)
    length = int(random.expovariate(0.1))
    top = random.choice((0x7F, 0x7FF, 0xD7FF, 0x10FFFF))
    codes = (random.randint(0, top) for _ in range(length))
    return "".join(chr(code) for code in codes if not 0xD800 <= code <= 0xDFFF)


def double():
    return random.choice(DOUBLES) if random.random() < 0.5 else struct.unpack("<d", bits(64).to_bytes(8, "little"))[0]


def identity(length):
    draw = random.random()
    if draw < 0.9:
        return bits(8 * length).to_bytes(length, "little")
    return random.choice((b"", bytes(length), random.randbytes(random.randrange(20))))


SCALARS = {
    Kind.TYPE_STRING: text,
    Kind.TYPE_DOUBLE: double,
    Kind.TYPE_BOOL: lambda: bool(bits(1)),
    Kind.TYPE_BYTES: lambda: random.randbytes(int(random.expovariate(0.1))),
    Kind.TYPE_INT64: lambda: edge(-(2**63), 2**63 - 1),
    Kind.TYPE_SFIXED64: lambda: edge(-(2**63), 2**63 - 1),
    Kind.TYPE_SINT32: lambda: edge(-(2**31), 2**31 - 1),
    Kind.TYPE_INT32: lambda: edge(-(2**31), 2**31 - 1),
    Kind.TYPE_UINT32: lambda: edge(0, 2**32 - 1),
    Kind.TYPE_FIXED32: lambda: edge(0, 2**32 - 1),
    Kind.TYPE_UINT64: lambda: edge(0, 2**64 - 1),
    Kind.TYPE_FIXED64: lambda: edge(0, 2**64 - 1),
    # Numbers that no version names occur, too.
    Kind.TYPE_ENUM: lambda: random.choice((0, 1, 2, 3, 4, 5, 24, -1, 99, 2**31 - 1)),
}


def scalar(field):
    if field.type == Kind.TYPE_BYTES and field.name.endswith("_id"):
        return identity(16 if field.name == "trace_id" else 8)
    return SCALARS[field.type]()


def fill(message, depth=0):
    """Fills a message with anything it may hold."""
    descriptor = message.DESCRIPTOR
    chosen = {oneof.name: random.choice(oneof.fields) for oneof in descriptor.oneofs}
    is_value = descriptor.name == "AnyValue"
    for field in descriptor.fields:
        if field.containing_oneof is not None and chosen[field.containing_oneof.name] is not field:
            continue
        is_message = field.type == Kind.TYPE_MESSAGE
        if is_value and is_message and (depth >= DEEPEST or random.random() > (0.9 if depth > 6 else 0.5)):
            continue
        # What leads to the spans is there more often than not; ids nearly always.
        if not is_value and random.random() > (0.95 if is_message or field.name.endswith("_id") else 0.7):
            continue
        deeper = depth + (descriptor.name == "AnyValue")
        if field.is_repeated:
            for _ in range(random.choice((0, 1, 1, 2, 3)) if deeper < 3 else random.choice((0, 1, 1))):
                if is_message:
                    fill(getattr(message, field.name).add(), deeper)
                else:
                    getattr(message, field.name).append(scalar(field))
        elif is_message:
            getattr(message, field.name).SetInParent()
            fill(getattr(message, field.name), deeper)
        else:
            setattr(message, field.name, scalar(field))
    if random.random() < 0.02:
        message.MergeFromString(later_fields())
    return message


def varint(number, padding=0):
    out = bytearray()
    while number > 0x7F or padding > 0:
        if number <= 0x7F:
            padding -= 1
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def later_fields():
    """Returns fields that no version of OTLP has, of every wire type."""
    out = b""
    for _ in range(random.randint(1, 3)):
        number = random.choice((2001, 2002, 18999, 536870911))
        out += random.choice(
            (
                varint(number << 3) + varint(bits(64)),
                varint(number << 3 | 1) + random.randbytes(8),
                varint(number << 3 | 2) + varint(5) + random.randbytes(5),
                varint(number << 3 | 3) + varint(1 << 3) + b"\x07" + varint(number << 3 | 4),
                varint(number << 3 | 5) + random.randbytes(4),
            )
        )
    return out


def read(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def fields_of(data):
    """Yields (number, wire type, value, end) of each field of a message; a group's value is its bytes with both its tags."""
    at = 0
    while at < len(data):
        begun = at
        tag, at = read(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = read(data, at)
        elif wire == 2:
            length, at = read(data, at)
            value, at = data[at : at + length], at + length
        elif wire in (1, 5):
            length = 8 if wire == 1 else 4
            value, at = data[at : at + length], at + length
        else:
            # Groups are only those of `later_fields`: a tag and a number, and the tag of the end.
            for _ in range(3):
                _, at = read(data, at)
            value = data[begun:at]
        yield number, wire, value, at


def rewritten(data, descriptor):
    """Writes a message in another of the forms that protobuf allows."""
    queues = {}
    for number, wire, value, _ in fields_of(data):
        field = descriptor.fields_by_number.get(number)
        pieces = queues.setdefault(number, [])
        # A tag has five bytes at most.
        padding = random.choice((0, 0, 0, 1, 3)) if number < 1000 else 0
        if wire == 2 and field is not None and field.type == Kind.TYPE_MESSAGE:
            again = rewritten(value, field.message_type)
            halves = [again]
            if not field.is_repeated and random.random() < 0.2:
                cut = random.choice([0, *(end for *_, end in fields_of(again))])
                halves = [again[:cut], again[cut:]]
            pieces.extend(varint(number << 3 | 2, padding) + varint(len(half), padding) + half for half in halves)
        elif wire == 0:
            pieces.append(varint(number << 3) + varint(value, padding if value < 2**42 else 0))
        elif wire == 2:
            pieces.append(varint(number << 3 | 2) + varint(len(value), padding) + value)
        elif wire in (1, 5):
            pieces.append(varint(number << 3 | wire, padding) + value)
        else:
            pieces.append(value)
    out = []
    numbers = [number for number, pieces in queues.items() for _ in pieces]
    random.shuffle(numbers)
    for number in numbers:
        out.append(queues[number].pop(0))
    return b"".join(out)


def in_otlp_json(value):
    """OTLP/JSON differs from protobuf's JSON in its ids alone, which are hexadecimal."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, (dict, list)):
                in_otlp_json(inner)
            elif key in ("traceId", "spanId", "parentSpanId"):
                value[key] = binascii.a2b_base64(inner).hex()
    else:
        for inner in value:
            if isinstance(inner, (dict, list)):
                in_otlp_json(inner)


def main(count, seed):
    random.seed(seed)
    out = sys.stdout.buffer
    for n in range(count):
        signal = random.choice((0, 0, 1, 2))
        request = fill(REQUESTS[signal]())
        data = request.SerializeToString()
        if n % 3 == 0:
            data = rewritten(data, request.DESCRIPTOR)
            request = REQUESTS[signal].FromString(data)
        told = json_format.MessageToDict(request, use_integers_for_enums=True)
        in_otlp_json(told)
        told = json.dumps(told, ensure_ascii=bool(bits(1)), separators=(",", ":")).encode()
        out.write(struct.pack("<BI", signal, len(data)) + data + struct.pack("<I", len(told)) + told)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
