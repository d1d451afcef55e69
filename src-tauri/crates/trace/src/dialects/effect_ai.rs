//! Effect's AI modules: `LanguageModel.generateText` and its like around GenAI's words, `Toolkit.handle` around a tool.
//!
//! Source: `@effect/ai` 0.37 (`LanguageModel.ts`, `Toolkit.ts`) and `effect` 4.1 (`ai/LanguageModel.ts`), which puts its own names
//! under `effect.ai.`. What was said is never told, nor what a tool answered.

use serde_json::Value;

use super::proposal::{Evidence, Found, KindVote, NAME, Proposal};
use super::switches::Switch;
use super::value;
use crate::reading::{Kind, Reader, ToolExecution};
use crate::span::LogRecord;

/// Nothing brings it.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "Effect",
    "",
    "Effect's AI modules record the model and the counts of a call; what was said only a span of the program's own can tell.",
)];

/// The ends of the names of the modules' operations, and what each is.
const OPERATIONS: &[(&str, Kind)] = &[
    ("LanguageModel.generateText", Kind::Llm),
    ("LanguageModel.generateObject", Kind::Llm),
    ("LanguageModel.streamText", Kind::Llm),
    ("EmbeddingModel.embed", Kind::Embedding),
    ("EmbeddingModel.embedMany", Kind::Embedding),
    ("Toolkit.handle", Kind::Tool),
];

/// What stands beside GenAI's words, in both spellings.
const FACTS: &[&str] = &[
    "toolChoice",
    "concurrency",
    "objectName",
    "effect.ai.tool_choice",
    "effect.ai.concurrency",
    "effect.ai.object_name",
];

/// Reads a span of theirs.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let (_, kind) = *OPERATIONS.iter().find(|(name, _)| reader.span.name == *name)?;
    let key = if kind == Kind::Tool { "tool" } else { "gen_ai.operation.name" };
    reader.peek(key).or_else(|| FACTS.iter().find_map(|key| reader.peek(key)))?;
    let raw = reader.peek("gen_ai.operation.name").and_then(value::text);
    let vote = KindVote { kind, raw, evidence: Evidence::Own, key: NAME };
    let mut proposal = Proposal { spoken: true, kind: Some(vote), ..Proposal::default() };
    if kind == Kind::Tool {
        let tool = ToolExecution {
            name: reader.get("tool").and_then(value::text),
            arguments: reader.get("parameters").and_then(value::of_tool),
            ..ToolExecution::default()
        };
        proposal.tool = Some(Found::new("tool", tool));
        return Some(proposal);
    }
    // What JavaScript has no value for is written as a word.
    let known = |sent: &Value| sent.as_str() != Some("undefined");
    for key in FACTS {
        let told = reader.get(key).and_then(value::json).filter(known);
        proposal.metadata.extend(told.map(|told| ((*key).to_owned(), told)));
    }
    Some(proposal)
}
