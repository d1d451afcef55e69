//! OpenLIT: before its version 1.34 the whole conversation as one text in an event, a line per role; later the calls' ids by themselves.
//!
//! Source: `openlit/instrumentation/openai/utils.py` and its like of OpenLIT 1.30 to 1.33. Newer versions speak GenAI's conventions.

use serde_json::{Map, Value, json};

use super::gen_ai_events::Told;
use crate::reading::{Message, Part, Reader};
use crate::shapes::python;
use crate::span::AnyValue;

/// Puts messages where a span of OpenLIT's has them as text.
pub(super) fn split(reader: &Reader<'_>, told: &mut [Told]) {
    if reader.peek("telemetry.sdk.name").and_then(AnyValue::as_str) != Some("openlit") {
        return;
    }
    for event in told {
        match event.name.as_str() {
            "gen_ai.content.prompt" => replace(&mut event.fields, "gen_ai.prompt", messages),
            "gen_ai.content.completion" => {
                replace(&mut event.fields, "gen_ai.completion", |text| (text == "None").then(|| called(reader)))
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
/// (`google_ai_studio/utils.py`), and what Gemini's functions answer is the `repr` of an object.
pub(super) fn mend(reader: &Reader<'_>, messages: &mut [Message]) {
    if reader.peek("telemetry.sdk.name").and_then(AnyValue::as_str) != Some("openlit") {
        return;
    }
    for message in messages {
        if message.parts.iter().any(|part| matches!(part, Part::ToolCall { .. })) {
            message.parts.retain(|part| !matches!(part, Part::Text { text } if text == "None"));
        }
        for part in &mut message.parts {
            if let Part::ToolResult { result, .. } = part
                && let Some(answer @ Value::Object(_)) = result.as_str().and_then(python::repr)
            {
                *result = answer;
            }
        }
    }
}

/// Puts the ids of the calls, which OpenLIT 1.45 lists beside the answer, where its messages have those of the items that make
/// them (Responses API).
pub(super) fn name_calls(reader: &Reader<'_>, messages: &mut [Message]) {
    let Some(listed) = reader.get("gen_ai.tool.call.id").and_then(AnyValue::as_str) else { return };
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
    const ROLES: [&str; 5] = ["system", "developer", "user", "assistant", "tool"];
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
    Some(said.into_iter().map(|(role, content)| json!({"role": role, "content": content})).collect())
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
}
