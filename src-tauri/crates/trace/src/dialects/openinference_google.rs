//! Google's clients that call functions themselves, and its agents: OpenInference has one span for all of it, which ends as the last
//! call does.
//!
//! Source: openinference-instrumentation-google-genai 1.4.14 and -google-adk 1.0.5; google-genai 1.75, `GenerateContentResponse`;
//! google-adk 2.13, `LlmResponse`.

use super::proposal::Proposal;
use super::value;
use crate::reading::{Part, Reader};
use crate::shapes;

const ANSWER: &str = "output.value";

/// Adds to what went in the calls on the way and what the functions answered, which stand beside the answer. Counts, finish reason
/// and answer are the last call's, to which those were sent; that they are listed before the answer, too, is no call of it.
pub(super) fn read(reader: &Reader<'_>, proposal: &mut Proposal) {
    leave_earlier(reader, proposal);
    let Some(asked) = proposal.input.messages.as_mut() else { return };
    let sent = reader.peek(ANSWER).filter(|sent| {
        let words = ["automatic_function_calling_history", "automaticFunctionCallingHistory"];
        sent.as_str().is_some_and(|text| words.iter().any(|word| text.contains(word)))
    });
    let Some(answer) = sent.and_then(value::document) else { return };
    let mut before = shapes::called_before(answer.root());
    before.retain(|message| !asked.value.contains(message));
    let called = |part: &Part| before.iter().any(|message| message.parts.contains(part));
    if let Some(answered) = proposal.output.messages.as_mut().filter(|answered| answered.value.len() > 1) {
        answered.value.retain(|message| !message.parts.iter().all(called));
    }
    asked.value.extend(before);
}

/// Leaves out of an answer the calls of an earlier one: each call of an agent's model is written over the one before, in attributes
/// of which the later may have less. The answer itself stands beside them, and what was called before among what was asked.
fn leave_earlier(reader: &Reader<'_>, proposal: &mut Proposal) {
    let (Some(asked), Some(answered)) = (&proposal.input.messages, &mut proposal.output.messages) else { return };
    let was_asked = |part: &Part| {
        matches!(part, Part::ToolCall { .. }) && asked.value.iter().any(|message| message.parts.contains(part))
    };
    if !answered.value.iter().flat_map(|message| &message.parts).any(was_asked) {
        return;
    }
    let Some(answer) = reader.peek(ANSWER).and_then(value::document) else { return };
    let said = answer.root().get("content").and_then(|content| content.get("parts")).filter(|parts| parts.is_array());
    let Some(own) = said.map(shapes::content) else { return };
    let is_own = |part: &Part| own.iter().any(|own| called(own) == called(part));
    for message in &mut answered.value {
        message.parts.retain(|part| !was_asked(part) || is_own(part));
    }
    answered.value.retain(|message| !message.parts.is_empty());
}

/// Returns what is called, whatever the id.
fn called(part: &Part) -> Option<(&Option<String>, &serde_json::Value)> {
    match part {
        Part::ToolCall { name, arguments, .. } => Some((name, arguments)),
        _ => None,
    }
}
