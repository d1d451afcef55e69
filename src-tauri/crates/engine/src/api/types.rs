//! What the interface's requests and answers are made of, beside the views of `spanglass_trace`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use spanglass_trace::usage::prices::{Price, PriceSource};
use spanglass_trace::views::json_tree::{JsonHits, JsonTreeRows};
use ts_rs::TS;

pub use crate::forward::Forwarding;
pub use crate::live::Changes;
pub use crate::query::{
    Completion, CompletionKind, Completions, Hit, MetricPoint, MetricSeries, Metrics, MetricsQuery, ReadSoFar,
    ReadingAgain, TotalsNow, TraceList,
};
pub use crate::settings::Settings;
pub use crate::share::{Finding, FoundPlace, OpenedFile};

/// One listener.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Endpoint {
    /// `otlp_http`, `otlp_grpc`, `zipkin`, `datadog`, `datadog_socket` or `dogstatsd`.
    pub name: String,
    /// Its address, such as `http://127.0.0.1:4318`; `None` when it is off or could not be bound.
    pub url: Option<String>,
    /// The port asked for.
    pub wanted_port: Option<u16>,
    /// The port bound.
    pub port: Option<u16>,
    /// What is odd about it, in a sentence: who holds the wanted port, which address family is missing.
    pub problem: Option<String>,
}

/// A request that was refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Refusal {
    /// When, milliseconds since 1970.
    #[ts(type = "number")]
    pub time_unix_ms: u64,
    /// What was asked, such as `POST /v1/traces`.
    pub request: String,
    /// The HTTP or gRPC status it was answered with.
    pub status: String,
    /// Why, and what to do.
    pub reason: String,
}

/// What was received since the program started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Received {
    /// Requests accepted.
    #[ts(type = "number")]
    pub requests: u64,
    /// Requests refused.
    #[ts(type = "number")]
    pub refused: u64,
    /// Spans stored.
    #[ts(type = "number")]
    pub spans: u64,
    /// Spans left out of accepted requests.
    #[ts(type = "number")]
    pub rejected_spans: u64,
    /// Log records stored.
    #[ts(type = "number")]
    pub logs: u64,
    /// Metric data points received.
    #[ts(type = "number")]
    pub metric_points: u64,
    /// Metric data points that were left out: of too many series, or in datagrams that came faster than they could be read.
    #[ts(type = "number")]
    pub dropped_metric_points: u64,
}

/// The program's state: what the set-up page and the live dot show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Status {
    /// The program's version.
    pub version: String,
    /// Where the data is.
    pub data_dir: String,
    /// The listeners.
    pub endpoints: Vec<Endpoint>,
    /// Traces stored.
    #[ts(type = "number")]
    pub traces: u64,
    /// Spans stored.
    #[ts(type = "number")]
    pub spans: u64,
    /// Bytes the store takes on disk, the search index included.
    #[ts(type = "number")]
    pub stored_bytes: u64,
    /// Bytes that databases take beside it which are kept aside, damaged ones or those of an older version: they may be deleted.
    #[ts(type = "number")]
    pub aside_bytes: u64,
    /// Spans the search index does not cover yet: they are searched too, only slower.
    #[ts(type = "number")]
    pub unindexed_spans: u64,
    /// What was received since the program started.
    pub received: Received,
    /// The latest refused requests, newest first, at most 20.
    pub refusals: Vec<Refusal>,
    /// The files that the window was asked to open since it started, the latest first, at most 20.
    pub opened: Vec<OpenedFile>,
    /// What is wrong with the store, in a sentence that says what to do; `None` = all is well.
    pub problem: Option<String>,
    /// Whether what is there can only be looked at: nothing is received, imported or deleted.
    pub read_only: bool,
    /// What is passed on to another endpoint; `None` = nothing is, and nothing leaves the machine.
    pub forwarding: Option<Forwarding>,
    /// The file with the token that senders of OTLP must know; `None` = they need none.
    pub token_file: Option<String>,
    /// How far reading again what another version of the program read has come; `None` = there is nothing to read again.
    pub reading_again: Option<ReadingAgain>,
}

/// What tokens cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PriceTable {
    /// The day the shipped prices were read.
    pub as_of: String,
    /// Where they were read.
    pub read_from: String,
    /// The providers of the shipped prices and the pages these stand on.
    pub sources: Vec<PriceSource>,
    /// The prices: the user's own first, then the shipped ones.
    pub prices: Vec<Price>,
    /// The file of the user's own prices; it need not be there.
    pub file: String,
    /// Its text, to be edited; empty when it is not there.
    pub own: String,
    /// What is wrong with the file; `None` = nothing.
    pub problem: Option<String>,
}

/// What a person set for the program as a whole; it holds from the next start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SettingsNow {
    /// The file; it need not be there.
    pub file: String,
    /// What it says.
    pub settings: Settings,
    /// What is wrong with the file, in a sentence; `None` = nothing.
    pub problem: Option<String>,
}

/// The user's own prices, to be kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct KeepPrices {
    /// The file's new text.
    pub own: String,
    /// The text it has: what was changed by somebody else meanwhile is not lost.
    pub instead_of: String,
}

/// Which rows of a timeline to answer with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct TimelineQuery {
    /// The first row.
    pub from: u32,
    /// How many rows, at most 2,000.
    pub rows: u32,
    /// Spans whose children are hidden.
    pub collapsed: Vec<String>,
    /// Hide everything below this depth but what `expanded` names.
    pub max_depth: Option<u32>,
    /// Spans whose children are shown whatever `max_depth` says.
    pub expanded: Vec<String>,
    /// Answer with the window around this span and not from `from`; its ancestors are expanded.
    pub reveal: Option<String>,
    /// Show siblings that are alike as one row, but those whose first `expanded` names.
    pub alike: bool,
    /// The stretch of time that is drawn, from the trace's start; for packed rows.
    #[ts(type = "number")]
    pub from_ns: u64,
    /// Its end.
    #[ts(type = "number")]
    pub to_ns: u64,
    /// How many pieces of it can be told apart.
    pub pieces: u32,
    /// The version of the trace whose minimap the asker has: it is not sent again.
    #[ts(type = "number | null")]
    pub known: Option<u64>,
}

/// An answer in which long texts are cut.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Bounded<T> {
    /// The answer; a text over 64 KiB stands in it with its first 16 KiB, and shorter ones with less where there are too many.
    pub value: T,
    /// The cut texts: JSON pointer into `value` → full length in bytes. The whole text is at the answer's own address
    /// followed by `/text?pointer=…`.
    #[ts(type = "Record<string, number>")]
    pub cut: BTreeMap<String, u64>,
}

/// Some lines of a long text. A line of it over 400 bytes is several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TextLines {
    /// The number of the first of `lines`, from 0.
    pub from: u32,
    /// The lines, without their ends.
    pub lines: Vec<String>,
    /// Lines in all.
    pub total: u32,
}

/// Asks for rows of the tree that a long text is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct JsonTreeQuery {
    /// Where the text stands in its answer.
    pub pointer: String,
    /// The row of a transcript that the pointer leads into.
    pub row: Option<String>,
    /// The first row, from 0.
    pub from: u32,
    /// How many rows, at most 400.
    pub rows: u32,
    /// The places that are open, at most 10,000; left out = the outermost.
    pub open: Option<Vec<String>>,
    /// A place that is to be in the middle of the rows, whatever is closed around it.
    pub reveal: Option<String>,
    /// Words to look for.
    pub find: Option<String>,
    /// A place whose whole value is asked for.
    pub value: Option<String>,
}

/// Rows of the tree that a long text is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct JsonTree {
    /// The rows.
    #[serde(flatten)]
    pub window: JsonTreeRows,
    /// Where the words stand that were looked for.
    pub hits: Option<JsonHits>,
    /// The value that was asked for: what a text says, or JSON as it was sent.
    pub value: Option<String>,
}

/// An error a person reads and a program tells apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ApiError {
    /// `not_found`, `bad_request`, `forbidden`, `unavailable` or `internal`.
    pub code: String,
    /// What went wrong and what to do.
    pub message: String,
    /// Where in a filter it is, in characters: from, to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub place: Option<[u32; 2]>,
}

/// Traces, by their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TraceIds {
    /// 32 hexadecimal digits each, at most 10,000 of them.
    pub trace_ids: Vec<String>,
}

/// How many there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Deleted {
    /// Traces that were deleted.
    #[ts(type = "number")]
    pub traces: u64,
}

/// What was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Created {
    /// The trace.
    pub trace_id: String,
}

/// What traces are exported as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ExportFormat {
    /// OTLP JSON lines.
    #[default]
    OtlpJson,
    /// One page that shows them.
    Html,
    /// Their conversations.
    Markdown,
    /// The Trace Event Format.
    Chrome,
}

/// Which traces, and how: those that are named, or else all a filter lets through.
#[derive(Clone, Debug, Default, Deserialize, TS)]
#[serde(default)]
pub struct ExportRequest {
    /// Ids of traces.
    pub traces: Vec<String>,
    /// As in the trace list.
    pub filter: String,
    /// How they are written.
    pub format: ExportFormat,
    /// Rules of redaction, such as `secrets,emails,attribute:user.id`; empty = nothing is taken out.
    pub redact: String,
    /// A name of the asker's making, by which progress is asked for and the export is stopped; empty = neither.
    pub name: String,
}

/// How far an export is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
pub struct ExportProgress {
    /// Traces that were read.
    #[ts(type = "number")]
    pub done: u64,
    /// Traces in all.
    #[ts(type = "number")]
    pub total: u64,
}

/// What an export would hold, and what would be taken out of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct ExportPreview {
    /// How many traces.
    #[ts(type = "number")]
    pub traces: u64,
    /// How many spans.
    #[ts(type = "number")]
    pub spans: u64,
    /// What goes, the most frequent first.
    pub findings: Vec<Finding>,
}
