//! Tree and waterfall: rows of spans in tree order, a minimap, and where the time went.
//!
//! A caller asks for a window of rows; rows below collapsed spans are left out and counted.

mod alike;
mod at_once;
mod buckets;
mod columns;
mod critical_path;
mod facts;
mod minimap;
mod packed;
mod rows;
mod self_time;
mod shares;
mod shown;

pub use columns::{Columns, Gathering};
pub use facts::SpanFacts;
pub use packed::{Stretch, packed};
pub use rows::{Places, RowWindow, TimelineIndex, Times, timeline};
pub(in crate::views) use rows::{ends_before_start, is_skewed};
pub(in crate::views) use shares::shares;
pub use shown::{Fold, Shown};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::document::StatusCode;
use crate::reading::Kind;

/// Why a row stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RowBadge {
    /// The span's parent is named and not there.
    MissingParent,
    /// The span ends before it starts.
    NegativeDuration,
    /// The span lies outside its parent and comes from another process.
    ClockSkew,
    /// The sender left out events, attributes or links.
    Dropped,
    /// The parents formed a circle, which was cut here.
    Cycle,
}

impl RowBadge {
    pub(in crate::views) const ALL: [Self; 5] =
        [Self::MissingParent, Self::NegativeDuration, Self::ClockSkew, Self::Dropped, Self::Cycle];
}

/// One row of the timeline: a span or, above spans whose parent was not received, that parent's place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TimelineRow {
    /// Its place among the rows, from 0, collapsed ones not counted.
    pub row: u32,
    /// 16 hexadecimal digits.
    pub span_id: String,
    /// 16 hexadecimal digits.
    pub parent_span_id: Option<String>,
    /// How many ancestors it has.
    pub depth: u32,
    /// Direct children.
    pub children: u32,
    /// How many of them ran at one time, at most.
    pub at_once: u32,
    /// Spans below it at any depth.
    pub descendants: u32,
    /// How many siblings that are alike it stands for, itself included: the others are shown below it, as its children, where it
    /// is expanded; 0 = it stands for itself.
    pub alike: u32,
    /// Whether its children are shown.
    pub expanded: bool,
    /// Its place among its siblings, from 1.
    pub position: u32,
    /// How many siblings there are, itself included.
    pub siblings: u32,
    /// Whether it stands for a span that others name as their parent and that was not received: nothing is known of it, and its
    /// times are those of what is below it.
    pub missing: bool,
    /// What it is called.
    pub name: String,
    /// What kind of work it did.
    pub kind: Kind,
    /// How it ended.
    pub status: StatusCode,
    /// Whether it has started and not ended.
    pub running: bool,
    /// Start, from the trace's start.
    #[ts(type = "number")]
    pub start_ns: u64,
    /// From start to end; for a running span up to the latest known time of the trace.
    #[ts(type = "number")]
    pub duration_ns: u64,
    /// Time in the span itself, no child running.
    #[ts(type = "number")]
    pub self_ns: u64,
    /// The first chunk of a streamed answer, from the span's start.
    #[ts(type = "number | null")]
    pub first_chunk_ns: Option<u64>,
    /// Pieces of the critical path, as start and end from the trace's start.
    #[ts(type = "Array<[number, number]>")]
    pub critical: Vec<(u64, u64)>,
    /// The model that answered (else that was asked).
    pub model: Option<String>,
    /// Input tokens.
    #[ts(type = "number | null")]
    pub input_tokens: Option<u64>,
    /// Output tokens.
    #[ts(type = "number | null")]
    pub output_tokens: Option<u64>,
    /// The error's first line.
    pub error: Option<String>,
    /// Why the row stands out.
    pub badges: Vec<RowBadge>,
}

/// Which lane of the minimap a span is drawn in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// Agents.
    Agents,
    /// Chains, tasks and whatever only contains others.
    Structure,
    /// Calls of models.
    Model,
    /// Tools, retrievers and their like.
    Tools,
    /// HTTP, databases, remote procedure calls.
    Wire,
}

/// Returns the lane of a kind.
fn lane(kind: Kind) -> Lane {
    match kind {
        Kind::Agent => Lane::Agents,
        Kind::Chain | Kind::Task | Kind::Other => Lane::Structure,
        Kind::Llm | Kind::Embedding | Kind::Reranker => Lane::Model,
        Kind::Tool
        | Kind::Retriever
        | Kind::Parser
        | Kind::Guardrail
        | Kind::Evaluator
        | Kind::Memory
        | Kind::Prompt => Lane::Tools,
        Kind::Http | Kind::Db | Kind::Rpc => Lane::Wire,
    }
}

/// A stretch of one lane of the minimap in which spans of one kind were running.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct MinimapMark {
    /// The lane.
    pub lane: Lane,
    /// First bin, of [`Minimap::bins`].
    pub from: u16,
    /// One past the last bin.
    pub to: u16,
    /// The commonest kind in it.
    pub kind: Kind,
    /// Whether a span in it failed.
    pub error: bool,
}

/// The whole trace at a glance, at most 5 × `bins` marks whatever its size.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Minimap {
    /// Into how many equal stretches the trace's duration is cut.
    pub bins: u16,
    /// What runs where.
    pub marks: Vec<MinimapMark>,
}

/// Where the wall time went, as fractions that sum to 1 (all 0 for a trace without duration).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Shares {
    /// Some model call was running.
    pub model: f64,
    /// Some tool was running and no model call.
    pub tools: f64,
    /// Neither.
    pub gap: f64,
}

/// A window of rows of the timeline.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Timeline {
    /// Grows with every change of the trace.
    #[ts(type = "number")]
    pub version: u64,
    /// The trace's start, nanoseconds since 1970, as a string.
    pub start_time_unix_nano: String,
    /// From the earliest start to the latest end.
    #[ts(type = "number")]
    pub duration_ns: u64,
    /// Spans of the trace.
    pub spans_total: u32,
    /// Rows in all, those of missing parents counted and those below collapsed spans not.
    pub rows_total: u32,
    /// The rows asked for.
    pub rows: Vec<TimelineRow>,
    /// The ancestors of the first row, outermost first; of more than 256 those nearest to it.
    pub ancestors: Vec<TimelineRow>,
    /// The whole trace at a glance.
    pub minimap: Minimap,
    /// Where the wall time went.
    pub shares: Shares,
}

#[cfg(test)]
mod tests;
