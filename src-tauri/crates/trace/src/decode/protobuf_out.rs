//! OTLP protobuf of spans and log records that came in another format: what is stored of them.
//!
//! What is read of these bytes again (see [`super::stored`]) equals what was written.

use bytes::Bytes;

use super::{Encoding, Envelope};
use crate::span::{AnyValue, Event, Link, LogRecord, Resource, Scope, Span};

/// Returns the `Span` message.
pub(super) fn span(span: &Span) -> Bytes {
    let mut out = Out::default();
    out.bytes(1, &span.trace_id.0);
    out.bytes(2, &span.span_id.0);
    out.text(3, &span.trace_state);
    if let Some(parent) = &span.parent_span_id {
        out.bytes(4, &parent.0);
    }
    out.text(5, &span.name);
    out.number(6, span.kind as u64);
    out.fixed64(7, span.start_time_unix_nano);
    out.fixed64(8, span.end_time_unix_nano);
    out.attributes(9, &span.attributes);
    out.number(10, span.dropped_attributes.into());
    span.events.iter().for_each(|sent| out.message(11, |out| event(sent, out)));
    out.number(12, span.dropped_events.into());
    span.links.iter().for_each(|sent| out.message(13, |out| link(sent, out)));
    out.number(14, span.dropped_links.into());
    out.message(15, |out| {
        out.text(2, &span.status.message);
        out.number(3, span.status.code as u64);
    });
    out.fixed32(16, span.flags);
    out.0.into()
}

/// Returns the `LogRecord` message.
pub(super) fn log(log: &LogRecord) -> Bytes {
    let mut out = Out::default();
    out.fixed64(1, log.time_unix_nano);
    out.number(2, log.severity_number as u64);
    out.text(3, &log.severity_text);
    if log.body != AnyValue::Null {
        out.message(5, |out| value(&log.body, out));
    }
    out.attributes(6, &log.attributes);
    out.number(7, log.dropped_attributes.into());
    out.fixed32(8, log.flags);
    if let Some(trace_id) = &log.trace_id {
        out.bytes(9, &trace_id.0);
    }
    if let Some(span_id) = &log.span_id {
        out.bytes(10, &span_id.0);
    }
    out.fixed64(11, log.observed_time_unix_nano);
    out.text(12, &log.event_name);
    out.0.into()
}

/// Returns what surrounds the spans of one producer and library: the same bytes whatever they hold.
pub(super) fn envelope(resource: &Resource, scope: &Scope) -> Envelope {
    let mut around = Out::default();
    around.message(1, |out| {
        out.attributes(1, &resource.attributes);
        out.number(2, resource.dropped_attributes.into());
    });
    around.text(3, &resource.schema_url);
    let mut within = Out::default();
    within.message(1, |out| {
        out.text(1, &scope.name);
        out.text(2, &scope.version);
        out.attributes(3, &scope.attributes);
        out.number(4, scope.dropped_attributes.into());
    });
    within.text(3, &scope.schema_url);
    Envelope { encoding: Encoding::Protobuf, resource: around.0.into(), scope: within.0.into() }
}

fn event(event: &Event, out: &mut Out) {
    out.fixed64(1, event.time_unix_nano);
    out.text(2, &event.name);
    out.attributes(3, &event.attributes);
    out.number(4, event.dropped_attributes.into());
}

fn link(link: &Link, out: &mut Out) {
    out.bytes(1, &link.trace_id.0);
    out.bytes(2, &link.span_id.0);
    out.text(3, &link.trace_state);
    out.attributes(4, &link.attributes);
    out.number(5, link.dropped_attributes.into());
    out.fixed32(6, link.flags);
}

fn value(value: &AnyValue, out: &mut Out) {
    // A member of a oneof is written even when it is empty or zero.
    match value {
        AnyValue::Null => {}
        AnyValue::Str(text) => out.bytes(1, text.as_bytes()),
        AnyValue::Bool(truth) => {
            out.tag(2, 0);
            out.varint((*truth).into());
        }
        AnyValue::Int(number) => {
            out.tag(3, 0);
            out.varint(*number as u64);
        }
        AnyValue::Double(number) => {
            out.tag(4, 1);
            out.0.extend(number.to_le_bytes());
        }
        AnyValue::Array(values) => out.message(5, |out| {
            values.iter().for_each(|sent| out.message(1, |out| self::value(sent, out)));
        }),
        AnyValue::Map(entries) => out.message(6, |out| out.attributes(1, entries)),
        AnyValue::Bytes(bytes) => out.bytes(7, bytes),
    }
}

#[derive(Default)]
pub(super) struct Out(pub(super) Vec<u8>);

impl Out {
    fn varint(&mut self, mut number: u64) {
        while number > 0x7f {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn tag(&mut self, field: u32, wire_type: u32) {
        self.varint((field << 3 | wire_type).into());
    }

    pub(super) fn bytes(&mut self, field: u32, bytes: &[u8]) {
        self.tag(field, 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn text(&mut self, field: u32, text: &str) {
        if !text.is_empty() {
            self.bytes(field, text.as_bytes());
        }
    }

    fn number(&mut self, field: u32, number: u64) {
        if number != 0 {
            self.tag(field, 0);
            self.varint(number);
        }
    }

    fn fixed64(&mut self, field: u32, number: u64) {
        if number != 0 {
            self.tag(field, 1);
            self.0.extend(number.to_le_bytes());
        }
    }

    fn fixed32(&mut self, field: u32, number: u32) {
        if number != 0 {
            self.tag(field, 5);
            self.0.extend(number.to_le_bytes());
        }
    }

    fn message(&mut self, field: u32, write: impl FnOnce(&mut Self)) {
        let mut inner = Self::default();
        write(&mut inner);
        self.bytes(field, &inner.0);
    }

    fn attributes(&mut self, field: u32, attributes: &[(String, AnyValue)]) {
        for (key, sent) in attributes {
            self.message(field, |out| {
                out.text(1, key);
                out.message(2, |out| value(sent, out));
            });
        }
    }
}
