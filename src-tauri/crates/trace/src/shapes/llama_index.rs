//! LlamaIndex's messages: a list of `blocks`.
//!
//! Source: `llama_index/core/base/llms/types.py` of LlamaIndex 0.12 to 0.14.

use super::{any, content, media, string, tool_call};
use crate::json::{Json, Object};
use crate::reading::Part;

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
