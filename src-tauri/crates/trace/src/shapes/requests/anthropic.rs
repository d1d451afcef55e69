//! Anthropic's messages (`POST /v1/messages`, version 2023-06-01).

use serde_json::{Map, Value, json};

use super::{Notes, Request, address, as_text, data, is_system, text_of};
use crate::reading::{Media, Message, Part, Reading};

pub(super) fn request(reading: &Reading, messages: &[Message], model: &str, notes: &mut Notes) -> Request {
    let mut body = Map::new();
    body.insert("model".to_owned(), model.into());
    let system: Vec<String> = messages.iter().filter(|message| is_system(message)).map(text_of).collect();
    if !system.is_empty() {
        body.insert("system".to_owned(), system.join("\n\n").into());
    }
    let said = messages.iter().filter(|message| !is_system(message)).map(|message| {
        let role = if message.role == "assistant" { "assistant" } else { "user" };
        json!({ "role": role, "content": content(message, notes) })
    });
    let said = said.collect();
    body.insert("messages".to_owned(), said);
    if !reading.tools.is_empty() {
        let tools = reading.tools.iter().map(|tool| {
            let schema = tool.parameters.as_ref().map_or_else(|| json!({ "type": "object" }), |schema| schema.to_value());
            json!({ "name": tool.name, "description": tool.description.as_deref().unwrap_or_default(), "input_schema": schema })
        });
        body.insert("tools".to_owned(), tools.collect());
    }
    for (name, value) in &reading.parameters {
        let name = if name == "stop" { "stop_sequences" } else { name };
        body.entry(name.to_owned()).or_insert_with(|| value.clone());
    }
    if !body.contains_key("max_tokens") {
        notes.add("max_tokens was not recorded, and this format wants one: add it");
    }
    Request {
        url: "https://api.anthropic.com/v1/messages".to_owned(),
        base_variable: None,
        key_header: ("x-api-key", ""),
        key_variable: "ANTHROPIC_API_KEY",
        headers: vec![("anthropic-version", "2023-06-01")],
        body,
        ..Request::default()
    }
}

fn content(message: &Message, notes: &mut Notes) -> Value {
    let parts = message.parts.iter().filter_map(|part| match part {
        Part::Text { text } | Part::Refusal { text } => Some(json!({ "type": "text", "text": text })),
        Part::ToolCall { id, name, arguments } => {
            Some(json!({ "type": "tool_use", "id": id, "name": name, "input": arguments }))
        }
        Part::ToolResult { id, result, is_error, .. } => {
            let mut block = json!({ "type": "tool_result", "tool_use_id": id, "content": as_text(result) });
            if let Some(is_error) = is_error {
                block["is_error"] = (*is_error).into();
            }
            Some(block)
        }
        Part::Image(media) => picture(media).or_else(|| {
            notes.without("a picture", media);
            None
        }),
        Part::Audio(media) | Part::Video(media) | Part::File(media) => {
            notes.without("a sound or file", media);
            None
        }
        Part::Json { value } => Some(value.clone()),
        Part::Reasoning { .. } => {
            notes.add("what the model thought is left out: it goes back only with a signature");
            None
        }
    });
    parts.collect()
}

fn picture(media: &Media) -> Option<Value> {
    let uri = address(media)?;
    let source = match data(uri) {
        Some((mime, base64)) => json!({ "type": "base64", "media_type": mime, "data": base64 }),
        None => json!({ "type": "url", "url": uri }),
    };
    Some(json!({ "type": "image", "source": source }))
}
