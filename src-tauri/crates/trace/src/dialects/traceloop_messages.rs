//! OpenLLMetry's messages of versions before 0.53: lists flattened under `gen_ai.prompt.N` and `gen_ai.completion.N`, before 0.3
//! under `llm.prompts.N` and `llm.completions.N`. Other libraries copied the former; LiteLLM 1.55 (and its callback for Traceloop up
//! to 1.79) writes the constants' own names where Python 3.11 and later format a member of an enumeration so.

use serde_json::{Map, Value, json};

use super::flattened;
use crate::reading::{Message, Part, Reader};
use crate::shapes::{self, Side, message, proto_text, text};

/// Messages, and why the model stopped, one reason per choice.
#[derive(Default)]
pub(super) struct Said {
    pub(super) key: &'static str,
    pub(super) messages: Vec<Message>,
    pub(super) finish_reasons: Vec<String>,
}

/// Returns the messages of one side.
pub(super) fn read(reader: &Reader<'_>, side: Side) -> Said {
    let prefixes: &[&'static str] = match side {
        // The third is the hub's, of what is embedded (`src/pipelines/otel.rs`).
        Side::Input => &["gen_ai.prompt.", "llm.prompts.", "llm.prompt.", "SpanAttributes.LLM_PROMPTS."],
        Side::Output => &["gen_ai.completion.", "llm.completions.", "SpanAttributes.LLM_COMPLETIONS."],
    };
    for &prefix in prefixes {
        if reader.with_prefix(prefix).next().is_none() {
            continue;
        }
        let list = flattened::list(reader, prefix);
        let said = said(prefix, &list, side);
        if !said.messages.is_empty() || !said.finish_reasons.is_empty() {
            return said;
        }
    }
    Said::default()
}

fn said(prefix: &'static str, list: &[Value], side: Side) -> Said {
    let mut said = Said { key: prefix.trim_end_matches('.'), ..Said::default() };
    let mut thoughts: Vec<Part> = Vec::new();
    for entry in list.iter().filter_map(Value::as_object) {
        // Of Vertex AI's SDK it has, before 0.45, all that was asked as one text.
        if let Some(asked) = entry.get("user").and_then(Value::as_str).and_then(proto_text::contents) {
            said.messages.extend(asked);
            continue;
        }
        let reason = entry.get("finish_reason").and_then(Value::as_str).filter(|reason| !reason.is_empty());
        let Some(mut message) = one(entry, side) else {
            // AgentOps tells of an answer that only calls no more than why it ended.
            said.finish_reasons.extend(reason.map(str::to_owned));
            continue;
        };
        // What the model thought comes as a choice of its own before the answer.
        if message.role == "thinking" {
            thoughts.extend(message.parts.into_iter().map(|part| match part {
                Part::Text { text } => Part::Reasoning { text },
                other => other,
            }));
            continue;
        }
        message.parts.splice(0..0, thoughts.drain(..));
        said.messages.push(message);
        said.finish_reasons.extend(reason.map(str::to_owned));
    }
    if !thoughts.is_empty() {
        said.messages.push(Message::new(side.role(), thoughts));
    }
    said.messages = shapes::settle(said.messages);
    said
}

fn one(entry: &Map<String, Value>, side: Side) -> Option<Message> {
    const KEYS: [&str; 8] =
        ["role", "content", "tool_calls", "function_call", "reasoning", "refusal", "tool_call_id", "user"];
    if !KEYS.iter().any(|key| entry.contains_key(*key)) {
        return None;
    }
    let mut object = entry.clone();
    // Mistral's streams leave the role empty.
    if object.get("role").is_none_or(|role| role == "") {
        object.insert("role".to_owned(), side.role().into());
    }
    // LangChain's messages that are neither the user's, the system's nor the model's are tools' (0.2x to 0.40,
    // `langchain/callback_handler.py`, `_message_type_to_role`).
    if object.get("role").is_some_and(|role| role == "unknown") {
        let role = if side == Side::Input { "tool" } else { side.role() };
        object.insert("role".to_owned(), role.into());
    }
    // Respan (2.9) writes calls as JSON in a text.
    if let Some(calls) = object.get("tool_calls").and_then(Value::as_str).and_then(text::json) {
        object.insert("tool_calls".to_owned(), calls);
    }
    // Netra (1.2) writes a call as what the assistant says, its id beside it.
    if object.get("role").is_some_and(|role| role == "assistant")
        && let Some(id) = object.remove("tool_call_id")
        && let Some(call) = object.get("content").and_then(Value::as_str).and_then(text::json)
        && call.get("arguments").is_some()
    {
        object.insert("content".to_owned(), Value::Null);
        object.insert("tool_calls".to_owned(), json!([{"id": id, "function": call}]));
    }
    // A completion's prompt stands under `user`, without a role.
    let content = object.remove("content").or_else(|| object.remove("user")).unwrap_or_default();
    // An answer that only calls was encoded although there was no text, of Cohere's streams as no parts.
    let is_nothing = content == "\"\"" || (content == "[]" && object.contains_key("tool_calls"));
    let content = if is_nothing { Value::Null } else { content };
    object.insert("content".to_owned(), blocks(&content).unwrap_or(content));
    message::read(&Value::Object(object), side.role())
}

/// A list of content parts is written as JSON in a text, by Netra in Python's words. A text that happens to be JSON stays text.
pub(super) fn blocks(content: &Value) -> Option<Value> {
    let written = content.as_str()?;
    if let Some(answers) = answers(written) {
        return Some(answers);
    }
    let in_python = || written.starts_with("[{'type': ").then(|| shapes::python::repr(written)).flatten();
    let list = text::json(written).or_else(in_python).filter(Value::is_array)?;
    let parts = shapes::content(&list);
    (!parts.is_empty() && !parts.iter().any(|part| matches!(part, Part::Json { .. }))).then_some(list)
}

/// Returns the answers of tools that AgentOps (0.4, `instrumentation/anthropic/attributes/message.py`) writes as one text of the user's.
fn answers(written: &str) -> Option<Value> {
    const BEGINS: &str = "[Tool Result: ";
    let inside = written.strip_prefix(BEGINS)?.strip_suffix(']')?;
    let answer = |said: &str| {
        let content = shapes::python::repr(said).filter(Value::is_array).unwrap_or_else(|| said.into());
        json!({"type": "tool_result", "content": content})
    };
    Some(inside.split(&format!("] {BEGINS}")).map(answer).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thoughts_are_part_of_the_answer() {
        let list = [
            json!({"role": "thinking", "content": "Hm.", "finish_reason": "end_turn"}),
            json!({"role": "assistant", "content": "Yes.", "finish_reason": "end_turn"}),
        ];
        let said = said("gen_ai.completion.", &list, Side::Output);
        let parts = vec![Part::Reasoning { text: "Hm.".into() }, Part::Text { text: "Yes.".into() }];
        assert_eq!(said.messages, [Message::new("assistant", parts)]);
        assert_eq!(said.finish_reasons, ["end_turn"]);
    }

    #[test]
    fn blocks_written_as_json_are_parts_and_other_json_is_text() {
        let answer = json!([{"type": "tool_result", "tool_use_id": "1", "content": "sunny"}]).to_string();
        let list = [json!({"role": "user", "content": answer}), json!({"role": "user", "content": "[1, 2]"})];
        let said = said("gen_ai.prompt.", &list, Side::Input);
        assert_eq!(said.messages[0].role, "tool");
        assert_eq!(said.messages[1], Message::new("user", vec![Part::Text { text: "[1, 2]".into() }]));
    }

    #[test]
    fn prompt_of_a_completion_is_the_users() {
        let said = said("gen_ai.prompt.", &[json!({"user": "Once"})], Side::Input);
        assert_eq!(said.messages, [Message::new("user", vec![Part::Text { text: "Once".into() }])]);
    }

    #[test]
    fn what_streams_leave_empty_is_the_sides_role_and_no_text() {
        let list = [json!({"role": "", "content": "[]", "tool_calls": [{"id": "1", "name": "f", "arguments": "{}"}]})];
        let said = said("gen_ai.completion.", &list, Side::Output);
        let call = Part::ToolCall { id: Some("1".into()), name: Some("f".into()), arguments: json!({}) };
        assert_eq!(said.messages, [Message::new("assistant", vec![call])]);
    }

    #[test]
    fn answers_of_tools_in_one_text_are_answers() {
        let written = r#"[Tool Result: {"a": 1}] [Tool Result: [{'type': 'text', 'text': 'sunny'}]]"#;
        let said = said("gen_ai.prompt.", &[json!({"role": "user", "content": written})], Side::Input);
        let answer = |result: Value| Part::ToolResult { id: None, name: None, result, is_error: None };
        assert_eq!(said.messages, [Message::new("tool", vec![answer(json!({"a": 1})), answer("sunny".into())])]);
    }

    #[test]
    fn who_is_unknown_is_a_tool() {
        let list = [json!({"role": "unknown", "content": "sunny"})];
        let answer = Part::ToolResult { id: None, name: None, result: "sunny".into(), is_error: None };
        assert_eq!(said("gen_ai.prompt.", &list, Side::Input).messages, [Message::new("tool", vec![answer])]);
        let text = Part::Text { text: "sunny".into() };
        assert_eq!(said("gen_ai.completion.", &list, Side::Output).messages, [Message::new("assistant", vec![text])]);
    }

    #[test]
    fn call_without_an_id_is_a_call() {
        let list = [json!({"role": "assistant", "tool_calls": [{"name": "f", "arguments": "{\"a\":1}"}]})];
        let said = said("gen_ai.completion.", &list, Side::Output);
        let call = Part::ToolCall { id: None, name: Some("f".into()), arguments: json!({"a": 1}) };
        assert_eq!(said.messages, [Message::new("assistant", vec![call])]);
    }
}
