//! AutoGen's answer of a model (`CreateResult`, whose content is text or a list of calls), and what its agents say to each other.
//!
//! Source: `autogen_core/models/_types.py`, `autogen_agentchat/messages.py` and `autogen_agentchat/teams/_group_chat/_events.py` of
//! AutoGen 0.4 to 0.7.

use super::{Payload, Side, content, message as messages, string, tool_call, tool_result, usage};
use crate::json::{Json, Kind, Object};
use crate::reading::{Message, Part};
use crate::usage::normal::Counts;

/// An answer of a model, or an event that carries messages.
pub(super) fn envelope(value: Json<'_>, side: Side) -> Option<Payload> {
    let object = value.as_object()?;
    result(object).filter(|_| side == Side::Output).or_else(|| event(object))
}

/// What a group chat sends around: one message, or an agent's response with those that led to it.
fn event(object: Object<'_>) -> Option<Payload> {
    let one = |value: Json<'_>| message(value.as_object()?);
    if let Some(said) = object.get("message").and_then(one) {
        return Some(Payload::of(vec![said]));
    }
    let response = object.get("response").or_else(|| object.get("agent_response")).and_then(Json::as_object);
    let response = response.unwrap_or(object);
    let said = response.get("chat_message").and_then(one)?;
    let before = response.get("inner_messages").and_then(|list| messages::all(list, "assistant"));
    Some(Payload::of(before.unwrap_or_default().into_iter().chain([said]).collect()))
}

/// Returns what the messages of an agent's answer or a task's result cost, which each says of the call that made it.
pub fn spent(value: Json<'_>) -> Option<Counts> {
    let object = value.as_object()?;
    let lists = ["inner_messages", "messages"].into_iter().filter_map(|key| object.get(key)?.as_array());
    let said = lists.flatten().chain(object.get("chat_message"));
    let add = |one: Option<u64>, other: Option<u64>| match (one, other) {
        (Some(one), Some(other)) => Some(one.saturating_add(other)),
        (one, other) => one.or(other),
    };
    said.filter_map(|said| usage::counts(said.get("models_usage")?)).reduce(|sum, counts| Counts {
        input: add(sum.input, counts.input),
        output: add(sum.output, counts.output),
        ..Counts::default()
    })
}

/// A message between agents: who says it, and what kind of content it has by its type.
pub(super) fn message(object: Object<'_>) -> Option<Message> {
    let kind = object.get("type")?.as_str().filter(|kind| kind.ends_with("Message") || kind.ends_with("Event"))?;
    let source = object.get("source")?.as_str().filter(|_| object.contains_key("models_usage"))?;
    let said = object.get("content")?;
    let items = || said.as_array().into_iter().flatten().filter_map(Json::as_object);
    let (role, parts) = match kind {
        "ToolCallRequestEvent" => ("assistant", items().map(call).collect()),
        "ToolCallExecutionEvent" => ("tool", items().map(answer).collect()),
        "ThoughtEvent" => ("assistant", content::reasoning(said.as_str()?)),
        _ => (if source == "user" { "user" } else { "assistant" }, content::read(said)),
    };
    let name = Some(source.to_owned()).filter(|source| source != role && role != "tool");
    Some(Message { role: role.to_owned(), name, parts })
}

fn call(call: Object<'_>) -> Part {
    tool_call(string(call, "id"), string(call, "name"), call.get("arguments"))
}

fn answer(answer: Object<'_>) -> Part {
    let failed = answer.get("is_error").and_then(Json::as_bool);
    tool_result(string(answer, "call_id"), string(answer, "name"), answer.get("content"), failed)
}

fn result(object: Object<'_>) -> Option<Payload> {
    let reason = string(object, "finish_reason")?;
    object.get("cached")?.as_bool()?;
    let mut parts = string(object, "thought").map(|thought| content::reasoning(&thought)).unwrap_or_default();
    let said = object.get("content")?;
    match said.kind() {
        Kind::Array(calls) => {
            for call in calls.filter_map(Json::as_object) {
                parts.push(tool_call(string(call, "id"), Some(string(call, "name")?), call.get("arguments")));
            }
        }
        _ => parts.extend(content::read(said)),
    }
    Some(Payload {
        finish_reasons: vec![reason],
        counts: object.get("usage").and_then(usage::counts),
        ..Payload::of(vec![Message::new("assistant", parts)])
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::AsJson;

    fn read(value: &Value) -> Vec<Message> {
        crate::shapes::read(value, Side::Input).expect("messages").messages
    }

    fn said(source: &str, kind: &str, content: Value) -> Value {
        json!({"id": "1", "source": source, "models_usage": null, "metadata": {}, "content": content, "type": kind})
    }

    #[test]
    fn what_agents_say_is_messages() {
        let asked = said("user", "TextMessage", "Weather?".into());
        let called =
            said("guide", "ToolCallRequestEvent", json!([{"id": "c", "arguments": "{\"a\": 1}", "name": "f"}]));
        let answered = said(
            "guide",
            "ToolCallExecutionEvent",
            json!([{"content": "sunny", "name": "f", "call_id": "c", "is_error": false}]),
        );
        let summed = said("guide", "ToolCallSummaryMessage", "sunny".into());
        let list = read(&json!({"messages": [asked, called, answered, summed.clone()], "output_task_messages": true}));
        let roles: Vec<(&str, Option<&str>)> =
            list.iter().map(|message| (message.role.as_str(), message.name.as_deref())).collect();
        assert_eq!(roles, [("user", None), ("assistant", Some("guide")), ("tool", None), ("assistant", Some("guide"))]);
        assert!(matches!(&list[2].parts[..], [Part::ToolResult { id: Some(id), .. }] if id == "c"), "{list:?}");
        for event in [
            json!({"message": summed.clone()}),
            json!({"response": {"chat_message": summed, "inner_messages": []}, "name": "guide"}),
        ] {
            assert_eq!(read(&event), list[3..]);
        }
    }

    #[test]
    fn messages_of_others_are_left_alone() {
        for other in [
            json!({"message": {"type": "TextMessage", "content": "hi"}}),
            json!({"message": "hi"}),
            json!({"response": {}}),
        ] {
            assert_eq!(other.with(|other| envelope(other, Side::Input)), None, "{other}");
        }
    }
}
