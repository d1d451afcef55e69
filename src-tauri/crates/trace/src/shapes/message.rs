//! One message, in any chat format: a role and content, with tool calls and answers where each format puts them.

use serde_json::{Map, Value};

use super::{
    any, autogen, content, gemini, haystack, langchain, llama_index, openai_chat, openai_responses, python, string,
    text, tool_result,
};
use crate::json::{Array, AsJson, Json, Kind, Object};
use crate::reading::{Message, Part};

/// Returns the messages of a list of messages; a list of such lists (a batch) is taken as one.
pub(super) fn all(value: Json<'_>, default_role: &str) -> Option<Vec<Message>> {
    let items = value.as_array().filter(|items| !items.is_empty())?;
    if !items.iter().any(Json::is_array) {
        return each(items, default_role).map(|each| each.into_iter().map(|(_, message)| message).collect());
    }
    let mut messages = Vec::new();
    for item in items {
        match item.kind() {
            Kind::Array(batch) if batch.is_empty() => {}
            Kind::Array(batch) => messages.extend(each(batch, default_role)?.into_iter().map(|(_, message)| message)),
            _ => messages.push(read(item, default_role)?),
        }
    }
    Some(messages)
}

/// Returns the message that each entry of a list of messages is. One entry that is none (an answer without a word, a loose text, a
/// framework's own mark) does not hide the others; a list without a message, or of the parts of one, is no list of messages.
pub(super) fn each<'v>(items: Array<'v>, default_role: &str) -> Option<Vec<(Json<'v>, Message)>> {
    let mut messages = Vec::with_capacity(items.len());
    let mut is_one = false;
    for item in items {
        let message = match read(item, default_role) {
            Some(message) => {
                is_one = true;
                message
            }
            None => odd(item, default_role)?,
        };
        messages.push((item, message));
    }
    is_one.then_some(messages)
}

/// Returns what an entry says that is no message itself and may be among messages.
fn odd(entry: Json<'_>, default_role: &str) -> Option<Message> {
    let object = match entry.kind() {
        Kind::String(said) => return Some(Message::new(default_role, text::parts(said))),
        Kind::Object(object) => object,
        _ => return None,
    };
    let word = |key: &str| object.get(key).and_then(Json::as_str);
    if word("role").is_none() && word("type").is_none() || content::part(object).is_some() {
        return None;
    }
    let beside = ["role", "name", "id", "finish_reason"];
    let says = object.keys().zip(object.values()).any(|(key, value)| !beside.contains(&key) && !value.is_null());
    let parts = if says { vec![Part::Json { value: entry.to_value() }] } else { Vec::new() };
    Some(Message::new(word("role").map_or_else(|| default_role.to_owned(), role), parts))
}

/// Returns the message an object is; `None` when it is none.
pub fn read(value: impl AsJson, default_role: &str) -> Option<Message> {
    value.with(|value| of(value.as_object()?, default_role))
}

fn of(object: Object<'_>, default_role: &str) -> Option<Message> {
    openai_responses::item(object, default_role)
        .or_else(|| langchain::message(object))
        .or_else(|| with_role(object, default_role))
        .or_else(|| haystack::message(object))
        .or_else(|| autogen::message(object))
}

/// Returns a message that says who speaks.
fn with_role(object: Object<'_>, default_role: &str) -> Option<Message> {
    // Some senders write this word where they do not know.
    let sent = object.get("role")?.as_str().map(|sent| if sent == "unknown" { default_role } else { sent })?;
    let said = [
        "content",
        "parts",
        "tool_calls",
        "function_call",
        "refusal",
        "audio",
        "reasoning_content",
        "contents",
        "text",
        "blocks",
    ];
    if !said.iter().any(|key| object.contains_key(key)) {
        return None;
    }
    let mut role = role(sent);
    let mut parts = said_parts(object);
    if role == "tool" {
        // Koog (0.5 to 0.6) says so of calls as well as of answers.
        if parts.iter().any(|part| matches!(part, Part::ToolCall { .. })) {
            role = "assistant".to_owned();
        } else {
            parts = answer(object, parts);
        }
    }
    Some(Message { role, name: string(object, "name"), parts })
}

/// Returns the parts of a message's object, wherever its format keeps them.
pub(super) fn said_parts(object: Object<'_>) -> Vec<Part> {
    let mut parts = openai_chat::reasoning_beside(object);
    if let Some(said) = any(object, &["content", "parts", "contents", "text", "blocks"]) {
        parts.extend(content::read(said));
    }
    parts.extend(openai_chat::beside_content(object, &parts));
    parts.extend(gemini::images_beside(object));
    parts
}

/// Returns what a tool answered when its answer is a framework's own object, such as a message to the model (LangChain's
/// `ToolMessage`), and the call it is to.
pub fn tool_answer(answer: &Value) -> Option<(Value, Option<String>)> {
    if let Some(text) = answer.as_str() {
        return executed(text).or_else(|| as_message(text));
    }
    let object = answer.as_object()?;
    if let Some(found) = llama_index::tool_answer(object).or_else(|| written(object)) {
        return Some(found);
    }
    let fields = object.get("kwargs").or_else(|| object.get("data")).and_then(Value::as_object).unwrap_or(object);
    fields.get("tool_call_id")?;
    let message = read(answer, "tool").filter(|message| message.role == "tool")?;
    match <[Part; 1]>::try_from(message.parts).ok()? {
        [Part::ToolResult { id, result, .. }] => Some((result, id)),
        _ => None,
    }
}

/// A message in an object of its own, which OpenInference has from LangChain's callbacks: `{"output": "content='…' name='f' …"}`.
fn written(answer: &Map<String, Value>) -> Option<(Value, Option<String>)> {
    as_message(answer.get("output").filter(|_| answer.len() == 1)?.as_str()?)
}

/// A message as Python's `str` writes it.
fn as_message(text: &str) -> Option<(Value, Option<String>)> {
    let mut fields = text.starts_with("content=").then(|| python::fields(text))??;
    let id = fields.get("tool_call_id")?.as_str().map(str::to_owned);
    Some((text::result(&fields.remove("content")?), id))
}

/// What Agno's tools return (`FunctionExecutionResult`), as Pydantic's `str` writes it: `status='success' result='…' error=None …`.
fn executed(text: &str) -> Option<(Value, Option<String>)> {
    let mut fields = text.starts_with("status=").then(|| python::fields(text))??;
    let failed = fields.remove("error").filter(|error| !error.is_null());
    let result = fields.remove("result")?;
    Some((failed.filter(|_| result.is_null()).unwrap_or_else(|| text::result(&result)), None))
}

/// Makes a tool's message a tool's answer. Formats with answers as parts have them already.
fn answer(object: Object<'_>, parts: Vec<Part>) -> Vec<Part> {
    if parts.iter().any(|part| matches!(part, Part::ToolResult { .. })) {
        return parts;
    }
    // LlamaIndex keeps what is OpenAI's alone in an object of its own.
    let beside = || object.get("additional_kwargs")?.get("tool_call_id");
    let id = any(object, &["tool_call_id", "call_id", "tool_use_id", "id"]).or_else(beside);
    let id = id.and_then(Json::as_str).map(str::to_owned);
    let said = any(object, &["content", "parts", "text", "blocks"]);
    vec![tool_result(id, string(object, "name"), said, None)]
}

/// Roles in any provider's word, and the common one.
const ROLES: [(&str, &str); 15] = [
    ("user", "user"),
    ("assistant", "assistant"),
    ("tool", "tool"),
    ("system", "system"),
    ("developer", "developer"),
    ("human", "user"),
    ("ai", "assistant"),
    ("model", "assistant"),
    ("bot", "assistant"),
    ("chatbot", "assistant"),
    ("function", "tool"),
    ("tool_result", "tool"),
    ("ipython", "tool"),
    // smolagents keeps calls and observations as text, and sends them as these.
    ("tool-call", "assistant"),
    ("tool-response", "user"),
];

/// Returns the common word for a role; roles nobody knows stay as sent.
pub fn role(sent: &str) -> String {
    let known = ROLES.iter().find(|(word, _)| sent.eq_ignore_ascii_case(word));
    known.map_or(sent, |(_, common)| common).to_owned()
}
