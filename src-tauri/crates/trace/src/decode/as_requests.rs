//! OTLP protobuf requests of what came in another format: what a program that speaks OTLP would have sent.

use std::sync::Arc;

use bytes::Bytes;

use super::protobuf_out::Out;
use super::{Encoding, Envelope, Received};

/// Returns the spans as an `ExportTraceServiceRequest`, those of one envelope after another; `None` when there are none. Spans that
/// came as JSON are left out: they came in a request of their own.
pub fn traces(received: &Received) -> Option<Bytes> {
    request(received.spans.iter().map(|span| (&span.raw, &span.envelope)))
}

/// Returns the log records as an `ExportLogsServiceRequest`; as [`traces`].
pub fn logs(received: &Received) -> Option<Bytes> {
    request(received.logs.iter().map(|log| (&log.raw, &log.envelope)))
}

/// The messages of both signals have the same numbers: 1 = resource spans, 2 = scope spans, 2 = spans.
fn request<'a>(items: impl Iterator<Item = (&'a Bytes, &'a Arc<Envelope>)>) -> Option<Bytes> {
    let items: Vec<_> = items.filter(|(_, envelope)| envelope.encoding == Encoding::Protobuf).collect();
    let mut request = Out::default();
    for group in items.chunk_by(|(_, one), (_, other)| Arc::ptr_eq(one, other)) {
        let mut within = Out::default();
        group.iter().for_each(|(raw, _)| within.bytes(2, raw));
        let envelope = group[0].1;
        let mut around = Out::default();
        around.bytes(2, &[&envelope.scope, &within.0[..]].concat());
        request.bytes(1, &[&envelope.resource, &around.0[..]].concat());
    }
    (!request.0.is_empty()).then(|| request.0.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Budget, langfuse, otlp_protobuf};

    #[test]
    fn a_translated_request_is_read_as_the_original_was() {
        let body = br#"{"batch":[{"id":"1","type":"trace-create","timestamp":"2026-01-01T00:00:00Z","body":{"id":"t","name":"chat"}},
            {"id":"2","type":"span-create","timestamp":"2026-01-01T00:00:01Z","body":{"id":"s","traceId":"t"}}]}"#;
        let (received, _) = langfuse::batch(body, Budget::default()).expect("a batch");
        let back = otlp_protobuf::logs(&logs(&received).expect("log records"), Budget::default()).expect("a request");
        assert_eq!(back.logs.len(), 2);
        assert!(received.logs.iter().zip(&back.logs).all(|(one, other)| one.log == other.log && one.raw == other.raw));
        assert_eq!(traces(&received), None);
    }
}
