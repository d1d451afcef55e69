//! Prompts and answers of Datadog's integrations of Google's libraries and of Bedrock, up to ddtrace 3.11: in tags, as
//! [`super::datadog_written`] says.
//!
//! Source: ddtrace 3.5, `contrib/internal/{google_generativeai,vertexai}`, `llmobs/_integrations/utils.py`, `_trace/trace_handlers.py`.

use serde_json::{Map, Value, json};

use super::datadog_openai::unescaped;
use super::datadog_written::{Said, list, of_python};
use super::value;
use crate::reading::Reader;
use crate::shapes::python;

/// The tags of one of Google's libraries.
pub(super) struct Google {
    contents: &'static str,
    system: &'static str,
    candidates: &'static str,
}

pub(super) const GENERATIVE_AI: Google = Google {
    contents: "google_generativeai.request.contents.",
    system: "google_generativeai.request.system_instruction.",
    candidates: "google_generativeai.response.candidates.",
};

pub(super) const VERTEX: Google = Google {
    contents: "vertexai.request.contents.",
    system: "vertexai.request.system_instruction.",
    candidates: "vertexai.response.candidates.",
};

pub(super) fn read(reader: &Reader<'_>, keys: &Google) -> (Said, Said) {
    let asked = list(reader, keys.contents).map(|contents| {
        let contents: Vec<Value> = contents.into_iter().map(|said| with_role(content(said))).collect();
        let system = list(reader, keys.system).map(|parts| json!({"parts": parts}));
        (keys.contents, json!({"contents": contents, "system_instruction": system}))
    });
    let answered = list(reader, keys.candidates).map(|mut candidates| {
        for fields in candidates.iter_mut().filter_map(Value::as_object_mut) {
            let said = fields.remove("content").map(content);
            fields.extend(said.map(|said| ("content".to_owned(), said)));
            // The library's enum as a number.
            let reason = fields.get("finish_reason").and_then(Value::as_str).and_then(|number| {
                const NAMES: [&str; 6] = ["STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "OTHER", "BLOCKLIST"];
                NAMES.get(number.parse::<usize>().ok()?.checked_sub(1)?)
            });
            fields.extend(reason.map(|reason| ("finish_reason".to_owned(), (*reason).into())));
        }
        (keys.candidates, json!({"candidates": candidates}))
    });
    (asked, answered)
}

/// What is asked alone has no role.
fn with_role(mut content: Value) -> Value {
    if let Some(fields) = content.as_object_mut() {
        fields.entry("role").or_insert_with(|| "user".into());
    }
    content
}

/// A content's parts each have a text, if an empty one; what a function is called with and answers is Python's `str` of it.
fn content(mut content: Value) -> Value {
    if let Some(fields) = content.as_object_mut()
        && let Some(said) = fields.remove("text")
    {
        fields.insert("parts".to_owned(), json!([{"text": said}]));
    }
    let mut called: Vec<Value> = Vec::new();
    let parts = content.get_mut("parts").and_then(Value::as_array_mut);
    for fields in parts.into_iter().flatten().filter_map(Value::as_object_mut) {
        fields.retain(|name, said| name != "text" || said.as_str() != Some(""));
        // A stream's calls stand together in its one part.
        if let Some(Value::Array(calls)) = fields.remove("function_calls") {
            called.extend(calls);
        }
        fields.iter_mut().for_each(|(_, call)| parse(call));
    }
    if let Some(parts) = content.get_mut("parts").and_then(Value::as_array_mut) {
        called.iter_mut().filter_map(|call| call.get_mut("function_call")).for_each(parse);
        parts.extend(called);
    }
    content
}

fn parse(call: &mut Value) {
    let fields: Option<&mut Map<String, Value>> = call.as_object_mut();
    for (_, said) in fields.into_iter().flatten().filter(|(name, _)| matches!(name.as_str(), "args" | "response")) {
        *said = said.as_str().map_or(Value::Null, of_python);
    }
}

pub(super) fn bedrock(reader: &Reader<'_>) -> (Said, Said) {
    const ASKED: &str = "bedrock.request.prompt";
    const ANSWERED: &str = "bedrock.response.choices.";
    let asked = reader.get(ASKED).and_then(value::text).map(|said| {
        match python::beginning(&said).unwrap_or_else(|| of_python(&said)) {
            Value::Array(messages) if messages.iter().all(Value::is_object) => (ASKED, json!({"messages": messages})),
            _ => (ASKED, unescaped(Value::String(said))),
        }
    });
    let answered = list(reader, ANSWERED).map(|choices| {
        // An answer of Claude's is Python's `str` of its block.
        let block = |choice: &Value| {
            let said = choice.get("text").and_then(Value::as_str)?;
            Some(python::repr(said).filter(Value::is_object).unwrap_or_else(|| json!({"type": "text", "text": said})))
        };
        let reason = choices.iter().find_map(|choice| choice.get("finish_reason")).cloned();
        let content: Vec<Value> = choices.iter().filter_map(block).collect();
        (ANSWERED, json!({"role": "assistant", "content": content, "stop_reason": reason}))
    });
    (asked, answered)
}
