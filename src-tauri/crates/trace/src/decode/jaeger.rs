//! Jaeger's JSON, as its UI downloads a trace and its API (`/api/traces`) answers: traces of spans and processes.
//!
//! Sources: Jaeger 1.76 (`internal/uimodel/model.go`); the OpenTelemetry specification, "OpenTelemetry to Jaeger Transformation",
//! whose tags are turned back into what they were.

use std::sync::Arc;

use serde_json::Value;

use super::Received;
use super::complaints::named;
use super::ids;
use super::json_tree::any;
use super::translated::{Translated, service, text};
use crate::span::{AnyValue, Attributes, Event, Link, Resource, Scope, Span, SpanId, Status, TraceId};

/// Reads `{"data": [trace…]}`, a list of traces, or one trace; `None` when it is none of them.
pub(super) fn document(sent: &Value) -> Option<Received> {
    let traces = match sent.get("data").unwrap_or(sent) {
        Value::Array(traces) => traces.as_slice(),
        trace => std::slice::from_ref(trace),
    };
    let is_trace = |trace: &Value| {
        trace.get("spans").is_some_and(Value::is_array) && trace.get("processes").is_some_and(Value::is_object)
    };
    if !traces.first().is_some_and(is_trace) {
        return None;
    }
    let mut translated = Translated::default();
    for (number, trace) in traces.iter().enumerate() {
        let processes = &trace["processes"];
        for (index, span) in trace["spans"].as_array().into_iter().flatten().enumerate() {
            let place = || named(format!("data[{number}].spans[{index}]"), text(span, "operationName"));
            translated.take_or_reject(place, read(span, processes));
        }
    }
    Some(translated.finish())
}

fn read(sent: &Value, processes: &Value) -> Result<Span, String> {
    if !sent.is_object() {
        return Err("the span is not an object".to_owned());
    }
    let (trace_id, span_id) = (trace_id(sent)?, span_id(sent)?);
    let mut span = Span::new(trace_id, span_id, resource(sent, processes).into(), Arc::<Scope>::default());
    text(sent, "operationName").clone_into(&mut span.name);
    span.start_time_unix_nano = nanoseconds(sent, "startTime")?;
    span.end_time_unix_nano = span.start_time_unix_nano.saturating_add(nanoseconds(sent, "duration")?);
    let mut scope = Scope::default();
    for (key, value) in fields(&sent["tags"]) {
        tag(key, value, &mut span, &mut scope);
    }
    span.scope = scope.into();
    for reference in sent["references"].as_array().into_iter().flatten() {
        refer(reference, &mut span)?;
    }
    // Older versions wrote the parent so.
    if span.parent_span_id.is_none() && !text(sent, "parentSpanID").is_empty() {
        span.parent_span_id = ids::parent_span_id(Some(&number(text(sent, "parentSpanID"), 8)?))?;
    }
    let logs = sent["logs"].as_array().into_iter().flatten();
    span.events = logs.map(event).collect::<Result<_, _>>()?;
    for warning in sent["warnings"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        span.attributes.push(("jaeger.warning".to_owned(), AnyValue::Str(warning.to_owned())));
    }
    Ok(span)
}

fn resource(sent: &Value, processes: &Value) -> Resource {
    let process = sent.get("process").or_else(|| processes.get(text(sent, "processID"))).unwrap_or(&Value::Null);
    let mut resource = service(text(process, "serviceName"));
    resource.attributes.extend(attributes(&process["tags"]));
    resource
}

fn trace_id(sent: &Value) -> Result<TraceId, String> {
    ids::trace_id(Some(&number(text(sent, "traceID"), 16)?))
}

fn span_id(sent: &Value) -> Result<SpanId, String> {
    ids::span_id(Some(&number(text(sent, "spanID"), 8)?))
}

/// Returns the bytes of an id; leading zeros are left out by some versions.
fn number(sent: &str, bytes: usize) -> Result<Vec<u8>, String> {
    let number = u128::from_str_radix(sent, 16).ok().filter(|_| sent.len() <= 2 * bytes && !sent.starts_with('+'));
    let number = number.ok_or_else(|| {
        format!("{:?} is not an id of {} hexadecimal digits", sent.chars().take(40).collect::<String>(), 2 * bytes)
    })?;
    Ok(number.to_be_bytes()[16 - bytes..].to_vec())
}

fn nanoseconds(sent: &Value, key: &str) -> Result<u64, String> {
    let microseconds = sent.get(key).and_then(Value::as_u64).and_then(|number| number.checked_mul(1_000));
    microseconds.ok_or_else(|| format!("{key} is not a number of microseconds"))
}

fn fields(list: &Value) -> impl Iterator<Item = (&str, &Value)> {
    list.as_array().into_iter().flatten().filter_map(|field| Some((field.get("key")?.as_str()?, field)))
}

fn attributes(list: &Value) -> Attributes {
    fields(list).map(|(key, field)| (key.to_owned(), value(field))).collect()
}

/// Returns the value of a tag, as its type says: 64-bit numbers are texts in some versions, bytes are base64.
fn value(field: &Value) -> AnyValue {
    let sent = &field["value"];
    match (text(field, "type"), sent.as_str()) {
        ("int64", Some(number)) => number.parse().map_or_else(|_| any(sent), AnyValue::Int),
        ("float64", Some(number)) => number.parse().map_or_else(|_| any(sent), AnyValue::Double),
        ("bool", Some(word)) => word.parse().map_or_else(|_| any(sent), AnyValue::Bool),
        ("binary", Some(packed)) => super::otlp_json::from_base64(packed).map_or_else(|| any(sent), AnyValue::Bytes),
        _ => any(sent),
    }
}

fn tag(key: &str, field: &Value, span: &mut Span, scope: &mut Scope) {
    let sent = &field["value"];
    match (key, sent.as_str()) {
        ("span.kind", Some(kind)) => {
            span.kind = match kind {
                "internal" => 1,
                "server" => 2,
                "client" => 3,
                "producer" => 4,
                "consumer" => 5,
                _ => 0,
            }
        }
        ("otel.scope.name" | "otel.library.name", Some(name)) => name.clone_into(&mut scope.name),
        ("otel.scope.version" | "otel.library.version", Some(version)) => version.clone_into(&mut scope.version),
        ("otel.status_code", Some(code)) => {
            span.status = Status { code: if code == "OK" { 1 } else { 2 }, ..span.status.clone() }
        }
        ("otel.status_description", Some(words)) => words.clone_into(&mut span.status.message),
        ("w3c.tracestate", Some(state)) => state.clone_into(&mut span.trace_state),
        ("error", word) if sent == true || word == Some("true") => span.status.code = 2,
        _ => span.attributes.push((key.to_owned(), value(field))),
    }
}

/// The first reference to a span of the same trace it is a child of is the parent; the others are links.
fn refer(reference: &Value, span: &mut Span) -> Result<(), String> {
    let (trace_id, span_id) = (trace_id(reference)?, span_id(reference)?);
    if text(reference, "refType") == "CHILD_OF" && trace_id == span.trace_id && span.parent_span_id.is_none() {
        span.parent_span_id = Some(span_id);
        return Ok(());
    }
    let kind = ("opentracing.ref_type".to_owned(), AnyValue::Str(text(reference, "refType").to_lowercase()));
    let (trace_state, attributes) = (String::new(), vec![kind]);
    span.links.push(Link { trace_id, span_id, trace_state, flags: 0, attributes, dropped_attributes: 0 });
    Ok(())
}

fn event(log: &Value) -> Result<Event, String> {
    let time_unix_nano = nanoseconds(log, "timestamp")?;
    let mut attributes = attributes(&log["fields"]);
    let name = attributes.iter().position(|(key, value)| key == "event" && value.as_str().is_some());
    let name = name.map(|at| attributes.remove(at).1);
    let name = name.as_ref().and_then(AnyValue::as_str).unwrap_or("log").to_owned();
    Ok(Event { time_unix_nano, name, attributes, dropped_attributes: 0 })
}
