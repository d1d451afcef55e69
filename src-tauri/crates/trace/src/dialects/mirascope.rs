//! Mirascope: `mirascope.*` on the functions it traces, and beside GenAI's words on its calls.
//!
//! Source: `mirascope/ops/_internal` of Mirascope 2.0 to 2.5 (`spans.py`, `traced_functions.py`, `instrumentation/llm`). The messages
//! and the answer of a call stand in GenAI's words, too.

use super::proposal::{Evidence, Found, KindVote, Proposal, Session, Side};
use super::switches::Switch;
use super::value;
use crate::reading::{Kind, Reader};
use crate::shapes;
use crate::span::LogRecord;

/// Nothing keeps it back.
pub(super) const CONTENT: &[Switch] =
    &[Switch::of("Mirascope", "", "Mirascope sends what was said in the calls it instruments (ops.instrument_llm).")];

const PREFIX: &str = "mirascope.";
const TYPE: &str = "mirascope.type";
const GIVEN: &str = "mirascope.trace.arg_values";
const RETURNED: &str = "mirascope.trace.output";
const TAGS: &str = "mirascope.trace.tags";
const SESSION: &str = "mirascope.ops.session.id";
const COUNTS: &str = "mirascope.response.usage";
/// Copies of what GenAI's words say.
const COPIES: &[&str] = &["mirascope.response.messages", "mirascope.response.content"];

/// Reads a span of Mirascope's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    reader.with_prefix(PREFIX).next()?;
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let side = |key: &'static str| reader.get(key).and_then(value::json).map(|said| Found::new(key, said));
    if let Some(raw) = reader.get(TYPE).and_then(value::text) {
        proposal.kind = Some(KindVote { kind: Kind::Chain, raw: Some(raw), evidence: Evidence::Own, key: TYPE });
        proposal.input = Side { messages: None, value: side(GIVEN) };
        // What goes on from an answer is given nothing but the conversation so far.
        if proposal.input == Side::default() {
            let said = reader.get(COPIES[0]).and_then(value::json);
            let messages = said.and_then(|said| shapes::read(&said, shapes::Side::Input)).map(|read| read.messages);
            proposal.input.messages = messages.map(|messages| Found::new(COPIES[0], messages));
        }
        proposal.output = Side { messages: None, value: side(RETURNED) };
    } else if reader.peek("gen_ai.operation.name").is_some() {
        // A function around a call repeats its counts.
        let counts = reader.get(COUNTS).and_then(value::json).and_then(|counts| shapes::usage::counts(&counts));
        proposal.usage = counts.map(|counts| Found::new(COUNTS, counts));
    }
    proposal.tags = reader.get(TAGS).map(value::texts).unwrap_or_default();
    // The same again under the name that any program may use.
    let is_copy = reader.peek("tags").is_some_and(|tags| Some(tags) == reader.peek(TAGS));
    if is_copy {
        reader.understand("tags");
    }
    let session_id = reader.get(SESSION).and_then(value::text);
    proposal.session = session_id.map(|id| Found::new(SESSION, Session { session_id: Some(id), user_id: None }));
    let read = [TYPE, GIVEN, RETURNED, TAGS, SESSION, COUNTS];
    proposal.keep_facts(reader, &[PREFIX], |key, _| read.contains(&key) || COPIES.contains(&key));
    Some(proposal)
}
