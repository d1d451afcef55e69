//! A trace in one row, and what is missing from it.

mod brief;
mod digest;
mod facts;
mod head;
mod notes;
mod summarise;

pub use brief::brief_head;
pub use digest::digest;
pub(in crate::views) use digest::error_line;

pub use facts::add as add_facts;
pub use head::head;
pub use summarise::summarise;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use ts_rs::TS;

use super::document::Dropped;
use super::ledger::ModelTotal;
use crate::reading::{Half, Kind, Usage};
use crate::span::SpanId;

/// How a trace ended, as far as is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TraceStatus {
    /// The root (or, without one, every span) ended well by the sender's own word.
    Ok,
    /// The root ended in an error, or a span did while no root is there.
    Error,
    /// Nobody said.
    #[default]
    Unset,
    /// A span of it has started and not ended.
    Running,
}

/// How much of what is in a trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Counts {
    /// Spans.
    pub spans: u32,
    /// Spans that failed.
    pub errors: u32,
    /// Calls of a model, a call seen by two libraries counted once.
    pub llm_calls: u32,
    /// Of those, calls that went well or still run and whose tokens nobody tells, no span above them either.
    pub llm_calls_without_usage: u32,
    /// Spans of which nobody knows what they cost: the sender did not say, and their model has no price, or their tokens are not
    /// told.
    pub calls_without_cost: u32,
    /// Executions of tools, one seen by several libraries counted once.
    pub tool_calls: u32,
    /// Parents that are named and not there.
    pub missing_parents: u32,
    /// Attributes left out by the sender.
    pub dropped_attributes: u32,
    /// Events left out by the sender.
    pub dropped_events: u32,
    /// Links left out by the sender.
    pub dropped_links: u32,
    /// Spans received again.
    pub duplicates: u32,
}

/// A trace in one row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct TraceSummary {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// The sender's name for the trace, else the root's name, else the earliest span's.
    pub name: String,
    /// Earliest start, nanoseconds since 1970, as a string.
    pub start_time_unix_nano: String,
    /// Latest end, nanoseconds since 1970, as a string.
    pub end_time_unix_nano: String,
    /// From the earliest start to the latest end.
    #[ts(type = "number")]
    pub duration_ns: u64,
    /// How it ended.
    pub status: TraceStatus,
    /// The root; `None` while it has not arrived.
    pub root_span_id: Option<String>,
    /// Services, in order of first use.
    pub services: Vec<String>,
    /// Models that answered (else that were asked), in order of first use.
    pub models: Vec<String>,
    /// Dialects that were read, sorted.
    pub dialects: Vec<String>,
    /// The conversation it belongs to.
    pub session_id: Option<String>,
    /// The person it was done for.
    pub user_id: Option<String>,
    /// Labels.
    pub tags: Vec<String>,
    /// Free-form facts about the trace.
    pub metadata: Map<String, Value>,
    /// All tokens of the trace, each call once; `None` = nobody reported any.
    pub usage: Option<Usage>,
    /// All cost in US dollars that is known: reported by the sender, else tokens times price; `None` = unknown. It is partial
    /// when `counts.calls_without_cost` is not 0.
    pub cost_usd: Option<f64>,
    /// How much of what.
    pub counts: Counts,
}

/// How loud a note is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NoteLevel {
    /// Something is missing or odd.
    Warning,
    /// What is complete, in words.
    Info,
}

/// One sentence about what is missing from a trace or odd in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Note {
    /// How loud it is.
    pub level: NoteLevel,
    /// A stable word for programs: `dropped_chunks`, `missing_root`, `missing_parent`, `no_content`, `no_usage`, `duplicates`, …
    pub code: String,
    /// The sentence: who did what.
    pub text: String,
    /// What to set in the sending program so that it does not happen again, to be copied.
    pub fix: Option<String>,
    /// The first span it is about.
    pub span_id: Option<String>,
}

/// A row of the trace list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct TraceRow {
    /// The trace.
    pub summary: TraceSummary,
    /// The first line of what the user asked, cut to 200 characters.
    pub question: Option<String>,
    /// The first error's message, cut to 200 characters.
    pub error: Option<String>,
    /// What of the totals is one model's, the most tokens first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<ModelTotal>>", optional)]
    pub model_totals: Vec<ModelTotal>,
    /// The longest time to a first chunk among its streamed answers, in nanoseconds; `None` = no answer was streamed, or of
    /// none that was is its beginning here.
    #[serde(default)]
    #[ts(type = "number | null")]
    pub time_to_first_chunk_ns: Option<u64>,
    /// Of an agent that tells of its calls twice: which of the two this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub told_twice: Option<ToldTwice>,
    /// The longest silence within one of its streamed answers, in nanoseconds (see [`super::stream::longest_silence_ns`]);
    /// `None` = of no answer can that be told.
    #[serde(default)]
    #[ts(type = "number | null")]
    pub longest_silence_ns: Option<u64>,
    /// Grows with every change of the trace.
    #[ts(type = "number")]
    pub version: u64,
}

/// Which of two accounts a trace is: some agents tell of the calls of a session in log records, which make one trace, and in spans,
/// which are in others. Sums of traces count one of the two, that with the more tokens: both tell of the same calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ToldTwice {
    /// The agent, its service and the session: the same in all traces of both accounts.
    pub of: String,
    /// Whether this is the trace that was made of the log records.
    pub in_records: bool,
}

/// The head of an opened trace.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct TraceHead {
    /// The trace in one row.
    pub row: TraceRow,
    /// What is missing or odd, warnings first; never empty.
    pub notes: Vec<Note>,
    /// Spans with a streamed answer, in start order.
    pub streams: Vec<String>,
    /// Which views have something to show: `timeline`, `conversation`, `stream`, `tools`, `tokens`, `raw`.
    pub views: Vec<String>,
}

/// The few facts of one span that rows, roll-ups and lists need; everything in [`TraceSummary`] follows from a trace's digests,
/// in whatever order they arrived.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Digest {
    /// The span.
    pub span_id: SpanId,
    /// Its parent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_span_id: Option<SpanId>,
    /// What it is called.
    pub name: String,
    /// `service.name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Nanoseconds since 1970.
    pub start_time_unix_nano: u64,
    /// Nanoseconds since 1970; 0 when unfinished.
    pub end_time_unix_nano: u64,
    /// OTLP's status code: 0 unset, 1 ok, 2 error.
    #[serde(default, skip_serializing_if = "is_default")]
    pub status_code: i32,
    /// Whether it has started and not ended.
    #[serde(default, skip_serializing_if = "is_default")]
    pub running: bool,
    /// See [`crate::reading::Reading::half`].
    #[serde(default, skip_serializing_if = "is_default")]
    pub half: Option<Half>,
    /// What kind of work it did.
    pub kind: Kind,
    /// The model that answered (else that was asked).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The model that was asked, where another one answered.
    #[serde(default, skip_serializing_if = "is_default")]
    pub model_asked: Option<String>,
    /// Who runs it, as recorded.
    #[serde(default, skip_serializing_if = "is_default")]
    pub provider: Option<String>,
    /// The tool it executed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_name: Option<String>,
    /// The call it executed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
    /// What it recorded of token counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// See [`crate::reading::Reading::usage_is_aggregate`].
    #[serde(default, skip_serializing_if = "is_default")]
    pub usage_is_aggregate: bool,
    /// See [`crate::reading::Reading::response_id`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_id: Option<String>,
    /// What it cost, as reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_usd: Option<f64>,
    /// How long its streamed answer was silent, in nanoseconds: see [`super::stream::longest_silence_ns`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_silence_ns: Option<u64>,
    /// The dialects that were read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dialects: Vec<String>,
    /// The conversation it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// The person it was done for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Labels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The name the sender gives the whole trace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_name: Option<String>,
    /// Facts about the whole trace.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub trace_metadata: Map<String, Value>,
    /// The first line of the last user message (else of the input), cut to 200 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// The error's first line, cut to 200 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The first chunk of a streamed answer, from the span's start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_chunk_ns: Option<u64>,
    /// What more a trace's head is made of.
    #[serde(default, skip_serializing_if = "Marks::is_empty")]
    pub marks: Marks,
    /// What the sender left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub dropped: Dropped,
    /// How many further times the span was received.
    #[serde(default, skip_serializing_if = "is_default")]
    pub duplicates: u32,
}

/// Says whether a value is what stands where nothing is said: of most spans most facts are.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Plain facts of a span, each one bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks(u8);

impl Marks {
    /// The span is the server's side of a request.
    pub const SERVER: Self = Self(1);
    /// Its answer was streamed.
    pub const STREAMED: Self = Self(1 << 1);
    /// Messages came out of it.
    pub const ANSWERS: Self = Self(1 << 2);
    /// It offered tools to a model.
    pub const OFFERS_TOOLS: Self = Self(1 << 3);
    /// The sender cut short what was said in it.
    pub const CUT: Self = Self(1 << 4);
    /// It recorded an error.
    pub const ERROR: Self = Self(1 << 5);
    /// The sender calls it the root of its trace, whatever its parent.
    pub const ROOT: Self = Self(1 << 6);

    /// Says whether nothing is marked.
    pub fn is_empty(&self) -> bool {
        self.0 == 0
    }

    /// Says whether this is marked.
    pub fn has(self, mark: Self) -> bool {
        self.0 & mark.0 == mark.0
    }

    /// Returns the marks of those that hold.
    fn of(marks: impl IntoIterator<Item = (Self, bool)>) -> Self {
        Self(marks.into_iter().filter(|(_, holds)| *holds).fold(0, |all, (mark, _)| all | mark.0))
    }
}

#[cfg(test)]
mod tests;
