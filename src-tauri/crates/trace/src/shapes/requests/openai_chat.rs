//! OpenAI's chat completions (`POST /v1/chat/completions`), the format most servers take.

use serde_json::{Map, Value, json};

use super::{Notes, Request, address, as_text};
use crate::reading::{Message, Part, Reading};

pub(super) fn request(reading: &Reading, messages: &[Message], model: &str, notes: &mut Notes) -> Request {
    let mut body = Map::new();
    body.insert("model".to_owned(), model.into());
    body.insert("messages".to_owned(), messages.iter().flat_map(|message| written(message, notes)).collect());
    if !reading.tools.is_empty() {
        let tools = reading.tools.iter().map(|tool| {
            let mut function = json!({ "name": tool.name });
            if let Some(description) = &tool.description {
                function["description"] = description.as_str().into();
            }
            if let Some(parameters) = &tool.parameters {
                function["parameters"] = parameters.to_value();
            }
            json!({ "type": "function", "function": function })
        });
        body.insert("tools".to_owned(), tools.collect());
    }
    for (name, value) in &reading.parameters {
        body.entry(name.clone()).or_insert_with(|| value.clone());
    }
    Request {
        url: "https://api.openai.com/v1/chat/completions".to_owned(),
        base_variable: Some("OPENAI_BASE_URL"),
        key_header: ("Authorization", "Bearer "),
        key_variable: "OPENAI_API_KEY",
        body,
        ..Request::default()
    }
}

/// Returns the messages that say what one of ours says: results of tools are messages of their own.
fn written(message: &Message, notes: &mut Notes) -> Vec<Value> {
    let (mut content, mut calls, mut results) = (Vec::new(), Vec::new(), Vec::new());
    for part in &message.parts {
        match part {
            Part::Text { text } | Part::Refusal { text } => content.push(json!({ "type": "text", "text": text })),
            Part::ToolCall { id, name, arguments } => calls.push(json!({
                "id": id, "type": "function", "function": { "name": name, "arguments": as_text(arguments) },
            })),
            Part::ToolResult { id, result, .. } => {
                results.push(json!({ "role": "tool", "tool_call_id": id, "content": as_text(result) }));
            }
            Part::Image(media) => match address(media) {
                Some(url) => content.push(json!({ "type": "image_url", "image_url": { "url": url } })),
                None => notes.without("a picture", media),
            },
            Part::Audio(media) | Part::Video(media) | Part::File(media) => notes.without("a sound or file", media),
            Part::Json { value } => content.push(value.clone()),
            // What a model thought is not sent back in this format.
            Part::Reasoning { .. } => {}
        }
    }
    let mut all = Vec::new();
    if !content.is_empty() || !calls.is_empty() || results.is_empty() {
        let mut said = Map::new();
        said.insert("role".to_owned(), message.role.as_str().into());
        if let Some(name) = &message.name {
            said.insert("name".to_owned(), name.as_str().into());
        }
        said.insert("content".to_owned(), plain(content));
        if !calls.is_empty() {
            said.insert("tool_calls".to_owned(), calls.into());
        }
        all.push(Value::Object(said));
    }
    all.extend(results);
    all
}

/// Returns the text alone where there is nothing else, as people write it.
fn plain(mut content: Vec<Value>) -> Value {
    match &mut content[..] {
        [] => Value::Null,
        [only] if only["type"] == "text" => only["text"].take(),
        _ => content.into(),
    }
}
