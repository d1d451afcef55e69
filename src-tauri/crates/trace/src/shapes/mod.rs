//! What is inside a payload: the messages, tools, counts and names in a provider's request or answer.
//!
//! A shape knows one provider's format and nothing of where on a span it was found (that is [`crate::dialects`]'s business).
//! `None` from a shape means "not mine". Formats mix in practice (a framework passes Anthropic blocks inside OpenAI messages), so
//! messages and their parts are read by every format's reader in turn; only the envelopes around them are tried one by one.

mod agentscope;
pub mod ai_sdk;
mod answer_format;
mod anthropic;
mod autogen;
mod bedrock;
mod bedrock_invoke;
mod citations;
mod cohere;
mod content;
pub mod cut;
mod documents;
mod dspy;
mod gemini;
pub mod genkit;
mod haystack;
mod images;
mod langchain;
mod llama_index;
pub mod media;
pub mod message;
mod ollama;
mod openai_chat;
mod openai_responses;
mod parts;
pub mod proto_text;
mod pydantic_ai;
pub mod python;
pub mod requests;
mod settle;
pub mod smolagents;
pub mod text;
mod text_generation;
pub mod tools;
mod transcription;
pub mod usage;
mod written;

use serde_json::{Map, Value};

use crate::json::{AsJson, Json, Kind, Object};
use crate::reading::{Document, ErrorInfo, Message, Part, ToolDefinition};
use crate::usage::normal::Counts;

pub use answer_format::answer_format;
pub use autogen::spent;
pub use content::read as content;
pub use documents::{document, documents, is_found};
pub use gemini::{called_before, function_answer};
pub use settle::{leave_nameless_copies, prepend_system, settle};

/// Whether a payload went into a span or came out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// A request.
    Input,
    /// An answer.
    Output,
}

impl Side {
    /// Returns the role of whoever speaks on this side when the payload does not say.
    pub fn role(self) -> &'static str {
        match self {
            Self::Input => "user",
            Self::Output => "assistant",
        }
    }
}

/// What a payload says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Payload {
    /// Its messages; an envelope without messages (an embedding, a cut answer) has none.
    pub messages: Vec<Message>,
    /// Why the model stopped, as sent, one per choice in choice order.
    pub finish_reasons: Vec<String>,
    /// The tools offered in it.
    pub tools: Vec<ToolDefinition>,
    /// How the model is to answer, where a request says that in an object of its own, under the request's own names.
    pub parameters: Map<String, Value>,
    /// The model it names.
    pub model: Option<String>,
    /// The id the provider gave the answer.
    pub response_id: Option<String>,
    /// The token counts in it.
    pub counts: Option<Counts>,
    /// Where it says that it has something from.
    pub cited: Vec<Document>,
    /// Why there is no answer, or not all of it.
    pub error: Option<ErrorInfo>,
}

impl Payload {
    /// Returns a payload that is nothing but these messages.
    fn of(messages: Vec<Message>) -> Self {
        Self { messages, ..Self::default() }
    }
}

type Shape = fn(Json<'_>, Side) -> Option<Payload>;

/// The envelopes that are recognised by their own words, most specific first.
const ENVELOPES: &[Shape] = &[
    openai_responses::envelope,
    pydantic_ai::envelope,
    openai_chat::envelope,
    images::envelope,
    gemini::envelope,
    bedrock::envelope,
    bedrock_invoke::envelope,
    cohere::envelope,
    ollama::envelope,
    langchain::envelope,
    written::envelope,
    haystack::envelope,
    anthropic::envelope,
    autogen::envelope,
    llama_index::envelope,
    smolagents::envelope,
    ai_sdk::result,
    ai_sdk::request,
    bare_messages,
];

/// The readings that are right only for a call of a model: there, any text is a message.
const CALLS: &[Shape] =
    &[openai_responses::call, openai_chat::call, transcription::call, text_generation::call, dspy::call, blocks, plain];

/// Reads a payload by the formats that are recognised by their own words; `None` when nothing in it is a message.
pub fn read(value: impl AsJson, side: Side) -> Option<Payload> {
    value.with(|value| first(ENVELOPES, value, side))
}

/// Reads the payload of a model's call, where plain text is a message too.
pub fn read_call(value: impl AsJson, side: Side) -> Option<Payload> {
    value.with(|value| first(ENVELOPES, value, side).or_else(|| first(CALLS, value, side)))
}

fn first(shapes: &[Shape], value: Json<'_>, side: Side) -> Option<Payload> {
    let mut payload = shapes.iter().find_map(|shape| shape(value, side))?;
    payload.messages = settle(payload.messages);
    if side == Side::Output && payload.cited.is_empty() {
        payload.cited = citations::of(value);
    }
    Some(payload)
}

/// Returns what an answer, or a piece of one, says it has something from, each once.
pub fn cited(value: impl AsJson) -> Vec<crate::reading::Document> {
    value.with(citations::of)
}

/// Returns what a node of LangGraph says, when a value is the command it answered with.
pub fn updated(value: impl AsJson) -> Option<Value> {
    value.with(|value| langchain::update(value).map(Json::to_value))
}

/// Returns the calls of a list of calls in any provider's form, and the thoughts that some providers put among them. Messages among
/// them (`@sentry/core` 10 keeps every item of a stream of Responses) are told where the text is.
pub fn calls(value: impl AsJson) -> Vec<Part> {
    let is_call = |item: &Object<'_>| item.get("type").and_then(Json::as_str) != Some("message");
    value.with(|list| {
        list.as_array().into_iter().flatten().filter_map(Json::as_object).filter(is_call).flat_map(call).collect()
    })
}

fn call(call: Object<'_>) -> Vec<Part> {
    if call.contains_key("toolName") {
        return ai_sdk::calls(&Value::Array(vec![call.json().to_value()]));
    }
    openai_responses::item_parts(call).or_else(|| content::part(call)).unwrap_or_else(|| openai_chat::calls(call))
}

/// One message, or a list of nothing but messages.
fn bare_messages(value: Json<'_>, side: Side) -> Option<Payload> {
    match value.kind() {
        Kind::Array(_) => message::all(value, side.role()).map(Payload::of),
        Kind::Object(_) => message::read(value, side.role()).map(|message| Payload::of(vec![message])),
        _ => None,
    }
}

/// The content of one message without the message (rig-core 0.20 on keeps so much of Anthropic's answers).
fn blocks(value: Json<'_>, side: Side) -> Option<Payload> {
    let items = value.as_array()?;
    let parts: Option<Vec<Vec<Part>>> = items.map(|item| content::part(item.as_object()?)).collect();
    let parts: Vec<Part> = parts?.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| Payload::of(vec![Message::new(side.role(), parts)]))
}

/// Plain text; what Python calls an object it cannot write is none.
fn plain(value: Json<'_>, side: Side) -> Option<Payload> {
    let text = value.as_str().filter(|text| !python::is_object(text))?;
    Some(Payload::of(vec![Message::new(side.role(), text::parts(text))]))
}

/// Returns the text of a key, when it is text with something in it.
fn string(object: Object<'_>, key: &str) -> Option<String> {
    object.get(key).and_then(Json::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Returns the first of these keys that has a value other than null.
fn any<'v>(object: Object<'v>, keys: &[&str]) -> Option<Json<'v>> {
    keys.iter().find_map(|key| object.get(key).filter(|value| !value.is_null()))
}

/// Returns the entries of these objects that are given, but for those of these names.
fn given<'v>(objects: impl IntoIterator<Item = Json<'v>>, but: &[&str]) -> Map<String, Value> {
    let entries = objects.into_iter().filter_map(Json::as_object).flat_map(|object| object.keys().zip(object.values()));
    let given = entries.filter(|(key, value)| !value.is_null() && !but.contains(key));
    given.map(|(key, value)| (key.to_owned(), value.to_value())).collect()
}

/// Returns a tool call.
fn tool_call(id: Option<String>, name: Option<String>, arguments: Option<Json<'_>>) -> Part {
    Part::ToolCall { id, name, arguments: arguments.map_or(Value::Null, text::parsed) }
}

/// Returns a tool's answer.
fn tool_result(id: Option<String>, name: Option<String>, result: Option<Json<'_>>, is_error: Option<bool>) -> Part {
    Part::ToolResult { id, name, result: result.map_or(Value::Null, text::result), is_error }
}

#[cfg(test)]
mod tests;
