//! TruLens: what kind of step a span is, and what went in and came out under the words for that kind.
//!
//! Source: `trulens/otel/semconv/trace.py` of trulens-otel-semconv 1.5 to 2.x.

use serde_json::Value;

use super::proposal::{Found, KindVote, Proposal, Session, Side};
use super::switches::Switch;
use super::value;
use crate::reading::{Document, Kind, Model, Reader};
use crate::span::LogRecord;
use crate::usage::normal::Counts;

/// Nothing keeps it back.
pub(super) const CONTENT: &[Switch] =
    &[Switch::of("TruLens", "", "TruLens sends of a function what its `@instrument` names as attributes.")];

const PREFIX: &str = "ai.observability.";
const TYPE: &str = "ai.observability.span_type";
const SESSION: &str = "ai.observability.conversation_id";
const MODEL: &str = "ai.observability.cost.model";
const INPUT_TOKENS: &str = "ai.observability.cost.num_prompt_tokens";
const OUTPUT_TOKENS: &str = "ai.observability.cost.num_completion_tokens";
const CONTEXTS: &str = "ai.observability.retrieval.retrieved_contexts";
const ASKED: &[&str] = &[
    "ai.observability.record_root.input",
    "ai.observability.retrieval.query_text",
    "ai.observability.reranking.query_text",
    "ai.observability.graph_task.input_state",
    "ai.observability.graph_node.input_state",
    "ai.observability.workflow.input_event",
    "ai.observability.mcp.input_arguments",
];
const ANSWER: &[&str] = &[
    "ai.observability.record_root.output",
    "ai.observability.graph_task.output_state",
    "ai.observability.graph_node.output_state",
    "ai.observability.workflow.output_event",
    "ai.observability.mcp.output_content",
    "ai.observability.call.return",
];
const CALLED_WITH: &str = "ai.observability.call.kwargs.";

/// Reads a span of TruLens'.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    reader.with_prefix(PREFIX).next()?;
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    proposal.kind = KindVote::of_word(reader, TYPE, kind);
    let kind = proposal.kind.as_ref().map(|vote| vote.kind);
    let side = |keys: &[&'static str]| {
        let (key, said) = keys.iter().find_map(|key| Some((*key, reader.get(key).and_then(value::json)?)))?;
        Some(Found::new(key, said))
    };
    let given: serde_json::Map<String, Value> = reader
        .with_prefix(CALLED_WITH)
        .filter_map(|(_, name, sent)| Some((name.to_owned(), value::json(sent)?)))
        .filter(|(name, _)| name != "self")
        .collect();
    let given = (!given.is_empty()).then(|| Found::new(CALLED_WITH.trim_end_matches('.'), Value::Object(given)));
    proposal.input = Side { messages: None, value: side(ASKED).or(given) };
    proposal.output = Side { messages: None, value: side(ANSWER) };
    proposal.documents = reader.get(CONTEXTS).and_then(value::json).and_then(|list| {
        let texts = list.as_array()?.iter().filter_map(Value::as_str);
        let found = texts.map(|text| Document { content: Some(text.to_owned()), ..Document::default() });
        Some(Found::new(CONTEXTS, found.collect()))
    });
    if kind == Some(Kind::Tool) {
        let name = value::first_text(reader, &["ai.observability.mcp.tool_name", "ai.observability.call.function"]);
        proposal.tool = Some(Found::new(TYPE, proposal.execution(name.map(|(_, name)| name))));
    }
    if let Some(named) = reader.get(MODEL).and_then(value::text) {
        proposal.model = Some(Found::new(MODEL, Model { request: Some(named), ..Model::default() }));
    }
    let count = |key: &'static str| value::first_count(reader, &[key]).map(|(_, count)| count);
    let counts = Counts { input: count(INPUT_TOKENS), output: count(OUTPUT_TOKENS), ..Counts::default() };
    proposal.usage = counts.input.or(counts.output).map(|_| Found::new(INPUT_TOKENS, counts));
    let session_id = reader.get(SESSION).and_then(value::text);
    proposal.session = session_id.map(|id| Found::new(SESSION, Session { session_id: Some(id), user_id: None }));
    let read = [TYPE, SESSION, MODEL, INPUT_TOKENS, OUTPUT_TOKENS, CONTEXTS];
    proposal.keep_facts(reader, &[PREFIX], |key, _| {
        read.contains(&key) || ASKED.contains(&key) || ANSWER.contains(&key) || key.starts_with(CALLED_WITH)
    });
    Some(proposal)
}

fn kind(word: &str) -> Option<Kind> {
    Some(match word {
        "retrieval" => Kind::Retriever,
        "generation" => Kind::Llm,
        "agent" => Kind::Agent,
        "tool" | "MCP" => Kind::Tool,
        "reranking" => Kind::Reranker,
        "guardrail" => Kind::Guardrail,
        "eval" | "eval_root" | "eval_decision" => Kind::Evaluator,
        "record_root" | "nested_record_root" | "graph_node" | "workflow_step" => Kind::Chain,
        "graph_task" => Kind::Task,
        _ => return None,
    })
}
