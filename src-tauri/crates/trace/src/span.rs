//! Spans and log records as they were received. Nothing here is ever edited, renamed or re-typed.
//!
//! Field meanings and bounds are those of opentelemetry-proto 1.11 (`trace.proto`, `logs.proto`, `common.proto`). What an
//! attribute means to an LLM library is the business of [`crate::dialects`].

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::fingerprint;

/// Sixteen bytes that name a trace; never all zero once a decoder let it through.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TraceId(pub [u8; 16]);

/// Eight bytes that name a span within its trace; never all zero once a decoder let it through.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpanId(pub [u8; 8]);

/// Says that a text is not the hexadecimal form of an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id: expected {expected} hexadecimal digits, not all zero")]
pub struct NotAnId {
    /// How many digits the id has.
    pub expected: usize,
}

fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let text = text.as_bytes();
    if text.len() != 2 * N {
        return None;
    }
    let mut id = [0; N];
    for (byte, pair) in id.iter_mut().zip(text.chunks_exact(2)) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        *byte = (high * 16 + low) as u8;
    }
    Some(id)
}

/// Writes the bytes of an id, at most 16.
fn write_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; 32];
    for (pair, byte) in text.as_chunks_mut::<2>().0.iter_mut().zip(bytes) {
        *pair = [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 0xf)]];
    }
    f.write_str(str::from_utf8(&text[..2 * bytes.len()]).unwrap_or_default())
}

macro_rules! id {
    ($name:ident, $bytes:literal) => {
        impl $name {
            /// Returns the id in these bytes; `None` when there are not exactly enough of them or all are zero.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                let id: [u8; $bytes] = bytes.try_into().ok()?;
                (id != [0; $bytes]).then_some(Self(id))
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                hex(text).filter(|id| *id != [0; $bytes]).map(Self).ok_or(NotAnId { expected: 2 * $bytes })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(&self.0, f)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(TraceId, 16);
id!(SpanId, 8);

/// A value of an attribute or a log body, of any type OTLP has.
#[derive(Clone, Debug, PartialEq)]
pub enum AnyValue {
    /// An `AnyValue` without a value.
    Null,
    /// Text; bytes that were not UTF-8 are replaced by U+FFFD when decoded.
    Str(String),
    /// A truth value.
    Bool(bool),
    /// A 64-bit whole number.
    Int(i64),
    /// A 64-bit float; NaN and infinities occur.
    Double(f64),
    /// Raw bytes.
    Bytes(Vec<u8>),
    /// A list.
    Array(Vec<AnyValue>),
    /// Keys and values in the order they were sent; a key may stand twice.
    Map(Attributes),
}

/// Keys and values in the order they were sent; a key may stand twice.
pub type Attributes = Vec<(String, AnyValue)>;

/// Returns the value of the last attribute with this key: for a repeated key, later wins.
pub fn attribute<'a>(attributes: &'a [(String, AnyValue)], key: &str) -> Option<&'a AnyValue> {
    attributes.iter().rev().find(|(k, _)| k == key).map(|(_, value)| value)
}

impl AnyValue {
    /// Returns the text when the value is text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the value as JSON: bytes in base64, NaN and infinities as the strings OTLP/JSON uses for them.
    pub fn to_json(&self) -> serde_json::Value {
        use base64::Engine as _;
        use serde_json::Value;
        match self {
            Self::Null => Value::Null,
            Self::Str(text) => Value::String(text.clone()),
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::from(*value),
            Self::Double(value) => serde_json::Number::from_f64(*value).map_or_else(
                || {
                    let name = if value.is_nan() {
                        "NaN"
                    } else if *value > 0.0 {
                        "Infinity"
                    } else {
                        "-Infinity"
                    };
                    Value::from(name)
                },
                Value::Number,
            ),
            Self::Bytes(bytes) => Value::String(base64::engine::general_purpose::STANDARD.encode(bytes)),
            Self::Array(values) => Value::Array(values.iter().map(Self::to_json).collect()),
            Self::Map(entries) => Value::Object(attributes_to_json(entries)),
        }
    }
}

/// Returns attributes as a JSON object; of a repeated key the last value stands.
pub fn attributes_to_json(attributes: &[(String, AnyValue)]) -> serde_json::Map<String, serde_json::Value> {
    attributes.iter().map(|(key, value)| (key.clone(), value.to_json())).collect()
}

/// The process (or browser, or host) that produced spans.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resource {
    /// What describes it, `service.name` first of all.
    pub attributes: Attributes,
    /// How many attributes the sender left out.
    pub dropped_attributes: u32,
    /// The schema the resource follows; often empty or stale.
    pub schema_url: String,
}

impl Resource {
    /// Returns `service.name`, or an empty text where there is none.
    pub fn service(&self) -> &str {
        attribute(&self.attributes, "service.name").and_then(AnyValue::as_str).unwrap_or_default()
    }

    /// Returns a number that stands for the process, of whose clock the times of its spans are.
    pub fn process(&self) -> u64 {
        let Self { attributes, dropped_attributes, schema_url } = self;
        fingerprint::of([format!("{attributes:?} {dropped_attributes}").as_str(), schema_url])
    }
}

/// The instrumentation library that made spans.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    /// The library's name.
    pub name: String,
    /// The library's version.
    pub version: String,
    /// What else describes it.
    pub attributes: Attributes,
    /// How many attributes the sender left out.
    pub dropped_attributes: u32,
    /// The schema its spans follow; often empty or stale.
    pub schema_url: String,
}

/// Something that happened during a span.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Event {
    /// When, in nanoseconds since 1970; may lie outside the span.
    pub time_unix_nano: u64,
    /// What.
    pub name: String,
    /// Its particulars.
    pub attributes: Attributes,
    /// How many attributes the sender left out.
    pub dropped_attributes: u32,
}

/// A pointer to another span, of this trace or another.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// The trace pointed to.
    pub trace_id: TraceId,
    /// The span pointed to.
    pub span_id: SpanId,
    /// W3C trace state, as sent.
    pub trace_state: String,
    /// W3C trace flags in bits 0–7; 0x100: "is remote" is known, 0x200: it is.
    pub flags: u32,
    /// What describes the link.
    pub attributes: Attributes,
    /// How many attributes the sender left out.
    pub dropped_attributes: u32,
}

/// How a span ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    /// 0 unset, 1 ok, 2 error; other numbers are kept. Unset is neither ok nor error.
    pub code: i32,
    /// The sender's words.
    pub message: String,
}

/// One operation of a trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// The trace it belongs to.
    pub trace_id: TraceId,
    /// Its name within the trace.
    pub span_id: SpanId,
    /// The span that caused it; `None` for a root (an all-zero parent counts as none).
    pub parent_span_id: Option<SpanId>,
    /// W3C trace state, as sent.
    pub trace_state: String,
    /// W3C trace flags in bits 0–7; 0x100: "parent is remote" is known, 0x200: it is.
    pub flags: u32,
    /// What it is called.
    pub name: String,
    /// 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer; other numbers are kept.
    pub kind: i32,
    /// Start in nanoseconds since 1970; 0 when the sender gave none.
    pub start_time_unix_nano: u64,
    /// End in nanoseconds since 1970; 0 when unfinished; may lie before the start.
    pub end_time_unix_nano: u64,
    /// What describes it.
    pub attributes: Attributes,
    /// How many attributes the sender left out.
    pub dropped_attributes: u32,
    /// What happened meanwhile, in the order sent.
    pub events: Vec<Event>,
    /// How many events the sender left out.
    pub dropped_events: u32,
    /// What it points to.
    pub links: Vec<Link>,
    /// How many links the sender left out.
    pub dropped_links: u32,
    /// How it ended.
    pub status: Status,
    /// Who produced it.
    pub resource: Arc<Resource>,
    /// Which library made it.
    pub scope: Arc<Scope>,
}

impl Span {
    /// Returns a span of which nothing is known but its ids and what surrounds it.
    pub fn new(trace_id: TraceId, span_id: SpanId, resource: Arc<Resource>, scope: Arc<Scope>) -> Self {
        Self {
            trace_id,
            span_id,
            parent_span_id: None,
            trace_state: String::new(),
            flags: 0,
            name: String::new(),
            kind: 0,
            start_time_unix_nano: 0,
            end_time_unix_nano: 0,
            attributes: Vec::new(),
            dropped_attributes: 0,
            events: Vec::new(),
            dropped_events: 0,
            links: Vec::new(),
            dropped_links: 0,
            status: Status::default(),
            resource,
            scope,
        }
    }

    /// Returns the value of the last attribute with this key.
    pub fn attribute(&self, key: &str) -> Option<&AnyValue> {
        attribute(&self.attributes, key)
    }

    /// Returns the duration in nanoseconds; 0 for an unfinished span and where the end lies before the start.
    pub fn duration_ns(&self) -> u64 {
        self.end_time_unix_nano.saturating_sub(self.start_time_unix_nano)
    }
}

/// One OTLP log record. Several conventions send an LLM call's messages as log records of its span.
#[derive(Clone, Debug, PartialEq)]
pub struct LogRecord {
    /// When it happened, in nanoseconds since 1970; 0 when unknown.
    pub time_unix_nano: u64,
    /// When it was observed, in nanoseconds since 1970.
    pub observed_time_unix_nano: u64,
    /// 1 (trace) to 24 (fatal); 0 unspecified.
    pub severity_number: i32,
    /// The sender's word for the severity.
    pub severity_text: String,
    /// The event's name (field 12); older senders use the attribute `event.name`.
    pub event_name: String,
    /// What was logged.
    pub body: AnyValue,
    /// Its particulars.
    pub attributes: Attributes,
    /// How many attributes the sender left out.
    pub dropped_attributes: u32,
    /// W3C trace flags.
    pub flags: u32,
    /// The trace it belongs to, when it says so.
    pub trace_id: Option<TraceId>,
    /// The span it belongs to, when it says so.
    pub span_id: Option<SpanId>,
    /// Who produced it.
    pub resource: Arc<Resource>,
    /// Which library made it.
    pub scope: Arc<Scope>,
}

impl LogRecord {
    /// Returns a log record of which nothing is known but what surrounds it.
    pub fn new(resource: Arc<Resource>, scope: Arc<Scope>) -> Self {
        Self {
            time_unix_nano: 0,
            observed_time_unix_nano: 0,
            severity_number: 0,
            severity_text: String::new(),
            event_name: String::new(),
            body: AnyValue::Null,
            attributes: Vec::new(),
            dropped_attributes: 0,
            flags: 0,
            trace_id: None,
            span_id: None,
            resource,
            scope,
        }
    }

    /// Returns the event's name from the field or, for older senders, from the attribute `event.name`; empty when neither is there.
    pub fn event(&self) -> &str {
        if self.event_name.is_empty() {
            attribute(&self.attributes, "event.name").and_then(AnyValue::as_str).unwrap_or_default()
        } else {
            &self.event_name
        }
    }
}
