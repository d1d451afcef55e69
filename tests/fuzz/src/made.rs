//! Spans made of bytes: attributes with the keys that are recorded in `tests/fixtures` and values of every shape there is.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use arbitrary::{Result, Unstructured};
use bytes::Bytes;
use serde_json::{Map, Value};
use spanglass_trace::decode::{Budget, otlp_json};
use spanglass_trace::span::{AnyValue, Attributes, Event, LogRecord, Scope, Span, SpanId, Status, TraceId};

use super::seeds;

/// The words that recorded spans are made of, each once.
#[derive(Default)]
pub(super) struct Words {
    /// Keys of attributes.
    pub(super) keys: Vec<String>,
    /// Keys within values.
    pub(super) members: Vec<String>,
    /// Short texts.
    pub(super) texts: Vec<String>,
    /// Names of events and log records.
    pub(super) events: Vec<String>,
    /// Names of scopes.
    pub(super) scopes: Vec<String>,
}

/// Keys nobody records and somebody may send.
const HOSTILE: &[&str] = &[
    "__proto__",
    "constructor",
    "",
    "gen_ai.prompt.4000000000.role",
    "gen_ai.prompt.prompt_filter_results",
    "llm.input_messages.18446744073709551616.message.role",
    "llm.input_messages.0",
    "llm.input_messages.0.message.tool_calls.4294967295.tool_call.id",
];

/// Returns the words of the fixtures.
pub(super) fn words() -> &'static Words {
    static WORDS: OnceLock<Words> = OnceLock::new();
    WORDS.get_or_init(|| {
        let (mut keys, mut members) = (BTreeSet::new(), BTreeSet::new());
        let (mut texts, mut events, mut scopes) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        keys.extend(HOSTILE.iter().map(|key| (*key).to_owned()));
        members.extend(["__proto__", "constructor", ""].map(str::to_owned));
        for file in seeds::fixtures().iter().filter(|path| path.ends_with("span.json") || path.ends_with("logs.json")) {
            let body = Bytes::from(std::fs::read(file).unwrap_or_default());
            let Ok(received) = otlp_json::anything(&body, Budget::default()) else { continue };
            let spans = received.spans.into_iter().map(|received| received.span);
            let mut each = |name: String, attributes: Attributes| {
                events.insert(name);
                for (key, value) in attributes {
                    keys.insert(key);
                    collect(&value.to_json(), &mut members, &mut texts);
                }
            };
            for span in spans {
                scopes.insert(span.scope.name.clone());
                each(String::new(), span.attributes);
                span.events.into_iter().for_each(|event| each(event.name, event.attributes));
            }
            for received in received.logs {
                each(received.log.event().to_owned(), received.log.attributes);
            }
        }
        let [keys, members, texts, events, scopes] =
            [keys, members, texts, events, scopes].map(|words: BTreeSet<String>| words.into_iter().collect());
        Words { keys, members, texts, events, scopes }
    })
}

fn collect(value: &Value, members: &mut BTreeSet<String>, texts: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inner @ (Value::Array(_) | Value::Object(_))) => collect(&inner, members, texts),
            _ if text.len() <= 24 => drop(texts.insert(text.clone())),
            _ => {}
        },
        Value::Array(items) => items.iter().for_each(|item| collect(item, members, texts)),
        Value::Object(entries) => {
            for (key, value) in entries {
                members.insert(key.clone());
                collect(value, members, texts);
            }
        }
        _ => {}
    }
}

fn word(u: &mut Unstructured<'_>, words: &[String]) -> Result<String> {
    Ok(if words.is_empty() { String::new() } else { u.choose(words)?.clone() })
}

/// Returns any JSON, at most `depth` levels deep.
pub(super) fn json(u: &mut Unstructured<'_>, depth: u32) -> Result<Value> {
    let words = words();
    Ok(match u.int_in_range(0..=if depth == 0 { 7 } else { 13 })? {
        0 => Value::Null,
        1 => Value::from(u.arbitrary::<bool>()?),
        2 => Value::from(u.arbitrary::<i64>()?),
        3 => Value::from(u.arbitrary::<f64>()?),
        4 => Value::from(u.int_in_range(0..=9)?),
        5 | 6 => Value::from(word(u, &words.texts)?),
        7 => Value::from(u.arbitrary::<&str>()?),
        8 | 9 => list(u, depth)?,
        10..=12 => object(u, depth)?,
        _ => Value::from(json(u, depth - 1)?.to_string()),
    })
}

fn list(u: &mut Unstructured<'_>, depth: u32) -> Result<Value> {
    (0..u.int_in_range(0..=5)?).map(|_| json(u, depth - 1)).collect()
}

fn object(u: &mut Unstructured<'_>, depth: u32) -> Result<Value> {
    let mut entries = Map::new();
    for _ in 0..u.int_in_range(0..=6)? {
        entries.insert(word(u, &words().members)?, json(u, depth - 1)?);
    }
    Ok(Value::Object(entries))
}

fn value(u: &mut Unstructured<'_>) -> Result<AnyValue> {
    Ok(match u.int_in_range(0..=9)? {
        0 => AnyValue::Null,
        1 => AnyValue::Bytes(u.arbitrary()?),
        2 => AnyValue::Double(u.arbitrary()?),
        3 | 4 => any_value(&json(u, 4)?),
        _ => AnyValue::Str(json(u, 5)?.to_string()),
    })
}

/// Returns JSON as the structured value of an attribute.
pub(super) fn any_value(json: &Value) -> AnyValue {
    match json {
        Value::Null => AnyValue::Null,
        Value::Bool(value) => AnyValue::Bool(*value),
        Value::Number(value) => {
            value.as_i64().map_or_else(|| AnyValue::Double(value.as_f64().unwrap_or(f64::NAN)), AnyValue::Int)
        }
        Value::String(text) => AnyValue::Str(text.clone()),
        Value::Array(items) => AnyValue::Array(items.iter().map(any_value).collect()),
        Value::Object(entries) => {
            AnyValue::Map(entries.iter().map(|(key, value)| (key.clone(), any_value(value))).collect())
        }
    }
}

fn attributes(u: &mut Unstructured<'_>, most: usize) -> Result<Attributes> {
    (0..u.int_in_range(0..=most)?).map(|_| Ok((word(u, &words().keys)?, value(u)?))).collect()
}

fn event(u: &mut Unstructured<'_>) -> Result<Event> {
    let name = match u.ratio(1, 3)? {
        true => format!("mlflow.chunk.item.{}", u.int_in_range(0..=12)?),
        false => word(u, &words().events)?,
    };
    let mut attributes = attributes(u, 3)?;
    if name.starts_with("mlflow.chunk") {
        attributes.push(("mlflow.chunk.value".to_owned(), AnyValue::Str(json(u, 5)?.to_string())));
    }
    Ok(Event { time_unix_nano: time(u)?, name, attributes, dropped_attributes: 0 })
}

/// Edges of time, and times close to each other.
fn time(u: &mut Unstructured<'_>) -> Result<u64> {
    Ok(match u.int_in_range(0..=7)? {
        0 => 0,
        1 => u64::MAX,
        2 => u.arbitrary()?,
        _ => 1_700_000_000_000_000_000 + u64::from(u.arbitrary::<u8>()?),
    })
}

/// Returns a span of one trace; of sixteen names and as many parents.
pub(super) fn span(u: &mut Unstructured<'_>) -> Result<Span> {
    let scope = Scope { name: word(u, &words().scopes)?, ..Scope::default() };
    let id = |n: u8| SpanId([0, 0, 0, 0, 0, 0, 0, n]);
    let mut span = Span::new(TraceId([1; 16]), id(1 + u.int_in_range(0..=15)?), Arc::default(), Arc::new(scope));
    span.parent_span_id = Some(u.int_in_range(0..=17)?).filter(|parent| *parent > 0).map(id);
    span.name = word(u, &words().texts)?;
    (span.start_time_unix_nano, span.end_time_unix_nano) = (time(u)?, time(u)?);
    span.status = Status { code: u.int_in_range(-1..=3)?, message: String::new() };
    span.attributes = attributes(u, 10)?;
    span.events = (0..u.int_in_range(0..=4)?).map(|_| event(u)).collect::<Result<_>>()?;
    (span.dropped_events, span.dropped_attributes) = (u.arbitrary()?, u.arbitrary()?);
    Ok(span)
}

/// Returns a log record of a span.
pub(super) fn log(u: &mut Unstructured<'_>) -> Result<LogRecord> {
    let mut log = LogRecord::new(Arc::default(), Arc::default());
    log.event_name = word(u, &words().events)?;
    log.time_unix_nano = time(u)?;
    log.body = value(u)?;
    log.attributes = attributes(u, 4)?;
    Ok(log)
}
