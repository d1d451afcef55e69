//! TanStack AI: `tanstack.ai.*` beside GenAI's, Langfuse's or OpenInference's words.
//!
//! Source: `@tanstack/ai` 0.58 (`middlewares/otel.ts`: a span around the loop, one a turn, one a tool's execution) and
//! `@arizeai/openinference-tanstack-ai` 0.2, which says the same in OpenInference's words.

use super::proposal::{Evidence, Found, KindVote, Proposal};
use super::switches::Switch;
use super::value;
use crate::reading::{Kind, Reader, ToolExecution};
use crate::span::LogRecord;

/// What brings text that is missing: @tanstack/ai 0.58, `middlewares/otel.ts`.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "TanStack AI",
    "otelMiddleware({ tracer, captureContent: true })",
    "TanStack AI's middleware keeps it back unless it is told to capture it, and never tells the calls of tools.",
)];

const PREFIX: &str = "tanstack.ai.";
const TURNS: &str = "tanstack.ai.iterations";
const REASON: &str = "tanstack.ai.finish_reason";
const CALL: &str = "tanstack.ai.tool.call.id";

/// Reads a span of TanStack AI's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    reader.with_prefix(PREFIX).next()?;
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    if reader.peek(TURNS).is_some() {
        // It names the model its turns call.
        proposal.kind = Some(KindVote { kind: Kind::Agent, raw: None, evidence: Evidence::Own, key: TURNS });
        proposal.usage_is_aggregate = true;
    }
    proposal.finish_reasons.extend(reader.get(REASON).and_then(value::text));
    proposal.tool = reader.get(CALL).and_then(value::text).map(|id| {
        let tool = ToolExecution { call_id: Some(id), ..ToolExecution::default() };
        Found::new(CALL, tool)
    });
    for (key, name, sent) in reader.with_prefix(PREFIX) {
        reader.understand(key);
        if ![REASON, CALL].contains(&key) {
            proposal.metadata.extend(value::json(sent).map(|sent| (name.to_owned(), sent)));
        }
    }
    Some(proposal)
}
