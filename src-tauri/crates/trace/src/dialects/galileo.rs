//! Galileo: which project and session a span is of, and the documents a retriever found, as the content of a GenAI message.
//!
//! Source: `galileo/otel.py` of galileo 1.20 to 2.x. Messages, tools and counts are GenAI's.

use super::proposal::{Evidence, Found, KindVote, Proposal, Session};
use super::switches::Switch;
use super::value;
use crate::reading::{Kind, Reader};
use crate::shapes;
use crate::span::LogRecord;

/// Nothing keeps it back.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "Galileo",
    "",
    "Galileo's spans say what they were given; what a model is asked comes from its instrumentation.",
)];

const PREFIX: &str = "galileo.";
const SESSION: &str = "galileo.session.id";
const FOUND: &str = "gen_ai.output.messages";

/// Reads a span that Galileo's processor marked.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    reader.with_prefix(PREFIX).next()?;
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let session_id = reader.get(SESSION).and_then(value::text);
    proposal.session = session_id.map(|id| Found::new(SESSION, Session { session_id: Some(id), user_id: None }));
    if reader.peek("db.operation").and_then(value::text).as_deref() == Some("search") {
        let said = reader.peek(FOUND).and_then(value::json);
        let found = said.as_ref().and_then(|said| said.pointer("/0/content/documents"));
        if let Some(found) = found.map(shapes::documents) {
            proposal.documents = Some(Found::new(FOUND, found));
            let raw = Some("search".to_owned());
            proposal.kind = Some(KindVote { kind: Kind::Retriever, raw, evidence: Evidence::Own, key: "db.operation" });
        }
    }
    proposal.keep_facts(reader, &[PREFIX], |key, _| key == SESSION);
    Some(proposal)
}
