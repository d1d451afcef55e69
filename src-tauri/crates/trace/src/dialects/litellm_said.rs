//! What was said in LiteLLM's calls where it stands neither in the GenAI conventions' attributes nor in their events.
//!
//! Source: LiteLLM 1.106: `integrations/opentelemetry.py` (the events of `EVENT_ONLY`, which have their name in an attribute) and
//! `integrations/langfuse/langfuse_otel_attributes.py`.

use serde_json::Value;

use super::gen_ai_events::{self, Told};
use super::openinference_messages;
use super::proposal::{Found, Proposal};
use super::value;
use crate::reading::{Message, Part, Reader};
use crate::shapes::{self, Side as PayloadSide};
use crate::span::{LogRecord, attribute};

const ASKED: &str = "langfuse.observation.input";
const ANSWERED: &str = "langfuse.observation.output";

/// Reads what was said, on the sides of which nothing is known yet.
pub(super) fn read(reader: &Reader<'_>, logs: &[LogRecord], proposal: &mut Proposal) {
    read_events(reader, logs, proposal);
    if proposal.input.messages.is_none() {
        proposal.input.messages = asked(reader).map(|said| Found::new(ASKED, said));
    }
    if proposal.output.messages.is_none() {
        proposal.output.messages = answered(reader);
    }
}

/// Each message asked and each choice is an event of its own.
fn read_events(reader: &Reader<'_>, logs: &[LogRecord], proposal: &mut Proposal) {
    let told: Vec<Told> = logs.iter().filter_map(told).collect();
    if told.is_empty() {
        return;
    }
    let mut said = Proposal::default();
    gen_ai_events::propose(&told, &mut said);
    if reader.peek("gen_ai.input.messages").is_none() {
        proposal.input = said.input;
    }
    if reader.peek("gen_ai.output.messages").is_none() && proposal.output.messages.is_none() {
        proposal.output = said.output;
        proposal.finish_reasons = said.finish_reasons;
    }
}

fn told(log: &LogRecord) -> Option<Told> {
    let name = attribute(&log.attributes, "event_name")?.as_str()?;
    let Value::Object(fields) = log.body.to_json() else { return None };
    let name = match name {
        "gen_ai.content.prompt" => format!("gen_ai.{}.message", fields.get("role")?.as_str()?),
        "gen_ai.content.completion" => "gen_ai.choice".to_owned(),
        _ => return None,
    };
    Some(Told { name, fields })
}

/// The callback for Langfuse keeps the instructions of the Responses API among the parameters.
fn asked(reader: &Reader<'_>) -> Option<Vec<Message>> {
    let parameters = reader.peek("llm.invocation_parameters").and_then(value::json)?;
    let instructions = parameters.get("instructions").filter(|said| said.is_string())?;
    let mut said = shapes::read_call(&reader.peek(ASKED).and_then(value::json)?, PayloadSide::Input)?.messages;
    shapes::prepend_system(&mut said, shapes::content(instructions));
    Some(said)
}

/// The callback for Langfuse leaves out the text beside calls and all choices but the first, and has the answer as OpenInference has
/// it beside that. Of the Responses API it has thoughts as messages, of which OpenInference has one.
fn answered(reader: &Reader<'_>) -> Option<Found<Vec<Message>>> {
    const THOUGHT: &str = "reasoning_summary";
    let whole = reader.peek(ANSWERED).and_then(value::json)?;
    let is_thought = |said: &Value| said.get("role").and_then(Value::as_str) == Some(THOUGHT);
    if !whole.as_array().is_some_and(|said| said.iter().any(is_thought)) {
        let said = openinference_messages::read(reader, PayloadSide::Output, "llm.output_messages.");
        return (!said.is_empty()).then(|| Found::new("llm.output_messages", said));
    }
    let mut parts = Vec::new();
    for message in shapes::read_call(&whole, PayloadSide::Output)?.messages {
        let was_thought = message.role == THOUGHT;
        parts.extend(message.parts.into_iter().map(|part| match part {
            Part::Text { text } if was_thought => Part::Reasoning { text },
            part => part,
        }));
    }
    Some(Found::new(ANSWERED, vec![Message::new("assistant", parts)]))
}
