//! The whole trace as one transcript in which each message stands once.
//!
//! A call's input messages that the transcript already shows are counted, not repeated. A tool call, its arguments, its result
//! and the span that executed it are one [`ToolCallView`], linked by call id.

mod blocks;
mod calls;
mod executions;
mod history;
mod messages;
mod scopes;

pub use blocks::conversation;
pub(in crate::views) use calls::{ShownCall, shown_calls};
pub(in crate::views) use executions::{given, link, returned};
pub(in crate::views) use history::{is_system, sign};
pub(in crate::views) use messages::{Asked, Messages};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use super::checks::Checked;
use crate::reading::{Cut, ErrorInfo, Kind, Part, ToolDefinition, Usage, WhyBlank};

/// A tool call with everything that became of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct ToolCallView {
    /// The call's id.
    pub id: Option<String>,
    /// The tool.
    pub name: Option<String>,
    /// JSON, or the text as sent when it is not JSON.
    pub arguments: Value,
    /// What came back, as the model was told it (else as the executing span recorded it).
    pub result: Option<Value>,
    /// Whether the tool failed, when told.
    pub is_error: Option<bool>,
    /// What went wrong, as the executing span recorded it, where the result does not say it.
    pub error: Option<String>,
    /// The span that executed it.
    pub executed_by: Option<String>,
    /// How long that took.
    #[ts(type = "number | null")]
    pub duration_ns: Option<u64>,
    /// The span whose input first carried the result.
    pub answered_in: Option<String>,
}

/// A part of a message, or a tool call with what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "show", rename_all = "snake_case")]
pub enum PartView {
    /// A part as it is; never a tool call.
    Part {
        /// The part.
        part: Part,
    },
    /// A tool call.
    Call {
        /// The call and what became of it.
        call: ToolCallView,
    },
}

/// A message of the transcript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct MessageView {
    /// Names the message within the conversation, stable while the trace grows: `<span id>:<in|out>:<index>`.
    pub key: String,
    /// Who speaks.
    pub role: String,
    /// The speaker's name, when given.
    pub name: Option<String>,
    /// The message's place in its span's document, as a JSON pointer such as `/input/messages/0`.
    pub pointer: String,
    /// What is said.
    pub parts: Vec<PartView>,
    /// What of it was asked to keep to a schema, and where it does not.
    pub checks: Vec<Checked>,
}

/// One piece of the transcript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "block", rename_all = "snake_case")]
pub enum Block {
    /// An agent, chain or task starts; what follows with a greater depth is within it.
    Scope {
        /// The span.
        span_id: String,
        /// How deep it is nested, scopes only.
        depth: u32,
        /// What it is called.
        name: String,
        /// Agent or other structure.
        kind: Kind,
        /// How long it took.
        duration_ns: u64,
        /// What it was given and answered that no call within it shows, as text or JSON.
        input: Option<Value>,
        /// See `input`.
        output: Option<Value>,
        /// What went wrong.
        error: Option<ErrorInfo>,
    },
    /// A call of a model.
    Call {
        /// The span.
        span_id: String,
        /// How deep it is nested, scopes only.
        depth: u32,
        /// What the span is called.
        name: String,
        /// The model that answered (else that was asked).
        model: Option<String>,
        /// Start, from the trace's start.
        start_ns: u64,
        /// From start to end.
        duration_ns: u64,
        /// To the first chunk.
        time_to_first_chunk_ns: Option<u64>,
        /// Whether the answer was streamed with chunk events.
        streamed: bool,
        /// Token counts.
        usage: Option<Usage>,
        /// What it cost.
        cost_usd: Option<f64>,
        /// How many of its input messages stand in the transcript already.
        history: u32,
        /// Its other input messages.
        input: Vec<MessageView>,
        /// Its answer.
        output: Vec<MessageView>,
        /// Why the model stopped, one per choice.
        finish_reasons: Vec<String>,
        /// What its answer says it has something from: addresses, files, titles.
        cited: Vec<String>,
        /// Tools offered, when they differ from those of the call before in the same scope.
        tools: Vec<ToolDefinition>,
        /// How many tools were offered.
        tools_offered: u32,
        /// Whether no message text was captured though the call succeeded.
        content_missing: bool,
        /// Why, and what to set to see it; also where only one side is missing.
        why_blank: Option<Box<WhyBlank>>,
        /// What the sender cut short of its messages.
        cut: Option<Box<Cut>>,
        /// What went wrong.
        error: Option<ErrorInfo>,
        /// Whether it has started and not ended.
        running: bool,
    },
    /// A tool's execution, retrieval or the like that no call in the transcript shows.
    Step {
        /// The span.
        span_id: String,
        /// How deep it is nested, scopes only.
        depth: u32,
        /// What it is called.
        name: String,
        /// What kind of work it did.
        kind: Kind,
        /// From start to end.
        duration_ns: u64,
        /// What it was given.
        input: Option<Value>,
        /// What it answered.
        output: Option<Value>,
        /// What went wrong.
        error: Option<ErrorInfo>,
    },
}

impl Block {
    /// Returns the id of the span it is about.
    pub fn span_id(&self) -> &str {
        let (Self::Scope { span_id, .. } | Self::Call { span_id, .. } | Self::Step { span_id, .. }) = self;
        span_id
    }

    /// Returns how deep it is nested, scopes only.
    pub fn depth(&self) -> u32 {
        let (Self::Scope { depth, .. } | Self::Call { depth, .. } | Self::Step { depth, .. }) = self;
        *depth
    }
}

/// The whole trace as one transcript.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    /// Grows with every change of the trace.
    pub version: u64,
    /// In order of time, nested by depth.
    pub blocks: Vec<Block>,
    /// Messages in all: those of the blocks, and those that only brought results of tool calls.
    pub messages: u32,
}

#[cfg(test)]
mod tests;
