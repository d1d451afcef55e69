//! Traces as clients before 3.0 exchange them with a tracking server: an info that tells begin and end apart, and a file of spans.
//!
//! Source: MLflow 2.14 to 2.22 (`mlflow/store/tracking/rest_store.py`, `mlflow/entities/{trace_info,trace_data,span}.py`). The server
//! names the trace; the spans in the file have an id of their own making, which nobody else knows.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::trace::{read, typed};
use crate::decode::complaints::named;
use crate::decode::json_tree::whole_json;
use crate::decode::translated::{Translated, text};
use crate::decode::{Budget, DecodeError, Encoding, Received, json_out};
use crate::rfc3339;
use crate::span::{AnyValue, Span, TraceId};

const MILLISECOND: u64 = 1_000_000;

/// Decodes the file of a trace's spans; they become those of the trace it is the file of. A bad span costs itself.
///
/// Fails when the body is no such file, and when there is more in it than the budget allows.
pub fn spans(body: &[u8], trace_id: TraceId, budget: Budget) -> Result<Received, DecodeError> {
    let sent = whole_json(body, budget)?;
    let Some(spans) = sent.get("spans").and_then(Value::as_array) else {
        return Err(DecodeError::Malformed { place: "file".to_owned(), reason: "`spans` is missing".to_owned() });
    };
    let mut translated = Translated::default();
    for (index, span) in spans.iter().enumerate() {
        let place = || named(format!("spans[{index}]"), text(span, "name"));
        translated.take_or_reject(place, read(span).map(|span| Span { trace_id, ..span }));
    }
    Ok(translated.finish())
}

/// Returns the info of a trace that has begun, in the words of version 3.
pub fn begun(trace_id: TraceId, sent: &Value) -> Value {
    json!({
        "trace_id": format!("tr-{trace_id}"),
        "trace_location": {
            "type": "MLFLOW_EXPERIMENT",
            "mlflow_experiment": {"experiment_id": sent.get("experiment_id").and_then(Value::as_str).unwrap_or("0")},
        },
        "request_time": rfc3339::text(sent["timestamp_ms"].as_u64().unwrap_or_default().saturating_mul(MILLISECOND)),
        "state": "IN_PROGRESS",
        "trace_metadata": fields(&sent["request_metadata"]),
        "tags": fields(&sent["tags"]),
    })
}

/// Adds what is told of a trace's end to its info.
pub fn end(info: &mut Value, sent: &Value) {
    let begun = rfc3339::unix_nano(text(info, "request_time")).unwrap_or_default() / MILLISECOND;
    if let Some(took) = sent["timestamp_ms"].as_u64().and_then(|ended| ended.checked_sub(begun)) {
        info["execution_duration"] = format!("{}s", took as f64 / 1000.0).into();
    }
    if let Some(status) = sent.get("status").filter(|status| status.is_string()) {
        info["state"] = status.clone();
    }
    for (told, key) in [("request_metadata", "trace_metadata"), ("tags", "tags")] {
        if let Some(known) = info.get_mut(key).and_then(Value::as_object_mut) {
            known.extend(fields(&sent[told]));
        }
    }
}

/// Returns a trace's info in the words of version 2.
pub fn info(info: &Value) -> Value {
    let experiment = info.pointer("/trace_location/mlflow_experiment/experiment_id");
    let seconds = text(info, "execution_duration").strip_suffix('s').and_then(|took| took.parse::<f64>().ok());
    json!({
        "request_id": text(info, "trace_id"),
        "experiment_id": experiment.and_then(Value::as_str).unwrap_or("0"),
        "timestamp_ms": rfc3339::unix_nano(text(info, "request_time")).unwrap_or_default() / MILLISECOND,
        "execution_time_ms": (seconds.unwrap_or_default() * 1000.0).round() as u64,
        "status": text(info, "state"),
        "request_metadata": pairs(&info["trace_metadata"]),
        "tags": pairs(&info["tags"]),
    })
}

/// Returns the file that holds a trace's spans, each as it was received; `None` when one is nested too deep.
pub fn file(trace_id: TraceId, spans: &[(Encoding, Bytes)]) -> Option<Value> {
    let spans: Option<Vec<Value>> = spans.iter().map(|(encoding, raw)| span(trace_id, *encoding, raw)).collect();
    Some(json!({"spans": spans?, "request": null, "response": null}))
}

fn span(trace_id: TraceId, encoding: Encoding, raw: &[u8]) -> Option<Value> {
    let mut json = String::new();
    json_out::span(encoding, raw, &mut json);
    let span: Value = serde_json::from_str(&json).ok()?;
    let id = |key: &str| format!("0x{}", text(&span, key));
    let events = span["events"].as_array().into_iter().flatten();
    let events = events.map(|event| {
        let attributes = attributes(&event["attributes"]);
        json!({"name": event["name"], "timestamp": time(&event["timeUnixNano"]), "attributes": attributes})
    });
    let mut attributes = attributes(&span["attributes"]);
    // The client finds the trace by it.
    attributes.insert("mlflow.traceRequestId".to_owned(), format!("\"tr-{trace_id}\"").into());
    let status = match span["status"]["code"].as_u64() {
        Some(1) => "OK",
        Some(2) => "ERROR",
        _ => "UNSET",
    };
    Some(json!({
        "name": span["name"],
        "context": {"span_id": id("spanId"), "trace_id": id("traceId")},
        "parent_id": Some(id("parentSpanId")).filter(|id| id.len() > 2),
        "start_time": time(&span["startTimeUnixNano"]),
        "end_time": time(&span["endTimeUnixNano"]),
        "status_code": status,
        "status_message": text(&span["status"], "message"),
        "attributes": attributes,
        "events": events.collect::<Vec<Value>>(),
    }))
}

/// Version 2 keeps every value as JSON in a text.
fn attributes(sent: &Value) -> Map<String, Value> {
    let entries = sent.as_array().into_iter().flatten();
    let entries = entries.filter_map(|entry| {
        let said = match typed(entry.get("value")?) {
            AnyValue::Str(said) => said,
            other => other.to_json().to_string(),
        };
        Some((text(entry, "key").to_owned(), said.into()))
    });
    entries.collect()
}

fn time(sent: &Value) -> Option<u64> {
    sent.as_u64().or_else(|| sent.as_str()?.parse().ok())
}

/// Returns a list of keys and values as the fields they are.
fn fields(list: &Value) -> Map<String, Value> {
    let entries = list.as_array().into_iter().flatten();
    entries.filter_map(|entry| Some((text(entry, "key").to_owned(), entry.get("value")?.clone()))).collect()
}

/// Returns fields as a list of keys and values.
fn pairs(fields: &Value) -> Vec<Value> {
    fields.as_object().into_iter().flatten().map(|(key, value)| json!({"key": key, "value": value})).collect()
}
