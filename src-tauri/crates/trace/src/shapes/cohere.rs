//! Cohere's chat in both versions, and its older generation.
//!
//! Source: the Cohere API reference, "Chat (V1)", "Chat (V2)" and "Generate". A request of the second version is read with OpenAI's,
//! whose envelope is the same.

use super::{Payload, Side, any, content, message, settle, string, usage};
use crate::json::{Json, Object};
use crate::reading::{Message, Part};

/// A request with `message`, or an answer.
pub(super) fn envelope(value: Json<'_>, side: Side) -> Option<Payload> {
    let object = value.as_object()?;
    match side {
        Side::Input => request(object),
        Side::Output => answer(object).or_else(|| old_answer(object)).or_else(|| generated(object)),
    }
}

/// The first version keeps the question beside the conversation, and the system prompt as a preamble.
fn request(object: Object<'_>) -> Option<Payload> {
    let asked = object.get("message")?.as_str()?;
    let mut messages = conversation(object);
    messages.push(Message::new("user", content::text(asked)));
    if let Some(preamble) = string(object, "preamble") {
        settle::prepend_system(&mut messages, content::text(&preamble));
    }
    Some(Payload { model: string(object, "model"), ..Payload::of(messages) })
}

fn conversation(object: Object<'_>) -> Vec<Message> {
    let turns = object.get("chat_history").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_object);
    turns
        .filter_map(|turn| {
            Some(Message::new(message::role(&string(turn, "role")?), content::text(&string(turn, "message")?)))
        })
        .collect()
}

/// The second version answers with one message.
fn answer(object: Object<'_>) -> Option<Payload> {
    let said = object.get("message")?.as_object()?;
    let reason = string(object, "finish_reason")?;
    let mut parts = string(said, "tool_plan").map(|plan| content::reasoning(&plan)).unwrap_or_default();
    parts.extend(message::said_parts(said));
    Some(Payload {
        finish_reasons: vec![reason],
        response_id: string(object, "id"),
        counts: any(object, &["usage", "meta"]).and_then(counts),
        ..Payload::of(vec![Message::new("assistant", parts)])
    })
}

fn old_answer(object: Object<'_>) -> Option<Payload> {
    let said = object.get("text")?.as_str().filter(|_| object.contains_key("generation_id"))?;
    let mut parts = content::text(said);
    let calls = object.get("tool_calls").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_object);
    parts.extend(calls.map(|call| super::tool_call(None, string(call, "name"), call.get("parameters"))));
    Some(Payload {
        finish_reasons: string(object, "finish_reason").into_iter().collect(),
        response_id: string(object, "response_id"),
        counts: object.get("meta").and_then(counts),
        ..Payload::of(vec![Message::new("assistant", parts)])
    })
}

/// `generations` of texts; LangChain's, which have the same name, are lists or hold messages.
fn generated(object: Object<'_>) -> Option<Payload> {
    let list = object.get("generations")?.as_array()?;
    let texts: Vec<Object<'_>> = list.filter_map(Json::as_object).collect();
    let is_own = !texts.is_empty() && texts.iter().all(|one| one.contains_key("text") && one.contains_key("id"));
    is_own.then(|| Payload {
        finish_reasons: texts.iter().filter_map(|one| string(*one, "finish_reason")).collect(),
        ..Payload::of(texts.iter().filter_map(|one| said(string(*one, "text")?)).collect())
    })
}

fn said(text: String) -> Option<Message> {
    let parts: Vec<Part> = content::text(&text);
    (!parts.is_empty()).then(|| Message::new("assistant", parts))
}

/// Counts of tokens, else of those that are paid for.
fn counts(usage: Json<'_>) -> Option<crate::usage::normal::Counts> {
    ["tokens", "billed_units"].iter().find_map(|kind| usage::counts(usage.get(kind)?))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::AsJson;

    fn read(value: &Value, side: Side) -> Payload {
        value.with(|value| envelope(value, side)).expect("Cohere's")
    }

    #[test]
    fn first_version_keeps_the_question_beside() {
        let asked = json!({"preamble": "Be brief.", "message": "And Spain?", "chat_history": [
            {"role": "USER", "message": "France?"}, {"role": "CHATBOT", "message": "Paris."}]});
        let roles: Vec<String> = read(&asked, Side::Input).messages.into_iter().map(|message| message.role).collect();
        assert_eq!(roles, ["system", "user", "assistant", "user"]);
        let said = read(&json!({"text": "Madrid.", "generation_id": "g", "finish_reason": "COMPLETE"}), Side::Output);
        assert_eq!(said.messages, [Message::new("assistant", content::text("Madrid."))]);
    }

    #[test]
    fn second_version_answers_with_a_message() {
        let said = read(
            &json!({"id": "1", "finish_reason": "TOOL_CALL", "usage": {"tokens": {"input_tokens": 3.0, "output_tokens": 4.0}},
                "message": {"role": "assistant", "tool_plan": "I look.", "tool_calls": [
                    {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}}),
            Side::Output,
        );
        assert_eq!(said.finish_reasons, ["TOOL_CALL"]);
        assert!(matches!(&said.messages[0].parts[..], [Part::Reasoning { .. }, Part::ToolCall { .. }]), "{said:?}");
        assert_eq!(said.counts.and_then(|counts| counts.input), Some(3));
    }
}
