//! What programs send to a Datadog agent: traces of protocol v0.3, v0.4 and v0.5, and the events of LLM Observability, its
//! evaluations and sampled logs ([`events`]).
//!
//! Sources: the agent's `pkg/trace/api` and `pkg/proto/pbgo/trace` (7.72), ddtrace 1.14 to 4.16 (`internal/_encoding.pyx`).
//!
//! A span is stored in OTLP's form, with the names ddtrace itself uses when it exports over OTLP (4.16):
//!
//! | Datadog | stored as |
//! |---|---|
//! | `trace_id`, and `_dd.p.tid` of any span of the chunk | the low and the high half of the trace id |
//! | `span_id`, `parent_id` (0 = none) | the ids |
//! | `resource`, or `name` where it is empty | the span's name |
//! | `name`, `resource`, `type` | the attributes `operation.name`, `resource.name`, `span.type` |
//! | `service`, and the request's headers | the resource's `service.name`, `telemetry.sdk.*` |
//! | `start`, `duration` | start and end; a snapshot of a span that has not ended has no end, and `duration` as attribute |
//! | `error`, `error.message` | the status |
//! | `meta`, `metrics`, `meta_struct` | attributes: texts, numbers as sent, bytes |
//! | `span_links` or `_dd.span_links`, `span_events` or `events` | links, events |
//! | any other field | the attribute `datadog.<field>` |

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::complaints::{Complaints, Notes, named};
use super::json_tree::whole_json;
use super::{Budget, DecodeError, Envelope, Received, ReceivedSpan, protobuf_out};
use crate::msgpack::{self, Broken, Cursor, Value};
use crate::span::{AnyValue, Resource, Scope};

pub mod events;
mod marks;
mod span;

/// How a request of traces is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// v0.3 and v0.4: lists of lists of maps.
    Maps,
    /// v0.5: a table of texts, then lists of lists of lists that refer to it.
    Table,
}

/// Who sends, as the request's headers say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sender {
    /// `Datadog-Meta-Lang`.
    pub language: String,
    /// `Datadog-Meta-Tracer-Version`.
    pub version: String,
}

/// The fields of a v0.5 span, in order.
const FIELDS: [&str; 12] = [
    "service",
    "name",
    "resource",
    "trace_id",
    "span_id",
    "parent_id",
    "start",
    "duration",
    "error",
    "meta",
    "metrics",
    "type",
];

/// Decodes a request of traces in MessagePack. An empty body is a request without spans.
///
/// Fails when the bytes are not MessagePack or not lists of spans, and when there is more in it than the budget allows.
/// Whatever is wrong within a span costs that span at most, and is in the complaints.
pub fn traces(body: &Bytes, layout: Layout, sender: &Sender, budget: Budget) -> Result<Received, DecodeError> {
    if body.is_empty() {
        return Ok(Received::default());
    }
    let mut cursor = Cursor::new(body);
    let items = cursor.skip(budget.items).map_err(malformed)?.ok_or_else(|| too_many(budget))?;
    if !cursor.is_at_end() {
        return Err(malformed(Broken { at: cursor.at(), what: "something follows after the end" }));
    }
    let mut cursor = Cursor::new(body);
    let mut strings = Vec::new();
    if layout == Layout::Table {
        let at = cursor.at();
        if cursor.list().map_err(malformed)? != 2 {
            return Err(malformed(Broken { at, what: "a table of texts and a list of traces were expected" }));
        }
        for _ in 0..cursor.list().map_err(malformed)? {
            strings.push(cursor.value(0).map_err(malformed)?);
        }
    }
    let mut build = Build { strings, sender, budget, items, around: BTreeMap::new(), received: Received::default() };
    let mut complaints = Complaints::default();
    for trace in 0..cursor.list().map_err(malformed)? {
        let mut spans = Vec::new();
        for _ in 0..cursor.list().map_err(malformed)? {
            spans.push(cursor.value(budget.depth).map_err(malformed)?);
        }
        build.chunk(trace, spans, layout, &mut complaints)?;
    }
    Ok(Received { rejected: complaints.rejected, complaints: complaints.list, ..build.received })
}

/// Decodes a request of traces of v0.3 or v0.4 in JSON; as [`traces`].
pub fn traces_json(body: &Bytes, sender: &Sender, budget: Budget) -> Result<Received, DecodeError> {
    let value = whole_json(body, budget)?;
    traces(&msgpack::from_json(&value).into(), Layout::Maps, sender, budget)
}

struct Build<'a> {
    strings: Vec<Value<'a>>,
    sender: &'a Sender,
    budget: Budget,
    /// What was counted so far; a text of the table counts each time it is used.
    items: u64,
    around: BTreeMap<String, (Arc<Resource>, Arc<Envelope>)>,
    received: Received,
}

impl<'a> Build<'a> {
    fn chunk(
        &mut self,
        trace: u32,
        spans: Vec<Value<'a>>,
        layout: Layout,
        complaints: &mut Complaints,
    ) -> Result<(), DecodeError> {
        let mut sent = Vec::with_capacity(spans.len());
        for span in spans {
            sent.push(if layout == Layout::Table { self.resolved(span)? } else { Ok(span) });
        }
        // Only one span of a chunk carries it.
        let high = sent.iter().flatten().find_map(marks::high_half).unwrap_or_default();
        for (index, fields) in sent.into_iter().enumerate() {
            let name = fields.as_ref().ok().and_then(|fields| fields.get("name")?.text()).unwrap_or_default();
            let place = || named(format!("traces[{trace}][{index}]"), &name);
            let mut notes = Notes::default();
            match fields.and_then(|fields| span::read(&fields, high, &mut notes)) {
                Ok((service, span)) => {
                    if !notes.is_empty() {
                        complaints.keep(place, notes);
                    }
                    let (resource, envelope) = self.around(service);
                    let span = crate::span::Span { resource, ..span };
                    let alias = marks::alias(&span.attributes).filter(|alias| *alias != span.trace_id);
                    self.received.aliases.extend(alias.map(|alias| (alias, span.trace_id)));
                    let raw = protobuf_out::span(&span);
                    self.received.spans.push(ReceivedSpan { span, raw, envelope, is_outline: false });
                }
                Err(fault) => complaints.reject(place, fault),
            }
        }
        self.received.aliases.dedup();
        Ok(())
    }

    fn around(&mut self, service: String) -> (Arc<Resource>, Arc<Envelope>) {
        let sender = self.sender;
        let (resource, envelope) =
            self.around.entry(service).or_insert_with_key(|service| surroundings(service, sender));
        (resource.clone(), envelope.clone())
    }

    /// Returns a v0.5 span as the map it stands for.
    fn resolved(&mut self, span: Value<'a>) -> Result<Result<Value<'a>, String>, DecodeError> {
        let Value::List(values) = span else { return Ok(Err("the span is not a list".to_owned())) };
        if values.len() < FIELDS.len() {
            return Ok(Err(format!("the span has {} fields, not {}", values.len(), FIELDS.len())));
        }
        let mut fields = Vec::with_capacity(FIELDS.len());
        for (key, value) in FIELDS.into_iter().zip(values) {
            let resolved = match (key, value) {
                ("service" | "name" | "resource" | "type", index) => self.string(&index)?,
                ("meta" | "metrics", Value::Map(entries)) => {
                    let mut named = Vec::with_capacity(entries.len());
                    for (index, value) in entries {
                        let value = if key == "meta" { self.string(&index_or(value))? } else { Some(value) };
                        named.push(self.string(&index)?.zip(value));
                    }
                    named.into_iter().collect::<Option<Vec<_>>>().map(Value::Map)
                }
                (_, value) => Some(value),
            };
            let Some(value) = resolved else {
                return Ok(Err(format!("`{key}` refers to a text that is not in the table")));
            };
            fields.push((Value::Text(key.as_bytes()), value));
        }
        Ok(Ok(Value::Map(fields)))
    }

    /// Returns the text an index stands for. Texts may be long and used often: that is counted.
    fn string(&mut self, index: &Value<'a>) -> Result<Option<Value<'a>>, DecodeError> {
        let Value::Unsigned(index) = index else { return Ok(None) };
        let found = usize::try_from(*index).ok().and_then(|index| self.strings.get(index)).cloned();
        if let Some(Value::Text(text)) = &found {
            self.items = self.items.saturating_add(text.len() as u64 / 64);
        }
        if self.items > self.budget.items {
            return Err(too_many(self.budget));
        }
        Ok(found.map(|found| if found == Value::Nil { Value::Text(b"") } else { found }))
    }
}

/// An index of a text may be nil, which is the empty text.
fn index_or(value: Value<'_>) -> Value<'_> {
    if value == Value::Nil { Value::Unsigned(0) } else { value }
}

fn surroundings(service: &str, sender: &Sender) -> (Arc<Resource>, Arc<Envelope>) {
    let told = [
        ("service.name", service),
        ("telemetry.sdk.name", "datadog"),
        ("telemetry.sdk.language", &sender.language),
        ("telemetry.sdk.version", &sender.version),
    ];
    let told = told.into_iter().filter(|(_, value)| !value.is_empty());
    let attributes = told.map(|(key, value)| (key.to_owned(), AnyValue::Str(value.to_owned()))).collect();
    let resource = Resource { attributes, ..Resource::default() };
    let envelope = protobuf_out::envelope(&resource, &Scope::default());
    (resource.into(), envelope.into())
}

fn too_many(budget: Budget) -> DecodeError {
    DecodeError::TooManyItems { limit: budget.items }
}

fn malformed(Broken { at, what }: Broken) -> DecodeError {
    DecodeError::Malformed {
        place: format!("byte {at}"),
        reason: format!("this is not a request of traces in MessagePack: {what}; check the path and the content type"),
    }
}
