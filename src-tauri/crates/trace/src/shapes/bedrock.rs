//! Amazon Bedrock Converse: parts without a type word, told apart by their one key.
//!
//! Source: the Bedrock Runtime API reference, "Converse". A request is read with OpenAI's, whose envelope is the same.

use super::{Payload, Side, content, media, message, string, tool_call, tool_result, usage};
use crate::json::{Json, Object};
use crate::reading::Part;

/// An answer: `output.message` and `stopReason`.
pub(super) fn envelope(value: Json<'_>, side: Side) -> Option<Payload> {
    let object = value.as_object().filter(|_| side == Side::Output)?;
    let said = message::read(object.get("output")?.get("message")?, "assistant")?;
    Some(Payload {
        messages: vec![said],
        finish_reasons: string(object, "stopReason").into_iter().collect(),
        counts: object.get("usage").and_then(usage::counts),
        ..Payload::default()
    })
}

/// A content part.
pub(super) fn part(part: Object<'_>) -> Option<Vec<Part>> {
    if part.contains_key("type") {
        return None;
    }
    if let Some(call) = part.get("toolUse").and_then(Json::as_object) {
        return Some(vec![tool_call(string(call, "toolUseId"), string(call, "name"), call.get("input"))]);
    }
    if let Some(answer) = part.get("toolResult").and_then(Json::as_object) {
        let failed = string(answer, "status").map(|status| status == "error");
        return Some(vec![tool_result(string(answer, "toolUseId"), None, answer.get("content"), failed)]);
    }
    if let Some(thought) = part.get("reasoningContent") {
        return thought.get("reasoningText")?.get("text")?.as_str().map(content::reasoning);
    }
    ["image", "document", "video"].into_iter().find_map(|kind| {
        let medium = part.get(kind)?.as_object()?;
        let mime = string(medium, "format").map(|format| match kind {
            "document" => format!("application/{format}"),
            kind => format!("{kind}/{format}"),
        });
        let source = medium.get("source")?;
        let found = match source.get("bytes").and_then(Json::as_str) {
            Some(data) => media::inline(data, mime),
            None => media::reference(source.get("s3Location")?.get("uri")?.as_str()?, mime),
        };
        Some(vec![media::part(kind, found)])
    })
}
