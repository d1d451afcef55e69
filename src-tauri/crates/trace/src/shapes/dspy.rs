//! What a DSPy language model answers: a list of texts, or of objects when there is more than text.
//!
//! Source: `dspy.clients.base_lm.BaseLM._process_completion`.

use super::{Payload, Side, message, text};
use crate::json::{Json, Kind};
use crate::reading::{Message, Part};

/// An answer: one text or object per choice. A list of texts that goes in is a list of prompts.
pub(super) fn call(value: Json<'_>, side: Side) -> Option<Payload> {
    let choices = value.as_array().filter(|choices| !choices.is_empty())?;
    choices.iter().map(|choice| said(choice, side.role())).collect::<Option<Vec<_>>>().map(Payload::of)
}

fn said(choice: Json<'_>, role: &str) -> Option<Message> {
    let parts: Vec<Part> = match choice.kind() {
        Kind::String(said) => text::parts(said),
        Kind::Object(object) => {
            let known = ["text", "tool_calls", "reasoning_content"];
            known.iter().any(|key| object.contains_key(key)).then(|| message::said_parts(object))?
        }
        Kind::Null => Vec::new(),
        _ => return None,
    };
    Some(Message::new(role, parts))
}
