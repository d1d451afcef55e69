//! LlamaIndex's messages: a list of `blocks`.
//!
//! Source: `llama_index/core/base/llms/types.py` of LlamaIndex 0.12 to 0.14, `ChatResponse` and `EngineResponse` of LlamaIndex.TS 0.8
//! to 0.12.

use serde_json::{Map, Value};

use super::{Payload, Side, any, content, media, message, string, text, tool_call};
use crate::json::{Json, Object};
use crate::reading::{Message, Part};

/// Returns what a `ToolOutput` says, also where it is in the event that a call was made (`ToolCallResult`), and the id of the call.
pub(super) fn tool_answer(answer: &Map<String, Value>) -> Option<(Value, Option<String>)> {
    let output = answer.get("tool_output").and_then(Value::as_object).unwrap_or(answer);
    if !["tool_name", "raw_input", "raw_output"].iter().all(|key| output.contains_key(*key)) {
        return None;
    }
    let said = output.get("blocks").or_else(|| output.get("content"))?;
    Some((text::result(said), answer.get("tool_id").and_then(Value::as_str).map(str::to_owned)))
}

/// An answer: the message, or a completion's text, and beside it what the provider sent.
pub(super) fn envelope(value: Json<'_>, side: Side) -> Option<Payload> {
    let object = value.as_object().filter(|object| side == Side::Output && object.contains_key("raw"))?;
    let said = match object.get("message").filter(|said| said.is_object()) {
        Some(said) => message::read(said, "assistant")?,
        None if object.contains_key("additional_kwargs") => {
            Message::new("assistant", text::parts(object.get("text")?.as_str()?))
        }
        None => return None,
    };
    let raw = object.get("raw").and_then(|raw| super::read(raw, side)).unwrap_or_default();
    Some(Payload { messages: vec![said], ..raw })
}

/// A block.
pub(super) fn part(part: Object<'_>) -> Option<Vec<Part>> {
    match part.get("block_type")?.as_str()? {
        "text" => Some(content::text(part.get("text")?.as_str()?)),
        "thinking" => Some(content::reasoning(any(part, &["content"]).and_then(Json::as_str).unwrap_or_default())),
        "tool_call" => {
            let name = string(part, "tool_name");
            Some(vec![tool_call(string(part, "tool_call_id"), name, part.get("tool_kwargs"))])
        }
        kind @ ("image" | "audio" | "video" | "document") => {
            let mime = any(part, &["image_mimetype", "video_mimetype", "document_mimetype"]);
            let mime = mime.and_then(Json::as_str).map(str::to_owned);
            let data = any(part, &["image", "audio", "video", "data"]).and_then(Json::as_str);
            let found = data.map(|data| media::inline(data, mime.clone()));
            let at = || any(part, &["url", "path"]).and_then(Json::as_str).map(media::at);
            Some(vec![media::part(kind, found.or_else(at).unwrap_or_else(|| media::without_bytes(mime)))])
        }
        _ => None,
    }
}
