//! Zipkin v2 JSON: a list of spans, or a list of such lists, as Zipkin's API takes and gives them.
//!
//! Sources: zipkin-api 1.0 (`zipkin2-api.yaml`); the OpenTelemetry specification, "OpenTelemetry to Zipkin Transformation", whose
//! tags are turned back into what they were.
//!
//! | Zipkin | stored as |
//! |---|---|
//! | `traceId` of 64 bits | a trace id whose upper half is zero |
//! | `id` of a `shared` span, which is its client's | an id of its own, the client's span its parent |
//! | `timestamp`, `duration` (microseconds) | start and end; no end where there is no duration |
//! | `localEndpoint` | the resource's `service.name`; `network.local.address`, `network.local.port` |
//! | tags `service.*`, `telemetry.sdk.*` | the resource's, which OpenTelemetry writes on every span |
//! | `remoteEndpoint` | `peer.service`, `network.peer.address`, `network.peer.port` |
//! | `annotations` | events; the attributes OpenTelemetry writes behind an event's name are the event's |
//! | tags `otel.scope.*` (`otel.library.*`) | the scope |
//! | tags `otel.status_code`, `error` | the status; the tags stay where they say more |
//! | any other tag | an attribute |

use serde_json::Value;

use super::complaints::named;
use super::json_tree::{any, whole_json};
use super::translated::{Translated, service, text, texts};
use super::{Budget, DecodeError, Received, ids};
use crate::fingerprint;
use crate::span::{AnyValue, Attributes, Event, Scope, Span, SpanId, Status, TraceId};

/// What tells a Zipkin span from other JSON with a `traceId` and an `id`.
const MARKS: [&str; 6] = ["localEndpoint", "remoteEndpoint", "timestamp", "annotations", "tags", "duration"];

/// Decodes a request of spans. An empty list is a request without spans.
///
/// Fails when the body is not such a list, and when there is more in it than the budget allows; a bad span costs itself.
pub fn spans(body: &[u8], budget: Budget) -> Result<Received, DecodeError> {
    let sent = whole_json(body, budget)?;
    if sent.as_array().is_some_and(Vec::is_empty) {
        return Ok(Received::default());
    }
    document(&sent).ok_or_else(|| DecodeError::Malformed {
        place: "request".to_owned(),
        reason: "this is not a list of Zipkin v2 spans; Zipkin v1 and Thrift are not read".to_owned(),
    })
}

/// Reads a list of spans, or of such lists; `None` when its first span is not one of Zipkin v2.
pub(super) fn document(sent: &Value) -> Option<Received> {
    let lists = sent.as_array()?;
    let first = lists.iter().find(|list| list.as_array().is_none_or(|list| !list.is_empty()))?;
    if !is_span(first.get(0).unwrap_or(first)) {
        return None;
    }
    let mut translated = Translated::default();
    for (index, entry) in lists.iter().enumerate() {
        match entry.as_array() {
            Some(list) => list.iter().enumerate().for_each(|(within, span)| {
                translated.take_or_reject(|| named(format!("[{index}][{within}]"), text(span, "name")), read(span));
            }),
            None => translated.take_or_reject(|| named(format!("[{index}]"), text(entry, "name")), read(entry)),
        }
    }
    Some(translated.finish())
}

fn is_span(value: &Value) -> bool {
    value.get("traceId").is_some_and(Value::is_string)
        && value.get("id").is_some_and(Value::is_string)
        && MARKS.iter().any(|mark| value.get(mark).is_some())
}

fn read(sent: &Value) -> Result<Span, String> {
    if !sent.is_object() {
        return Err("the span is not an object".to_owned());
    }
    let trace_id = trace_id(text(sent, "traceId"))?;
    let own = id(sent, "id")?;
    let own = ids::span_id(Some(&own))?;
    let parent = ids::parent_span_id(Some(&id(sent, "parentId")?))?;
    let is_shared = sent.get("shared").and_then(Value::as_bool) == Some(true);
    // A client's and its server's span of one id would be one span and its duplicate.
    let (span_id, parent_span_id) = if is_shared { (shared_id(trace_id, own), Some(own)) } else { (own, parent) };
    let (local, remote) = (&sent["localEndpoint"], &sent["remoteEndpoint"]);
    let start = nanoseconds(sent, "timestamp")?.unwrap_or_default();
    let duration = nanoseconds(sent, "duration")?;
    let mut attributes = addresses("local", local);
    attributes.extend(texts([("peer.service", text(remote, "serviceName"))]));
    attributes.extend(addresses("peer", remote));
    let mut resource = service(text(local, "serviceName"));
    let (mut scope, mut status) = (Scope::default(), Status::default());
    for (key, value) in sent.get("tags").and_then(Value::as_object).into_iter().flatten() {
        if key == "service.name" {
            resource.attributes.retain(|(known, _)| known != key);
        }
        let of_resource = ["service.", "telemetry.sdk."].iter().any(|start| key.starts_with(start));
        let attributes = if of_resource { &mut resource.attributes } else { &mut attributes };
        tag(key, value, &mut scope, &mut status, attributes);
    }
    if sent.get("debug").and_then(Value::as_bool) == Some(true) {
        attributes.push(("zipkin.debug".to_owned(), AnyValue::Bool(true)));
    }
    if is_shared {
        attributes.push(("zipkin.shared".to_owned(), AnyValue::Bool(true)));
    }
    let events = sent.get("annotations").and_then(Value::as_array).into_iter().flatten();
    Ok(Span {
        parent_span_id,
        name: text(sent, "name").to_owned(),
        kind: kind(text(sent, "kind")),
        start_time_unix_nano: start,
        end_time_unix_nano: duration.map_or(0, |duration| start.saturating_add(duration)),
        attributes,
        events: events.map(event).collect::<Result<_, _>>()?,
        status,
        ..Span::new(trace_id, span_id, resource.into(), scope.into())
    })
}

/// Returns a trace's id of 16 or 32 digits; some senders leave leading zeros out.
fn trace_id(sent: &str) -> Result<TraceId, String> {
    let id = u128::from_str_radix(sent, 16).ok().filter(|_| sent.len() <= 32 && !sent.starts_with('+'));
    let id = id.ok_or_else(|| format!("traceId {:?} is not 16 or 32 hexadecimal digits", shown(sent)))?;
    ids::trace_id(Some(&id.to_be_bytes()))
}

/// Returns a span's id; nothing where there is none.
fn id(sent: &Value, key: &str) -> Result<Vec<u8>, String> {
    let sent = text(sent, key);
    if sent.is_empty() {
        return Ok(Vec::new());
    }
    let id = u64::from_str_radix(sent, 16).ok().filter(|_| sent.len() <= 16 && !sent.starts_with('+'));
    let id = id.ok_or_else(|| format!("{key} {:?} is not 16 hexadecimal digits", shown(sent)))?;
    Ok(id.to_be_bytes().to_vec())
}

fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}

fn shared_id(trace_id: TraceId, id: SpanId) -> SpanId {
    fingerprint::span_id(["zipkin shared", &trace_id.to_string(), &id.to_string()])
}

fn kind(sent: &str) -> i32 {
    match sent {
        "SERVER" => 2,
        "CLIENT" => 3,
        "PRODUCER" => 4,
        "CONSUMER" => 5,
        _ => 0,
    }
}

/// Returns microseconds as nanoseconds.
fn nanoseconds(sent: &Value, key: &str) -> Result<Option<u64>, String> {
    let Some(value) = sent.get(key).filter(|value| !value.is_null()) else { return Ok(None) };
    let whole = value.as_u64().or_else(|| value.as_str()?.parse().ok());
    let nanoseconds = match whole {
        Some(microseconds) => microseconds.checked_mul(1_000),
        // Some senders divide nanoseconds and keep the rest.
        None => value.as_f64().filter(|number| *number >= 0.0).map(|number| (number * 1e3) as u64),
    };
    nanoseconds.map(Some).ok_or_else(|| format!("{key} is not a number of microseconds"))
}

/// Returns where an endpoint is. `side` is `local` or `peer`, as in the attributes' names.
fn addresses(side: &str, endpoint: &Value) -> Attributes {
    let address = [text(endpoint, "ipv6"), text(endpoint, "ipv4")].into_iter().find(|address| !address.is_empty());
    let mut told = texts([(format!("network.{side}.address").as_str(), address.unwrap_or_default())]);
    if let Some(port) = endpoint.get("port").and_then(Value::as_i64).filter(|port| *port != 0) {
        told.push((format!("network.{side}.port"), AnyValue::Int(port)));
    }
    told
}

fn tag(key: &str, value: &Value, scope: &mut Scope, status: &mut Status, attributes: &mut Attributes) {
    match (key, value.as_str()) {
        ("otel.scope.name" | "otel.library.name", Some(name)) => name.clone_into(&mut scope.name),
        ("otel.scope.version" | "otel.library.version", Some(version)) => version.clone_into(&mut scope.version),
        ("otel.status_code", Some("OK")) => status.code = 1,
        ("otel.status_code", Some("ERROR")) => status.code = 2,
        ("error", Some("false")) => {}
        ("error", Some(message)) => {
            // `error` alone says that there was one; OpenTelemetry writes the status's words into it.
            status.code = 2;
            if !matches!(message, "" | "true") {
                message.clone_into(&mut status.message);
            }
        }
        _ => attributes.push((key.to_owned(), any(value))),
    }
}

fn event(sent: &Value) -> Result<Event, String> {
    let said = text(sent, "value");
    let time_unix_nano = nanoseconds(sent, "timestamp")?.unwrap_or_default();
    // As OpenTelemetry writes an event's attributes: `"name": {"key": "value"}`, in some languages with braces around.
    let object = if said.starts_with('"') { format!("{{{said}}}") } else { said.to_owned() };
    if object.starts_with('{')
        && let Ok(Value::Object(event)) = serde_json::from_str(&object)
        && let Some((name, Value::Object(attributes))) = event.iter().next().filter(|_| event.len() == 1)
    {
        let attributes = attributes.iter().map(|(key, value)| (key.clone(), any(value))).collect();
        return Ok(Event { time_unix_nano, name: name.clone(), attributes, dropped_attributes: 0 });
    }
    Ok(Event { time_unix_nano, name: said.to_owned(), ..Event::default() })
}
