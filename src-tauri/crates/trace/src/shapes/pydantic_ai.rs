//! Pydantic AI's own messages: requests and responses made of parts with a `part_kind`.
//!
//! Source: `pydantic_ai/messages.py` of Pydantic AI 0.1 to 2.10, as `dataclasses.asdict` and Pydantic write them.

use super::{Payload, Side, any, content, media, settle, string, tool_call, tool_result, tools, usage};
use crate::json::{Json, Kind, Object};
use crate::reading::{Message, Part};

/// The arguments of `Model.request` (`messages` and the parameters of the request), or a `ModelResponse`.
pub(super) fn envelope(value: Json<'_>, side: Side) -> Option<Payload> {
    let object = value.as_object()?;
    if side == Side::Output {
        return answer(object);
    }
    let mut messages = Vec::new();
    let mut instructions = None;
    for turn in object.get("messages")?.as_array().filter(|turns| !turns.is_empty())? {
        let turn = turn.as_object()?;
        messages.extend(said(turn)?);
        instructions = string(turn, "instructions").or(instructions);
    }
    // Every request of the conversation keeps its own; only the newest are sent, in front of all.
    if let Some(instructions) = instructions {
        settle::prepend_system(&mut messages, content::text(&instructions));
    }
    let parameters = object.get("model_request_parameters");
    let offered = ["function_tools", "output_tools"].into_iter().filter_map(|key| parameters?.get(key));
    Some(Payload { tools: offered.flat_map(tools::definitions).collect(), ..Payload::of(messages) })
}

fn answer(object: Object<'_>) -> Option<Payload> {
    let finished = object.get("provider_details").and_then(|details| string(details.as_object()?, "finish_reason"));
    Some(Payload {
        messages: said(object)?,
        finish_reasons: finished.or_else(|| string(object, "finish_reason")).into_iter().collect(),
        model: string(object, "model_name"),
        response_id: any(object, &["provider_response_id", "vendor_id"]).and_then(Json::as_str).map(str::to_owned),
        counts: object.get("usage").and_then(usage::counts),
        ..Payload::default()
    })
}

/// The messages of one turn: those of a request have several roles.
fn said(turn: Object<'_>) -> Option<Vec<Message>> {
    let parts = turn.get("parts")?.as_array()?;
    if !matches!(turn.get("kind")?.as_str()?, "request" | "response") {
        return None;
    }
    let mut messages: Vec<Message> = Vec::new();
    for sent in parts {
        let (role, parts) = part(sent.as_object()?)?;
        match messages.last_mut() {
            Some(last) if last.role == role && role == "assistant" => last.parts.extend(parts),
            _ => messages.push(Message::new(role, parts)),
        }
    }
    Some(messages)
}

fn part(part: Object<'_>) -> Option<(&'static str, Vec<Part>)> {
    let text = || string(part, "content").unwrap_or_default();
    let (id, name) = (string(part, "tool_call_id"), string(part, "tool_name"));
    Some(match part.get("part_kind")?.as_str()? {
        "system-prompt" => ("system", content::text(&text())),
        "user-prompt" => ("user", asked(part.get("content")?)),
        "text" => ("assistant", content::text(&text())),
        "thinking" => ("assistant", content::reasoning(&text())),
        "tool-call" | "builtin-tool-call" => ("assistant", vec![tool_call(id, name, part.get("args"))]),
        "tool-return" | "builtin-tool-return" => ("tool", vec![tool_result(id, name, part.get("content"), None)]),
        "retry-prompt" if name.is_some() => ("tool", vec![tool_result(id, name, part.get("content"), Some(true))]),
        "retry-prompt" => ("user", content::read(part.get("content")?)),
        _ => ("assistant", vec![Part::Json { value: part.json().to_value() }]),
    })
}

/// What a user says: a text, or a list of texts and media.
fn asked(said: Json<'_>) -> Vec<Part> {
    let Kind::Array(items) = said.kind() else { return content::read(said) };
    let parts = items.flat_map(|item| {
        let medium = item.as_object().and_then(medium);
        medium.map_or_else(|| content::read(item), |medium| vec![medium])
    });
    parts.collect()
}

/// A part in the events of its telemetry's version 1, which name its kind.
pub(super) fn of_event(part: Object<'_>) -> Option<Vec<Part>> {
    let kind = part.get("kind")?.as_str().filter(|_| !part.contains_key("type"))?;
    if kind == "thinking" {
        return Some(content::reasoning(part.get("text")?.as_str()?));
    }
    medium(part).map(|medium| vec![medium])
}

fn medium(item: Object<'_>) -> Option<Part> {
    let mime = any(item, &["media_type", "_media_type"]).and_then(Json::as_str).map(str::to_owned);
    let kind = item.get("kind")?.as_str()?;
    if let Some(modality) = kind.strip_suffix("-url") {
        return Some(media::part(modality, media::at(item.get("url")?.as_str()?)));
    }
    // The second is that of the events.
    let data = any(item, &["data", "binary_content"])?.as_str().filter(|_| kind == "binary")?;
    let modality = mime.as_deref().and_then(|mime| mime.split('/').next()).unwrap_or("file").to_owned();
    Some(media::part(&modality, media::inline(data, mime)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::AsJson;

    #[test]
    fn turns_are_messages_by_role() {
        let request = json!({"messages": [
            {"kind": "request", "instructions": "Be brief.", "parts": [{"part_kind": "user-prompt", "content": "Weather?"}]},
            {"kind": "response", "parts": [
                {"part_kind": "thinking", "content": "Hm."},
                {"part_kind": "tool-call", "tool_name": "f", "tool_call_id": "1", "args": "{\"a\":1}"}]},
            {"kind": "request", "parts": [{"part_kind": "tool-return", "tool_name": "f", "tool_call_id": "1", "content": "sunny"}]},
        ], "model_request_parameters": {"function_tools": [{"name": "f"}], "output_tools": []}});
        let payload = request.with(|request| envelope(request, Side::Input)).expect("a request");
        let roles: Vec<&str> = payload.messages.iter().map(|message| message.role.as_str()).collect();
        assert_eq!(roles, ["system", "user", "assistant", "tool"]);
        assert_eq!(payload.messages[2].parts.len(), 2);
        assert_eq!(payload.tools[0].name, "f");
    }

    #[test]
    fn messages_of_others_are_left_alone() {
        for (sent, side) in [
            (json!({"messages": [{"role": "user", "content": "hi"}]}), Side::Input),
            (json!({"parts": [{"text": "hi"}], "role": "model"}), Side::Output),
        ] {
            assert_eq!(sent.with(|sent| envelope(sent, side)), None);
        }
    }
}
