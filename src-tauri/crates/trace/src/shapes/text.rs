//! Text that may be more than text: JSON written as text, and parts hidden in it.

use serde_json::Value;

use super::{any, content, openai_responses};
use crate::reading::Part;

/// Returns what text that is JSON says; every other value as it is. JSON in a JSON text was written twice by mistake.
pub fn parsed(value: &Value) -> Value {
    let Value::String(text) = value else { return value.clone() };
    match json(text) {
        Some(Value::String(inner)) if inner.starts_with(['{', '[']) => json(&inner).unwrap_or(Value::String(inner)),
        Some(said) => said,
        None => value.clone(),
    }
}

/// Returns the JSON that a text is, if it is JSON and nothing else.
pub fn json(text: &str) -> Option<Value> {
    let text = text.trim();
    // Most texts are prose: a look at the first byte spares the parser.
    let first = *text.as_bytes().first()?;
    (matches!(first, b'{' | b'[' | b'"' | b'-' | b't' | b'f' | b'n') || first.is_ascii_digit())
        .then(|| serde_json::from_str(text).ok())
        .flatten()
}

/// Returns a tool's answer: a list of text parts is one text, and text that is JSON is shown parsed.
pub fn result(value: &Value) -> Value {
    match value {
        Value::Array(items) => joined(items).map_or_else(|| value.clone(), |text| parsed(&Value::String(text))),
        other => parsed(other),
    }
}

/// Returns the joined texts of a list of nothing but text parts.
pub fn joined(items: &[Value]) -> Option<String> {
    let texts = items.iter().map(|item| match item {
        Value::Object(part)
            if part.get("type").is_none_or(|kind| kind.as_str().is_some_and(|kind| kind.contains("text"))) =>
        {
            any(part, &["text", "content"])?.as_str()
        }
        _ => None,
    });
    texts.collect::<Option<Vec<_>>>().filter(|texts| !texts.is_empty()).map(|texts| texts.concat())
}

/// Returns the parts of a text: none when it is empty, and what is hidden in it as JSON when that is a part's own format.
///
/// Several senders write a reasoning item, a tool call or a whole list of content parts into the text field as JSON.
pub fn parts(text: &str) -> Vec<Part> {
    if text.is_empty() {
        return Vec::new();
    }
    hidden(text).unwrap_or_else(|| vec![Part::Text { text: text.to_owned() }])
}

/// Returns the parts written as JSON inside a text; `None` when it is just text, whatever JSON it may be.
fn hidden(text: &str) -> Option<Vec<Part>> {
    let trimmed = text.trim();
    if !(trimmed.starts_with('{') || trimmed.starts_with('[')) || !trimmed.contains("\"type\"") {
        return None;
    }
    match json(trimmed)? {
        Value::Array(items) if !items.is_empty() => {
            let parts = items.iter().map(hidden_part).collect::<Option<Vec<_>>>()?;
            Some(parts.concat())
        }
        item @ Value::Object(_) => {
            hidden_part(&item).filter(|parts| !parts.iter().any(|part| matches!(part, Part::Text { .. })))
        }
        _ => None,
    }
}

/// Returns the part an object is, if it is one beyond doubt.
fn hidden_part(value: &Value) -> Option<Vec<Part>> {
    let object = value.as_object()?;
    let kind = object.get("type")?.as_str()?;
    match kind {
        "text" | "input_text" | "output_text" => object.get("text")?.as_str().map(content::text),
        "function_call" | "function_call_output" | "custom_tool_call" | "reasoning" => {
            openai_responses::item_parts(object)
        }
        "tool_use" | "tool_call" | "thinking" | "image_url" | "input_image" | "input_audio" | "refusal" => {
            content::part(object)
        }
        _ => None,
    }
}
