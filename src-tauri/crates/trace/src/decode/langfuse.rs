//! Langfuse's own ingestion: batches of events of the older SDKs, and scores.
//!
//! Source: the Langfuse Python SDK 2.60 (`api/resources/ingestion/types`) and 5.0 (`api/…/scores`). Each event is kept as a log
//! record of the trace and observation it is about, its body as it was sent: a create and its updates are one observation when
//! they are read, in whatever order they came.

use std::sync::Arc;

use serde_json::Value;

use super::json_tree::{any, whole_json};
use super::{Budget, DecodeError, Received, ReceivedLog, protobuf_out};
use crate::span::{AnyValue, LogRecord, Resource, Scope, SpanId, TraceId};
use crate::{fingerprint, rfc3339};

pub(super) mod trace;

/// The name of a log record that tells of a trace.
pub const TRACE: &str = "langfuse.trace";

/// The name of a log record that tells of an observation; the attribute [`KIND`] says of which kind.
pub const OBSERVATION: &str = "langfuse.observation";

/// The name of a log record that is a score.
pub const SCORE: &str = "langfuse.score";

/// The name of a log record that is a medium: `id`, `content_type` and, under `bytes`, what it holds.
pub const MEDIUM: &str = "langfuse.media";

/// The attribute of an observation's kind, as the event's type tells it.
pub const KIND: &str = "langfuse.observation.type";

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The event.
    pub id: String,
    /// What is wrong with it; `None` = it is kept, or nothing anybody would look for.
    pub fault: Option<String>,
}

/// Decodes a batch of events: what is kept of it, and what became of each.
///
/// Fails when the body is not such a batch, and when there is more in it than the budget allows; a bad event costs itself.
pub fn batch(body: &[u8], budget: Budget) -> Result<(Received, Vec<Outcome>), DecodeError> {
    let sent = whole_json(body, budget)?;
    let Some(events) = sent.get("batch").and_then(Value::as_array) else { return Err(malformed("`batch` is missing")) };
    let mut take = Take::default();
    let outcomes = events.iter().map(|event| {
        let text = |key: &str| event.get(key).and_then(Value::as_str).unwrap_or_default();
        let fault = take.event(text("type"), text("timestamp"), event.get("body").unwrap_or(&Value::Null)).err();
        Outcome { id: text("id").to_owned(), fault: fault.map(str::to_owned) }
    });
    let outcomes = outcomes.collect();
    Ok((take.received, outcomes))
}

/// Decodes scores: a list of them, or one; as [`batch`]. `at` is when they came, in nanoseconds since 1970.
pub fn scores(body: &[u8], at: u64, budget: Budget) -> Result<(Received, Vec<Outcome>), DecodeError> {
    let sent = whole_json(body, budget)?;
    let scores = match &sent {
        Value::Array(scores) => scores.as_slice(),
        Value::Object(_) => std::slice::from_ref(&sent),
        _ => return Err(malformed("this is neither a score nor a list of them")),
    };
    let mut take = Take::default();
    let outcomes = scores.iter().map(|score| {
        let text = |key: &str| score.get(key).and_then(Value::as_str).unwrap_or_default();
        let at = rfc3339::unix_nano(text("timestamp")).unwrap_or(at);
        Outcome { id: text("id").to_owned(), fault: take.score(at, score).err().map(str::to_owned) }
    });
    let outcomes = outcomes.collect();
    Ok((take.received, outcomes))
}

/// Returns the log record of a medium that was cut out of a trace and uploaded `at` nanoseconds since 1970.
pub fn medium(trace: TraceId, at: u64, id: &str, content_type: &str, bytes: &[u8]) -> Received {
    let text = |key: &str, said: &str| (key.to_owned(), AnyValue::Str(said.to_owned()));
    let held = ("bytes".to_owned(), AnyValue::Bytes(bytes.to_vec()));
    let body = AnyValue::Map(vec![text("id", id), text("content_type", content_type), held]);
    let mut take = Take::default();
    take.record(MEDIUM, None, at, trace, None, body);
    take.received
}

fn malformed(reason: &str) -> DecodeError {
    DecodeError::Malformed { place: "request".to_owned(), reason: format!("{reason}; check the address") }
}

/// Returns the trace that Langfuse's clients call by this name: a UUID, 32 hexadecimal digits, or anything.
pub fn trace_id(named: &str) -> TraceId {
    let digits: String = named.chars().filter(|c| *c != '-').collect();
    digits.parse().unwrap_or_else(|_| fingerprint::trace_id(["langfuse", named]))
}

/// Returns the span that stands for the observation of this name: 16 hexadecimal digits, a UUID, or anything.
pub fn span_id(named: &str) -> SpanId {
    named.parse().unwrap_or_else(|_| fingerprint::span_id(["langfuse", named]))
}

#[derive(Default)]
struct Take {
    received: Received,
}

impl Take {
    fn event(&mut self, kind: &str, timestamp: &str, body: &Value) -> Result<(), &'static str> {
        let at = rfc3339::unix_nano(timestamp).unwrap_or_default();
        let text = |key: &str| body.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        if !body.is_object() {
            return Err("the event has no body");
        }
        let observed = match kind {
            "trace-create" => {
                let id = text("id").ok_or("the trace has no id")?;
                self.log(TRACE, None, at, trace_id(id), None, body);
                return Ok(());
            }
            "score-create" => return self.score(at, body),
            // What an SDK says of itself.
            "sdk-log" => return Ok(()),
            "observation-create" | "observation-update" => text("type").unwrap_or("SPAN").to_lowercase(),
            "span-create" | "span-update" => "span".to_owned(),
            "generation-create" | "generation-update" => "generation".to_owned(),
            "event-create" => "event".to_owned(),
            _ => return Err("events of this type are unknown"),
        };
        let id = text("id").ok_or("the observation has no id")?;
        // An observation without a trace is one of its own.
        let trace = trace_id(text("traceId").unwrap_or(id));
        self.log(OBSERVATION, Some(observed), at, trace, Some(span_id(id)), body);
        Ok(())
    }

    fn score(&mut self, at: u64, body: &Value) -> Result<(), &'static str> {
        let text = |key: &str| body.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        text("name").ok_or("the score has no name")?;
        let trace =
            text("traceId").ok_or("the score names no trace; scores of sessions and data sets are not kept here")?;
        self.log(SCORE, None, at, trace_id(trace), text("observationId").map(span_id), body);
        Ok(())
    }

    fn log(&mut self, name: &str, kind: Option<String>, at: u64, trace: TraceId, span: Option<SpanId>, body: &Value) {
        self.record(name, kind, at, trace, span, any(body));
    }

    fn record(
        &mut self,
        name: &str,
        kind: Option<String>,
        at: u64,
        trace: TraceId,
        span: Option<SpanId>,
        body: AnyValue,
    ) {
        let sender = ("telemetry.sdk.name".to_owned(), AnyValue::Str("langfuse".to_owned()));
        let resource = Arc::new(Resource { attributes: vec![sender], ..Resource::default() });
        let scope = Arc::<Scope>::default();
        let envelope = protobuf_out::envelope(&resource, &scope);
        let log = LogRecord {
            time_unix_nano: at,
            event_name: name.to_owned(),
            body,
            attributes: kind.map(|kind| (KIND.to_owned(), AnyValue::Str(kind))).into_iter().collect(),
            trace_id: Some(trace),
            span_id: span,
            ..LogRecord::new(resource, scope)
        };
        self.received.logs.push(ReceivedLog { raw: protobuf_out::log(&log), log, envelope: envelope.into() });
    }
}
