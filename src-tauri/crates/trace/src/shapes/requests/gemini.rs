//! Google's Gemini (`POST /v1beta/models/<model>:generateContent`).

use serde_json::{Map, Value, json};

use super::{Notes, Request, address, data, is_system, text_of};
use crate::reading::{Message, Part, Reading};

/// Our names of parameters and those of `generationConfig`.
const CONFIG: [(&str, &str); 8] = [
    ("temperature", "temperature"),
    ("top_p", "topP"),
    ("top_k", "topK"),
    ("max_tokens", "maxOutputTokens"),
    ("stop", "stopSequences"),
    ("seed", "seed"),
    ("frequency_penalty", "frequencyPenalty"),
    ("presence_penalty", "presencePenalty"),
];

pub(super) fn request(reading: &Reading, messages: &[Message], model: &str, notes: &mut Notes) -> Request {
    let mut body = Map::new();
    let system: Vec<String> = messages.iter().filter(|message| is_system(message)).map(text_of).collect();
    if !system.is_empty() {
        body.insert("systemInstruction".to_owned(), json!({ "parts": [{ "text": system.join("\n\n") }] }));
    }
    let contents = messages.iter().filter(|message| !is_system(message)).map(|message| {
        let role = if message.role == "assistant" { "model" } else { "user" };
        json!({ "role": role, "parts": parts(message, notes) })
    });
    let contents = contents.collect();
    body.insert("contents".to_owned(), contents);
    if !reading.tools.is_empty() {
        let tools = reading.tools.iter().map(|tool| {
            let mut function =
                json!({ "name": tool.name, "description": tool.description.as_deref().unwrap_or_default() });
            if let Some(parameters) = &tool.parameters {
                function["parameters"] = parameters.to_value();
            }
            function
        });
        body.insert("tools".to_owned(), json!([{ "functionDeclarations": tools.collect::<Vec<_>>() }]));
    }
    let mut config = Map::new();
    for (name, value) in &reading.parameters {
        match CONFIG.iter().find(|(ours, _)| ours == name) {
            Some((_, theirs)) => _ = config.insert((*theirs).to_owned(), value.clone()),
            None if name == "stream" => {}
            None => notes.add(&format!("the parameter {name} is left out: this format has no such name")),
        }
    }
    if !config.is_empty() {
        body.insert("generationConfig".to_owned(), config.into());
    }
    let model = in_address(model.strip_prefix("models/").unwrap_or(model));
    Request {
        url: format!("https://generativelanguage.googleapis.com/v1beta/models/{model}:generateContent"),
        base_variable: None,
        key_header: ("x-goog-api-key", ""),
        key_variable: "GEMINI_API_KEY",
        body,
        ..Request::default()
    }
}

/// Returns a name as it stands in an address: what a shell or an address would take for something else is written in numbers.
fn in_address(name: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    name.bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn parts(message: &Message, notes: &mut Notes) -> Value {
    let parts = message.parts.iter().filter_map(|part| match part {
        Part::Text { text } | Part::Refusal { text } => Some(json!({ "text": text })),
        Part::ToolCall { name, arguments, .. } => Some(json!({ "functionCall": { "name": name, "args": arguments } })),
        Part::ToolResult { name, result, .. } => {
            let response = if result.is_object() { result.clone() } else { json!({ "result": result }) };
            Some(json!({ "functionResponse": { "name": name, "response": response } }))
        }
        Part::Image(media) | Part::Audio(media) | Part::Video(media) | Part::File(media) => {
            let inline = address(media).and_then(data);
            if inline.is_none() {
                notes.without("a picture, sound or file", media);
            }
            inline.map(|(mime, base64)| json!({ "inlineData": { "mimeType": mime, "data": base64 } }))
        }
        Part::Json { value } => Some(value.clone()),
        Part::Reasoning { .. } => None,
    });
    parts.collect()
}
