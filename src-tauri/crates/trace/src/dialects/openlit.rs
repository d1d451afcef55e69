//! OpenLIT: before its version 1.40 the whole conversation as one text, a line per role; later the calls' ids by themselves.
//!
//! Source: `openlit/instrumentation/openai/utils.py` and its like of OpenLIT 1.30 to 1.36. Newer versions speak GenAI's conventions.

use serde_json::{Map, Value, json};

use super::gen_ai_events::Told;
use super::openlit_written::{conversation, listed};
use crate::reading::{Kind, Message, Part, Reader};
use crate::shapes::{self, python};
use crate::span::AnyValue;

const PROMPT: &str = "gen_ai.prompt";
const COMPLETION: &str = "gen_ai.completion";
const CALL_IDS: &str = "gen_ai.tool.call.id";

/// Says whether a span that names nothing is a call of a model's by its name: what OpenLIT before 1.30 calls a call, of which it writes
/// nothing else where it fails (`openai.chat.completions`, `anthropic.messages`).
pub(super) fn named(reader: &Reader<'_>) -> Option<Kind> {
    const CALLS: [&str; 6] = ["chat", "completion", "message", "generat", "converse", "invoke_model"];
    let (scope, name) = (&reader.span.scope.name, &reader.span.name);
    let is_call = |name: &str| CALLS.iter().any(|call| name.contains(call));
    match name {
        _ if !scope.starts_with("openlit") => None,
        name if name.contains("embed") => Some(Kind::Embedding),
        name if name.contains("image") || name.contains("audio") => None,
        name => is_call(name).then_some(Kind::Llm),
    }
}

/// Says whether a cost of nothing is what a call cost: OpenLIT writes it of every model whose price it does not know.
pub(super) fn knows_prices(reader: &Reader<'_>, cost: f64) -> bool {
    cost > 0.0 || !speaks(reader)
}

fn speaks(reader: &Reader<'_>) -> bool {
    reader.peek("telemetry.sdk.name").and_then(AnyValue::as_str) == Some("openlit")
}

/// Returns the messages that OpenLIT 1.34 to 1.39 writes as one text under an attribute, too.
pub(super) fn written(reader: &Reader<'_>, key: &str) -> Option<Value> {
    let text = reader.get(key).filter(|_| speaks(reader))?.as_str()?;
    match key {
        PROMPT => conversation(text),
        COMPLETION => answer(text),
        _ => None,
    }
}

/// An answer is what it says, though it may be JSON.
fn answer(text: &str) -> Option<Value> {
    (text != "None").then(|| json!({"role": "assistant", "content": text}))
}

/// Returns the answer of which nothing but the calls is told, each of them in three lists beside (OpenLIT 1.34 to 1.39).
pub(super) fn calls(reader: &Reader<'_>) -> Option<Message> {
    let list = |key: &str| reader.get(key).and_then(AnyValue::as_str).filter(|list| !list.is_empty());
    let names: Vec<&str> = list("gen_ai.tool.name").filter(|_| speaks(reader))?.split(", ").collect();
    let ids: Vec<&str> = list(CALL_IDS)?.split(", ").collect();
    let listed = format!("[{}]", list("gen_ai.tool.args")?);
    // Of several calls in a stream it keeps the last one's name and id, and runs the arguments of all of them together.
    let run_together = || {
        let is_one = names.len() == 1 && ids.len() == 1;
        is_one.then(|| vec![Value::String(listed[1..listed.len() - 1].to_owned())])
    };
    let arguments: Vec<Value> = serde_json::from_str(&listed)
        .ok()
        .or_else(|| match python::repr(&listed)? {
            Value::Array(arguments) => Some(arguments),
            _ => None,
        })
        .or_else(run_together)?;
    let is_whole = names.len() == ids.len() && names.len() == arguments.len();
    let named = names.into_iter().zip(ids).zip(arguments);
    let calls = named.map(|((name, id), arguments)| Part::ToolCall {
        id: Some(id.to_owned()),
        name: Some(name.to_owned()),
        arguments,
    });
    is_whole.then(|| Message::new("assistant", calls.collect()))
}

/// Puts messages where a span of OpenLIT's has them as text.
pub(super) fn split(reader: &Reader<'_>, told: &mut [Told]) {
    if !speaks(reader) {
        return;
    }
    for event in told {
        match event.name.as_str() {
            "gen_ai.content.prompt" => replace(&mut event.fields, PROMPT, conversation),
            name if name.starts_with("gen_ai.content.completion") => {
                replace(&mut event.fields, COMPLETION, |text| answer(text).or_else(|| Some(called(reader))));
            }
            // The same in the events of the next generation, which it writes beside them.
            name if name.ends_with(".message") => replace(&mut event.fields, "content", listed),
            _ => {}
        }
    }
}

fn replace(fields: &mut Map<String, Value>, key: &str, by: impl FnOnce(&str) -> Option<Value>) {
    if let Some(sent) = fields.get_mut(key)
        && let Some(said) = sent.as_str().and_then(by)
    {
        *sent = said;
    }
}

/// Mends what OpenLIT 1.40 and 1.45 write in Python's words: the text of an answer that only calls is `None`
/// (`google_ai_studio/utils.py`), and what Gemini's functions and Anthropic's tools answer is the `repr` of an object or of a list.
pub(super) fn mend(reader: &Reader<'_>, messages: &mut [Message]) {
    if !speaks(reader) {
        return;
    }
    for message in messages {
        if message.parts.iter().any(|part| matches!(part, Part::ToolCall { .. })) {
            message.parts.retain(|part| !matches!(part, Part::Text { text } if text == "None"));
        }
        for part in &mut message.parts {
            if let Part::ToolResult { result, .. } = part
                && let Some(answer @ (Value::Object(_) | Value::Array(_))) = result.as_str().and_then(python::repr)
            {
                *result = shapes::text::result(&answer);
            }
        }
    }
}

/// Completes an answer by what OpenLIT 1.45 says of it beside the messages.
pub(super) fn complete(reader: &Reader<'_>, messages: &mut Vec<Message>) {
    name_calls(reader, messages);
    let is_thought = |part: &Part| matches!(part, Part::Reasoning { .. });
    if messages.iter().any(|message| message.parts.iter().any(is_thought)) {
        return;
    }
    let thought =
        reader.get("gen_ai.content.reasoning").and_then(AnyValue::as_str).filter(|thought| !thought.is_empty());
    if let Some(text) = thought.map(str::to_owned) {
        match messages.first_mut() {
            Some(first) => first.parts.insert(0, Part::Reasoning { text }),
            None => messages.push(Message::new("assistant", vec![Part::Reasoning { text }])),
        }
    }
}

/// Puts the ids of the calls, which OpenLIT 1.45 lists beside the answer, where its messages have those of the items that make
/// them (Responses API).
fn name_calls(reader: &Reader<'_>, messages: &mut [Message]) {
    let Some(listed) = reader.get(CALL_IDS).and_then(AnyValue::as_str) else { return };
    let listed: Vec<&str> = listed.split(", ").collect();
    let calls = messages.iter_mut().flat_map(|message| &mut message.parts).filter_map(|part| match part {
        Part::ToolCall { id: Some(id), .. } if id.starts_with("fc_") => Some(id),
        _ => None,
    });
    let calls: Vec<&mut String> = calls.collect();
    if calls.len() == listed.len() {
        calls.into_iter().zip(listed).for_each(|(id, call)| *id = call.to_owned());
    }
}

/// Returns the answer that is nothing but calls: its text is Python's `None`.
fn called(reader: &Reader<'_>) -> Value {
    let calls = reader.get("gen_ai.response.tool_calls").and_then(AnyValue::as_str).and_then(python::repr);
    json!({"role": "assistant", "content": null, "tool_calls": calls})
}
