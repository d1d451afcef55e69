//! What goes through a Datadog agent beside traces: events of LLM Observability, their evaluations, and sampled logs.
//!
//! Sources: ddtrace 4.16 (`llmobs/_writer.py`, `llmobs/_llmobs.py`), 1.14 and 1.20 (`contrib/openai/_logging/`).
//!
//! An event of LLM Observability is stored as a span (its place, times and status) and as a log record of that span named
//! [`LLM_OBS`] with the whole event: the span of the same id may come as a trace too, before or after, and neither may cost
//! the other. An evaluation is a log record named [`EVALUATION`], a sampled log one without a name.
//!
//! LLM Observability names traces by ids of its own; an event says which trace it means, an evaluation does not. Such names
//! are in [`Received::aliases`].

use std::sync::Arc;

use serde_json::Value;

use super::super::complaints::{Complaints, named};
use super::super::json_tree::{any, whole_json};
use super::super::{Budget, DecodeError, Received, ReceivedLog, ReceivedSpan, protobuf_out};
use super::{Sender, surroundings};
use crate::msgpack;
use crate::span::{AnyValue, Attributes, LogRecord, Resource, Scope, Span, SpanId, Status, TraceId};

/// The name of log records that are an event of LLM Observability: as the attribute that holds the same in a trace.
pub const LLM_OBS: &str = "_llmobs";

/// The name of log records that are an evaluation.
pub const EVALUATION: &str = "evaluation_metric";

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON.
    Json,
    /// MessagePack.
    MsgPack,
}

/// Decodes events of LLM Observability: a list of groups of spans, one group, or bare spans.
///
/// Fails when the body is not of its format, and when there is more in it than the budget allows; a bad event costs itself.
pub fn llm_obs(body: &[u8], format: Format, sender: &Sender, budget: Budget) -> Result<Received, DecodeError> {
    let mut take = Take::new(sender);
    for (g, group) in list(&tree(body, format, budget)?).iter().enumerate() {
        let events = group.get("spans").map_or(std::slice::from_ref(group), list);
        for (e, event) in events.iter().enumerate() {
            let name = event.get("name").and_then(Value::as_str).unwrap_or_default();
            match take.event(event) {
                Ok(()) => {}
                Err(fault) => take.complaints.reject(|| named(format!("events[{g}].spans[{e}]"), name), fault),
            }
        }
    }
    Ok(take.finish())
}

/// Decodes evaluations; as [`llm_obs`].
pub fn evaluations(body: &[u8], format: Format, sender: &Sender, budget: Budget) -> Result<Received, DecodeError> {
    let sent = tree(body, format, budget)?;
    let metrics = sent.pointer("/data/attributes/metrics").map(list).unwrap_or_default();
    let mut take = Take::new(sender);
    for (m, metric) in metrics.iter().enumerate() {
        let Value::Object(fields) = metric else {
            take.complaints.reject(|| format!("metrics[{m}]"), "the evaluation is not an object".to_owned());
            continue;
        };
        let joined = metric.pointer("/join_on/span").unwrap_or(metric);
        let log = LogRecord {
            event_name: EVALUATION.to_owned(),
            body: any(metric),
            time_unix_nano: millis(fields.get("timestamp_ms")),
            ..take.record(joined.get("trace_id").and_then(trace_id), joined.get("span_id").and_then(span_id))
        };
        take.log(String::new(), log);
    }
    Ok(take.finish())
}

/// Decodes logs: a list of them, or one; as [`llm_obs`].
pub fn logs(body: &[u8], format: Format, sender: &Sender, budget: Budget) -> Result<Received, DecodeError> {
    let mut take = Take::new(sender);
    for (l, log) in list(&tree(body, format, budget)?).iter().enumerate() {
        let Value::Object(fields) = log else {
            take.complaints.reject(|| format!("logs[{l}]"), "the log is not an object".to_owned());
            continue;
        };
        let told = |key: &str| fields.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let named = |key: &str| fields.get(&format!("dd.{key}")).or_else(|| fields.get("dd")?.get(key));
        let own = ["message", "service", "status", "timestamp"];
        let attributes = fields.iter().filter(|(key, _)| !own.contains(&key.as_str()));
        let record = LogRecord {
            time_unix_nano: millis(fields.get("timestamp")),
            severity_text: told("status"),
            body: fields.get("message").map_or(AnyValue::Null, any),
            attributes: attributes.map(|(key, value)| (key.clone(), any(value))).collect(),
            ..take.record(named("trace_id").and_then(trace_id), named("span_id").and_then(span_id))
        };
        take.log(told("service"), record);
    }
    Ok(take.finish())
}

struct Take<'a> {
    sender: &'a Sender,
    received: Received,
    complaints: Complaints,
}

impl<'a> Take<'a> {
    fn new(sender: &'a Sender) -> Self {
        Self { sender, received: Received::default(), complaints: Complaints::default() }
    }

    fn finish(self) -> Received {
        Received { rejected: self.complaints.rejected, complaints: self.complaints.list, ..self.received }
    }

    /// A span of LLM Observability.
    fn event(&mut self, event: &Value) -> Result<(), String> {
        let named = event.get("trace_id").and_then(trace_id);
        let trace_id = event.pointer("/_dd/apm_trace_id").and_then(trace_id).or(named).ok_or("it has no trace_id")?;
        let span_id = event.get("span_id").and_then(span_id).ok_or("it has no span_id")?;
        if let Some(named) = named.filter(|named| *named != trace_id) {
            self.received.aliases.push((named, trace_id));
        }
        let told = |key: &str| event.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let nanos = |key: &str| event.get(key).map_or(0, whole);
        let start = nanos("start_ns");
        let failed = told("status") == "error";
        let message = event.pointer("/meta/error/message").and_then(Value::as_str).unwrap_or_default();
        let service = service(event);
        let (resource, envelope) = surroundings(&service, self.sender);
        let span = Span {
            trace_id,
            span_id,
            parent_span_id: event.get("parent_id").and_then(self::span_id),
            trace_state: String::new(),
            flags: 0,
            name: told("name"),
            kind: 0,
            start_time_unix_nano: start,
            end_time_unix_nano: start.saturating_add(nanos("duration")),
            attributes: Attributes::new(),
            dropped_attributes: 0,
            events: Vec::new(),
            dropped_events: 0,
            links: Vec::new(),
            dropped_links: 0,
            status: Status { code: if failed { 2 } else { 0 }, message: message.to_owned() },
            resource,
            scope: Arc::<Scope>::default(),
        };
        self.received.spans.push(ReceivedSpan { raw: protobuf_out::span(&span), span, envelope, is_outline: true });
        let log = LogRecord {
            event_name: LLM_OBS.to_owned(),
            body: AnyValue::Bytes(event.to_string().into_bytes()),
            time_unix_nano: start,
            ..self.record(Some(trace_id), Some(span_id))
        };
        self.log(service, log);
        Ok(())
    }

    fn record(&self, trace_id: Option<TraceId>, span_id: Option<SpanId>) -> LogRecord {
        LogRecord {
            time_unix_nano: 0,
            observed_time_unix_nano: 0,
            severity_number: 0,
            severity_text: String::new(),
            event_name: String::new(),
            body: AnyValue::Null,
            attributes: Attributes::new(),
            dropped_attributes: 0,
            flags: 0,
            trace_id,
            span_id: trace_id.and(span_id),
            resource: Arc::<Resource>::default(),
            scope: Arc::<Scope>::default(),
        }
    }

    fn log(&mut self, service: String, log: LogRecord) {
        let (resource, envelope) = surroundings(&service, self.sender);
        let log = LogRecord { resource, ..log };
        self.received.logs.push(ReceivedLog { raw: protobuf_out::log(&log), log, envelope });
    }
}

/// Returns the body as a tree, whichever way it is written.
fn tree(body: &[u8], format: Format, budget: Budget) -> Result<Value, DecodeError> {
    match format {
        Format::Json => whole_json(body, budget),
        Format::MsgPack => msgpack::to_json(body).ok_or_else(|| DecodeError::Malformed {
            place: "byte 0".to_owned(),
            reason: "this is not a list or map in MessagePack of a usual size; check the content type".to_owned(),
        }),
    }
}

/// Returns the values of a list; anything else is a list of itself.
fn list(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        other => std::slice::from_ref(other),
    }
}

/// Returns the service among the tags, which are `key:value` texts or a map.
fn service(event: &Value) -> String {
    let found = match event.get("tags") {
        Some(Value::Array(tags)) => tags.iter().find_map(|tag| tag.as_str()?.strip_prefix("service:")),
        Some(tags) => tags.get("service").and_then(Value::as_str),
        None => None,
    };
    found.or_else(|| event.get("service")?.as_str()).unwrap_or_default().to_owned()
}

/// Returns a trace's id: 32 hexadecimal digits, or a decimal number of up to 128 bits (64 before ddtrace 2).
fn trace_id(sent: &Value) -> Option<TraceId> {
    match sent {
        Value::Number(number) => TraceId::from_slice(&u128::from(number.as_u64()?).to_be_bytes()),
        Value::String(text) if text.len() == 32 => text.parse().ok(),
        Value::String(text) => TraceId::from_slice(&text.parse::<u128>().ok()?.to_be_bytes()),
        _ => None,
    }
}

/// Returns a span's id, which is a decimal number; `undefined` is none.
fn span_id(sent: &Value) -> Option<SpanId> {
    let number = sent.as_u64().or_else(|| sent.as_str()?.parse().ok())?;
    SpanId::from_slice(&number.to_be_bytes())
}

fn whole(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.as_f64().map(|number| number as u64)).unwrap_or_default()
}

/// Returns nanoseconds of a time in milliseconds.
fn millis(value: Option<&Value>) -> u64 {
    match value {
        Some(Value::Number(number)) => {
            let exact = number.as_u64().and_then(|millis| millis.checked_mul(1_000_000));
            exact.or_else(|| Some((number.as_f64()? * 1e6) as u64)).unwrap_or_default()
        }
        _ => 0,
    }
}
