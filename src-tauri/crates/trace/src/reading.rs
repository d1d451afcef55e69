//! What a span means: the normal form every dialect is read into.
//!
//! A reading is derived from a span and its log records, never fails and may be made again. Its words are those of the trace
//! document; the field-by-field rules (inclusive usage, one system message, tool results in role `tool`, …) are the README's
//! "trace document" section. Values that were not in the telemetry are absent, never 0 or empty.

mod facts;
mod reader;

use std::collections::BTreeMap;

pub use facts::TraceFacts;
pub use reader::Reader;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use ts_rs::TS;

use crate::json::Kept;

/// Grows by one whenever a dialect, shape or chunk reader reads something differently, so that stored digests of older
/// readings are made again.
pub const READING_VERSION: u32 = 24;

/// What kind of work a span did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A call of a model that answers with messages or text.
    Llm,
    /// A call of a model that answers with vectors.
    Embedding,
    /// An agent's run.
    Agent,
    /// A step or workflow that only contains others.
    Chain,
    /// The execution of a tool.
    Tool,
    /// A search that answers with documents.
    Retriever,
    /// An ordering of documents.
    Reranker,
    /// Taking an answer apart.
    Parser,
    /// A check of what goes in or out.
    Guardrail,
    /// A judgement of an answer.
    Evaluator,
    /// Reading or writing an agent's memory.
    Memory,
    /// Making a prompt.
    Prompt,
    /// A unit of work without a narrower word.
    Task,
    /// An HTTP request.
    Http,
    /// A database call.
    Db,
    /// A remote procedure call.
    Rpc,
    /// None of these, or unknown.
    #[default]
    Other,
}

impl Kind {
    /// Says whether the span is itself a call of a model (the unit usage is counted in).
    pub fn is_call(self) -> bool {
        matches!(self, Self::Llm | Self::Embedding | Self::Reranker)
    }
}

/// The models of a call, as recorded: `openai/gpt-4o-mini` is not shortened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Model {
    /// The model asked for.
    pub request: Option<String>,
    /// The model that answered.
    pub response: Option<String>,
    /// Who runs it.
    pub provider: Option<String>,
}

/// Who said what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Message {
    /// `system`, `developer`, `user`, `assistant`, `tool`, or the sender's own word.
    pub role: String,
    /// The speaker's name, when given.
    pub name: Option<String>,
    /// The message's content, in order.
    pub parts: Vec<Part>,
}

impl Message {
    /// Returns a message without a speaker's name.
    pub fn new(role: impl Into<String>, parts: Vec<Part>) -> Self {
        Self { role: role.into(), name: None, parts }
    }
}

/// A picture, sound, film or file within a message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Media {
    /// Its media type, when known.
    pub mime: Option<String>,
    /// Where it is: a URL, a `data:` URI with the bytes, or the sender's own reference. Never fetched.
    pub uri: Option<String>,
    /// Its size in bytes, when known.
    #[ts(type = "number | null")]
    pub bytes: Option<u64>,
    /// The SHA-256 of the bytes, in hexadecimal, when they are here.
    pub sha256: Option<String>,
    /// What is said in it, when the sender told.
    pub transcript: Option<String>,
}

/// One piece of a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Part {
    /// Text; never empty.
    Text {
        /// The text.
        text: String,
    },
    /// What the model thought; never empty.
    Reasoning {
        /// The text.
        text: String,
    },
    /// The model's refusal; never empty.
    Refusal {
        /// The text.
        text: String,
    },
    /// The model asks for a tool.
    ToolCall {
        /// The name the answer will refer to.
        id: Option<String>,
        /// The tool.
        name: Option<String>,
        /// JSON, or the text as sent when it is not JSON.
        arguments: Value,
    },
    /// A tool's answer.
    ToolResult {
        /// The call it answers.
        id: Option<String>,
        /// The tool.
        name: Option<String>,
        /// JSON, or the text as sent when it is not JSON.
        result: Value,
        /// Whether the tool failed, when told.
        is_error: Option<bool>,
    },
    /// A picture.
    Image(Media),
    /// A sound.
    Audio(Media),
    /// A film.
    Video(Media),
    /// A file.
    File(Media),
    /// Recognised as a part, of an unknown format: shown as it came.
    Json {
        /// The JSON as sent.
        value: Value,
    },
}

/// What went into a span.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Input {
    /// The messages; `None` when nothing in it is a message.
    pub messages: Option<Vec<Message>>,
    /// What is not messages: a function's arguments, plain text of a span that calls no model.
    pub value: Option<Value>,
}

/// What came out of a span.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Output {
    /// The messages, one or more per choice; `None` when nothing in it is a message.
    pub messages: Option<Vec<Message>>,
    /// What is not messages: a function's result, plain text of a span that calls no model.
    pub value: Option<Value>,
    /// Why the model stopped, as sent, one per choice in choice order.
    pub finish_reasons: Vec<String>,
}

/// A tool offered to the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct ToolDefinition {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The JSON schema of its arguments.
    #[ts(as = "Option<Value>")]
    pub parameters: Option<Kept>,
}

/// How an answer was asked to look.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AnswerFormat {
    /// What the schema is called.
    pub name: Option<String>,
    /// Whether the provider was told to keep to it to the letter, when it was told anything.
    pub strict: Option<bool>,
    /// The JSON schema; `None` = JSON of whatever form, or the schema was not recorded.
    pub schema: Option<Kept>,
}

/// A tool's own execution.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct ToolExecution {
    /// Its name.
    pub name: Option<String>,
    /// The call it executes.
    pub call_id: Option<String>,
    /// What it was given.
    pub arguments: Option<Value>,
    /// What it answered.
    pub result: Option<Value>,
}

/// A document found or ordered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Document {
    /// Its name.
    pub id: Option<String>,
    /// Its text.
    pub content: Option<String>,
    /// How well it fits.
    pub score: Option<f64>,
    /// What else describes it.
    pub metadata: Option<Value>,
}

/// Token counts in normal form: input includes cached tokens, output includes reasoning tokens. `None` = not reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Usage {
    /// All input tokens, cached ones included.
    #[ts(type = "number | null")]
    pub input_tokens: Option<u64>,
    /// All output tokens, reasoning included.
    #[ts(type = "number | null")]
    pub output_tokens: Option<u64>,
    /// All tokens.
    #[ts(type = "number | null")]
    pub total_tokens: Option<u64>,
    /// Input tokens read from a cache.
    #[ts(type = "number | null")]
    pub cache_read_tokens: Option<u64>,
    /// Input tokens written to a cache.
    #[ts(type = "number | null")]
    pub cache_write_tokens: Option<u64>,
    /// Those of them that the cache keeps for an hour, which costs more; only where a sender tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(type = "number", optional)]
    pub cache_write_1h_tokens: Option<u64>,
    /// Output tokens spent on reasoning.
    #[ts(type = "number | null")]
    pub reasoning_tokens: Option<u64>,
}

/// What went wrong in a span.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct ErrorInfo {
    /// The error's class.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// What it says.
    pub message: Option<String>,
    /// Where it happened.
    pub stacktrace: Option<String>,
}

/// What a chunk of a streamed answer carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ChunkType {
    /// Answer text.
    Text,
    /// Reasoning text.
    Reasoning,
    /// A piece of a tool call: its name or arguments.
    ToolCall,
    /// Token counts.
    Usage,
    /// Anything else: start and end marks, empty deltas.
    Other,
}

/// One chunk of a streamed answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Chunk {
    /// Its place in the stream as the sender counted, from 0.
    #[ts(type = "number")]
    pub index: u64,
    /// When it arrived, in nanoseconds after the span's start; negative when clocks disagree.
    #[ts(type = "number")]
    pub offset_ns: i64,
    /// What it carried.
    #[serde(rename = "type")]
    pub kind: ChunkType,
    /// The text delta, or the piece of a tool call's arguments.
    pub text: String,
    /// The choice it belongs to.
    pub choice: u32,
    /// Which tool call of the choice, when it carries a piece of one.
    pub tool_call: Option<u32>,
}

/// A streamed answer as it arrived.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Stream {
    /// How many chunk events were received.
    #[ts(type = "number")]
    pub chunks: u64,
    /// How many chunk events the sender left out; `chunks + dropped_chunks` were sent.
    #[ts(type = "number")]
    pub dropped_chunks: u64,
    /// From the span's start to the first chunk, in nanoseconds; `None` when the head of the stream was left out.
    #[ts(type = "number | null")]
    pub time_to_first_chunk_ns: Option<u64>,
    /// Where that was read from.
    pub time_to_first_chunk_source: Option<String>,
    /// The text deltas of choice 0, joined.
    pub text: String,
    /// The chunks, in the sender's order.
    pub items: Vec<Chunk>,
}

/// The groups of fields that are taken whole from one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FieldGroup {
    /// Kind and raw kind.
    Kind,
    /// Model and provider.
    Model,
    /// Call parameters.
    Parameters,
    /// Messages or value that went in.
    Input,
    /// Messages or value that came out.
    Output,
    /// Tools offered.
    Tools,
    /// A tool's own execution.
    Tool,
    /// Documents.
    Documents,
    /// Token counts.
    Usage,
    /// Cost.
    Cost,
    /// Chunks.
    Stream,
    /// Session and user.
    Session,
    /// Metadata and tags.
    Metadata,
    /// Error.
    Error,
}

/// One half of a call that is sent as two spans: one that ends when the stream is opened, and one that tells what came in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Half {
    /// What was asked, as a number; the same in both halves.
    pub asked: u64,
    /// When the answer began to come, in nanoseconds since 1970, in the half that tells it; `None` in the half that asked.
    pub answered_from: Option<u64>,
}

/// Why nothing was recorded of what was said, and what brings it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct WhyBlank {
    /// Whether what went in is missing.
    pub input: bool,
    /// Whether what came out is missing.
    pub output: bool,
    /// The library that sends.
    pub library: String,
    /// What keeps the text back, in a sentence.
    pub why: String,
    /// What to set in the sending program, to be copied; `None` = nothing can be set.
    pub set: Option<String>,
}

/// What the sender cut short. What is there of it is shown, and nothing is added.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Cut {
    /// Whether there was more of what went in.
    pub input: bool,
    /// Whether there was more of what came out.
    pub output: bool,
    /// The attributes that were cut, in the order sent; of events and log records their names. Empty where only a mark in the text tells.
    pub keys: Vec<String>,
}

/// What a span means. See the module for the rules; see [`crate::dialects::read`] for how it is made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The dialects that understood anything of the span, most specific first.
    pub dialects: Vec<String>,
    /// What kind of work it did.
    pub kind: Kind,
    /// The sender's own word for the kind.
    pub kind_raw: Option<String>,
    /// The models of a call.
    pub model: Option<Model>,
    /// Call parameters under canonical names: `temperature`, `top_p`, `max_tokens`, `stop`, `seed`, `n`, `stream`, …
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
    /// What the span recorded of token counts, in normal form.
    pub usage: Option<Usage>,
    /// Whether `usage` repeats or sums up other spans by the sender's own word, so that it never counts as a call's.
    pub usage_is_aggregate: bool,
    /// The id the provider gave the answer; two call spans with the same one are one call.
    pub response_id: Option<String>,
    /// Cost in US dollars as reported; `None` = unknown, never 0.
    pub cost_usd: Option<f64>,
    /// The streamed answer.
    pub stream: Option<Stream>,
    /// What went wrong.
    pub error: Option<ErrorInfo>,
    /// Whether the span is a live marker of one that has not ended (no end time yet).
    pub running: bool,
    /// Which half of a call the span is, where a library sends a call in two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub half: Option<Half>,
    /// Whether the sender calls it the root of its trace, whatever its parent.
    #[serde(skip)]
    pub as_root: bool,
    /// The conversation it belongs to.
    pub session_id: Option<String>,
    /// The person it was done for.
    pub user_id: Option<String>,
    /// Labels of the trace.
    pub tags: Vec<String>,
    /// Free-form facts.
    pub metadata: Map<String, Value>,
    /// The name the sender gives the whole trace.
    pub trace_name: Option<String>,
    /// Facts about the whole trace, as far as this span tells.
    pub trace_metadata: Map<String, Value>,
    /// Where each group was read from: `dialect` or `dialect:key`.
    pub sources: BTreeMap<FieldGroup, String>,
    /// Attribute keys nobody understood, in the order sent.
    pub not_understood: Vec<String>,
    /// Why nothing was recorded of what was said, where that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_blank: Option<Box<WhyBlank>>,
    /// What the sender cut short, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Box<Cut>>,
    /// How the answer was asked to look, where `parameters` say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer_format: Option<Box<AnswerFormat>>,
}
