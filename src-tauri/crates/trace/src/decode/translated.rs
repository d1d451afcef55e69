//! Spans that came in another format than OTLP, as they are received and stored: OTLP protobuf, in envelopes that spans of the same
//! producer and library share.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use super::complaints::Complaints;
use super::{Envelope, Received, ReceivedSpan, protobuf_out};
use crate::span::{AnyValue, Attributes, Resource, Scope, Span};

type Around = (Arc<Resource>, Arc<Scope>, Arc<Envelope>);

/// Gathers spans and what is wrong with those that are none.
#[derive(Default)]
pub(super) struct Translated {
    around: BTreeMap<(Bytes, Bytes), Around>,
    received: Received,
    complaints: Complaints,
}

impl Translated {
    /// Takes a span; its producer and library become shared with the spans before it.
    pub(super) fn take(&mut self, mut span: Span) {
        let envelope = protobuf_out::envelope(&span.resource, &span.scope);
        let key = (envelope.resource.clone(), envelope.scope.clone());
        let made = || (span.resource.clone(), span.scope.clone(), envelope.into());
        let (resource, scope, envelope) = self.around.entry(key).or_insert_with(made).clone();
        (span.resource, span.scope) = (resource, scope);
        let raw = protobuf_out::span(&span);
        self.received.spans.push(ReceivedSpan { span, raw, envelope, is_outline: false });
    }

    /// Takes a span, or what is wrong with it.
    pub(super) fn take_or_reject(&mut self, place: impl FnOnce() -> String, span: Result<Span, String>) {
        match span {
            Ok(span) => self.take(span),
            Err(reason) => self.complaints.reject(place, reason),
        }
    }

    pub(super) fn finish(self) -> Received {
        Received { rejected: self.complaints.rejected, complaints: self.complaints.list, ..self.received }
    }
}

/// Returns who produced spans, of whom only the name is known.
pub(super) fn service(name: &str) -> Resource {
    Resource { attributes: texts([("service.name", name)]), ..Resource::default() }
}

/// Returns attributes of those texts that are not empty.
pub(super) fn texts<'a>(told: impl IntoIterator<Item = (&'a str, &'a str)>) -> Attributes {
    let told = told.into_iter().filter(|(_, value)| !value.is_empty());
    told.map(|(key, value)| (key.to_owned(), AnyValue::Str(value.to_owned()))).collect()
}

/// Returns the text of a member, empty where there is none.
pub(super) fn text<'v>(object: &'v Value, key: &str) -> &'v str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}
