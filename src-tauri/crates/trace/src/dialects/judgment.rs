//! Judgment (judgeval): what kind of work a span is, what went in and came out, and what a call of a model used.
//!
//! Source: `judgeval/judgment_attribute_keys.py` and `judgeval/instrumentation/llm` of judgeval 0.9 to 1.6. A call's request and answer
//! are the provider's own, under names of OpenLLMetry's.

use serde_json::Value;

use super::identity;
use super::proposal::{Found, KindVote, Proposal};
use super::switches::Switch;
use super::value;
use crate::reading::{Kind, Model, Reader};
use crate::shapes::{self, Side as PayloadSide};
use crate::span::LogRecord;
use crate::usage::normal::Counts;

/// What brings text that is missing: judgeval 1.6, `Tracer.observe`.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "Judgment",
    "observe(record_input=True, record_output=True)",
    "Judgment sends it unless a function was observed without what goes in and comes out.",
)];

const PREFIX: &str = "judgment.";
const KIND: &str = "judgment.span_kind";
const INPUT: &str = "judgment.input";
const OUTPUT: &str = "judgment.output";
const MODEL: &str = "judgment.llm.model";
const PROVIDER: &str = "judgment.llm.provider";
const USED: &str = "judgment.usage.non_cached_input_tokens";
const COST: &str = "judgment.usage.total_cost_usd";
const SESSION: &str = "judgment.session_id";
const USER: &str = "judgment.customer_user_id";
const PROMPT: &str = "gen_ai.prompt";
const COMPLETION: &str = "gen_ai.completion";

/// Reads a span of Judgment's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    reader.with_prefix(PREFIX).next()?;
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    proposal.kind = KindVote::of_word(reader, KIND, kind);
    let kind = proposal.kind.as_ref().map(|vote| vote.kind);
    let told = |key: &'static str| reader.get(key).and_then(value::json);
    if kind == Some(Kind::Llm) {
        read_call(reader, &mut proposal);
    }
    proposal.input.value = told(INPUT).map(|said| Found::new(INPUT, said));
    proposal.output.value = told(OUTPUT).map(|said| Found::new(OUTPUT, said));
    if kind == Some(Kind::Tool) {
        let name = value::tool_named(&reader.span.name);
        proposal.tool = Some(Found::new(KIND, proposal.execution(Some(name))));
    }
    proposal.session = identity::told(reader, SESSION, USER);
    proposal.cost_usd = told(COST).and_then(|cost| value::amount(&cost)).map(|cost| Found::new(COST, cost));
    let read = [KIND, INPUT, OUTPUT, MODEL, PROVIDER, COST, SESSION, USER];
    proposal.keep_facts(reader, &[PREFIX], |key, _| read.contains(&key) || key.starts_with("judgment.usage."));
    Some(proposal)
}

fn kind(word: &str) -> Option<Kind> {
    Some(match word {
        "llm" => Kind::Llm,
        "tool" => Kind::Tool,
        "agent" => Kind::Agent,
        "retriever" => Kind::Retriever,
        "chain" | "span" | "function" => Kind::Chain,
        _ => return None,
    })
}

fn read_call(reader: &Reader<'_>, proposal: &mut Proposal) {
    let count = |key: &'static str| value::first_count(reader, &[key]).map(|(_, count)| count);
    // The input is what was not cached, whoever's model it is.
    let counts = Counts {
        input: count(USED),
        output: count("judgment.usage.output_tokens"),
        cache_read: count("judgment.usage.cache_read_input_tokens"),
        cache_write: count("judgment.usage.cache_creation_input_tokens"),
        cache_is_beside: true,
        ..Counts::default()
    };
    proposal.usage = counts.input.or(counts.output).map(|_| Found::new(USED, counts));
    let named = reader.get(MODEL).and_then(value::text);
    let mut model = Model { provider: reader.get(PROVIDER).and_then(value::text), ..Model::default() };
    if let Some(request) = reader.get(PROMPT).and_then(value::json) {
        model.request = request.get("model").and_then(Value::as_str).map(str::to_owned);
        if let Some(payload) = shapes::read_call(&request, PayloadSide::Input) {
            proposal.take_payload(PROMPT, &payload);
            proposal.input.messages = Some(Found::new(PROMPT, payload.messages)).filter(|said| !said.value.is_empty());
        }
    }
    // Once the answer is here the model named is the one that answered.
    match model.request {
        Some(_) => model.response = named.filter(|_| reader.peek(COMPLETION).is_some()),
        None => model.request = named,
    }
    if let Some(payload) =
        reader.get(COMPLETION).and_then(value::json).and_then(|said| shapes::read_call(&said, PayloadSide::Output))
    {
        proposal.finish_reasons.clone_from(&payload.finish_reasons);
        proposal.response_id.clone_from(&payload.response_id);
        proposal.output.messages = Some(Found::new(COMPLETION, payload.messages)).filter(|said| !said.value.is_empty());
    }
    let key = if reader.peek(MODEL).is_some() { MODEL } else { PROMPT };
    proposal.model = (model != Model::default()).then(|| Found::new(key, model));
}
