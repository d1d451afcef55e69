//! Agenta: what kind of step a function is, and what went in and came out of it, spread over dotted keys.
//!
//! Source: `agenta` 0.125 (`sdk/decorators/tracing.py`, `sdk/engines/tracing/attributes.py`, `conventions.py`). A list or an object that
//! is not spread is JSON behind a mark.

use serde_json::Value;

use super::proposal::{Found, KindVote, Proposal, Side};
use super::switches::Switch;
use super::{flattened, identity, value};
use crate::reading::{Kind, Reader};
use crate::shapes::{self, Side as PayloadSide, text};
use crate::span::LogRecord;
use crate::usage::normal::Counts;

/// What brings text that is missing: `instrument` of agenta 0.125.
pub(super) const CONTENT: &[Switch] =
    &[Switch::of("Agenta", "", "Agenta sends it unless `@ag.instrument` is told to ignore inputs or outputs.")];

const PREFIX: &str = "ag.";
const KIND: &str = "ag.type.node";
const INPUTS: &str = "ag.data.inputs.";
const OUTPUTS: &str = "ag.data.outputs.";
const COST: &str = "ag.metrics.unit.costs.total";
const TOKENS: &str = "ag.metrics.unit.tokens.";
const SESSION: &str = "ag.session.id";
const USER: &str = "ag.user.id";

/// What is written before JSON.
const MARK: &str = "@ag.type=json:";

/// The name of an answer that has none.
const ANSWER: &str = "__default__";

/// Reads a span of Agenta's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    reader.with_prefix(PREFIX).next()?;
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    proposal.kind = KindVote::of_word(reader, KIND, kind);
    let kind = proposal.kind.as_ref().map(|vote| vote.kind);
    proposal.input = side(reader, kind, INPUTS, PayloadSide::Input, &mut proposal);
    proposal.output = side(reader, kind, OUTPUTS, PayloadSide::Output, &mut proposal);
    if kind == Some(Kind::Tool) {
        proposal.tool = Some(Found::new(KIND, proposal.execution(Some(reader.span.name.clone()))));
    }
    let count = |key: &'static str| value::first_count(reader, &[key]).map(|(_, count)| count);
    let counts = Counts {
        input: count("ag.metrics.unit.tokens.prompt"),
        output: count("ag.metrics.unit.tokens.completion"),
        total: count("ag.metrics.unit.tokens.total"),
        ..Counts::default()
    };
    proposal.usage = (counts != Counts::default()).then(|| Found::new(TOKENS.trim_end_matches('.'), counts));
    proposal.cost_usd = reader.get(COST).and_then(|sent| Some(Found::new(COST, value::amount(&sent.to_json())?)));
    proposal.session = identity::told(reader, SESSION, USER);
    let read = [KIND, COST, SESSION, USER];
    proposal.keep_facts(reader, &[PREFIX], |key, _| {
        read.contains(&key) || [INPUTS, OUTPUTS, TOKENS].iter().any(|prefix| key.starts_with(prefix))
    });
    Some(proposal)
}

fn kind(word: &str) -> Option<Kind> {
    Some(match word {
        "agent" => Kind::Agent,
        "workflow" | "chain" => Kind::Chain,
        "task" => Kind::Task,
        "tool" => Kind::Tool,
        "embedding" => Kind::Embedding,
        "query" => Kind::Retriever,
        "rerank" => Kind::Reranker,
        "completion" | "chat" | "llm" => Kind::Llm,
        _ => return None,
    })
}

/// Returns one side: the arguments of the function by their names, or its answer, which may have one name or none.
fn side(
    reader: &Reader<'_>,
    kind: Option<Kind>,
    prefix: &'static str,
    side: PayloadSide,
    proposal: &mut Proposal,
) -> Side {
    let key = prefix.trim_end_matches('.');
    let spread = flattened::object(reader, prefix).or_else(|| reader.get(key).and_then(value::json));
    let Some(mut said) = spread else { return Side::default() };
    unmark(&mut said);
    if let Value::Object(entries) = &mut said
        && entries.len() == 1
        && let Some(answer) = entries.remove(ANSWER)
    {
        said = answer;
    }
    let Some(said) = value::present(said) else { return Side::default() };
    let payload = match kind {
        // A function answers with the message and what it cost.
        Some(Kind::Llm) => shapes::read_call(said.get("message").unwrap_or(&said), side),
        Some(Kind::Agent | Kind::Chain) => shapes::read(&said, side),
        _ => None,
    };
    proposal.side(key, said, payload)
}

/// Reads the JSON that stands behind marks.
fn unmark(said: &mut Value) {
    match said {
        Value::String(sent) => {
            if let Some(read) = sent.strip_prefix(MARK).and_then(text::json) {
                *said = read;
            }
        }
        Value::Object(entries) => entries.values_mut().for_each(unmark),
        Value::Array(items) => items.iter_mut().for_each(unmark),
        _ => {}
    }
}
