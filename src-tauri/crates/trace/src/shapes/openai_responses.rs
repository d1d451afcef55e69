//! OpenAI Responses: items instead of messages.
//!
//! Source: the OpenAI API reference, "Responses".

use serde_json::Value;

use super::{Payload, Side, any, content, media, message, settle, string, tool_call, tool_result, tools, usage};
use crate::json::{Array, Json, Kind, Object};
use crate::reading::{ErrorInfo, Message, Part};

/// An answer with `output` items, or a request with `input` items.
pub(super) fn envelope(value: Json<'_>, side: Side) -> Option<Payload> {
    if let Some(object) = value.as_object() {
        return match side {
            Side::Output => answer(object),
            Side::Input => request(object, said(object.get("input")?.as_array()?, "user")?),
        };
    }
    let is_item = |item: Json<'_>| item.as_object().is_some_and(|item| item_kind(item).is_some());
    let items = value.as_array().filter(|items| items.iter().any(is_item))?;
    said(items, side.role()).map(Payload::of)
}

/// A request whose `input` is plain text.
pub(super) fn call(value: Json<'_>, side: Side) -> Option<Payload> {
    let object = value.as_object().filter(|_| side == Side::Input)?;
    let text = object.get("input").filter(|input| input.is_string())?;
    request(object, vec![Message::new("user", content::read(text))])
}

fn request(object: Object<'_>, mut messages: Vec<Message>) -> Option<Payload> {
    if let Some(instructions) = object.get("instructions") {
        settle::prepend_system(&mut messages, content::read(instructions));
    }
    let offered = object.get("tools").map(tools::definitions).unwrap_or_default();
    Some(Payload { tools: offered, model: string(object, "model"), ..Payload::of(messages) })
}

fn answer(object: Object<'_>) -> Option<Payload> {
    let is_response = object.get("object").and_then(Json::as_str) == Some("response");
    let items = object.get("output")?.as_array()?;
    let messages = said(items, "assistant");
    if !is_response && messages.is_none() {
        return None;
    }
    let stopped = object.get("incomplete_details").and_then(|details| string(details.as_object()?, "reason"));
    let finished = stopped.or_else(|| string(object, "status").filter(|_| is_response));
    Some(Payload {
        messages: messages.unwrap_or_default(),
        finish_reasons: finished.into_iter().collect(),
        model: string(object, "model"),
        response_id: string(object, "id"),
        counts: object.get("usage").and_then(usage::counts),
        error: object.get("error").and_then(Json::as_object).filter(|_| is_response).and_then(failure),
        ..Payload::default()
    })
}

/// What went wrong, in an answer that failed.
fn failure(error: Object<'_>) -> Option<ErrorInfo> {
    let error = ErrorInfo { kind: string(error, "code"), message: string(error, "message"), stacktrace: None };
    (error != ErrorInfo::default()).then_some(error)
}

/// Reads items; neighbours of the assistant that are not whole messages become one, as reasoning and calls belong to one turn.
fn said(items: Array<'_>, default_role: &str) -> Option<Vec<Message>> {
    let mut messages: Vec<Message> = Vec::new();
    let mut open = false;
    for (item, message) in message::each(items, default_role)? {
        match messages.last_mut() {
            Some(last) if open && message.role == "assistant" && last.role == "assistant" => {
                last.parts.extend(message.parts)
            }
            _ => {
                open = message.role == "assistant" && item.as_object().is_some_and(|item| item_kind(item).is_some());
                messages.push(message);
            }
        }
    }
    Some(messages)
}

/// Returns the type of an item that only this API has.
fn item_kind(item: Object<'_>) -> Option<&str> {
    let kind = item.get("type")?.as_str()?;
    let known = matches!(
        kind,
        "message" | "function_call" | "function_call_output" | "reasoning" | "compaction" | "item_reference"
    ) || kind.ends_with("_call") && kind != "tool_call"
        || kind.ends_with("_call_output")
        || kind.starts_with("mcp_");
    known.then_some(kind)
}

/// Returns the message an item is.
pub(super) fn item(item: Object<'_>, default_role: &str) -> Option<Message> {
    match item_kind(item)? {
        "message" => {
            let role = string(item, "role").map_or_else(|| default_role.to_owned(), |sent| message::role(&sent));
            Some(Message::new(role, message::said_parts(item)))
        }
        kind => {
            let role = if kind.ends_with("_output") { "tool" } else { "assistant" };
            Some(Message::new(role, item_parts(item)?))
        }
    }
}

/// Returns the parts of an item that is not a message.
pub(super) fn item_parts(item: Object<'_>) -> Option<Vec<Part>> {
    let id = || any(item, &["call_id", "id"]).and_then(Json::as_str).map(str::to_owned);
    match item_kind(item)? {
        "message" => None,
        "function_call" => Some(vec![tool_call(id(), Some(string(item, "name")?), item.get("arguments"))]),
        "custom_tool_call" => Some(vec![tool_call(id(), Some(string(item, "name")?), item.get("input"))]),
        kind if kind.ends_with("_call_output") => Some(vec![tool_result(id(), None, item.get("output"), None)]),
        "mcp_call" => {
            let (id, name) = (string(item, "id"), string(item, "name"));
            let answer = any(item, &["output", "error"]);
            let mut parts = vec![tool_call(id.clone(), name.clone(), item.get("arguments"))];
            let failed = item.get("error").is_some_and(|error| !error.is_null()).then_some(true);
            parts.extend(answer.map(|answer| tool_result(id, name, Some(answer), failed)));
            Some(parts)
        }
        "reasoning" => Some(thought(item)),
        "image_generation_call" => match string(item, "result") {
            Some(data) => {
                let mime = string(item, "output_format").map(|format| format!("image/{format}"));
                Some(vec![media::part("image", media::inline(&data, mime))])
            }
            None => Some(vec![Part::Json { value: Value::Object(item.to_map()) }]),
        },
        kind => {
            let called = kind.strip_suffix("_call").and_then(|tool| of_tool(item, id(), tool));
            Some(called.unwrap_or_else(|| vec![Part::Json { value: Value::Object(item.to_map()) }]))
        }
    }
}

/// A call of one of OpenAI's own tools, whoever runs it (`computer_call`, `web_search_call`), and what came of it where that is told.
fn of_tool(item: Object<'_>, id: Option<String>, tool: &str) -> Option<Vec<Part>> {
    const BESIDE: [&str; 4] = ["id", "call_id", "type", "status"];
    let named = |key: &str| Some(Value::Object([(key.to_owned(), item.get(key)?.to_value())].into_iter().collect()));
    let whole = any(item, &["action", "operation"]).map(Json::to_value);
    let arguments = whole.or_else(|| named("queries")).or_else(|| named("code"));
    let says_more = || item.keys().any(|key| !BESIDE.contains(&key));
    if arguments.is_none() && says_more() {
        return None;
    }
    let name = Some(tool.to_owned());
    let call = Part::ToolCall { id: id.clone(), name: name.clone(), arguments: arguments.unwrap_or_default() };
    let result = any(item, &["results", "outputs"]).map(Json::to_value);
    let result = result.map(|result| Part::ToolResult { id, name, result, is_error: None });
    Some(std::iter::once(call).chain(result).collect())
}

/// A reasoning item: its summary, and its text where the provider shows it. An item with neither says nothing.
pub(super) fn thought(item: Object<'_>) -> Vec<Part> {
    let said = ["summary", "content"].into_iter().filter_map(|key| item.get(key));
    let texts = said.flat_map(|said| match said.kind() {
        Kind::Array(parts) => parts.iter().filter_map(|part| part.get("text").unwrap_or(part).as_str()).collect(),
        Kind::String(text) => vec![text],
        _ => Vec::new(),
    });
    texts.flat_map(content::reasoning).collect()
}

/// A content part.
pub(super) fn part(part: Object<'_>) -> Option<Vec<Part>> {
    match part.get("type")?.as_str()? {
        "input_text" | "output_text" => Some(super::text::parts(part.get("text")?.as_str()?)),
        "reasoning_text" | "summary_text" => Some(content::reasoning(part.get("text")?.as_str()?)),
        "input_image" => {
            let found = string(part, "image_url").map(|url| media::at(&url));
            let found = found.or_else(|| string(part, "file_id").map(|id| media::reference(&id, None)))?;
            Some(vec![media::part("image", found)])
        }
        "input_file" => {
            let found = string(part, "file_data").map(|data| media::inline(&data, None));
            let found = found.or_else(|| string(part, "file_url").map(|url| media::at(&url)));
            let found = found.or_else(|| string(part, "file_id").map(|id| media::reference(&id, None)))?;
            Some(vec![media::part("file", found)])
        }
        "output_audio" => {
            let mut sound = media::inline(part.get("data")?.as_str()?, None);
            sound.transcript = string(part, "transcript");
            Some(vec![Part::Audio(sound)])
        }
        "reasoning" if part.contains_key("summary") => item_parts(part),
        "function_call"
        | "function_call_output"
        | "custom_tool_call"
        | "custom_tool_call_output"
        | "mcp_call"
        | "image_generation_call"
        | "web_search_call"
        | "file_search_call"
        | "code_interpreter_call"
        | "computer_call"
        | "computer_call_output"
        | "local_shell_call"
        | "local_shell_call_output" => item_parts(part),
        _ => None,
    }
}
