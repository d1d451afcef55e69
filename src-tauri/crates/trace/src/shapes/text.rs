//! Text that may be more than text: JSON written as text, and parts hidden in it.

use serde_json::{Number, Value};

use super::{agentscope, any, bedrock, content, gemini, message, openai_responses, python};
use crate::json::{Array, AsJson, Document, Json, Kind, Object};
use crate::reading::Part;
use crate::span::AnyValue;

/// Returns what text that is JSON says; every other value as it is. JSON in a JSON text was written twice by mistake.
pub fn parsed(value: impl AsJson) -> Value {
    value.with(|value| value.as_str().map_or_else(|| value.to_value(), said))
}

/// Returns what a text says, or the text.
pub(crate) fn said(text: &str) -> Value {
    match json(text) {
        Some(Value::String(inner)) if inner.starts_with(['{', '[']) => json(&inner).unwrap_or(Value::String(inner)),
        Some(said) => said,
        None => Value::String(text.to_owned()),
    }
}

/// Returns the JSON that a text is, if it is JSON and nothing else. Digits that a number does not keep (`3.10`, an id longer than
/// a double holds) are a text that looks like one.
pub fn json(text: &str) -> Option<Value> {
    let said = document(text)?.root().to_value();
    let keeps = |number: &Number| {
        let written = number.to_string();
        written == text.trim_ascii()
    };
    said.as_number().is_none_or(keeps).then_some(said)
}

/// Returns the JSON that a text is, to be looked at.
pub fn document(text: &str) -> Option<Document<'_>> {
    let text = text.trim_ascii();
    // Most texts are prose: a look at the first byte spares the parser.
    let first = *text.as_bytes().first()?;
    (matches!(first, b'{' | b'[' | b'"' | b'-' | b't' | b'f' | b'n') || first.is_ascii_digit())
        .then(|| Document::parse(text))
        .flatten()
}

/// Returns an attribute's value to be looked at, JSON in a text parsed.
pub fn sent(value: &AnyValue) -> Document<'_> {
    value.as_str().and_then(document).unwrap_or_else(|| Document::from(value))
}

/// Returns a tool's answer: a list of text parts is one text, a single block of JSON (Bedrock's) is what is in it, and text that is
/// JSON is shown parsed.
pub fn result(value: impl AsJson) -> Value {
    value.with(|value| match value.kind() {
        Kind::Array(items) => match json_block(items) {
            Some(block) => block.to_value(),
            None => joined(items).map_or_else(|| value.to_value(), |text| said(&text)),
        },
        Kind::String(text) => {
            let written = document(text);
            let items = written.as_ref().and_then(|written| written.root().as_array());
            // A list of untyped texts in a text may as well be the tool's own answer.
            let typed = items.filter(|items| items.iter().all(|item| item.get("type").is_some()));
            let block = items.and_then(json_block).map(Json::to_value);
            let joined = || typed.and_then(joined).map(|text| said(&text));
            block.or_else(joined).or_else(|| agentscope::answered(text)).unwrap_or_else(|| said(text))
        }
        _ => parsed(value),
    })
}

fn json_block(items: Array<'_>) -> Option<Json<'_>> {
    let block = items.get(0).filter(|_| items.len() == 1)?.as_object()?;
    block.get("json").filter(|_| block.len() == 1)
}

/// Returns the joined texts of a list of nothing but text parts.
fn joined(items: Array<'_>) -> Option<String> {
    let texts = items.map(|item| match item.kind() {
        Kind::Object(part)
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
/// Several senders write a reasoning item, a tool call or a whole list of content parts into the text field, as JSON or as Python's
/// `repr` of the client's own objects.
pub fn parts(text: &str) -> Vec<Part> {
    if text.is_empty() {
        return Vec::new();
    }
    hidden(text).or_else(|| hidden_repr(text)).unwrap_or_else(|| vec![Part::Text { text: text.to_owned() }])
}

/// Returns the parts written as JSON inside a text; `None` when it is just text, whatever JSON it may be.
fn hidden(text: &str) -> Option<Vec<Part>> {
    let trimmed = text.trim();
    // OpenLLMetry writes a part of Bedrock's that it does not know as what it is.
    let thinks = trimmed.starts_with("{\"reasoningContent\"");
    if !(trimmed.starts_with('{') || trimmed.starts_with('[')) || !(thinks || trimmed.contains("\"type\"")) {
        return None;
    }
    let document = document(trimmed)?;
    let value = document.root();
    if thinks {
        return bedrock::part(value.as_object()?);
    }
    match value.kind() {
        Kind::Array(items) if !items.is_empty() => {
            let parts = items.iter().map(hidden_part).collect::<Option<Vec<_>>>()?;
            Some(parts.concat())
        }
        Kind::Object(_) => {
            hidden_part(value).filter(|parts| !parts.iter().any(|part| matches!(part, Part::Text { .. })))
        }
        _ => None,
    }
}

/// Returns the parts written as Python's `repr` of a client's object or content: calls, reasoning items, or an answer that calls.
fn hidden_repr(text: &str) -> Option<Vec<Part>> {
    // Most texts are prose: the words are looked for before the text is read.
    let words = [
        "'tool_calls':",
        "type='function_call'",
        "type='reasoning'",
        "'type': 'function_call'",
        "'type': 'reasoning'",
        "'type': 'thinking'",
        "'type': 'tool_use'",
        "'type': 'input_",
        "'type': 'output_text'",
    ];
    if let Some(part) = google_part(text) {
        return Some(part);
    }
    // A content of several parts: many senders write Python's `str` of their list, and some cut it.
    let is_content = text.trim_start().starts_with("[{'type': '");
    let is_hidden = python::may_be_repr(text.trim()) && words.iter().any(|word| text.contains(word));
    let whole = (is_hidden || is_content).then(|| python::repr(text))?;
    let object = whole.clone().or_else(|| python::beginning(text).filter(|_| is_content))?;
    object.with(|object| {
        if let Some(blocks) = object.as_array() {
            let part = |block: Json<'_>| hidden_part(block).or_else(|| block.as_object().and_then(attached));
            let mut parts: Vec<Option<Vec<Part>>> = blocks.map(part).collect();
            // Of the part in which a text breaks off there may be too little.
            parts.pop_if(|last| whole.is_none() && last.is_none());
            return Some(parts.into_iter().collect::<Option<Vec<_>>>()?.concat()).filter(|parts| !parts.is_empty());
        }
        let answer = object.as_object().filter(|_| object.get("role").and_then(Json::as_str) == Some("assistant"));
        match answer.map(message::said_parts) {
            Some(parts) => parts.iter().any(|part| matches!(part, Part::ToolCall { .. })).then_some(parts),
            None => hidden_part(object).or_else(|| attached(object.as_object()?)),
        }
    })
}

/// Returns the part a text is as Pydantic's `str` writes a `Part` of google-genai, all of whose fields are in it (OpenLLMetry's
/// google-generativeai, 0.62).
fn google_part(text: &str) -> Option<Vec<Part>> {
    const FIELDS: [&str; 4] = ["function_response=", "function_call=", "inline_data=", "text="];
    // Most texts are prose: their first word tells.
    let is_field = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let is_repr = text.trim_start().trim_start_matches(is_field).starts_with('=');
    if !is_repr || !FIELDS.iter().all(|field| text.contains(field)) {
        return None;
    }
    let fields = python::fields(text)?;
    (&Value::Object(fields)).with(|fields| gemini::part(fields.as_object()?))
}

/// Returns the picture or file an object is.
fn attached(object: Object<'_>) -> Option<Vec<Part>> {
    let kind = object.get("type")?.as_str()?;
    matches!(kind, "image" | "document" | "file" | "input_file").then(|| content::part(object))?
}

/// Returns the part an object is, if it is one beyond doubt.
fn hidden_part(value: Json<'_>) -> Option<Vec<Part>> {
    let object = value.as_object()?;
    let kind = object.get("type")?.as_str()?;
    match kind {
        "text" | "input_text" | "output_text" => object.get("text")?.as_str().map(content::text),
        "function_call" | "function_call_output" | "custom_tool_call" | "reasoning" => {
            openai_responses::item_parts(object)
        }
        "tool_use" | "tool_result" | "tool_call" | "thinking" | "image_url" | "input_image" | "input_audio"
        | "refusal" => content::part(object),
        _ => None,
    }
}
