//! Messages of the Vercel AI SDK: model messages of every version, with calls, answers and files as hyphenated parts.
//!
//! Source: `packages/provider` (language model V1 to V4 prompts) and `packages/ai/src/prompt` of vercel/ai.

use super::{Payload, Side, any, content, media, message, settle, string, text, tool_call, tool_result};
use crate::json::{AsJson, Document, Json, Kind, Object};
use crate::reading::{Media, Message, Part};

/// Reads a whole prompt: `{system, prompt}` or `{system, messages}`, where `prompt` is a text or a list of messages.
pub fn prompt(value: impl AsJson) -> Option<Payload> {
    value.with(asked)
}

fn asked(value: Json<'_>) -> Option<Payload> {
    let object = match value.kind() {
        Kind::Array(_) => return message::all(value, "user").map(settle::settle).map(Payload::of),
        Kind::String(said) => return Some(Payload::of(vec![Message::new("user", text::parts(said))])),
        _ => value.as_object()?,
    };
    let mut messages = match any(object, &["messages", "prompt"])? {
        list if list.is_array() => message::all(list, "user")?,
        said => vec![Message::new("user", text::parts(said.as_str()?))],
    };
    if let Some(system) = any(object, &["system", "instructions"]) {
        settle::prepend_system(&mut messages, instructions(system));
    }
    Some(Payload::of(settle::settle(messages)))
}

/// Instructions are a text, a system message, or a list of such messages.
fn instructions(system: Json<'_>) -> Vec<Part> {
    match system.kind() {
        Kind::Array(items) => items.iter().flat_map(instructions).collect(),
        Kind::Object(object) if object.contains_key("role") => {
            object.get("content").map(content::read).unwrap_or_default()
        }
        _ => content::read(system),
    }
}

/// Reads the result of `generateText` and its like, which frameworks on top keep whole: what was thought and said, an object, files
/// and calls side by side.
pub(super) fn result(value: Json<'_>, side: Side) -> Option<Payload> {
    let object = value.as_object().filter(|_| side == Side::Output)?;
    let is_list = |key: &str| object.get(key).is_some_and(Json::is_array);
    if !object.get("text").is_some_and(Json::is_string) || !(is_list("toolCalls") || is_list("files")) {
        return None;
    }
    let mut parts = any(object, &["reasoning", "reasoningText"]).map(thoughts).unwrap_or_default();
    match (string(object, "text"), any(object, &["object"])) {
        (Some(said), _) => parts.extend(text::parts(&said)),
        (None, Some(made)) => parts.extend(content::text(&made.to_value().to_string())),
        (None, None) => {}
    }
    parts.extend(any(object, &["files"]).map(content::read).unwrap_or_default());
    parts.extend(any(object, &["toolCalls"]).map(calls).unwrap_or_default());
    Some(Payload {
        finish_reasons: string(object, "finishReason").into_iter().collect(),
        ..Payload::of(vec![Message::new("assistant", parts)])
    })
}

/// Reads what a step of `generateText` keeps of its request, which frameworks on top hand on: the body, as the provider wants it.
pub(super) fn request(value: Json<'_>, side: Side) -> Option<Payload> {
    let object = value.as_object().filter(|object| side == Side::Input && object.len() == 1)?;
    let body = object.get("body")?;
    let written = body.as_str().and_then(text::document);
    let body = written.as_ref().map_or(body, Document::root);
    super::read(body.is_object().then_some(body)?, side)
}

/// Thoughts are a text, or a list of texts and of objects with one; in Mastra's chunks it is one level deeper.
fn thoughts(value: Json<'_>) -> Vec<Part> {
    let text = |item: Json<'_>| {
        let said = item.get("text").or_else(|| item.get("payload")?.get("text"));
        item.as_str().or_else(|| said?.as_str()).map(content::reasoning)
    };
    match value.as_array() {
        Some(items) => items.filter_map(text).flatten().collect(),
        None => text(value).unwrap_or_default(),
    }
}

/// Returns the calls in a list of an answer's tool calls, which have no type in some versions.
pub fn calls(value: impl AsJson) -> Vec<Part> {
    value.with(|list| list.as_array().into_iter().flatten().filter_map(Json::as_object).map(call).collect())
}

fn call(call: Object<'_>) -> Part {
    tool_call(string(call, "toolCallId"), string(call, "toolName"), any(call, &["input", "args"]))
}

/// A content part.
pub(super) fn part(part: Object<'_>) -> Option<Vec<Part>> {
    match part.get("type")?.as_str()? {
        "tool-call" => Some(vec![call(part)]),
        "tool-result" | "tool-error" => Some(vec![answer(part)]),
        "image" => {
            let found = medium(part.get("image")?, mime(part))?;
            Some(vec![media::part("image", found)])
        }
        "file" => {
            let found = medium(part.get("data")?, Some(mime(part)?))?;
            Some(vec![media::part("file", found)])
        }
        _ => None,
    }
}

fn mime(part: Object<'_>) -> Option<String> {
    any(part, &["mediaType", "mimeType"]).and_then(Json::as_str).map(str::to_owned)
}

/// Bytes in base64 or an address, from version 7 on in an object that says which.
fn medium(data: Json<'_>, mime: Option<String>) -> Option<Media> {
    match data.kind() {
        Kind::String(data) => {
            let media = media::inline(data, mime.clone());
            Some(Media { mime: media.mime.or(mime), ..media })
        }
        Kind::Object(object) => match any(object, &["data", "url"])? {
            nested if nested.is_string() => medium(nested, mime),
            _ => Some(media::without_bytes(mime)),
        },
        _ => Some(media::without_bytes(mime)),
    }
}

/// A tool's answer: bare, or in an object that says what kind of value it is.
fn answer(part: Object<'_>) -> Part {
    let (mut failed, mut said) = (part.get("isError").and_then(Json::as_bool), any(part, &["output", "result"]));
    if let Some(error) = any(part, &["error"]) {
        (failed, said) = (Some(true), Some(error));
    }
    if let Some(output) = part.get("output").and_then(Json::as_object) {
        let kind = output.get("type").and_then(Json::as_str).unwrap_or_default();
        let is_typed = matches!(kind, "text" | "json" | "content" | "error-text" | "error-json" | "execution-denied");
        if is_typed {
            said = any(output, &["value", "reason"]);
            failed = failed.or((kind.starts_with("error") || kind == "execution-denied").then_some(true));
        }
    }
    tool_result(string(part, "toolCallId"), string(part, "toolName"), said, failed)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn part_of(value: &Value) -> Part {
        let document = Document::from(value);
        part(document.root().as_object().expect("an object")).expect("a part").remove(0)
    }

    #[test]
    fn body_of_a_steps_request_is_the_providers() {
        let body = json!({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "France?"}]});
        for sent in [json!({"body": body}), json!({"body": body.to_string()})] {
            let payload = sent.with(|sent| request(sent, Side::Input)).expect("a request");
            assert_eq!(payload.messages, [Message::new("user", content::text("France?"))], "{sent}");
            assert_eq!(payload.model.as_deref(), Some("gpt-4o-mini"), "{sent}");
        }
        assert_eq!(json!({"body": "hi"}).with(|sent| request(sent, Side::Input)), None);
    }

    #[test]
    fn answers_of_every_version_are_read() {
        let bare = part_of(&json!({"type": "tool-result", "toolCallId": "1", "toolName": "f", "result": {"a": 1}}));
        let typed = part_of(
            &json!({"type": "tool-result", "toolCallId": "1", "toolName": "f", "output": {"type": "json", "value": {"a": 1}}}),
        );
        assert_eq!(bare, typed);
        let failed = part_of(
            &json!({"type": "tool-result", "toolCallId": "1", "toolName": "f", "output": {"type": "error-text", "value": "no"}}),
        );
        assert!(matches!(failed, Part::ToolResult { is_error: Some(true), .. }), "{failed:?}");
    }

    #[test]
    fn answer_that_only_looks_typed_is_kept_whole() {
        let value = json!({"type": "weather", "value": 3});
        let read = part_of(&json!({"type": "tool-result", "toolCallId": "1", "output": value}));
        assert!(matches!(read, Part::ToolResult { result, .. } if result == value));
    }

    #[test]
    fn instructions_beside_a_prompt_are_the_system_message() {
        for system in [json!("Be brief."), json!({"role": "system", "content": "Be brief."})] {
            let payload = prompt(&json!({"system": system, "prompt": "hi"})).expect("a prompt");
            let roles: Vec<&str> = payload.messages.iter().map(|message| message.role.as_str()).collect();
            assert_eq!(roles, ["system", "user"]);
            assert_eq!(payload.messages[0].parts, [Part::Text { text: "Be brief.".into() }]);
        }
    }

    #[test]
    fn files_are_read_as_bytes_or_addresses() {
        let read = |data: Value| part_of(&json!({"type": "file", "mediaType": "image/png", "data": data}));
        assert!(matches!(read(json!("aGVsbG8=")), Part::Image(media) if media.bytes == Some(5)));
        let url = read(json!({"type": "url", "url": "https://example.com/a.png"}));
        assert!(matches!(url, Part::Image(media) if media.uri.as_deref() == Some("https://example.com/a.png")));
    }
}
