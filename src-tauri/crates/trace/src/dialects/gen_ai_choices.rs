//! The choices of an answer and what it took, told in events.

use serde_json::{Map, Value};

use super::gen_ai_events::said;
use super::proposal::{Found, Proposal};
use crate::reading::{Message, Part};
use crate::shapes::text;
use crate::usage::normal::{self, Counts};

/// A choice, or a piece of one that was streamed.
pub(super) struct Choice {
    index: u64,
    message: Message,
    reason: Option<String>,
}

/// Adds what an event tells of a choice. Ax (14) tells a streamed answer in an event for each piece, of which the last has a reason:
/// what follows one that has not ended is more of it.
pub(super) fn add(choices: &mut Vec<Choice>, fields: &Map<String, Value>) {
    let index = fields.get("index").and_then(normal::count).unwrap_or(0);
    let reason = fields.get("finish_reason").and_then(Value::as_str).map(str::to_owned);
    let has_index = fields.contains_key("index");
    let Some(message) = said(fields, "assistant") else { return };
    match choices.iter_mut().rfind(|choice| has_index && choice.index == index && choice.reason.is_none()) {
        Some(begun) => {
            message.parts.into_iter().for_each(|part| go_on(&mut begun.message.parts, part));
            begun.reason = reason;
        }
        None => choices.push(Choice { index, message, reason }),
    }
}

/// Returns the choices in their order, each with why it ended.
pub(super) fn whole(mut choices: Vec<Choice>) -> impl Iterator<Item = (Message, Option<String>)> {
    choices.sort_by_key(|choice| choice.index);
    choices.into_iter().map(|Choice { mut message, reason, .. }| {
        for part in &mut message.parts {
            if let Part::ToolCall { arguments: arguments @ Value::String(_), .. } = part {
                *arguments = text::parsed(&*arguments);
            }
        }
        (message, reason)
    })
}

/// Adds a piece: more of a text, of a thought or of a call's arguments, or a part that has only begun.
fn go_on(parts: &mut Vec<Part>, piece: Part) {
    match (parts.last_mut(), piece) {
        (Some(Part::Text { text }), Part::Text { text: more })
        | (Some(Part::Reasoning { text }), Part::Reasoning { text: more }) => text.push_str(&more),
        (
            Some(Part::ToolCall { id: Some(id), arguments: Value::String(arguments), .. }),
            Part::ToolCall { id: Some(same), arguments: Value::String(more), .. },
        ) if *id == same => arguments.push_str(&more),
        (_, piece) => parts.push(piece),
    }
}

/// Reads what an answer took from an event of its own (Ax 14 to 24); of a stream's the last says all of it.
pub(super) fn count(fields: &Map<String, Value>, proposal: &mut Proposal) {
    let told = |name: &str| fields.get(name).and_then(normal::count);
    let counts = Counts {
        input: told("gen_ai.usage.input_tokens"),
        output: told("gen_ai.usage.output_tokens"),
        total: told("gen_ai.usage.total_tokens"),
        reasoning: told("gen_ai.usage.thoughts_tokens"),
        ..Counts::default()
    };
    if counts != Counts::default() {
        proposal.usage = Some(Found::new("gen_ai.usage", counts));
    }
}
