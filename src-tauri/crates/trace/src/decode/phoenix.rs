//! Spans as Phoenix gives them back: a line (or an entry of a list) for each.
//!
//! Source: Phoenix 12 (`src/phoenix/server/api/routers/v1/spans.py`, `Span`), its client's `get_spans` and the download of its
//! interface. Attributes are named with dots, or are objects within each other; as it received them they had dots.

use std::sync::Arc;

use serde_json::Value;

use super::complaints::named;
use super::json_tree::any;
use super::translated::{Translated, text};
use super::{Received, ids};
use crate::rfc3339;
use crate::span::{AnyValue, Attributes, Event, Resource, Scope, Span, Status};

/// The attribute that says what a span is, which Phoenix keeps beside the attributes.
const KIND: &str = "openinference.span.kind";

/// Reads a span, or a list of them; `None` when the first is not one.
pub(super) fn document(sent: &Value) -> Option<Received> {
    let spans = match sent.get("data").unwrap_or(sent) {
        Value::Array(spans) => spans.as_slice(),
        span => std::slice::from_ref(span),
    };
    spans.first().filter(|span| span.pointer("/context/span_id").is_some() && span.get("span_kind").is_some())?;
    let mut translated = Translated::default();
    for (index, span) in spans.iter().enumerate() {
        translated.take_or_reject(|| named(format!("[{index}]"), text(span, "name")), read(span));
    }
    Some(translated.finish())
}

fn read(sent: &Value) -> Result<Span, String> {
    let around = &sent["context"];
    let trace_id = ids::trace_id(Some(&ids::from_text("trace_id", 16, text(around, "trace_id"))?))?;
    let span_id = ids::span_id(Some(&ids::from_text("span_id", 8, text(around, "span_id"))?))?;
    let parent = ids::from_text("parent_id", 8, text(sent, "parent_id"))?;
    let mut attributes = Attributes::new();
    flatten("", &sent["attributes"], &mut attributes);
    if !attributes.iter().any(|(key, _)| key == KIND) {
        attributes.push((KIND.to_owned(), AnyValue::Str(text(sent, "span_kind").to_owned())));
    }
    let events = sent["events"].as_array().into_iter().flatten().map(|event| {
        let mut attributes = Attributes::new();
        flatten("", &event["attributes"], &mut attributes);
        let (time_unix_nano, name) = (time(event, "timestamp"), text(event, "name").to_owned());
        Event { time_unix_nano, name, attributes, dropped_attributes: 0 }
    });
    Ok(Span {
        parent_span_id: ids::parent_span_id(Some(&parent))?,
        name: text(sent, "name").to_owned(),
        kind: 1,
        start_time_unix_nano: time(sent, "start_time"),
        end_time_unix_nano: time(sent, "end_time"),
        attributes,
        events: events.collect(),
        status: Status {
            code: match text(sent, "status_code") {
                "OK" => 1,
                "ERROR" => 2,
                _ => 0,
            },
            message: text(sent, "status_message").to_owned(),
        },
        ..Span::new(trace_id, span_id, Arc::<Resource>::default(), Arc::<Scope>::default())
    })
}

fn time(sent: &Value, key: &str) -> u64 {
    rfc3339::unix_nano(text(sent, key)).unwrap_or_default()
}

/// Appends what is in an object under the names of its fields, with dots between them.
fn flatten(prefix: &str, value: &Value, attributes: &mut Attributes) {
    let mut below = |name: &str, value: &Value| {
        let key = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
        flatten(&key, value, attributes);
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| below(name, value)),
        Value::Array(values) if values.iter().any(Value::is_object) => {
            values.iter().enumerate().for_each(|(index, value)| below(&index.to_string(), value));
        }
        Value::Null => {}
        value => attributes.push((prefix.to_owned(), any(value))),
    }
}
