//! Netra: for whom a span is, and under what name its instrumentation goes; the rest it says in OpenLLMetry's words.
//!
//! Source: `netra-sdk` 0.1 to 1.2 (`netra/config.py`, `netra/processors/session_span_processor.py`).

use super::identity;
use super::proposal::Proposal;
use super::switches::Switch;
use crate::reading::Reader;
use crate::span::LogRecord;

/// What brings text that is missing: `Netra.init` of netra-sdk 1.2.
pub(super) const CONTENT: &[Switch] =
    &[Switch::of("Netra", "NETRA_TRACE_CONTENT=true", "Netra sends it unless content was switched off.")];

const SESSION: &str = "netra.session_id";
const USER: &str = "netra.user_id";

/// Reads a span of Netra's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    reader.with_prefix("netra.").next()?;
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    proposal.session = identity::told(reader, SESSION, USER);
    proposal.keep_facts(reader, &["netra.", "gen_ai.performance."], |key, _| [SESSION, USER].contains(&key));
    proposal.keep_keys(reader, &["library.name", "library.version", "sdk.name"]);
    Some(proposal)
}
