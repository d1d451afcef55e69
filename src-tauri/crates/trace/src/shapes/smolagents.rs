//! smolagents' answer of a model: a `ChatMessage` with the provider's own answer under `raw`, often as Python's `repr`.
//!
//! Source: `smolagents/models.py` (`ChatMessage`) of smolagents 1.9 to 1.26.

use super::{Payload, Side, message, openai_chat, python};
use crate::json::{AsJson, Json, Kind};

/// An answer.
pub(super) fn envelope(value: Json<'_>, side: Side) -> Option<Payload> {
    let object = value.as_object().filter(|object| side == Side::Output && object.contains_key("role"))?;
    let raw = object.get("raw")?;
    let answer = match raw.kind() {
        Kind::String(text) => python::repr(text).and_then(|raw| raw.with(|raw| openai_chat::envelope(raw, side))),
        _ => openai_chat::envelope(raw, side),
    };
    let answer = answer.unwrap_or_default();
    Some(Payload { messages: vec![message::read(value, "assistant")?], ..answer })
}

/// Returns what is inside a typed answer (`AgentText`), which encoders write as its fields: `smolagents/agent_types.py`.
pub fn inner(answer: Json<'_>) -> Option<Json<'_>> {
    answer.as_object().filter(|object| object.len() == 1)?.get("_value")
}
