//! LangChain messages, as `dumpd` and `model_dump` write them.
//!
//! Source: `langchain_core.messages` and `langchain_core.load.dump`.

use super::{Payload, Side, any, content, media, message, string, tool_result, usage};
use crate::json::{Json, Object};
use crate::reading::{Message, Part};

/// What a node of LangGraph answers is a list of one command; what it says is in its update.
pub(super) fn update(value: Json<'_>) -> Option<Json<'_>> {
    let mut items = value.as_array()?;
    let command = items.next()?.as_object().filter(|_| items.next().is_none())?;
    let is_command = command.contains_key("goto") && command.contains_key("resume");
    command.get("update").filter(|update| is_command && !update.is_null())
}

/// What a model is given as `prompts`, or an answer: `generations`, a list of a list of generations; or a graph's command.
pub(super) fn envelope(value: Json<'_>, side: Side) -> Option<Payload> {
    if side == Side::Output
        && let Some(updated) = update(value)
    {
        return super::read(updated, side);
    }
    let object = value.as_object()?;
    if side == Side::Input {
        // What a model that does not chat is given.
        let prompts = object.get("prompts")?.as_array()?.map(Json::as_str).collect::<Option<Vec<_>>>()?;
        let asked = prompts.into_iter().map(|prompt| Message::new("user", content::text(prompt)));
        return Some(Payload::of(asked.collect()));
    }
    let nested = object.get("generations")?.as_array()?;
    let generations: Vec<Json<'_>> =
        nested.flat_map(|item| item.as_array().map_or_else(|| vec![item], Iterator::collect)).collect();
    let mut payload = Payload::default();
    for generation in generations {
        let said = generation.get("message");
        let read = said.and_then(|said| message::read(said, "assistant"));
        let text = || generation.get("text").map(|text| Message::new("assistant", content::read(text)));
        payload.messages.push(read.or_else(text)?);
        let info = generation.get("generation_info").and_then(Json::as_object);
        let metadata = said.and_then(|said| fields(said.as_object()?).get("response_metadata")?.as_object());
        let reason =
            |from: Object<'_>| any(from, &["finish_reason", "stop_reason"]).and_then(Json::as_str).map(str::to_owned);
        // An answer of OpenAI's Responses keeps the word that API has for it.
        let status = || metadata.filter(|from| string(*from, "object").as_deref() == Some("response")).and_then(ended);
        payload.finish_reasons.extend(info.and_then(reason).or_else(|| metadata.and_then(reason)).or_else(status));
        payload.counts = payload.counts.or_else(|| usage::counts(fields(said?.as_object()?).get("usage_metadata")?));
        let named = |keys: &[&str]| metadata.and_then(|from| any(from, keys)).and_then(Json::as_str).map(str::to_owned);
        payload.model = payload.model.or_else(|| named(&["model_name", "model"]));
        payload.response_id = payload.response_id.or_else(|| named(&["id"]));
    }
    let llm_output = object.get("llm_output").and_then(Json::as_object);
    payload.counts = payload.counts.or_else(|| any(llm_output?, &["token_usage", "usage"]).and_then(usage::counts));
    payload.model = payload.model.or_else(|| string(llm_output?, "model_name"));
    Some(payload)
}

fn ended(metadata: Object<'_>) -> Option<String> {
    let stopped = metadata.get("incomplete_details").and_then(|details| string(details.as_object()?, "reason"));
    stopped.or_else(|| string(metadata, "status"))
}

/// Returns a message's own fields: those of `kwargs` in the constructor form.
fn fields(object: Object<'_>) -> Object<'_> {
    let kwargs = object.get("kwargs").or_else(|| object.get("data")).and_then(Json::as_object);
    kwargs.filter(|_| !object.contains_key("content")).unwrap_or(object)
}

/// Returns the message an object is, when its type or class says so.
pub(super) fn message(object: Object<'_>) -> Option<Message> {
    let fields = fields(object);
    let class = || object.get("id")?.as_array()?.last()?.as_str();
    let kind = match object.get("type").and_then(Json::as_str) {
        Some("constructor") => class()?,
        Some(kind) => kind,
        None => fields.get("type").and_then(Json::as_str)?,
    };
    let role = match kind {
        "human" | "HumanMessage" | "HumanMessageChunk" => "user",
        "ai" | "AIMessage" | "AIMessageChunk" => "assistant",
        "system" | "SystemMessage" | "SystemMessageChunk" => "system",
        "tool" | "function" | "ToolMessage" | "FunctionMessage" => "tool",
        "chat" | "ChatMessage" => fields.get("role").and_then(Json::as_str).unwrap_or("user"),
        _ => return None,
    };
    // Langtrace leaves out what is empty: an answer that is nothing but calls has no content.
    let said = fields.get("content");
    if said.is_none() && !fields.contains_key("tool_calls") {
        return None;
    }
    if role == "tool" {
        let failed = string(fields, "status").map(|status| status == "error");
        return Some(Message::new(
            role,
            vec![tool_result(string(fields, "tool_call_id"), string(fields, "name"), said, failed)],
        ));
    }
    Some(Message { role: message::role(role), name: string(fields, "name"), parts: message::said_parts(fields) })
}

/// A standard content block of LangChain 1.
pub(super) fn part(part: Object<'_>) -> Option<Vec<Part>> {
    match part.get("type")?.as_str()? {
        "reasoning" => Some(content::reasoning(any(part, &["reasoning", "text"])?.as_str()?)),
        kind @ ("image" | "audio" | "video" | "file") => {
            let mime = string(part, "mime_type");
            let found =
                any(part, &["base64", "data"]).and_then(Json::as_str).map(|data| media::inline(data, mime.clone()));
            let found = found.or_else(|| string(part, "url").map(|url| media::at(&url)));
            let found = found.or_else(|| string(part, "file_id").map(|id| media::reference(&id, mime)))?;
            Some(vec![media::part(kind, found)])
        }
        _ => None,
    }
}
