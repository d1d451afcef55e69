//! Weave (Weights & Biases): the thread a span is of, and what else a program tells it, beside any other convention.
//!
//! Source: Weave's guide to OpenTelemetry (`wandb.*`), and `weave/conversation/conversation_otel.py` and `weave/trace/otel_span_attrs.py`
//! of weave 0.54 (`weave.*`).

use super::identity;
use super::proposal::{Found, Proposal, Session};
use super::switches::Switch;
use crate::reading::Reader;
use crate::span::LogRecord;

/// Nothing keeps it back.
pub(super) const CONTENT: &[Switch] =
    &[Switch::of("Weave", "", "What Weave reads is in the words of the instrumentation beside it.")];

const PREFIXES: &[&str] = &["wandb.", "weave."];

/// Reads a span with facts for Weave.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    PREFIXES.iter().flat_map(|prefix| reader.with_prefix(prefix)).next()?;
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    for (key, name, sent) in reader.with_prefix("wandb.") {
        let mut session = proposal.session.take().map(|found| found.value).unwrap_or_default();
        identity::take(&mut session, name, sent);
        proposal.session = (session != Session::default()).then(|| Found::new(key, session));
    }
    proposal.keep_facts(reader, PREFIXES, |_, _| false);
    Some(proposal)
}
