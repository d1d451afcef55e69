//! AutoGen's answer of a model: `CreateResult`, whose content is text or a list of calls.
//!
//! Source: `autogen_core/models/_types.py` of AutoGen 0.4 to 0.7.

use super::{Payload, Side, content, string, tool_call, usage};
use crate::json::{Json, Kind};
use crate::reading::Message;

/// An answer.
pub(super) fn envelope(value: Json<'_>, side: Side) -> Option<Payload> {
    let object = value.as_object().filter(|_| side == Side::Output)?;
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
