//! A span from its fields.

use std::sync::Arc;

use super::super::complaints::Notes;
use super::super::{ids, too_deep_text};
use super::marks;
use crate::msgpack::{Value, key_text};
use crate::span::{AnyValue, Attributes, Resource, Scope, Span, Status};

/// The fields that have a place of their own.
const KNOWN: [&str; 15] = [
    "service",
    "name",
    "resource",
    "type",
    "trace_id",
    "span_id",
    "parent_id",
    "start",
    "duration",
    "error",
    "meta",
    "metrics",
    "meta_struct",
    "span_links",
    "span_events",
];

/// Reads a span and the service it is of; `high` is the high half of its trace's id. The resource is not there yet.
pub(super) fn read(fields: &Value<'_>, high: u64, notes: &mut Notes) -> Result<(String, Span), String> {
    let Value::Map(entries) = fields else { return Err("the span is not a map".to_owned()) };
    let trace_id = ids::trace_id(Some(&[high, id(fields, "trace_id")?].map(u64::to_be_bytes).concat()))?;
    let span_id = ids::span_id(Some(&id(fields, "span_id")?.to_be_bytes()))?;
    let parent_span_id = ids::parent_span_id(Some(&id(fields, "parent_id")?.to_be_bytes()))?;
    let (name, resource) = (text(fields, "name")?, text(fields, "resource")?);
    let mut attributes = Attributes::new();
    for (key, value) in [("operation.name", &name), ("resource.name", &resource), ("span.type", &text(fields, "type")?)]
    {
        if !value.is_empty() {
            attributes.push((key.to_owned(), AnyValue::Str(value.clone())));
        }
    }
    for part in ["meta", "metrics", "meta_struct"] {
        match fields.get(part) {
            None => {}
            Some(Value::Map(entries)) => attributes.extend(entries.iter().filter_map(|entry| attribute(entry, notes))),
            Some(_) => return Err(format!("`{part}` is not a map")),
        }
    }
    for entry in entries {
        if let Some((key, value)) = attribute(entry, notes).filter(|(key, _)| !KNOWN.contains(&key.as_str())) {
            attributes.push((format!("datadog.{key}"), value));
        }
    }
    let links = marks::links(fields, &mut attributes, notes);
    let events = marks::events(fields, &mut attributes, notes);
    let start = time(fields, "start")?;
    let duration = time(fields, "duration")?;
    let is_snapshot = marks::is_snapshot(&attributes);
    if is_snapshot {
        attributes.push(("duration".to_owned(), AnyValue::Int(duration.try_into().unwrap_or(i64::MAX))));
    }
    let span = Span {
        trace_id,
        span_id,
        parent_span_id,
        trace_state: String::new(),
        flags: 0,
        name: if resource.is_empty() { name } else { resource },
        kind: marks::kind(&attributes),
        start_time_unix_nano: start,
        end_time_unix_nano: if is_snapshot { 0 } else { start.saturating_add(duration) },
        attributes: Attributes::new(),
        dropped_attributes: 0,
        events,
        dropped_events: 0,
        links,
        dropped_links: 0,
        status: status(fields, &attributes)?,
        resource: Arc::<Resource>::default(),
        scope: Arc::<Scope>::default(),
    };
    Ok((text(fields, "service")?, Span { attributes, ..span }))
}

fn status(fields: &Value<'_>, attributes: &[(String, AnyValue)]) -> Result<Status, String> {
    if matches!(fields.get("error"), None | Some(Value::Unsigned(0) | Value::Bool(false))) {
        return Ok(Status::default());
    }
    if !matches!(fields.get("error"), Some(Value::Unsigned(_) | Value::Signed(_) | Value::Bool(_))) {
        return Err("`error` is not a number".to_owned());
    }
    Ok(Status { code: 2, message: marks::error_message(attributes) })
}

/// Returns an entry of a map as an attribute; nothing for nil, which senders write for what is not there.
pub(super) fn attribute((key, value): &(Value<'_>, Value<'_>), notes: &mut Notes) -> Option<(String, AnyValue)> {
    if *value == Value::Nil {
        return None;
    }
    let Some(key) = key_text(key) else {
        notes.add(|| "an attribute whose name is not text was left out".to_owned());
        return None;
    };
    let value = any(value, &key, notes);
    Some((key, value))
}

fn any(value: &Value<'_>, key: &str, notes: &mut Notes) -> AnyValue {
    match value {
        Value::Nil => AnyValue::Null,
        Value::Bool(truth) => AnyValue::Bool(*truth),
        // OTLP's whole numbers have a sign; the few that are larger stay whole as text.
        Value::Unsigned(number) => {
            i64::try_from(*number).map_or_else(|_| AnyValue::Str(number.to_string()), AnyValue::Int)
        }
        Value::Signed(number) => AnyValue::Int(*number),
        Value::Double(number) => AnyValue::Double(*number),
        Value::Text(text) => AnyValue::Str(checked(text, key, notes)),
        Value::Bytes(bytes) => AnyValue::Bytes(bytes.to_vec()),
        Value::List(values) => AnyValue::Array(values.iter().map(|value| any(value, key, notes)).collect()),
        Value::Map(entries) => AnyValue::Map(entries.iter().filter_map(|entry| attribute(entry, notes)).collect()),
        Value::TooDeep => {
            notes.add(|| format!("attribute {key:?} is nested too deep"));
            AnyValue::Str(too_deep_text(super::super::MAX_DEPTH))
        }
    }
}

fn checked(text: &[u8], what: &str, notes: &mut Notes) -> String {
    String::from_utf8(text.to_vec()).unwrap_or_else(|_| {
        notes.add(|| format!("{what} is not UTF-8; what is not was replaced by U+FFFD"));
        String::from_utf8_lossy(text).into_owned()
    })
}

fn text(fields: &Value<'_>, key: &str) -> Result<String, String> {
    match fields.get(key) {
        None => Ok(String::new()),
        Some(value) => value.text().ok_or_else(|| format!("`{key}` is not text")),
    }
}

/// Returns an id, 0 when there is none. Tracers whose language has no unsigned numbers send it as a signed one.
pub(super) fn id(fields: &Value<'_>, key: &str) -> Result<u64, String> {
    match fields.get(key) {
        None => Ok(0),
        Some(Value::Unsigned(number)) => Ok(*number),
        Some(Value::Signed(number)) => Ok(*number as u64),
        Some(Value::Text(text)) => {
            let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
            number.ok_or_else(|| format!("`{key}` is not a number"))
        }
        Some(_) => Err(format!("`{key}` is not a number")),
    }
}

/// Returns nanoseconds; what is negative is 0.
fn time(fields: &Value<'_>, key: &str) -> Result<u64, String> {
    match fields.get(key) {
        None | Some(Value::Signed(_)) => Ok(0),
        Some(Value::Unsigned(number)) => Ok(*number),
        Some(Value::Double(number)) => Ok(*number as u64),
        Some(_) => Err(format!("`{key}` is not a number")),
    }
}
