//! AutoGen's message runtime: what one agent sends another.
//!
//! Source: `autogen_core/_single_threaded_agent_runtime.py` and `autogen_core/_telemetry` of AutoGen 0.4 to 0.7. Its agents and
//! tools speak GenAI's conventions; the calls of models are other instrumentations' spans.

use super::proposal::{Evidence, Found, KindVote, Proposal, Side};
use super::value;
use crate::reading::{Kind, Reader, ToolExecution};
use crate::shapes::{self, Side as PayloadSide};
use crate::span::LogRecord;

const SENT: &str = "message";

/// Facts about a message.
const FACTS: &[&str] =
    &["message_context", "recipient_agent_type", "recipient_agent_class", "sender_agent_type", "sender_agent_class"];

/// The scope of a tool's execution in AutoGen 0.5 and 0.6 (`autogen_core/tools/_base.py`); no words of a convention's are in it.
const TOOL_RUN: &str = "base_tool";

/// Reads a span in which an agent is given a message.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    if reader.span.scope.name == TOOL_RUN {
        return read_tool(reader);
    }
    // The message alone has a name that any program may use.
    let key = FACTS.iter().copied().find(|key| reader.peek(key).is_some())?;
    let kind = KindVote { kind: Kind::Chain, raw: None, evidence: Evidence::Protocol, key };
    let mut proposal = Proposal { spoken: true, kind: Some(kind), ..Proposal::default() };
    let sent =
        reader.get(SENT).and_then(value::json).filter(|sent| sent.as_object().is_none_or(|sent| !sent.is_empty()));
    let said = sent.as_ref().and_then(|sent| shapes::read(sent, PayloadSide::Input)).map(|payload| payload.messages);
    proposal.input = match said.filter(|messages| !messages.is_empty()) {
        Some(messages) => Side { messages: Some(Found::new(SENT, messages)), value: None },
        None => Side { messages: None, value: sent.map(|sent| Found::new(SENT, sent)) },
    };
    for key in FACTS {
        let fact = reader.get(key).and_then(value::json);
        proposal.metadata.extend(fact.map(|fact| ((*key).to_owned(), fact)));
    }
    Some(proposal)
}

fn read_tool(reader: &Reader<'_>) -> Option<Proposal> {
    const NAME: &str = "tool_name";
    let name = reader.get(NAME).and_then(value::text)?;
    let arguments = reader.get("tool_args").and_then(value::of_tool);
    let kind = KindVote { kind: Kind::Tool, raw: None, evidence: Evidence::Own, key: NAME };
    let mut proposal = Proposal { spoken: true, kind: Some(kind), ..Proposal::default() };
    let described = reader.get("tool_description").and_then(value::json);
    proposal.metadata.extend(described.map(|described| ("tool_description".to_owned(), described)));
    let tool = ToolExecution { name: Some(name), arguments, ..ToolExecution::default() };
    proposal.tool = Some(Found::new(NAME, tool));
    Some(proposal)
}
