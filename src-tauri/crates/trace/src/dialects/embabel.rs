//! Embabel: `embabel.*` on the spans of agents and their actions, around those of Spring AI's calls.
//!
//! Source: embabel/embabel-agent, `embabel-agent-observability` (`SpanAttributes`, `tracing`). Its own words for operations are not
//! those of the GenAI conventions, and a call is booked in a span of its own beside the one that made it.

use super::proposal::{Evidence, Found, KindVote, Proposal};
use super::switches::Switch;
use super::value;
use crate::reading::{Kind, Reader};
use crate::span::{AnyValue, LogRecord};

/// What brings text that is missing.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "Embabel",
    "embabel.agent.platform.observability.capture-message-content=true",
    "Embabel keeps it back where capturing of content is off.",
)];

const PREFIX: &str = "embabel.";
const EVENT: &str = "embabel.event.type";
const BOOKED: &str = "llm_invocation";
const ASKED: &str = "embabel.rag.query";

/// Says whether a span only books what the span of a call says as well.
pub(super) fn books_a_call(reader: &Reader<'_>) -> bool {
    reader.peek(EVENT).and_then(AnyValue::as_str) == Some(BOOKED)
}

/// Reads a span of Embabel's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    reader.with_prefix(PREFIX).next()?;
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let event = reader.get(EVENT).and_then(value::text);
    let kind = event.as_deref().and_then(kind);
    proposal.kind = kind.map(|kind| KindVote { kind, raw: event, evidence: Evidence::Own, key: EVENT });
    let asked = reader.get(ASKED).and_then(value::json);
    proposal.input.value = asked.map(|asked| Found::new(ASKED, asked));
    proposal.keep_facts(reader, &[PREFIX], |key, _| key == EVENT || key == ASKED);
    Some(proposal)
}

fn kind(event: &str) -> Option<Kind> {
    Some(match event {
        "agent_process" => Kind::Agent,
        "action" | "llm_call" | "tool_loop_completed" | "planning" | "planning_ready" | "replan" | "ranking" => {
            Kind::Chain
        }
        "rag" => Kind::Retriever,
        "embedding" => Kind::Embedding,
        "tool_call" => Kind::Tool,
        BOOKED | "goal" | "lifecycle" | "state_transition" | "dynamic_agent_creation" => Kind::Other,
        _ => return None,
    })
}
