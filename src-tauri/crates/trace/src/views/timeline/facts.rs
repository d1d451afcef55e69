//! What a timeline needs to know of a span: a few facts of its digest, read without the rest of it.

use std::borrow::Cow;

use serde::Deserialize;

use crate::reading::{Half, Kind, Usage};
use crate::span::SpanId;
use crate::views::document::Dropped;
use crate::views::failed;
use crate::views::summary::{Digest, Marks};

/// What a timeline needs to know of a span. Reading it from a stored [`Digest`] passes over what else stands there.
#[derive(Clone, Debug, Deserialize)]
pub struct SpanFacts<'a> {
    /// The span.
    pub span_id: SpanId,
    /// Its parent.
    #[serde(default)]
    pub parent_span_id: Option<SpanId>,
    /// What it is called.
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// Nanoseconds since 1970.
    pub start_time_unix_nano: u64,
    /// Nanoseconds since 1970; 0 when unfinished.
    pub end_time_unix_nano: u64,
    /// OTLP's status code: 0 unset, 1 ok, 2 error.
    #[serde(default)]
    pub status_code: i32,
    /// Whether it has started and not ended.
    #[serde(default)]
    pub running: bool,
    /// See [`crate::reading::Reading::half`].
    #[serde(default)]
    pub half: Option<Half>,
    /// What kind of work it did.
    pub kind: Kind,
    /// The model that answered (else that was asked).
    #[serde(default)]
    pub model: Option<Cow<'a, str>>,
    /// The tool that ran.
    #[serde(default)]
    pub tool_name: Option<Cow<'a, str>>,
    /// What it recorded of token counts.
    #[serde(default)]
    pub usage: Option<Usage>,
    /// The error's first line.
    #[serde(default)]
    pub error: Option<Cow<'a, str>>,
    /// The first chunk of a streamed answer, from the span's start.
    #[serde(default)]
    pub first_chunk_ns: Option<u64>,
    /// Plain facts.
    #[serde(default)]
    pub marks: Marks,
    /// What the sender left out.
    #[serde(default)]
    pub dropped: Dropped,
}

impl SpanFacts<'_> {
    /// Says whether the span failed: by its status, or by the error it recorded.
    pub(super) fn failed(&self) -> bool {
        failed(self.status_code, self.marks.has(Marks::ERROR))
    }
}

impl<'a> From<&'a Digest> for SpanFacts<'a> {
    fn from(digest: &'a Digest) -> Self {
        Self {
            span_id: digest.span_id,
            parent_span_id: digest.parent_span_id,
            name: Cow::Borrowed(&digest.name),
            start_time_unix_nano: digest.start_time_unix_nano,
            end_time_unix_nano: digest.end_time_unix_nano,
            status_code: digest.status_code,
            running: digest.running,
            half: digest.half,
            kind: digest.kind,
            model: digest.model.as_deref().map(Cow::Borrowed),
            tool_name: digest.tool_name.as_deref().map(Cow::Borrowed),
            usage: digest.usage,
            error: digest.error.as_deref().map(Cow::Borrowed),
            first_chunk_ns: digest.first_chunk_ns,
            marks: digest.marks,
            dropped: digest.dropped,
        }
    }
}
