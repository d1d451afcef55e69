//! AG2 (formerly AutoGen): what kind of work a span is, questions to people, and spans that only book tokens, beside GenAI's words.
//!
//! Source: `ag2` 1.2 (`_telemetry_consts.py`, `middleware/builtin/telemetry.py`, `network/hub/`) and `autogen.opentelemetry` of
//! `ag2` 0.11. Messages, tools and counts are GenAI's.

use serde_json::Value;

use super::proposal::{Evidence, Found, KindVote, Proposal};
use super::switches::Switch;
use super::value;
use crate::reading::{Kind, Reader};
use crate::span::LogRecord;

/// What brings text that is missing: `ag2` 1.2, `TelemetryMiddleware`.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "AG2",
    "TelemetryMiddleware(capture_content=True)",
    "AG2 sends it unless its middleware was told not to capture it.",
)];

const PREFIX: &str = "ag2.";
const TYPE: &str = "ag2.span.type";
const ASKED: &str = "ag2.human_input.prompt";
const ANSWERED: &[&str] = &["ag2.human_input.response", "ag2.code_execution.output"];

/// Reads a span of AG2's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    reader.with_prefix(PREFIX).next()?;
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let word = reader.get(TYPE).and_then(value::text);
    proposal.kind = word.as_deref().and_then(kind).map(|kind| {
        let operation = reader.peek("gen_ai.operation.name").and_then(value::text);
        KindVote { kind, raw: operation.or(word), evidence: Evidence::Own, key: TYPE }
    });
    let said = |key: &'static str| {
        let said = reader.get(key).and_then(value::text)?;
        Some(Found::new(key, Value::String(said)))
    };
    proposal.input.value = said(ASKED);
    proposal.output.value = ANSWERED.iter().find_map(|key| said(key));
    proposal.keep_facts(reader, &[PREFIX], |key, _| key == TYPE || key == ASKED || ANSWERED.contains(&key));
    Some(proposal)
}

fn kind(word: &str) -> Option<Kind> {
    Some(match word {
        "llm" => Kind::Llm,
        "tool" | "code_execution" => Kind::Tool,
        "agent" => Kind::Agent,
        "conversation" | "multi_conversation" | "speaker_selection" | "channel" | "envelope" => Kind::Chain,
        "task" => Kind::Task,
        "human_input" | "usage" | "handoff" | "agent_lifetime" | "agent_event" => Kind::Other,
        _ => return None,
    })
}

/// Says whether a span books the tokens of a call that has a span of its own; those of summaries, of memory and of agents that are
/// not instrumented stand nowhere else.
pub(super) fn books_a_call(reader: &Reader<'_>) -> bool {
    reader.peek("ag2.usage.kind").and_then(|kind| kind.as_str()) == Some("model_call")
}
