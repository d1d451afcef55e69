//! Spans and log records from the bytes kept of them: exactly what reception made of the same bytes.
//!
//! Resources and scopes are read apart, so that spans that share an envelope can share them.

use std::sync::Arc;

use bytes::Bytes;

use super::wire::{Fields, Wire};
use super::{Encoding, Envelope, MAX_DEPTH, otlp_json, otlp_protobuf};
use crate::span::{LogRecord, Resource, Scope, Span, TraceId};

/// Says that kept bytes are not those of a span (or log record) that was let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a span or log record as it was received: {0}")]
pub struct NotAsReceived(pub String);

/// Reads who produced the spans of this envelope. What cannot be read is left out.
pub fn resource(envelope: &Envelope) -> Resource {
    match envelope.encoding {
        Encoding::Protobuf => otlp_protobuf::resource(&envelope.resource, MAX_DEPTH),
        Encoding::Json => otlp_json::resource(&envelope.resource, MAX_DEPTH),
    }
}

/// Reads which library made the spans of this envelope. What cannot be read is left out.
pub fn scope(envelope: &Envelope) -> Scope {
    match envelope.encoding {
        Encoding::Protobuf => otlp_protobuf::scope(&envelope.scope, MAX_DEPTH),
        Encoding::Json => otlp_json::scope(&envelope.scope, MAX_DEPTH),
    }
}

/// Reads a span that was received in `encoding`, with what [`resource`] and [`scope`] read of its envelope.
pub fn span(
    encoding: Encoding,
    raw: &[u8],
    resource: &Arc<Resource>,
    scope: &Arc<Scope>,
) -> Result<Span, NotAsReceived> {
    match encoding {
        Encoding::Protobuf => otlp_protobuf::span(raw, resource, scope, MAX_DEPTH),
        Encoding::Json => otlp_json::span(raw, resource, scope, MAX_DEPTH),
    }
    .map_err(NotAsReceived)
}

/// A span's field with its events.
const EVENT: u32 = 11;

/// Counts the events of a span that was received in `encoding`, without reading it; `None` where that cannot be.
pub fn events(encoding: Encoding, raw: &[u8]) -> Option<usize> {
    match encoding {
        Encoding::Protobuf => Some(Fields::of(raw).flatten().filter(|field| field.number == EVENT).count()),
        Encoding::Json => None,
    }
}

/// A log record's field with the id of its trace.
const LOG_TRACE_ID: u32 = 9;

/// Returns a log record that was received in `encoding` so that it names this trace, when it names it by one of `others`. One in
/// JSON stays as it is: traces that go by other ids were translated from another format, which makes protobuf.
pub fn log_of(trace_id: TraceId, others: &[TraceId], encoding: Encoding, raw: Bytes) -> Bytes {
    let is_other = |value| others.iter().any(|other| value == Wire::Bytes(&other.0));
    let mut fields = Fields::of(&raw).flatten();
    if encoding == Encoding::Json || !fields.any(|field| field.number == LOG_TRACE_ID && is_other(field.value)) {
        return raw;
    }
    // Of a field that stands twice, the last counts.
    let field = [(LOG_TRACE_ID << 3 | 2) as u8, trace_id.0.len() as u8];
    [&raw, &field[..], &trace_id.0].concat().into()
}

/// Reads a log record that was received in `encoding`; as [`span`].
pub fn log(
    encoding: Encoding,
    raw: &[u8],
    resource: &Arc<Resource>,
    scope: &Arc<Scope>,
) -> Result<LogRecord, NotAsReceived> {
    match encoding {
        Encoding::Protobuf => otlp_protobuf::log(raw, resource, scope, MAX_DEPTH),
        Encoding::Json => otlp_json::log(raw, resource, scope, MAX_DEPTH),
    }
    .map_err(NotAsReceived)
}
