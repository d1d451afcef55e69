//! The messages, documents and tools of Datadog's LLM Observability.
//!
//! Source: ddtrace 2.6 to 4.16, `llmobs/types.py` and `llmobs/_integrations/utils.py`.

use serde_json::{Value, json};

use super::proposal::{Found, Side};
use super::value;
use crate::json::Kept;
use crate::reading::{Document, Kind, Message, Part, ToolDefinition};
use crate::shapes::{self, Side as PayloadSide, python, text};

/// Messages, else documents that go in, else a value, which is text that may be JSON.
pub(super) fn side(kind: Kind, key: &'static str, said: Option<&Value>, side: PayloadSide) -> Side {
    let Some(said) = said else { return Side::default() };
    if let Some(list) = said.get("messages").and_then(Value::as_array) {
        let messages = shapes::settle(list.iter().flat_map(|sent| message(sent, side)).collect());
        if !messages.is_empty() {
            return Side { messages: Some(Found::new(key, messages)), value: None };
        }
    }
    let value = said.get("value").cloned().and_then(value::present);
    if let Some(value) = value {
        let payload = match kind {
            Kind::Llm => shapes::read_call(&value, side),
            _ => None,
        };
        return match payload.filter(|payload| !payload.messages.is_empty()) {
            Some(payload) => Side { messages: Some(Found::new(key, payload.messages)), value: None },
            None => Side { messages: None, value: Some(Found::new(key, text::parsed(&value))) },
        };
    }
    let texts: Vec<Value> = match said.get("documents").and_then(Value::as_array).filter(|_| side == PayloadSide::Input)
    {
        Some(list) => list.iter().filter_map(|document| document.get("text").cloned()).collect(),
        None => Vec::new(),
    };
    let value = match &texts[..] {
        [] => None,
        [one] => Some(one.clone()),
        _ => Some(Value::Array(texts)),
    };
    Side { messages: None, value: value.map(|value| Found::new(key, value)) }
}

/// A message: tool calls, tool results and media stand beside its text. What a model thought is a message of its own.
fn message(sent: &Value, side: PayloadSide) -> Option<Message> {
    let fields = sent.as_object()?;
    let content = fields.get("content").cloned().and_then(value::present);
    // Bedrock's messages that only call have no role (ddtrace 4).
    let calls = fields.get("tool_calls").and_then(Value::as_array).is_some_and(|calls| !calls.is_empty());
    let speaker = if calls { "assistant" } else { side.role() };
    let role = fields.get("role").and_then(Value::as_str).filter(|role| !role.is_empty()).unwrap_or(speaker);
    if role == "reasoning" {
        return Some(Message::new("assistant", content.as_ref().map(thought).unwrap_or_default()));
    }
    // A list of parts is written in Python's words.
    let listed = content.as_ref().and_then(|content| python::repr(content.as_str()?));
    let is_part = |item: &Value| item.get("type").is_some_and(Value::is_string);
    let listed = listed.filter(|list| list.as_array().is_some_and(|list| list.iter().all(is_part) && !list.is_empty()));
    let mut parts = listed.as_ref().or(content.as_ref()).map(shapes::content).unwrap_or_default();
    let each = |key: &str| fields.get(key).and_then(Value::as_array).into_iter().flatten();
    let told =
        |of: &Value, key: &str| of.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    parts.extend(each("tool_calls").map(|call| Part::ToolCall {
        id: told(call, "tool_id"),
        name: told(call, "name"),
        arguments: call.get("arguments").map(text::parsed).unwrap_or_default(),
    }));
    parts.extend(each("tool_results").map(|answer| Part::ToolResult {
        id: told(answer, "tool_id"),
        name: told(answer, "name"),
        result: answer.get("result").map(text::result).unwrap_or_default(),
        is_error: None,
    }));
    for (key, modality) in [("image_parts", "image"), ("audio_parts", "audio")] {
        parts.extend(each(key).map(|media| {
            let mime = told(media, "mime_type");
            let found = match (told(media, "content"), told(media, "attachment_key")) {
                (Some(data), _) => shapes::media::inline(&data, mime),
                (None, Some(key)) => shapes::media::reference(&key, mime),
                (None, None) => shapes::media::without_bytes(mime),
            };
            shapes::media::part(modality, found)
        }));
    }
    // A tool's message that says the answer as text.
    if role == "tool" && !parts.iter().any(|part| matches!(part, Part::ToolResult { .. })) {
        let result = content.as_ref().map(text::result).unwrap_or_default();
        parts = vec![Part::ToolResult { id: told(sent, "tool_id"), name: None, result, is_error: None }];
    }
    Some(Message::new(shapes::message::role(role), parts))
}

/// A reasoning item of OpenAI's Responses as JSON in a text, else plain text.
fn thought(content: &Value) -> Vec<Part> {
    match text::parsed(content) {
        Value::Object(mut item) => {
            // ddtrace 3 wrote each of its summaries in Python's words.
            for summary in item.get_mut("summary").and_then(Value::as_array_mut).into_iter().flatten() {
                if let Some(written) = summary.as_str().and_then(python::repr) {
                    *summary = written;
                }
            }
            item.insert("type".to_owned(), json!("reasoning"));
            text::parts(&Value::Object(item).to_string())
        }
        Value::String(text) => vec![Part::Reasoning { text }],
        other => vec![Part::Reasoning { text: other.to_string() }],
    }
}

/// Returns documents found; what they are called is a fact about them.
pub(super) fn documents(list: &Value) -> Vec<Document> {
    let items = list.as_array().into_iter().flatten().filter_map(Value::as_object);
    let named = items.filter_map(|item| {
        let mut document = shapes::document(item)?;
        let name = item.get("name").cloned().and_then(value::present);
        document.metadata = document.metadata.or_else(|| name.map(|name| json!({"name": name})));
        Some(document)
    });
    named.collect()
}

/// Returns a tool that was offered.
pub(super) fn definition(sent: &Value) -> Option<ToolDefinition> {
    Some(ToolDefinition {
        name: sent.get("name")?.as_str()?.to_owned(),
        description: sent.get("description").and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned),
        parameters: sent.get("schema").map(text::parsed).and_then(value::present).map(Kept::from),
    })
}
