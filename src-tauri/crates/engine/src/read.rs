//! From bytes to what they mean, for one span: done when it arrives, when it is opened, and when its digest is out of date.
//!
//! Nothing a span holds takes the program down: a panic while reading is contained here, and costs that span its reading.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use spanglass_trace::decode::stored::NotAsReceived;
use spanglass_trace::decode::{self, Encoding, Envelope};
use spanglass_trace::dialects;
use spanglass_trace::reading::{Reading, TraceFacts};
use spanglass_trace::span::{LogRecord, Resource, Scope, Span, SpanId, TraceId};
use spanglass_trace::usage::prices::Prices;
use spanglass_trace::views::summary::{self, Digest, ToldTwice, TraceRow, TraceSummary};
use spanglass_trace::views::timeline::SpanFacts;

use crate::store::{self, StoredEnvelope, seal, unseal};

/// Returns what a span and its log records, in whatever order they came, mean.
pub fn read(span: &Span, mut logs: Vec<LogRecord>) -> Reading {
    dialects::in_order(&mut logs);
    let reading = catch_unwind(AssertUnwindSafe(|| dialects::read(span, &logs)));
    reading.unwrap_or_else(|_| {
        tracing::error!(trace = %span.trace_id, span = %span.span_id, "reading a span failed; this is a fault of Spanglass");
        Reading::default()
    })
}

/// Returns the span that a received one says has started; `None` when it is a span of its own.
pub fn started(received: &Span) -> Option<Span> {
    catch_unwind(AssertUnwindSafe(|| dialects::started(received))).ok().flatten()
}

/// Returns the trace a log record belongs to, if any.
pub fn trace_of(log: &LogRecord) -> Option<TraceId> {
    catch_unwind(AssertUnwindSafe(|| dialects::trace_of(log))).unwrap_or(log.trace_id)
}

/// Returns the spans that log records of a trace make: all of its records, where no span of it was received, else (`beside`)
/// those that name none of the received ones.
pub fn spans_of(trace_id: TraceId, logs: &[LogRecord], beside: bool) -> Vec<Span> {
    let make = if beside { dialects::spans_beside } else { dialects::spans_of };
    let spans = catch_unwind(AssertUnwindSafe(|| make(trace_id, logs)));
    spans.unwrap_or_else(|_| {
        tracing::error!(trace = %trace_id, "making spans of log records failed; this is a fault of Spanglass");
        Vec::new()
    })
}

/// Returns what the log records of a trace that name none of its spans tell of it.
pub fn facts(mut logs: Vec<LogRecord>) -> TraceFacts {
    logs.retain(|log| log.span_id.is_none());
    dialects::in_order(&mut logs);
    catch_unwind(AssertUnwindSafe(|| dialects::facts_of_trace(&logs))).unwrap_or_else(|_| {
        tracing::error!("reading what is told of a trace failed; this is a fault of Spanglass");
        TraceFacts::default()
    })
}

/// Completes a reading with what was cut out of its span and is in these log records of the trace.
pub fn complete(reading: &mut Reading, logs: &[LogRecord]) {
    // The copy may be as large as what was said.
    if logs.is_empty() {
        return;
    }
    let whole = reading.clone();
    if catch_unwind(AssertUnwindSafe(|| dialects::complete(reading, logs))).is_err() {
        *reading = whole;
    }
}

/// Returns a trace in one row, with version 0: of its spans, and of what is told beside them.
pub fn row(trace_id: TraceId, digests: &[Digest], facts: TraceFacts, prices: &Prices) -> TraceRow {
    let mut row = summary::summarise(trace_id, digests, prices);
    summary::add_facts(&mut row.summary, facts);
    let TraceSummary { services, dialects, session_id, .. } = &row.summary;
    row.told_twice = session_id.as_deref().and_then(|session| {
        let (agent, in_records) = dialects::told_twice(trace_id, dialects, session)?;
        Some(ToldTwice { of: [agent, &*services.join(" "), session].join(" "), in_records })
    });
    row
}

/// Returns the facts of a span that rows and roll-ups need.
pub fn digest(span: &Span, reading: &Reading, duplicates: u32) -> Digest {
    let digest = catch_unwind(AssertUnwindSafe(|| summary::digest(span, reading, duplicates)));
    digest.unwrap_or_else(|_| {
        tracing::error!(trace = %span.trace_id, span = %span.span_id, "summing up a span failed; this is a fault of Spanglass");
        let start_time_unix_nano = span.start_time_unix_nano;
        let end_time_unix_nano = span.end_time_unix_nano;
        Digest { name: span.name.clone(), start_time_unix_nano, end_time_unix_nano, ..unknown(span.span_id) }
    })
}

/// Returns the digest of a span nothing is known of.
pub fn unknown(span_id: SpanId) -> Digest {
    Digest {
        span_id,
        parent_span_id: None,
        name: String::new(),
        service: None,
        start_time_unix_nano: 0,
        end_time_unix_nano: 0,
        status_code: 0,
        running: false,
        half: None,
        kind: Default::default(),
        model: None,
        model_asked: None,
        provider: None,
        tool_name: None,
        tool_call_id: None,
        usage: None,
        usage_is_aggregate: false,
        response_id: None,
        cost_usd: None,
        longest_silence_ns: None,
        dialects: Vec::new(),
        session_id: None,
        user_id: None,
        tags: Vec::new(),
        trace_name: None,
        trace_metadata: Default::default(),
        question: None,
        error: None,
        first_chunk_ns: None,
        marks: Default::default(),
        dropped: Default::default(),
        duplicates: 0,
    }
}

/// Returns a derived value as the store keeps it.
pub fn to_stored<T: serde::Serialize>(value: &T) -> Vec<u8> {
    let json = serde_json::to_vec(value).unwrap_or_else(|error| {
        tracing::error!(%error, "a derived value could not be written; it will be made again");
        Vec::new()
    });
    seal(&json)
}

/// Returns a derived value the store kept; `None` when it must be made again.
pub fn from_stored<T: serde::de::DeserializeOwned>(sealed: &[u8]) -> Option<T> {
    serde_json::from_slice(unseal(sealed)?).ok()
}

/// Returns what a timeline needs of a digest the store kept; `None` when it must be made again.
pub fn facts_from_stored(sealed: &[u8]) -> Option<SpanFacts<'_>> {
    serde_json::from_slice(unseal(sealed)?).ok()
}

/// Returns an envelope as the store keeps it.
pub fn envelope_to_stored(envelope: &Envelope) -> StoredEnvelope {
    let encoding = match envelope.encoding {
        Encoding::Protobuf => store::PROTOBUF,
        Encoding::Json => store::JSON,
    };
    StoredEnvelope { encoding, resource: envelope.resource.clone(), scope: envelope.scope.clone() }
}

/// An envelope the store kept, with what is in it read once for all spans that share it.
#[derive(Debug)]
pub struct Surroundings {
    /// The envelope.
    pub envelope: Arc<Envelope>,
    resource: Arc<Resource>,
    scope: Arc<Scope>,
}

impl Surroundings {
    /// Reads an envelope; `None` when a newer version wrote it in an encoding nobody here knows.
    pub fn read(stored: StoredEnvelope) -> Option<Self> {
        let encoding = match stored.encoding {
            store::PROTOBUF => Encoding::Protobuf,
            store::JSON => Encoding::Json,
            _ => return None,
        };
        Some(Self::of(&Envelope { encoding, resource: stored.resource, scope: stored.scope }.into()))
    }

    /// Reads an envelope as it was received.
    pub fn of(envelope: &Arc<Envelope>) -> Self {
        let (resource, scope) = (decode::stored::resource(envelope), decode::stored::scope(envelope));
        Self { envelope: Arc::clone(envelope), resource: resource.into(), scope: scope.into() }
    }

    /// Returns a number that stands for the process that sent it.
    pub fn process(&self) -> u64 {
        self.resource.process()
    }

    /// Returns a span from the bytes it was sent in.
    pub fn span(&self, raw: &[u8]) -> Result<Span, NotAsReceived> {
        decode::stored::span(self.envelope.encoding, raw, &self.resource, &self.scope)
    }

    /// Returns a log record from the bytes it was sent in.
    pub fn log(&self, raw: &[u8]) -> Result<LogRecord, NotAsReceived> {
        decode::stored::log(self.envelope.encoding, raw, &self.resource, &self.scope)
    }
}
