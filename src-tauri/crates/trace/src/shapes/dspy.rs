//! What a DSPy language model answers: a list of texts, or of objects when there is more than text.
//!
//! Source: `dspy.clients.base_lm.BaseLM._process_completion`.

use serde_json::Value;

use super::{Payload, Side, content, message, text};
use crate::reading::{Message, Part};

/// An answer: one text or object per choice. A list of texts that goes in is a list of prompts.
pub(super) fn call(value: &Value, side: Side) -> Option<Payload> {
    let choices = value.as_array().filter(|choices| !choices.is_empty())?;
    choices.iter().map(|choice| said(choice, side.role())).collect::<Option<Vec<_>>>().map(Payload::of)
}

fn said(choice: &Value, role: &str) -> Option<Message> {
    let parts: Vec<Part> = match choice {
        Value::String(said) => text::parts(said),
        Value::Object(object) => {
            let known = ["text", "tool_calls", "reasoning_content"];
            known.iter().any(|key| object.contains_key(*key)).then(|| message::said_parts(object))?
        }
        Value::Null => content::read(choice),
        _ => return None,
    };
    Some(Message::new(role, parts))
}
