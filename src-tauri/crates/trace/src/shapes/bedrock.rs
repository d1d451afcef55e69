//! Amazon Bedrock Converse: parts without a type word, told apart by their one key. Strands Agents for TypeScript flattens a call and
//! its answer, with that key as the type.
//!
//! Source: the Bedrock Runtime API reference, "Converse"; `src/types/messages.ts` of the TypeScript SDK 1.16. A request is read with
//! OpenAI's, whose envelope is the same.

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
    if let Some(kind) = part.get("type") {
        return match kind.as_str()? {
            "toolUse" => Some(called(part)),
            "toolResult" => Some(answered(part)),
            _ => None,
        };
    }
    if let Some(call) = part.get("toolUse").and_then(Json::as_object) {
        return Some(called(call));
    }
    if let Some(answer) = part.get("toolResult").and_then(Json::as_object) {
        return Some(answered(answer));
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

fn called(call: Object<'_>) -> Vec<Part> {
    vec![tool_call(string(call, "toolUseId"), string(call, "name"), call.get("input"))]
}

fn answered(answer: Object<'_>) -> Vec<Part> {
    let failed = string(answer, "status").map(|status| status == "error");
    vec![tool_result(string(answer, "toolUseId"), None, answer.get("content"), failed)]
}
