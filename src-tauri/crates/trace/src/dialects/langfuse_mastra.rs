//! Mastra's spans in Langfuse's words: of any type but a generation's they are plain spans, what they are stands among the metadata.
//!
//! Source: `@mastra/langfuse` 0.1 and 0.2 (`ai-tracing.ts`), which sends to Langfuse's ingestion; from 1.0 on the exporter has
//! Mastra's own words beside.

use super::proposal::{Evidence, KindVote, Proposal};
use super::{mastra, value};
use crate::reading::{Kind, Reader};

const TYPE: &str = "langfuse.observation.metadata.spanType";

/// Returns what a span of Mastra's is.
pub(super) fn kind(reader: &Reader<'_>) -> Option<KindVote> {
    let word = reader.peek(TYPE).and_then(value::unquoted)?;
    let kind = match word.as_str() {
        "model_generation" | "llm_generation" => Kind::Llm,
        word => mastra::kind(reader, word)?,
    };
    Some(KindVote { kind, raw: Some(word), evidence: Evidence::Word, key: TYPE })
}

/// Completes what Langfuse's words tell of a span of Mastra's.
pub(super) fn complete(reader: &Reader<'_>, proposal: &mut Proposal) {
    let Some(KindVote { kind, key: TYPE, .. }) = proposal.kind else { return };
    let told = |key: &str| reader.peek(key).and_then(value::unquoted);
    if let Some(tool) = proposal.tool.as_mut().filter(|_| kind == Kind::Tool) {
        tool.value.name = told("langfuse.observation.metadata.toolId").or(tool.value.name.take());
    }
    if kind != Kind::Llm {
        return;
    }
    if proposal.finish_reasons.is_empty() {
        proposal.finish_reasons.extend(told("langfuse.observation.metadata.finishReason"));
    }
    // The model's name is the one asked for: which one answered is told of steps only.
    if let Some(model) = proposal.model.as_mut().map(|found| &mut found.value).filter(|model| model.request.is_none()) {
        model.request = model.response.take();
    }
}
