//! The trace document, `spanglass.trace/v1`: what scripts and agents read, tests compare and share files embed.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::io::Write;
use std::ops::Range;
use ts_rs::TS;

use super::checks::{Checked, checks_of};
use super::summary::TraceSummary;
use super::{ReadTrace, media};
use crate::reading::{
    Cut, Document, ErrorInfo, FieldGroup, Input, Kind, Model, Output, Stream, ToolDefinition, ToolExecution, Usage,
    WhyBlank,
};
use crate::span::{Event, Link, Span, attributes_to_json};

/// The document's form and its version.
const FORMAT: &str = "spanglass.trace/v1";

/// A whole trace, normalised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TraceDocument {
    /// Always `spanglass.trace/v1`.
    pub format: String,
    /// The trace in one row.
    pub trace: TraceSummary,
    /// Its spans in tree order, children by start time.
    pub spans: Vec<SpanDocument>,
}

/// How a span ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum StatusCode {
    /// Well, by the sender's word.
    Ok,
    /// In an error.
    Error,
    /// Nobody said.
    #[default]
    Unset,
}

/// How a span ended, and the sender's words for it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct SpanStatus {
    /// How.
    pub code: StatusCode,
    /// The words.
    pub message: Option<String>,
}

/// An event of a span.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct EventDocument {
    /// What.
    pub name: String,
    /// When, nanoseconds since 1970, as a string.
    pub time_unix_nano: String,
    /// Its particulars.
    pub attributes: Map<String, Value>,
}

/// A link of a span.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct LinkDocument {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// What describes it.
    pub attributes: Map<String, Value>,
}

/// What the sender left out of a span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Dropped {
    /// Attributes.
    pub attributes: u32,
    /// Events.
    pub events: u32,
    /// Links.
    pub links: u32,
}

/// One span, normalised, with everything it was sent with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct SpanDocument {
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// 16 hexadecimal digits.
    pub parent_span_id: Option<String>,
    /// Whether the parent is named and not there.
    pub parent_missing: bool,
    /// Whether the span was not received but made of log records: by a program that sends no spans.
    pub from_logs: bool,
    /// What it is called.
    pub name: String,
    /// What kind of work it did.
    pub kind: Kind,
    /// The sender's own word for the kind.
    pub kind_raw: Option<String>,
    /// The dialects that were read.
    pub dialects: Vec<String>,
    /// `service.name`.
    pub service: Option<String>,
    /// The instrumentation library.
    pub scope: Option<String>,
    /// Nanoseconds since 1970, as a string.
    pub start_time_unix_nano: String,
    /// Nanoseconds since 1970, as a string.
    pub end_time_unix_nano: String,
    /// From start to end.
    #[ts(type = "number")]
    pub duration_ns: u64,
    /// How it ended.
    pub status: SpanStatus,
    /// What went wrong.
    pub error: Option<ErrorInfo>,
    /// The models of a call.
    pub model: Option<Model>,
    /// Call parameters under canonical names.
    pub parameters: Map<String, Value>,
    /// What went in.
    pub input: Input,
    /// What came out.
    pub output: Output,
    /// Tools offered to the model.
    pub tools: Vec<ToolDefinition>,
    /// A tool's own execution.
    pub tool: Option<ToolExecution>,
    /// Documents found or ordered.
    pub documents: Vec<Document>,
    /// What the span recorded of token counts.
    pub usage: Option<Usage>,
    /// What it cost: as reported, else as its tokens are priced (`sources.cost` says which); `None` = unknown, never 0.
    pub cost_usd: Option<f64>,
    /// The streamed answer.
    pub stream: Option<Stream>,
    /// The conversation it belongs to.
    pub session_id: Option<String>,
    /// The person it was done for.
    pub user_id: Option<String>,
    /// Free-form facts.
    pub metadata: Map<String, Value>,
    /// Where each group was read from.
    pub sources: BTreeMap<FieldGroup, String>,
    /// Attribute keys nobody understood.
    pub not_understood: Vec<String>,
    /// Why nothing was recorded of what was said, and what to set to see it; `None` = something was, or nothing was said.
    pub why_blank: Option<Box<WhyBlank>>,
    /// What the sender cut short; `None` = nothing, as far as can be told.
    pub cut: Option<Box<Cut>>,
    /// What of the answer was asked to keep to a schema, and where it does not.
    pub checks: Vec<Checked>,
    /// The attributes as sent.
    pub attributes: Map<String, Value>,
    /// The events as sent.
    pub events: Vec<EventDocument>,
    /// The links as sent.
    pub links: Vec<LinkDocument>,
    /// The resource as sent.
    pub resource: Map<String, Value>,
    /// What the sender left out.
    pub dropped: Dropped,
}

/// A span's document, and how the span stands in its trace: `own_ns`, how long none of its children ran (null when it has none).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
// Else all fields of the document would be written out a second time.
#[ts(type = "SpanDocument & { own_ns: number | null }")]
pub struct InspectedSpan {
    /// The document.
    #[serde(flatten)]
    pub span: SpanDocument,
    /// How long none of its children ran; `None` when it has none.
    pub own_ns: Option<u64>,
}

/// Returns the trace document; `row` is the trace in one row.
pub fn document(trace: &ReadTrace, row: TraceSummary) -> TraceDocument {
    TraceDocument {
        format: FORMAT.to_owned(),
        trace: row,
        spans: (0..trace.spans.len()).map(|at| span_document(trace, at)).collect(),
    }
}

/// Writes a piece of the [`document`] as JSON text: these spans in tree order, until the text has `enough` bytes; the piece with
/// the place 0 begins the document, the one with the last span ends it. Returns the spans that were not written. However large the
/// trace, no more of it is made at once than a piece, which has a whole span at least.
///
/// # Errors
///
/// Those of serialising.
pub fn write_piece(
    trace: &ReadTrace,
    row: &TraceSummary,
    spans: Range<usize>,
    enough: usize,
    text: &mut Vec<u8>,
) -> serde_json::Result<Range<usize>> {
    if spans.start == 0 {
        write!(text, r#"{{"format":"{FORMAT}","trace":"#).map_err(serde_json::Error::io)?;
        serde_json::to_writer(&mut *text, row)?;
        text.extend_from_slice(br#","spans":["#);
    }
    for at in spans.clone() {
        if at > spans.start && text.len() >= enough {
            return Ok(at..spans.end);
        }
        if at > 0 {
            text.push(b',');
        }
        serde_json::to_writer(&mut *text, &span_document(trace, at))?;
    }
    if spans.end == trace.spans.len() {
        text.extend_from_slice(b"]}");
    }
    Ok(spans.end..spans.end)
}

/// Returns the document of the span at this place in tree order.
pub fn span_document(trace: &ReadTrace, at: usize) -> SpanDocument {
    let read = &trace.spans[at];
    let (span, mut reading) = (&read.span, read.reading.clone());
    if let Some(source) = trace.cost_source(at) {
        reading.sources.insert(FieldGroup::Cost, source.to_owned());
    }
    let checks = checks_of(trace, at);
    // Of bytes that were cut nobody knows the whole.
    let (cut_in, cut_out) = reading.cut.as_deref().map_or((false, false), |cut| (cut.input, cut.output));
    media::name(reading.input.messages.as_mut().filter(|_| !cut_in));
    media::name(reading.output.messages.as_mut().filter(|_| !cut_out));
    // A failure that only attributes tell is one: not every library sets the status.
    let code = if read.failed() { StatusCode::Error } else { StatusCode::of(span.status.code) };
    SpanDocument {
        span_id: span.span_id.to_string(),
        parent_span_id: span.parent_span_id.map(|id| id.to_string()),
        parent_missing: trace.tree.parent_missing[at],
        from_logs: trace.spans[at].from_logs,
        name: span.name.clone(),
        kind: reading.kind,
        kind_raw: reading.kind_raw,
        dialects: reading.dialects,
        service: not_empty(span.resource.service()),
        scope: not_empty(&span.scope.name),
        start_time_unix_nano: span.start_time_unix_nano.to_string(),
        end_time_unix_nano: span.end_time_unix_nano.to_string(),
        duration_ns: if span.start_time_unix_nano == 0 { 0 } else { span.duration_ns() },
        status: SpanStatus { code, message: not_empty(&span.status.message) },
        error: reading.error,
        model: reading.model,
        parameters: reading.parameters,
        input: reading.input,
        output: reading.output,
        tools: reading.tools,
        tool: reading.tool,
        documents: reading.documents,
        usage: reading.usage,
        cost_usd: trace.cost_usd(at),
        stream: reading.stream,
        session_id: reading.session_id,
        user_id: reading.user_id,
        metadata: reading.metadata,
        sources: reading.sources,
        not_understood: reading.not_understood,
        why_blank: reading.why_blank,
        cut: reading.cut,
        checks,
        attributes: attributes_to_json(&span.attributes),
        events: span.events.iter().map(event_document).collect(),
        links: span.links.iter().map(link_document).collect(),
        resource: attributes_to_json(&span.resource.attributes),
        dropped: Dropped::of(span),
    }
}

impl StatusCode {
    /// Returns the word for OTLP's number; unknown numbers are unset.
    pub fn of(code: i32) -> Self {
        match code {
            1 => Self::Ok,
            2 => Self::Error,
            _ => Self::Unset,
        }
    }
}

impl Dropped {
    /// Returns what the sender left out of a span, its events' and links' attributes included.
    pub fn of(span: &Span) -> Self {
        let of_events = span.events.iter().map(|event| event.dropped_attributes);
        let of_links = span.links.iter().map(|link| link.dropped_attributes);
        let attributes = of_events.chain(of_links).fold(span.dropped_attributes, u32::saturating_add);
        Self { attributes, events: span.dropped_events, links: span.dropped_links }
    }
}

fn event_document(event: &Event) -> EventDocument {
    EventDocument {
        name: event.name.clone(),
        time_unix_nano: event.time_unix_nano.to_string(),
        attributes: attributes_to_json(&event.attributes),
    }
}

fn link_document(link: &Link) -> LinkDocument {
    LinkDocument {
        trace_id: link.trace_id.to_string(),
        span_id: link.span_id.to_string(),
        attributes: attributes_to_json(&link.attributes),
    }
}

fn not_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
