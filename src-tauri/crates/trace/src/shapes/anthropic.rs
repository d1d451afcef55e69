//! Anthropic Messages: content blocks.
//!
//! Source: the Anthropic API reference, "Messages". A request is read with OpenAI's, whose envelope is the same.

use super::{Payload, Side, any, content, media, message, string, text, tool_call, tool_result, usage};
use crate::json::{Json, Object};
use crate::reading::{Message, Part};

/// An answer: `content` blocks and `stop_reason`.
pub(super) fn envelope(value: Json<'_>, side: Side) -> Option<Payload> {
    let object = value.as_object().filter(|_| side == Side::Output)?;
    let is_answer = object.contains_key("stop_reason") || object.get("type").and_then(Json::as_str) == Some("message");
    let said = object.get("content").filter(|_| is_answer)?;
    let role = string(object, "role").map_or_else(|| "assistant".to_owned(), |sent| message::role(&sent));
    Some(Payload {
        messages: vec![Message::new(role, content::read(said))],
        finish_reasons: string(object, "stop_reason").into_iter().collect(),
        model: string(object, "model"),
        response_id: string(object, "id"),
        counts: object.get("usage").and_then(usage::counts),
        ..Payload::default()
    })
}

/// A content block.
pub(super) fn part(part: Object<'_>) -> Option<Vec<Part>> {
    let kind = part.get("type")?.as_str()?;
    match kind {
        "thinking" => Some(content::reasoning(any(part, &["thinking"])?.as_str()?)),
        "tool_use" | "server_tool_use" | "mcp_tool_use" => {
            // OpenLIT 1.45 has the whole block of a message of LangChain's as text in it.
            if let Some(block) = part.get("content").and_then(Json::as_str).filter(|_| !part.contains_key("name")) {
                return Some(text::parts(block));
            }
            // LangChain (langchain-anthropic 0.3 to 1.7) adds up what is streamed of the arguments beside the empty ones it began with.
            let input = any(part, &["input", "arguments"]);
            let is_begun = input.is_none_or(|input| input.as_object().is_some_and(|input| input.is_empty()));
            let streamed = any(part, &["partial_json"]).filter(|_| is_begun);
            Some(vec![tool_call(string(part, "id"), string(part, "name"), streamed.or(input))])
        }
        "image" | "document" => source(kind, part.get("source")?.as_object()?),
        _ if kind == "tool_result" || kind.ends_with("_tool_result") => {
            let failed = part.get("is_error").and_then(Json::as_bool);
            let id = any(part, &["tool_use_id", "id"]).and_then(Json::as_str).map(str::to_owned);
            Some(vec![tool_result(id, string(part, "name"), any(part, &["content", "output", "result"]), failed)])
        }
        _ => None,
    }
}

fn source(kind: &str, source: Object<'_>) -> Option<Vec<Part>> {
    let mime = string(source, "media_type");
    let found = match source.get("type").and_then(Json::as_str)? {
        "base64" => media::inline(source.get("data")?.as_str()?, mime),
        "url" => media::at(source.get("url")?.as_str()?),
        "file" => media::reference(source.get("file_id")?.as_str()?, mime),
        "text" => return Some(content::text(source.get("data")?.as_str()?)),
        _ => return None,
    };
    Some(vec![media::part(kind, found)])
}
