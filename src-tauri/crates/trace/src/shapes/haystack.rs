//! Haystack's `ChatMessage`: parts without a type, each named by its only key, and what the provider said in `meta`.
//!
//! Source: `haystack.dataclasses.ChatMessage.to_dict` of Haystack 2.0 to 3.4; from 2.9 on some versions prefix the fields with `_`.

use super::{Payload, Side, any, content, media, message, string, tool_call, tool_result, usage};
use crate::json::{Json, Kind, Object};
use crate::reading::{Message, Part};

/// A generator's answer: `replies`, messages or (with `meta` beside them) texts.
pub(super) fn envelope(value: Json<'_>, side: Side) -> Option<Payload> {
    let object = value.as_object().filter(|_| side == Side::Output)?;
    let beside = object.get("meta").and_then(Json::as_array);
    let mut payload = Payload::default();
    for (index, reply) in object.get("replies")?.as_array()?.iter().enumerate() {
        let (said, meta) = match reply.kind() {
            Kind::String(_) => {
                (Message::new("assistant", content::read(reply)), beside.and_then(|meta| meta.get(index)))
            }
            _ => (message::read(reply, "assistant")?, any(reply.as_object()?, &["meta", "_meta"])),
        };
        payload.messages.push(said);
        let Some(meta) = meta.and_then(Json::as_object) else { continue };
        payload.finish_reasons.extend(string(meta, "finish_reason").or_else(|| string(meta, "stop_reason")));
        payload.model = payload.model.or_else(|| string(meta, "model"));
        payload.response_id = payload.response_id.or_else(|| string(meta, "id"));
        // Every choice of one answer repeats the whole answer's counts.
        payload.counts = payload.counts.or_else(|| meta.get("usage").and_then(usage::counts));
    }
    Some(payload)
}

/// A message whose fields are prefixed.
pub(super) fn message(object: Object<'_>) -> Option<Message> {
    let role = message::role(object.get("_role")?.as_str()?);
    Some(Message { role, name: string(object, "_name"), parts: content::read(object.get("_content")?) })
}

/// A part.
pub(super) fn part(part: Object<'_>) -> Option<Vec<Part>> {
    let of = |key: &str| part.get(key).and_then(Json::as_object).filter(|_| part.len() == 1);
    if let Some(call) = of("tool_call") {
        return Some(vec![tool_call(string(call, "id"), Some(string(call, "tool_name")?), call.get("arguments"))]);
    }
    if let Some(answer) = of("tool_call_result") {
        let origin = answer.get("origin").and_then(Json::as_object);
        let told = |key: &str| origin.and_then(|origin| string(origin, key));
        let failed = answer.get("error").and_then(Json::as_bool);
        return Some(vec![tool_result(told("id"), told("tool_name"), answer.get("result"), failed)]);
    }
    if let Some(thought) = of("reasoning") {
        return Some(content::reasoning(thought.get("reasoning_text")?.as_str()?));
    }
    if !part.contains_key("type")
        && let Some(found) = own(part)
    {
        return Some(vec![found]);
    }
    let (kind, sent, data) = [("image", "base64_image"), ("file", "base64_data")]
        .iter()
        .find_map(|(kind, data)| Some((*kind, of(kind)?, *data)))?;
    Some(vec![media::part(kind, media::inline(sent.get(data)?.as_str()?, string(sent, "mime_type")))])
}

/// A part as its own fields, of which `to_dict` makes the value of its key.
fn own(part: Object<'_>) -> Option<Part> {
    if let Some(thought) = part.get("reasoning_text") {
        return content::reasoning(thought.as_str()?).pop();
    }
    if let Some(origin) = part.get("origin").and_then(Json::as_object).filter(|_| part.contains_key("result")) {
        let failed = part.get("error").and_then(Json::as_bool);
        return Some(tool_result(string(origin, "id"), string(origin, "tool_name"), part.get("result"), failed));
    }
    let name = string(part, "tool_name").filter(|_| part.contains_key("id"))?;
    Some(tool_call(string(part, "id"), Some(name), Some(part.get("arguments")?)))
}
