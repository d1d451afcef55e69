//! The transcript line by line: a [`Conversation`] laid out in rows, each of which stands by itself and keeps its name while the
//! trace grows, so that a long transcript is answered and drawn in windows.

mod find;
mod lay_out;

use std::borrow::Cow;

pub use find::Found;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use super::conversation::{Conversation, MessageView, PartView};
use crate::reading::{Cut, ErrorInfo, Kind, ToolDefinition, Usage, WhyBlank};

/// The most rows of one answer.
const ROWS_LIMIT: u32 = 200;

/// How many of the scopes around a row it tells; those further in are only counted.
const SCOPES_TOLD: usize = 8;

/// What is said beside a model's answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Answer {
    /// Why the model stopped.
    pub finish_reason: Option<String>,
    /// The choice's number from 1 when there are several.
    pub choice: Option<u32>,
    /// Tokens of all choices together; said once.
    #[ts(type = "number | null")]
    pub output_tokens: Option<u64>,
    /// Output tokens a second after the first chunk, of a streamed answer.
    pub tokens_per_second: Option<f64>,
    /// What the answer says it has something from: addresses, files, titles; said once for all choices.
    pub cited: Vec<String>,
}

/// What a row shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "row", rename_all = "snake_case")]
pub enum Line {
    /// An agent, chain or task starts.
    Scope {
        /// What it is called.
        name: String,
        /// Agent or other structure.
        kind: Kind,
        /// How long it took.
        #[ts(type = "number")]
        duration_ns: u64,
        /// Whether it failed.
        failed: bool,
        /// Calls of models within it.
        calls: u32,
        /// Their tokens; `None` = there are none, or one of them told nothing.
        usage: Option<Usage>,
    },
    /// A call of a model starts.
    Call {
        /// What the span is called.
        name: String,
        /// The model that answered (else that was asked).
        model: Option<String>,
        /// From start to end.
        #[ts(type = "number")]
        duration_ns: u64,
        /// To the first chunk.
        #[ts(type = "number | null")]
        time_to_first_chunk_ns: Option<u64>,
        /// Whether the answer was streamed with chunk events.
        streamed: bool,
        /// Token counts.
        usage: Option<Usage>,
        /// What it cost.
        cost_usd: Option<f64>,
        /// Whether it has started and not ended.
        running: bool,
        /// Its number among the calls, from 1.
        number: u32,
        /// How many calls there are.
        of: u32,
    },
    /// A system message: the frame of what is said.
    Frame {
        /// The message.
        message: MessageView,
    },
    /// Tools offered, where they differ from those of the call before.
    Tools {
        /// The tools.
        tools: Vec<ToolDefinition>,
    },
    /// Messages of a call's request that stand in the transcript already.
    History {
        /// How many.
        count: u32,
        /// Messages that came with this call.
        fresh: u32,
        /// Tool results that came with this call; they stand at the call that asked for them.
        results: u32,
        /// Indices of the request's messages that stand below.
        known: Vec<u32>,
    },
    /// A message.
    Message {
        /// The message.
        message: MessageView,
        /// Whether it is new in a call that repeats others.
        fresh: bool,
        /// What is said beside it, when it is an answer.
        answer: Option<Answer>,
    },
    /// What a scope was given or answered that no call within it shows.
    Value {
        /// `Input` or `Output`.
        title: String,
        /// Text or JSON.
        value: Value,
    },
    /// A tool's execution, retrieval or the like that no call in the transcript shows.
    Step {
        /// What it is called.
        name: String,
        /// What kind of work it did.
        kind: Kind,
        /// How long it took.
        #[ts(type = "number")]
        duration_ns: u64,
        /// How many steps it stands for, one after the other and alike, of which nothing was told: their durations are summed up.
        alike: u32,
        /// Whether it failed.
        failed: bool,
        /// What it was given.
        input: Option<Value>,
        /// What it answered.
        output: Option<Value>,
    },
    /// What went wrong.
    Error {
        /// The error.
        error: ErrorInfo,
    },
    /// Nothing of what was said was captured.
    Missing {
        /// Why, and what to set to see it.
        why: Option<WhyBlank>,
    },
    /// The sender cut something short.
    Cut {
        /// What it cut.
        cut: Cut,
        /// Whether it is the answer that was cut; else it is what was asked.
        of_answer: bool,
    },
    /// No answer is there.
    Silent {
        /// Whether it may still come.
        running: bool,
    },
}

/// A row of the transcript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TranscriptRow {
    /// Names the row, stable while the trace grows.
    pub key: String,
    /// The span it shows something of.
    pub span_id: String,
    /// Scopes around it, the outermost one not counted.
    pub depth: u32,
    /// For the outer ones of them, at most eight, whether they are agents.
    pub agents: Vec<bool>,
    /// What it shows.
    #[serde(flatten)]
    pub line: Line,
}

/// The rows of a transcript from one place on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct TranscriptWindow<'a> {
    /// The version of the trace it was made of.
    #[ts(type = "number")]
    pub version: u64,
    /// Messages in all: those of the rows, and those that only brought results of tool calls.
    pub messages: u32,
    /// Rows in all.
    pub rows_total: u32,
    /// The first row of `rows`.
    pub from: u32,
    /// The rows.
    pub rows: Cow<'a, [TranscriptRow]>,
    /// Where the row stands that was asked for.
    pub found: Option<u32>,
}

/// A trace's transcript, laid out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transcript {
    version: u64,
    messages: u32,
    rows: Vec<TranscriptRow>,
}

impl Transcript {
    /// Lays a conversation out in rows.
    pub fn new(conversation: Conversation) -> Self {
        let Conversation { version, blocks, messages } = conversation;
        Self { version, messages, rows: lay_out::rows(blocks) }
    }

    /// The version of the trace it was made of.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Returns `count` rows (at most 200) from `from` on, or as many with the row in their middle that `around` names: by its key
    /// or its span.
    pub fn window(&self, from: u32, count: u32, around: Option<&str>) -> TranscriptWindow<'_> {
        let (total, count) = (self.rows.len(), count.clamp(1, ROWS_LIMIT) as usize);
        let found = around.and_then(|name| self.place(name));
        let from = match found {
            Some(at) => at.saturating_sub(count / 2).min(total.saturating_sub(count)),
            None => (from as usize).min(total),
        };
        let rows = Cow::Borrowed(&self.rows[from..total.min(from + count)]);
        let found = found.map(|at| at as u32);
        let Self { version, messages, .. } = *self;
        TranscriptWindow { version, messages, rows_total: total as u32, from: from as u32, rows, found }
    }

    /// Returns all rows as one window.
    pub fn whole(self) -> TranscriptWindow<'static> {
        let Self { version, messages, rows } = self;
        TranscriptWindow { version, messages, rows_total: rows.len() as u32, from: 0, rows: rows.into(), found: None }
    }

    /// Returns the row of this key.
    pub fn row(&self, key: &str) -> Option<&TranscriptRow> {
        self.rows.iter().find(|row| row.key == key)
    }

    /// Returns where the row of this key stands, else the first of this span, else the tool call that this span executed.
    fn place(&self, name: &str) -> Option<usize> {
        let at = |fits: &dyn Fn(&TranscriptRow) -> bool| self.rows.iter().position(fits);
        at(&|row| row.key == name).or_else(|| at(&|row| row.span_id == name)).or_else(|| at(&|row| row.shows_run(name)))
    }
}

impl TranscriptRow {
    /// Says whether the row shows the tool call that a span executed.
    fn shows_run(&self, span_id: &str) -> bool {
        let Line::Message { message, .. } = &self.line else { return false };
        let runs =
            |part: &PartView| matches!(part, PartView::Call { call } if call.executed_by.as_deref() == Some(span_id));
        message.parts.iter().any(runs)
    }
}

#[cfg(test)]
mod tests;
