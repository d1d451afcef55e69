//! n8n: the run of a workflow and of each of its nodes, what kind of node it is, and how many items went through it. What models were
//! asked and answered is not told.
//!
//! Source: n8n-io/n8n 2.x `packages/cli/src/modules/otel` (`execution-level-tracer.ts`) and "OpenTelemetry tracing" of its documentation.

use super::proposal::{Evidence, KindVote, NAME, Proposal};
use super::switches::Switch;
use super::value;
use crate::reading::{Kind, Reader};
use crate::span::LogRecord;

/// Nothing brings it.
pub(super) const CONTENT: &[Switch] =
    &[Switch::of("n8n", "", "n8n tells of its nodes that they ran, and not what went in or came out.")];

const PREFIX: &str = "n8n.";
const TYPE: &str = "n8n.node.type";
const WORKFLOW: &str = "n8n.workflow.name";

/// What the nodes for models are called after the package they are in.
const PACKAGE: &str = "n8n-nodes-langchain.";

/// Reads the span of a workflow or a node.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    reader.with_prefix(PREFIX).next()?;
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let node = reader.get(TYPE).and_then(value::text);
    proposal.kind = match node {
        Some(word) => kind(&word).map(|kind| (kind, Some(word), TYPE)),
        None if reader.span.name.starts_with("workflow.") => Some((Kind::Chain, None, NAME)),
        None => None,
    }
    .map(|(kind, raw, key)| KindVote { kind, raw, evidence: Evidence::Word, key });
    proposal.trace_name = reader.get(WORKFLOW).and_then(value::text);
    proposal.keep_facts(reader, &[PREFIX], |key, _| key == TYPE);
    Some(proposal)
}

fn kind(node: &str) -> Option<Kind> {
    let Some((_, name)) = node.split_once(PACKAGE) else { return Some(Kind::Task) };
    // Longer names first: an `agentTool` is a tool.
    const KINDS: [(&str, Kind); 11] = [
        ("agentTool", Kind::Tool),
        ("agent", Kind::Agent),
        ("chain", Kind::Chain),
        ("lm", Kind::Llm),
        ("embeddings", Kind::Embedding),
        ("vectorStore", Kind::Retriever),
        ("retriever", Kind::Retriever),
        ("reranker", Kind::Reranker),
        ("tool", Kind::Tool),
        ("memory", Kind::Memory),
        ("outputParser", Kind::Parser),
    ];
    let known = KINDS.iter().find(|(start, _)| name.starts_with(start));
    Some(known.map_or(Kind::Task, |(_, kind)| *kind))
}
