//! OpenLIT: before its version 1.40 the whole conversation as one text, a line per role; later the calls' ids by themselves.
//!
//! Source: `openlit/instrumentation/openai/utils.py` and its like of OpenLIT 1.30 to 1.36. Newer versions speak GenAI's conventions.

use serde_json::{Map, Value, json};

use super::gen_ai_events::Told;
use crate::reading::{Message, Part, Reader};
use crate::shapes::python;
use crate::span::AnyValue;

const PROMPT: &str = "gen_ai.prompt";
const COMPLETION: &str = "gen_ai.completion";
const CALL_IDS: &str = "gen_ai.tool.call.id";

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
    let arguments: Vec<Value> = serde_json::from_str(&format!("[{}]", list("gen_ai.tool.args")?)).ok()?;
    let is_whole = names.len() == ids.len() && names.len() == arguments.len();
    let named = names.into_iter().zip(ids).zip(arguments);
    let calls = named.map(|((name, id), arguments)| Part::ToolCall {
        id: Some(id.to_owned()),
        name: Some(name.to_owned()),
        arguments,
    });
    is_whole.then(|| Message::new("assistant", calls.collect()))
}

fn conversation(text: &str) -> Option<Value> {
    messages(text).or_else(|| blocks(text))
}

/// Puts messages where a span of OpenLIT's has them as text.
pub(super) fn split(reader: &Reader<'_>, told: &mut [Told]) {
    if !speaks(reader) {
        return;
    }
    for event in told {
        match event.name.as_str() {
            "gen_ai.content.prompt" => replace(&mut event.fields, PROMPT, conversation),
            "gen_ai.content.completion" => {
                replace(&mut event.fields, COMPLETION, |text| answer(text).or_else(|| Some(called(reader))));
            }
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
                *result = answer;
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

/// Returns the messages of a text whose lines begin with a role; a line without one goes on with what the last one said.
fn messages(text: &str) -> Option<Value> {
    const ROLES: [&str; 6] = ["system", "developer", "user", "assistant", "tool", "model"];
    let mut said: Vec<(&str, String)> = Vec::new();
    for line in text.split('\n') {
        match line.split_once(": ").filter(|(role, _)| ROLES.contains(role)) {
            Some((role, rest)) => said.push((role, rest.to_owned())),
            None => {
                let (_, last) = said.last_mut()?;
                last.push('\n');
                last.push_str(line);
            }
        }
    }
    // A message without content (OpenAI's that only calls) has the list of all of them instead.
    let is_message = |item: &Value| item.get("role").is_some();
    let is_all = |list: &Value| list.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(is_message));
    if let Some(all) = said.iter().rev().filter_map(|(_, content)| python::repr(content)).find(is_all) {
        return Some(all);
    }
    Some(said.into_iter().map(|(role, content)| json!({"role": role, "content": parts(content)})).collect())
}

/// What may stand before a part's text: OpenAI's types of parts, and the fields of Gemini's.
const PARTS: [&str; 10] = [
    "text",
    "image_url",
    "function_call",
    "function_response",
    "video_metadata",
    "thought",
    "code_execution_result",
    "executable_code",
    "file_data",
    "inline_data",
];

/// Returns the parts of a content that was a list: each behind its type, with commas between.
fn parts(content: String) -> Value {
    let typed = |text: &str| {
        let (kind, _) = text.split_once(": ")?;
        PARTS.into_iter().find(|part| *part == kind)
    };
    if typed(&content).is_none() {
        return content.into();
    }
    let ends = content.match_indices(", ").filter(|(at, comma)| typed(&content[at + comma.len()..]).is_some());
    let mut starts = vec![0];
    starts.extend(ends.map(|(at, comma)| at + comma.len()));
    let parts = starts.iter().enumerate().filter_map(|(index, start)| {
        let end = starts.get(index + 1).map_or(content.len(), |next| next - ", ".len());
        let (kind, said) = content[*start..end].split_once(": ")?;
        Some(part(kind, said))
    });
    parts.collect()
}

fn part(kind: &str, said: &str) -> Value {
    let fields = || python::fields(said).map(Value::Object);
    match kind {
        "image_url" => json!({"type": "image_url", "image_url": python::repr(said).unwrap_or_else(|| said.into())}),
        "function_call" => fields().map_or_else(|| said.into(), |call| json!({"functionCall": call})),
        "function_response" => fields().map_or_else(|| said.into(), |answer| json!({"functionResponse": answer})),
        "text" => json!({"type": "text", "text": said}),
        kind => json!({"type": "text", "text": format!("{kind}: {said}")}),
    }
}

/// Returns the one message of a text that is the `repr` of a list of Anthropic's blocks without its brackets
/// (`openlit/__helpers.py`, `concatenate_all_contents`).
fn blocks(text: &str) -> Option<Value> {
    let list = text.starts_with("{'type': ").then(|| python::repr(&format!("[{text}]"))).flatten()?;
    Some(json!([{"role": "user", "content": list}]))
}

/// Returns the answer that is nothing but calls: its text is Python's `None`.
fn called(reader: &Reader<'_>) -> Value {
    let calls = reader.get("gen_ai.response.tool_calls").and_then(AnyValue::as_str).and_then(python::repr);
    json!({"role": "assistant", "content": null, "tool_calls": calls})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_begin_with_roles_or_go_on() {
        let said = messages("system: Be brief.\nuser: One\ntwo: three");
        let wanted =
            json!([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "One\ntwo: three"}]);
        assert_eq!(said, Some(wanted));
        assert_eq!(messages("Write a poem.\nuser: now"), None);
    }

    #[test]
    fn parts_stand_behind_their_types() {
        let said = messages(
            "user: text: One, two, image_url: {'url': 'https://a.b/c.png'}\nmodel: function_call: id=None args={'a': 1} name='f'",
        );
        let wanted = json!([
            {"role": "user", "content": [
                {"type": "text", "text": "One, two"},
                {"type": "image_url", "image_url": {"url": "https://a.b/c.png"}},
            ]},
            {"role": "model", "content": [{"functionCall": {"id": null, "args": {"a": 1}, "name": "f"}}]},
        ]);
        assert_eq!(said, Some(wanted));
        assert_eq!(parts("none: here".to_owned()), json!("none: here"));
    }

    #[test]
    fn blocks_without_brackets_are_one_message() {
        let wanted =
            json!([{"role": "user", "content": [{"type": "text", "text": "Hi"}, {"type": "image", "source": {}}]}]);
        assert_eq!(blocks("{'type': 'text', 'text': 'Hi'}, {'type': 'image', 'source': {}}"), Some(wanted));
        assert_eq!(blocks("{'kind': 1}"), None);
    }
}
