//! LangWatch: `langwatch.*` attributes, each JSON in a text.
//!
//! Source: `langwatch/attributes.py`, `langwatch/domain/__init__.py` and `langwatch/telemetry/span.py` of the Python SDK 1.4. Models are
//! GenAI's.

use serde_json::{Map, Value};

use super::gen_ai_params::canonical;
use super::proposal::{Evidence, Found, KindVote, Proposal, Side};
use super::switches::Switch;
use super::{identity, value};
use crate::reading::{Document, Kind, Reader};
use crate::shapes::{self, Side as PayloadSide, tools};
use crate::span::LogRecord;
use crate::usage::normal::{Counts, count};

/// What brings text that is missing: langwatch 1.4, `telemetry/span.py`.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "LangWatch",
    "capture_input=True capture_output=True",
    "LangWatch records it unless a span's capture_input or capture_output is off.",
)
.by_side()];

const TYPE: &str = "langwatch.span.type";
const INPUT: &str = "langwatch.input";
const OUTPUT: &str = "langwatch.output";
const METRICS: &str = "langwatch.metrics";
const PARAMS: &str = "langwatch.params";
const CONTEXTS: &str = "langwatch.rag_contexts";

/// Reads a span of LangWatch's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    reader.with_prefix("langwatch.").next()?;
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let kind = read_kind(reader, &mut proposal);
    proposal.input = side(reader, kind, INPUT, PayloadSide::Input);
    proposal.output = side(reader, kind, OUTPUT, PayloadSide::Output);
    if kind == Kind::Tool {
        proposal.tool = Some(Found::new(INPUT, proposal.execution(Some(reader.span.name.clone()))));
    }
    read_metrics(reader, &mut proposal);
    read_parameters(reader, &mut proposal);
    let chunks = reader.get(CONTEXTS).and_then(value::json);
    let chunks = chunks.as_ref().and_then(Value::as_array).into_iter().flatten();
    let documents: Vec<Document> = chunks.filter_map(|chunk| shapes::document(chunk.as_object()?)).collect();
    proposal.documents = Some(Found::new(CONTEXTS, documents)).filter(|found| !found.value.is_empty());
    read_facts(reader, &mut proposal);
    Some(proposal)
}

fn read_kind(reader: &Reader<'_>, proposal: &mut Proposal) -> Kind {
    let raw = reader.get(TYPE).and_then(value::text);
    let word = raw.as_deref().and_then(|raw| {
        Some(match raw {
            "llm" => Kind::Llm,
            "tool" => Kind::Tool,
            "agent" => Kind::Agent,
            "rag" => Kind::Retriever,
            "chain" | "workflow" => Kind::Chain,
            "component" | "module" | "task" => Kind::Task,
            "guardrail" => Kind::Guardrail,
            "evaluation" => Kind::Evaluator,
            _ => return None,
        })
    });
    proposal.raw_kind.clone_from(&raw);
    proposal.kind = word.map(|kind| KindVote { kind, raw, evidence: Evidence::Word, key: TYPE });
    word.unwrap_or_default()
}

/// One side stands under `value`, with its `type` beside it.
fn side(reader: &Reader<'_>, kind: Kind, key: &'static str, side: PayloadSide) -> Side {
    let Some(Value::Object(mut sent)) = reader.get(key).and_then(value::json) else { return Side::default() };
    let Some(said) = sent.remove("value").and_then(value::present) else { return Side::default() };
    let payload = match kind {
        Kind::Llm => shapes::read_call(&said, side),
        Kind::Tool | Kind::Retriever => None,
        _ => shapes::read(&said, side),
    };
    match payload.map(|payload| payload.messages).filter(|messages| !messages.is_empty()) {
        Some(messages) => Side { messages: Some(Found::new(key, messages)), value: None },
        None => Side { messages: None, value: Some(Found::new(key, said)) },
    }
}

fn read_metrics(reader: &Reader<'_>, proposal: &mut Proposal) {
    let Some(sent) = reader.get(METRICS).and_then(value::json) else { return };
    let number = |name: &str| sent.get(name).and_then(count);
    let counts = Counts {
        input: number("prompt_tokens"),
        output: number("completion_tokens"),
        reasoning: number("reasoning_tokens"),
        ..Counts::default()
    };
    proposal.usage = (counts != Counts::default()).then(|| Found::new(METRICS, counts));
    proposal.cost_usd = sent.get("cost").and_then(value::amount).map(|cost| Found::new(METRICS, cost));
    let first = number("first_token_ms").and_then(|after| after.checked_mul(1_000_000));
    proposal.time_to_first_chunk_ns = first.map(|after| Found::new(METRICS, after));
}

fn read_parameters(reader: &Reader<'_>, proposal: &mut Proposal) {
    let Some(Value::Object(mut sent)) = reader.get(PARAMS).and_then(value::json) else { return };
    let offered =
        ["tools", "functions"].iter().find_map(|name| sent.remove(*name)).map(|list| tools::definitions(&list));
    proposal.tools = offered.filter(|offered| !offered.is_empty()).map(|offered| Found::new(PARAMS, offered));
    let given = sent.into_iter().filter(|(_, sent)| !sent.is_null());
    let given: Map<String, Value> = given.map(|(name, sent)| (canonical(&name).to_owned(), sent)).collect();
    proposal.parameters = Some(Found::new(PARAMS, given)).filter(|found| !found.value.is_empty());
}

/// Who it was for is among the metadata of the trace; times repeat the span's own.
fn read_facts(reader: &Reader<'_>, proposal: &mut Proposal) {
    if let Some(Value::Object(told)) = reader.get("metadata").and_then(value::json) {
        proposal.session = identity::among(&told).map(|session| Found::new("metadata", session));
        proposal.trace_metadata = told;
    }
    for (key, name, sent) in reader.with_prefix("langwatch.") {
        reader.understand(key);
        let is_read = [TYPE, INPUT, OUTPUT, METRICS, PARAMS, CONTEXTS].contains(&key) || name == "timestamps";
        proposal.metadata.extend(value::json(sent).filter(|_| !is_read).map(|sent| (key.to_owned(), sent)));
    }
}
