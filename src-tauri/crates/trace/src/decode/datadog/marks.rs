//! What Datadog's tracers write among a span's tags and mean for the span itself: the high half of its trace's id, its kind,
//! its error, its links and events, and that it has not ended.

use super::super::complaints::Notes;
use super::super::ids;
use super::events::LLM_OBS;
use super::span::{attribute, id};
use crate::msgpack::{self, Cursor, Value};
use crate::span::{AnyValue, Attributes, Event, Link, SpanId, TraceId, attribute as last};

/// How large an event of LLM Observability may be to be looked into, in values.
const MAX_EVENT_ITEMS: u64 = 1_000_000;

/// Returns the high half of the trace's id, when this span carries it.
pub(super) fn high_half(fields: &Value<'_>) -> Option<u64> {
    let sent = fields.get("meta")?.get("_dd.p.tid")?.text()?;
    u64::from_str_radix(&sent, 16).ok()
}

/// Returns the id by which LLM Observability names the span's trace.
pub(super) fn alias(attributes: &[(String, AnyValue)]) -> Option<TraceId> {
    let Some(AnyValue::Bytes(event)) = last(attributes, LLM_OBS) else { return None };
    // Its fields are looked at only, not what is in them.
    Cursor::new(event).skip(MAX_EVENT_ITEMS).ok()??;
    Cursor::new(event).value(1).ok()?.get("trace_id")?.text()?.parse().ok()
}

/// Says whether a span was sent before it ended: tracers send long ones every few minutes, marked by a version.
pub(super) fn is_snapshot(attributes: &[(String, AnyValue)]) -> bool {
    last(attributes, "_dd.partial_version").is_some() && last(attributes, "_dd.was_long_running").is_none()
}

/// Returns OTLP's number for the kind.
pub(super) fn kind(attributes: &[(String, AnyValue)]) -> i32 {
    match last(attributes, "span.kind").and_then(AnyValue::as_str) {
        Some("internal") => 1,
        Some("server") => 2,
        Some("client") => 3,
        Some("producer") => 4,
        Some("consumer") => 5,
        _ => 0,
    }
}

/// Returns the error's words; before ddtrace 1.7 they stood under another name.
pub(super) fn error_message(attributes: &[(String, AnyValue)]) -> String {
    let told = ["error.message", "error.msg"].iter().find_map(|key| last(attributes, key)?.as_str());
    told.unwrap_or_default().to_owned()
}

/// Returns the links: a field of the span, or JSON in a tag, which is then used up.
pub(super) fn links(fields: &Value<'_>, attributes: &mut Attributes, notes: &mut Notes) -> Vec<Link> {
    if let Some(Value::List(sent)) = fields.get("span_links") {
        return sent.iter().filter_map(|sent| link(sent, notes)).collect();
    }
    from_tag(attributes, "_dd.span_links", |sent| link_in_hex(sent, notes))
}

/// Returns the events: a field of the span, or JSON in a tag, which is then used up.
pub(super) fn events(fields: &Value<'_>, attributes: &mut Attributes, notes: &mut Notes) -> Vec<Event> {
    if let Some(Value::List(sent)) = fields.get("span_events") {
        return sent.iter().filter_map(|sent| event(sent, notes)).collect();
    }
    from_tag(attributes, "events", |sent| event(sent, notes))
}

/// Reads a tag that is a JSON list. It stays where anything of it cannot be read: nothing is lost.
fn from_tag<T>(attributes: &mut Attributes, key: &str, mut read: impl FnMut(&Value<'_>) -> Option<T>) -> Vec<T> {
    let json = last(attributes, key).and_then(AnyValue::as_str).and_then(|text| serde_json::from_str(text).ok());
    let Some(bytes) = json.map(|json: serde_json::Value| msgpack::from_json(&json)) else { return Vec::new() };
    let Ok(Value::List(sent)) = Cursor::new(&bytes).value(super::super::MAX_DEPTH) else { return Vec::new() };
    let Some(found) = sent.iter().map(&mut read).collect::<Option<Vec<T>>>() else { return Vec::new() };
    attributes.retain(|(name, _)| name != key);
    found
}

fn link(sent: &Value<'_>, notes: &mut Notes) -> Option<Link> {
    let halves = [id(sent, "trace_id_high"), id(sent, "trace_id"), id(sent, "span_id")];
    let [Ok(high), Ok(low), Ok(span)] = halves else {
        notes.add(|| "a link whose ids are no numbers was left out".to_owned());
        return None;
    };
    let trace_id = ids::trace_id(Some(&[high, low].map(u64::to_be_bytes).concat()));
    let ids = trace_id.and_then(|trace_id| Ok((trace_id, ids::span_id(Some(&span.to_be_bytes()))?)));
    match ids {
        Ok((trace_id, span_id)) => Some(described(sent, trace_id, span_id, notes)),
        Err(reason) => {
            notes.add(|| format!("a link points nowhere: its {reason}"));
            None
        }
    }
}

/// In a tag the ids are hexadecimal.
fn link_in_hex(sent: &Value<'_>, notes: &mut Notes) -> Option<Link> {
    let trace_id = format!("{:0>32}", sent.get("trace_id")?.text()?).parse().ok()?;
    let span_id = format!("{:0>16}", sent.get("span_id")?.text()?).parse().ok()?;
    Some(described(sent, trace_id, span_id, notes))
}

fn described(sent: &Value<'_>, trace_id: TraceId, span_id: SpanId, notes: &mut Notes) -> Link {
    let told = |key: &str| id(sent, key).unwrap_or_default();
    Link {
        trace_id,
        span_id,
        trace_state: sent.get("tracestate").and_then(Value::text).unwrap_or_default(),
        // The highest bit says that flags were set at all.
        flags: told("flags") as u32 & 0xff,
        attributes: entries(sent, notes),
        dropped_attributes: told("dropped_attributes_count") as u32,
    }
}

fn event(sent: &Value<'_>, notes: &mut Notes) -> Option<Event> {
    let name = sent.get("name")?.text()?;
    let time_unix_nano = id(sent, "time_unix_nano").ok()?;
    let attributes = match sent.get("attributes") {
        Some(Value::Map(typed)) => {
            typed.iter().filter_map(|(key, value)| attribute(&(key.clone(), untyped(value)), notes)).collect()
        }
        _ => Attributes::new(),
    };
    Some(Event { time_unix_nano, name, attributes, dropped_attributes: 0 })
}

fn entries(sent: &Value<'_>, notes: &mut Notes) -> Attributes {
    match sent.get("attributes") {
        Some(Value::Map(entries)) => entries.iter().filter_map(|entry| attribute(entry, notes)).collect(),
        _ => Attributes::new(),
    }
}

/// Returns what an event's attribute says: `{"type": 0, "string_value": "x"}`, with lists as `array_value.values`; in a tag
/// the bare value.
fn untyped<'a>(value: &Value<'a>) -> Value<'a> {
    let is_typed = value.get("type").is_some();
    let plain = ["string_value", "bool_value", "int_value", "double_value"].iter().find_map(|key| value.get(key));
    match (plain, value.get("array_value").and_then(|list| list.get("values"))) {
        (Some(plain), _) if is_typed => plain.clone(),
        (None, Some(Value::List(values))) if is_typed => Value::List(values.iter().map(untyped).collect()),
        _ => value.clone(),
    }
}
