//! genai-otel-instrument (TraceVerse): what it tells beside GenAI's words, and the one message it tells of a request without events.
//!
//! Source: `genai_otel/instrumentors/base.py` and `openai_instrumentor.py` of genai-otel-instrument 1.42.

use serde_json::Value;

use super::proposal::{Found, Proposal};
use super::switches::Switch;
use super::value;
use crate::reading::{Message, Reader};
use crate::shapes::{self, Side as PayloadSide, python, text, tools};
use crate::span::LogRecord;

/// What brings text that is missing: genai-otel-instrument 1.42, `config.py`.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "genai-otel-instrument",
    "GENAI_ENABLE_CONTENT_CAPTURE=true",
    "genai-otel-instrument keeps it back unless capturing is on.",
)];

const FIRST: &str = "gen_ai.request.first_message";
const INSTRUCTIONS: &str = "gen_ai.request.instructions";
const ANSWER: &str = "gen_ai.response";
const TOOLS: &str = "llm.tools";
const PREFIXES: &[&str] =
    &["gen_ai.usage.cost.", "gen_ai.streaming.", "gen_ai.request.message_count", "gen_ai.latency"];

/// Reads a span of its.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    if !reader.span.scope.name.starts_with("genai_otel") {
        return None;
    }
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let first = reader.get(FIRST).and_then(value::json);
    let first = first.map(|said| said.as_str().and_then(python::repr).unwrap_or(said));
    let mut asked = first.and_then(|said| shapes::read_call(&said, PayloadSide::Input)).unwrap_or_default().messages;
    let instructions = reader.get(INSTRUCTIONS).and_then(value::text);
    shapes::prepend_system(&mut asked, instructions.map(|told| text::parts(&told)).unwrap_or_default());
    let key = if reader.peek(FIRST).is_some() { FIRST } else { INSTRUCTIONS };
    proposal.input.messages = (!asked.is_empty()).then(|| Found::new(key, asked));
    let answer = reader.get(ANSWER).and_then(value::text).filter(|answer| !answer.is_empty());
    let answer = answer.map(|answer| vec![Message::new("assistant", text::parts(&answer))]);
    proposal.output.messages = answer.map(|said| Found::new(ANSWER, said));
    let reason = reader.get("gen_ai.response.finish_reason").and_then(value::json);
    proposal.finish_reasons.extend(reason.as_ref().and_then(Value::as_str).map(str::to_owned));
    let offered = reader.get(TOOLS).and_then(value::json).filter(Value::is_array);
    let offered = offered.map(|list| tools::definitions(&list)).filter(|list| !list.is_empty());
    proposal.tools = offered.map(|list| Found::new(TOOLS, list));
    proposal.keep_facts(reader, PREFIXES, |_, _| false);
    Some(proposal)
}
