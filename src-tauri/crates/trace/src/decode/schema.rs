//! The messages of OTLP traces, logs and metrics: field numbers, JSON names, types, and what a message weighs when built.
//!
//! Source: opentelemetry-proto 1.11 (`common`, `resource`, `trace`, `logs`, `metrics`). Metrics reach down to the data
//! points only, which are counted and not read.

/// A message type.
#[derive(Debug)]
pub(super) struct Message {
    /// What one of these takes in memory when built, in items of some 64 bytes (see [`super::Budget::items`]).
    pub(super) weight: u64,
    pub(super) fields: &'static [Known],
}

/// What the heaviest message weighs.
pub(super) const HEAVIEST: u64 = 8;

/// A field a message type has.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) number: u32,
    /// The name in OTLP JSON.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) repeated: bool,
}

/// The type of a field, as far as its wire form and its JSON form need it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Text,
    /// Bytes that are hexadecimal in OTLP JSON.
    Id,
    Bytes,
    Bool,
    Int32,
    Uint32,
    Int64,
    Fixed32,
    Fixed64,
    Double,
    Message(&'static Message),
}

impl Message {
    pub(super) fn field(&self, number: u32) -> Option<&'static Known> {
        self.fields.iter().find(|field| field.number == number)
    }
}

const fn one(number: u32, name: &'static str, kind: Kind) -> Known {
    Known { number, name, kind, repeated: false }
}

const fn many(number: u32, name: &'static str, kind: Kind) -> Known {
    Known { number, name, kind, repeated: true }
}

macro_rules! messages {
    ($($name:ident $weight:literal [$($field:expr),* $(,)?])*) => {
        $(pub(super) static $name: Message = Message { weight: $weight, fields: &[$($field),*] };)*
    };
}

use Kind::{Bool, Bytes, Double, Fixed32, Fixed64, Id, Int32, Int64, Text, Uint32};

messages! {
    TRACES 0 [many(1, "resourceSpans", Kind::Message(&RESOURCE_SPANS))]
    RESOURCE_SPANS 4 [
        one(1, "resource", Kind::Message(&RESOURCE)),
        one(3, "schemaUrl", Text),
        many(2, "scopeSpans", Kind::Message(&SCOPE_SPANS)),
        // Until opentelemetry-proto 0.15 the name of `scopeSpans`; same content.
        many(1000, "instrumentationLibrarySpans", Kind::Message(&SCOPE_SPANS)),
    ]
    SCOPE_SPANS 8 [
        one(1, "scope", Kind::Message(&SCOPE)),
        one(3, "schemaUrl", Text),
        many(2, "spans", Kind::Message(&SPAN)),
    ]
    SPAN 6 [
        one(1, "traceId", Id),
        one(2, "spanId", Id),
        one(3, "traceState", Text),
        one(4, "parentSpanId", Id),
        one(16, "flags", Fixed32),
        one(5, "name", Text),
        one(6, "kind", Int32),
        one(7, "startTimeUnixNano", Fixed64),
        one(8, "endTimeUnixNano", Fixed64),
        many(9, "attributes", Kind::Message(&KEY_VALUE)),
        one(10, "droppedAttributesCount", Uint32),
        many(11, "events", Kind::Message(&EVENT)),
        one(12, "droppedEventsCount", Uint32),
        many(13, "links", Kind::Message(&LINK)),
        one(14, "droppedLinksCount", Uint32),
        one(15, "status", Kind::Message(&STATUS)),
    ]
    EVENT 2 [
        one(1, "timeUnixNano", Fixed64),
        one(2, "name", Text),
        many(3, "attributes", Kind::Message(&KEY_VALUE)),
        one(4, "droppedAttributesCount", Uint32),
    ]
    LINK 2 [
        one(1, "traceId", Id),
        one(2, "spanId", Id),
        one(3, "traceState", Text),
        many(4, "attributes", Kind::Message(&KEY_VALUE)),
        one(5, "droppedAttributesCount", Uint32),
        one(6, "flags", Fixed32),
    ]
    STATUS 0 [one(2, "message", Text), one(3, "code", Int32)]

    LOGS 0 [many(1, "resourceLogs", Kind::Message(&RESOURCE_LOGS))]
    RESOURCE_LOGS 4 [
        one(1, "resource", Kind::Message(&RESOURCE)),
        one(3, "schemaUrl", Text),
        many(2, "scopeLogs", Kind::Message(&SCOPE_LOGS)),
        many(1000, "instrumentationLibraryLogs", Kind::Message(&SCOPE_LOGS)),
    ]
    SCOPE_LOGS 8 [
        one(1, "scope", Kind::Message(&SCOPE)),
        one(3, "schemaUrl", Text),
        many(2, "logRecords", Kind::Message(&LOG_RECORD)),
    ]
    LOG_RECORD 5 [
        one(1, "timeUnixNano", Fixed64),
        one(11, "observedTimeUnixNano", Fixed64),
        one(2, "severityNumber", Int32),
        one(3, "severityText", Text),
        one(5, "body", Kind::Message(&ANY_VALUE)),
        many(6, "attributes", Kind::Message(&KEY_VALUE)),
        one(7, "droppedAttributesCount", Uint32),
        one(8, "flags", Fixed32),
        one(9, "traceId", Id),
        one(10, "spanId", Id),
        one(12, "eventName", Text),
    ]

    METRICS 0 [many(1, "resourceMetrics", Kind::Message(&RESOURCE_METRICS))]
    RESOURCE_METRICS 0 [many(2, "scopeMetrics", Kind::Message(&SCOPE_METRICS))]
    SCOPE_METRICS 0 [many(2, "metrics", Kind::Message(&METRIC))]
    METRIC 0 [
        one(5, "gauge", Kind::Message(&POINTS)),
        one(7, "sum", Kind::Message(&POINTS)),
        one(9, "histogram", Kind::Message(&POINTS)),
        one(10, "exponentialHistogram", Kind::Message(&POINTS)),
        one(11, "summary", Kind::Message(&POINTS)),
    ]
    POINTS 0 [many(1, "dataPoints", Kind::Message(&POINT))]
    POINT 1 []

    RESOURCE 0 [
        many(1, "attributes", Kind::Message(&KEY_VALUE)),
        one(2, "droppedAttributesCount", Uint32),
        many(3, "entityRefs", Kind::Message(&ENTITY_REF)),
    ]
    ENTITY_REF 1 [
        one(1, "schemaUrl", Text),
        one(2, "type", Text),
        many(3, "idKeys", Text),
        many(4, "descriptionKeys", Text),
    ]
    SCOPE 0 [
        one(1, "name", Text),
        one(2, "version", Text),
        many(3, "attributes", Kind::Message(&KEY_VALUE)),
        one(4, "droppedAttributesCount", Uint32),
    ]
    KEY_VALUE 1 [
        one(1, "key", Text),
        one(2, "value", Kind::Message(&ANY_VALUE)),
        one(3, "keyStrindex", Int32),
    ]
    ANY_VALUE 1 [
        one(1, "stringValue", Text),
        one(2, "boolValue", Bool),
        one(3, "intValue", Int64),
        one(4, "doubleValue", Double),
        one(5, "arrayValue", Kind::Message(&ARRAY_VALUE)),
        one(6, "kvlistValue", Kind::Message(&KEY_VALUE_LIST)),
        one(7, "bytesValue", Bytes),
        one(8, "stringValueStrindex", Int32),
    ]
    ARRAY_VALUE 0 [many(1, "values", Kind::Message(&ANY_VALUE))]
    KEY_VALUE_LIST 0 [many(1, "values", Kind::Message(&KEY_VALUE))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_is_heavier_than_the_heaviest() {
        let mut seen: Vec<&'static Message> = vec![&TRACES, &LOGS, &METRICS];
        let mut at = 0;
        while let Some(message) = seen.get(at) {
            at += 1;
            let inner = message.fields.iter().filter_map(|known| match known.kind {
                Kind::Message(message) => Some(message),
                _ => None,
            });
            let inner: Vec<_> = inner.filter(|inner| !seen.iter().any(|known| std::ptr::eq(*known, *inner))).collect();
            seen.extend(inner);
        }
        assert!(seen.len() > 10);
        assert_eq!(seen.iter().map(|message| message.weight).max(), Some(HEAVIEST));
    }
}
