//! A trace as MLflow writes it to JSON: `Trace.to_json` of versions 2 and 3, `mlflow traces get`, and what its server answers.
//!
//! Source: MLflow 2.14 to 3.17 (`mlflow/entities/{trace,trace_data,trace_info,trace_info_v2,span}.py`).
//!
//! | | 2.14 to 2.22 | 3.0 on | server, 3.5 on |
//! |---|---|---|---|
//! | info | `request_id`, `timestamp_ms`, `status`, `request_metadata` | `trace_id`, `request_time`, `state`, `trace_metadata` | the same as `trace_info` |
//! | ids | `context` with `0x…` | base64 (hexadecimal before 3.2) | base64 |
//! | times | `start_time`, `end_time` | `…_unix_nano` | `…_unix_nano`, texts in some |
//! | attributes | an object of JSON texts | an object of JSON texts | a list of keys and typed values |

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Told;
use crate::decode::complaints::named;
use crate::decode::json_tree::any;
use crate::decode::translated::{Translated, text, texts};
use crate::decode::{Received, ids};
use crate::rfc3339;
use crate::span::{AnyValue, Attributes, Event, Link, Resource, Scope, Span, SpanId, Status, TraceId};

/// Reads a trace or a list of them; `None` when it is neither.
pub(in crate::decode) fn document(sent: &Value) -> Option<Received> {
    let sent = sent.get("traces").or_else(|| sent.get("trace")).unwrap_or(sent);
    let traces = match sent {
        Value::Array(traces) => traces.as_slice(),
        trace => std::slice::from_ref(trace),
    };
    let (_, first) = parts(traces.first()?)?;
    // A trace whose spans are elsewhere has none.
    first
        .first()
        .is_none_or(|span| span.get("context").is_some() || span.get("start_time_unix_nano").is_some())
        .then_some(())?;
    let mut received = Received::default();
    for (number, trace) in traces.iter().enumerate() {
        let Some((info, spans)) = parts(trace) else { continue };
        let mut translated = Translated::default();
        for (index, span) in spans.iter().enumerate() {
            let place = || named(format!("traces[{number}].spans[{index}]"), text(span, "name"));
            translated.take_or_reject(place, read(span));
        }
        let mut taken = translated.finish();
        let own = taken.spans.first().map(|sent| sent.span.trace_id);
        if let Some(trace_id) = own.or_else(|| text(info, "trace_id").trim_start_matches("tr-").parse().ok()) {
            let info = info_of_today(info, trace_id);
            let at = rfc3339::unix_nano(text(&info, "request_time")).unwrap_or_default();
            taken.logs.extend(super::records(trace_id, at, [(Told::TraceInfo, None, info)]).logs);
        }
        received.spans.extend(taken.spans);
        received.logs.extend(taken.logs);
        received.rejected += taken.rejected;
        received.complaints.extend(taken.complaints);
    }
    Some(received)
}

/// Returns a trace's info and spans.
fn parts(trace: &Value) -> Option<(&Value, &[Value])> {
    let info = trace.get("info").or_else(|| trace.get("trace_info")).filter(|info| info.is_object())?;
    let is_ours = info.get("trace_id").or_else(|| info.get("request_id")).is_some_and(Value::is_string);
    let spans = trace.pointer("/data/spans").or_else(|| trace.get("spans"))?.as_array()?;
    is_ours.then_some((info, spans.as_slice()))
}

/// Returns the info in the words of version 3.
fn info_of_today(info: &Value, trace_id: TraceId) -> Value {
    let mut info = info.clone();
    if info.get("trace_metadata").is_none()
        && let Some(fields) = info.as_object_mut()
    {
        for (old, new) in [("request_metadata", "trace_metadata"), ("status", "state")] {
            if let Some(value) = fields.remove(old) {
                fields.insert(new.to_owned(), value);
            }
        }
        fields.insert("trace_id".to_owned(), format!("tr-{trace_id}").into());
        if let Some(id) = fields.remove("experiment_id") {
            let place = json!({"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": id}});
            fields.insert("trace_location".to_owned(), place);
        }
    }
    info
}

/// Reads one span.
pub(super) fn read(sent: &Value) -> Result<Span, String> {
    if !sent.is_object() {
        return Err("the span is not an object".to_owned());
    }
    let around = sent.get("context").unwrap_or(sent);
    let trace_id = ids::trace_id(Some(&id("trace_id", 16, text(around, "trace_id"))?))?;
    let span_id = ids::span_id(Some(&id("span_id", 8, text(around, "span_id"))?))?;
    let parent = ["parent_span_id", "parent_id"].into_iter().map(|key| text(sent, key)).find(|id| !id.is_empty());
    let parent = id("parent_span_id", 8, parent.unwrap_or_default())?;
    let resource = Resource { attributes: texts([("telemetry.sdk.name", "mlflow")]), ..Resource::default() };
    let events = sent["events"].as_array().into_iter().flatten().map(event);
    let links = sent["links"].as_array().into_iter().flatten().map(link);
    Ok(Span {
        parent_span_id: ids::parent_span_id(Some(&parent))?,
        name: text(sent, "name").to_owned(),
        kind: 1,
        start_time_unix_nano: time(sent, &["start_time_unix_nano", "start_time"]),
        end_time_unix_nano: time(sent, &["end_time_unix_nano", "end_time"]),
        attributes: attributes(&sent["attributes"]),
        events: events.collect(),
        links: links.collect::<Result<_, _>>()?,
        status: status(sent),
        ..Span::new(trace_id, span_id, resource.into(), Arc::<Scope>::default())
    })
}

/// Returns the bytes of an id: hexadecimal, after `0x` or `tr-`, or base64.
fn id(what: &str, length: usize, sent: &str) -> Result<Vec<u8>, String> {
    let digits = sent.strip_prefix("0x").or_else(|| sent.strip_prefix("tr-"));
    match digits {
        // Python's `hex` leaves leading zeros out.
        Some(digits) => ids::from_text(what, length, &format!("{digits:0>width$}", width = 2 * length)),
        None => ids::from_text(what, length, sent),
    }
}

fn time(sent: &Value, keys: &[&str]) -> u64 {
    let told = keys.iter().find_map(|key| sent.get(key).filter(|value| !value.is_null()));
    told.and_then(|value| value.as_u64().or_else(|| value.as_str()?.parse().ok())).unwrap_or_default()
}

fn status(sent: &Value) -> Status {
    let status = &sent["status"];
    let code = [text(sent, "status_code"), text(status, "code"), text(status, "status_code")];
    let code = code.into_iter().find(|code| !code.is_empty()).unwrap_or_default();
    let code = match code.trim_start_matches("STATUS_CODE_") {
        "OK" => 1,
        "ERROR" => 2,
        _ => status["code"].as_i64().unwrap_or_default() as i32,
    };
    let words = [text(sent, "status_message"), text(status, "message"), text(status, "description")];
    Status { code, message: words.into_iter().find(|words| !words.is_empty()).unwrap_or_default().to_owned() }
}

/// Returns attributes that are an object, or a list of keys and typed values.
fn attributes(sent: &Value) -> Attributes {
    match sent {
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), any(value))).collect(),
        Value::Array(list) => {
            let entries =
                list.iter().filter_map(|entry| Some((text(entry, "key").to_owned(), typed(entry.get("value")?))));
            entries.collect()
        }
        _ => Attributes::new(),
    }
}

/// Returns a value of protobuf's JSON with the names of its file.
pub(super) fn typed(sent: &Value) -> AnyValue {
    let Some((kind, value)) = sent.as_object().and_then(|fields: &Map<String, Value>| fields.iter().next()) else {
        return AnyValue::Null;
    };
    let list = |value: &Value| value["values"].as_array().cloned().unwrap_or_default();
    match kind.as_str() {
        "int_value" | "intValue" => {
            let number = value.as_i64().or_else(|| value.as_str()?.parse().ok());
            number.map_or_else(|| any(value), AnyValue::Int)
        }
        "double_value" | "doubleValue" => value.as_f64().map_or_else(|| any(value), AnyValue::Double),
        "array_value" | "arrayValue" => AnyValue::Array(list(value).iter().map(typed).collect()),
        "kvlist_value" | "kvlistValue" => AnyValue::Map(attributes(&Value::Array(list(value)))),
        _ => any(value),
    }
}

fn event(sent: &Value) -> Event {
    Event {
        time_unix_nano: time(sent, &["time_unix_nano", "timestamp"]),
        name: text(sent, "name").to_owned(),
        attributes: attributes(&sent["attributes"]),
        dropped_attributes: 0,
    }
}

fn link(sent: &Value) -> Result<Link, String> {
    let trace_id: TraceId = ids::trace_id(Some(&id("trace_id", 16, text(sent, "trace_id"))?))?;
    let span_id: SpanId = ids::span_id(Some(&id("span_id", 8, text(sent, "span_id"))?))?;
    let (trace_state, attributes) = (String::new(), attributes(&sent["attributes"]));
    Ok(Link { trace_id, span_id, trace_state, flags: 0, attributes, dropped_attributes: 0 })
}
