//! OpenRouter's broadcast: what it says of the trace and of its own routing beside GenAI's attributes.
//!
//! Source: openrouter.ai "Broadcast" and what it sends to an OpenTelemetry collector. The request and the answer stand on the span
//! three times; GenAI's are read.

use super::proposal::Proposal;
use super::switches::Switch;
use super::value;
use crate::reading::Reader;
use crate::span::LogRecord;

/// What brings text that is missing.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "OpenRouter",
    "",
    "OpenRouter keeps prompts and answers back in its privacy mode, which a destination can be set to.",
)];

const OWN: &str = "openrouter.";
const OF_TRACE: &str = "trace.metadata.";

/// Parts of the counts and of the cost.
const FACTS: [&str; 5] = [
    "gen_ai.usage.input_cost",
    "gen_ai.usage.output_cost",
    "gen_ai.usage.input_tokens.audio",
    "gen_ai.usage.input_tokens.video",
    "gen_ai.usage.output_tokens.image",
];

/// What stands elsewhere on the span, too.
const COPIES: [&str; 7] = [
    "trace.input",
    "trace.output",
    "span.input",
    "span.output",
    "span.type",
    "span.level",
    "gen_ai.response.finish_reason",
];

/// Reads the trace's name, tags and facts.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let is_own = reader.with_prefix(OWN).next().is_some()
        || reader.with_prefix(OF_TRACE).any(|(_, name, _)| name.starts_with(OWN));
    if !is_own {
        return None;
    }
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    proposal.trace_name = reader.get("trace.name").and_then(value::text);
    proposal.tags = reader.get("trace.tags").map(value::texts).unwrap_or_default();
    for (key, name, sent) in reader.with_prefix(OF_TRACE) {
        reader.understand(key);
        proposal.trace_metadata.extend(value::json(sent).map(|sent| (name.to_owned(), sent)));
    }
    proposal.keep_facts(reader, &[OWN, "span.metadata."], |_, _| false);
    proposal.keep_keys(reader, &FACTS);
    COPIES.iter().for_each(|copy| reader.understand(copy));
    Some(proposal)
}
