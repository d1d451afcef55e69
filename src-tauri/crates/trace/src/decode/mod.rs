//! Bytes to spans. Decoding may fail with a place and a reason, per span; one bad span never costs its batch.

use std::sync::Arc;

use bytes::Bytes;

use crate::metric::Sample;
use crate::span::{LogRecord, Span, TraceId};

pub mod as_requests;
pub mod datadog;
pub mod dogstatsd;
pub mod forms;
pub mod json_out;
pub mod json_tree;
pub mod langfuse;
pub mod mlflow;
pub mod otlp_json;
pub mod otlp_protobuf;
pub mod stored;
pub mod zipkin;

mod complaints;
mod ids;
mod jaeger;
mod json;
mod phoenix;
mod points;
mod protobuf_out;
mod schema;
mod translated;
mod wire;

/// How raw bytes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// OTLP protobuf.
    Protobuf,
    /// OTLP JSON.
    Json,
}

/// What surrounds spans (or log records) in a request, as sent, without them: the `ResourceSpans` message less its
/// `scope_spans` and the `ScopeSpans` message less its `spans`, unknown fields included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// How both are written.
    pub encoding: Encoding,
    /// `ResourceSpans` (`ResourceLogs`) without what is in it.
    pub resource: Bytes,
    /// `ScopeSpans` (`ScopeLogs`) without what is in it.
    pub scope: Bytes,
}

/// A span and the bytes it came in.
#[derive(Clone, Debug)]
pub struct ReceivedSpan {
    /// The span.
    pub span: Span,
    /// Its `Span` message as sent, in the envelope's encoding.
    pub raw: Bytes,
    /// What surrounded it.
    pub envelope: Arc<Envelope>,
    /// Whether it is no more than the place, times and status of a span that a log record beside it tells of: it stands for that
    /// span until the span itself comes, and never instead of it.
    pub is_outline: bool,
}

/// A log record and the bytes it came in.
#[derive(Clone, Debug)]
pub struct ReceivedLog {
    /// The log record.
    pub log: LogRecord,
    /// Its `LogRecord` message as sent, in the envelope's encoding.
    pub raw: Bytes,
    /// What surrounded it.
    pub envelope: Arc<Envelope>,
}

/// Something wrong with one span, log record or attribute of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// Where, such as `resource_spans[0].scope_spans[0].spans[3] (get_weather)`.
    pub place: String,
    /// What, and what to do about it.
    pub reason: String,
    /// Whether the item was left out because of it; otherwise it was kept, repaired.
    pub rejected: bool,
}

/// What a request held.
#[derive(Clone, Debug, Default)]
pub struct Received {
    /// Its spans, in order.
    pub spans: Vec<ReceivedSpan>,
    /// Its log records, in order.
    pub logs: Vec<ReceivedLog>,
    /// Other ids by which traces are named elsewhere, such as in evaluations that follow: the other id, the trace.
    pub aliases: Vec<(TraceId, TraceId)>,
    /// Metric data points that are kept.
    pub metrics: Vec<Sample>,
    /// How many metric data points it held, kept or not.
    pub metric_points: u64,
    /// How many items were left out.
    pub rejected: u64,
    /// What was wrong, at most 100 of them.
    pub complaints: Vec<Complaint>,
}

/// Why a whole request could not be read. Sending it again cannot help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes are not what they are said to be.
    #[error("{place}: {reason}")]
    Malformed {
        /// Where it stops making sense, such as `byte 1042`.
        place: String,
        /// What is wrong, and what to do about it.
        reason: String,
    },
    /// The request holds more items than [`Budget`] allows.
    #[error("the request holds more than {limit} items (spans, attributes, values); send smaller batches")]
    TooManyItems {
        /// How many are allowed.
        limit: u64,
    },
}

/// Returns the error for a request that is of another kind than the address it was sent to.
fn mistaken_request(what: &str, path: &str) -> DecodeError {
    DecodeError::Malformed {
        place: "request".to_owned(),
        reason: format!("this looks like {what}; send it to {path} (or the service of that name over gRPC)"),
    }
}

/// How much a request may hold, checked by a walk over the bytes before anything is built.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Items of some 64 bytes of memory: an attribute, a value or an event is one or two, a span six.
    pub items: u64,
    /// How deep attribute values may be nested; what is deeper becomes a marked text and a complaint.
    pub depth: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { items: 4_000_000, depth: MAX_DEPTH }
    }
}

/// How deep attribute values may be nested in what is stored; as deep as [`Budget::default`] lets in.
pub const MAX_DEPTH: u32 = 100;

/// Returns what stands where a value was nested too deep to be read.
fn too_deep_text(depth: u32) -> String {
    format!("[nested deeper than {depth} levels; what was received is kept]")
}
