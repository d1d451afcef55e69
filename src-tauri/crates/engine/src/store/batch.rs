//! What the store is handed: a request's spans and log records, read and ready to be packed.

use bytes::Bytes;
use spanglass_trace::metric::Sample;
use spanglass_trace::span::{SpanId, TraceId};

use super::{Place, StoredEnvelope};

/// A span ready to be stored.
#[derive(Clone, Debug)]
pub struct NewSpan {
    /// The trace it belongs to.
    pub trace_id: TraceId,
    /// The span.
    pub span_id: SpanId,
    /// Its envelope's place in [`Batch::envelopes`].
    pub envelope: usize,
    /// Its bytes.
    pub content: Bytes,
    /// When it ended, in nanoseconds since 1970; 0 = it has no end time, or is no more than an outline. Of two states of a span
    /// the one that ended later is shown, of two that ended at the same time the larger one, else the one that came last.
    pub ended: u64,
    /// The reading version of the digest.
    pub reading: u32,
    /// Its digest, sealed.
    pub digest: Vec<u8>,
}

/// A log record ready to be stored.
#[derive(Clone, Debug)]
pub struct NewLog {
    /// The trace it belongs to.
    pub trace_id: Option<TraceId>,
    /// The span it belongs to.
    pub span_id: Option<SpanId>,
    /// Its envelope's place in [`Batch::envelopes`].
    pub envelope: usize,
    /// Its bytes.
    pub content: Bytes,
}

/// What is stored together or not at all.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// What surrounds the spans and log records.
    pub envelopes: Vec<StoredEnvelope>,
    /// The spans.
    pub spans: Vec<NewSpan>,
    /// The log records.
    pub logs: Vec<NewLog>,
    /// Other ids of traces, and the traces.
    pub aliases: Vec<(TraceId, TraceId)>,
    /// Metric samples; each with a time.
    pub metrics: Vec<Sample>,
}

/// What a batch changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Spans that were not there before.
    pub spans: u64,
    /// Spans that were there before.
    pub duplicates: u64,
    /// Log records that were not there before.
    pub logs: u64,
    /// The [`super::SpanRecord::id`] of the first span when none was there before, they are numbered one after the other and mean
    /// what their digests say; 0 otherwise.
    pub first_span: i64,
    /// The [`super::TraceRecord::id`] the next trace gets that is not there yet.
    pub next_trace: i64,
    /// The change sequence after it.
    pub seq: u64,
}

/// What was made again from what is stored.
#[derive(Clone, Debug, Default)]
pub struct Remade {
    /// The reading version the digests were made with.
    pub reading: u32,
    /// The stamp of what the rows were made with, beside the spans; not 0.
    pub stamp: u32,
    /// Digests. Each is kept on its own, whatever becomes of the others and of its trace's row.
    pub digests: Vec<RemadeDigest>,
    /// Rows.
    pub rows: Vec<RemadeRow>,
}

/// A digest that was made again.
#[derive(Clone, Debug)]
pub struct RemadeDigest {
    /// The span's [`super::SpanRecord::id`].
    pub span: i64,
    /// Where the bytes are that it was made of.
    pub payload: Place,
    /// The [`super::SpanRecord::reading`] of the digest before.
    pub was_reading: i64,
    /// The digest, sealed.
    pub digest: Vec<u8>,
}

/// A row that was made again.
#[derive(Clone, Debug)]
pub struct RemadeRow {
    /// The trace.
    pub trace_id: TraceId,
    /// Its [`super::TraceRecord::id`].
    pub trace: i64,
    /// The version it was made of.
    pub version: u64,
    /// The row, sealed.
    pub row: Vec<u8>,
    /// Whether somebody may have been shown another row of that version and must be told.
    pub announce: bool,
}
