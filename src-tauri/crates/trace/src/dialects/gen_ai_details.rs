//! The event that can tell everything of a model's call that its span could: messages, and the call's other attributes under the
//! span's own names.
//!
//! Source: semantic-conventions 1.37 on, `docs/gen-ai/gen-ai-events.md`, `gen_ai.client.inference.operation.details`.

use serde_json::{Map, Value};

use super::gen_ai;
use super::gen_ai_events::{parsed, payload};
use super::proposal::{Found, KindVote, Proposal};
use crate::json::AsJson;
use crate::reading::Reader;
use crate::shapes::{self, Side as PayloadSide};
use crate::span::{AnyValue, Attributes, Span};

/// The event's name.
pub(super) const EVENT: &str = "gen_ai.client.inference.operation.details";

const INPUT: &str = "gen_ai.input.messages";
const OUTPUT: &str = "gen_ai.output.messages";
const INSTRUCTIONS: &str = "gen_ai.system_instructions";
const TOOLS: &str = "gen_ai.tool.definitions";

/// Reads the messages and tools of one event, or of one for each of the instructions, what went in and what came out.
pub(super) fn read_messages(fields: &Map<String, Value>, proposal: &mut Proposal) {
    let mut asked = payload(fields, INPUT, PayloadSide::Input);
    let told = proposal.input.messages.take().map(|found| found.value).unwrap_or_default();
    if asked.is_empty() || told.iter().all(|message| message.role == "system") {
        asked.splice(0..0, told);
    }
    if let Some(instructions) = parsed(fields, INSTRUCTIONS) {
        shapes::prepend_system(&mut asked, shapes::content(&instructions));
    }
    let answered = payload(fields, OUTPUT, PayloadSide::Output);
    for (side, said) in [(&mut proposal.input, asked), (&mut proposal.output, answered)] {
        if !said.is_empty() {
            side.messages = Some(Found::new(EVENT, said));
        }
    }
    if let Some(offered) = parsed(fields, TOOLS).map(|list| shapes::tools::definitions(&list)) {
        proposal.tools = Some(Found::new(EVENT, offered)).filter(|found| !found.value.is_empty());
    }
    if proposal.finish_reasons.is_empty()
        && let Some(answered) = parsed(fields, OUTPUT)
    {
        proposal.finish_reasons = answered.with(gen_ai::finish_reasons);
    }
}

/// Reads what an event tells beside them, as if it stood on the span. What the span is, its own operation says, if any.
pub(super) fn read_facts(
    reader: &Reader<'_>,
    attributes: &Attributes,
    body: Option<&AnyValue>,
    proposal: &mut Proposal,
) {
    let body = match body {
        Some(AnyValue::Map(entries)) => entries.as_slice(),
        _ => &[],
    };
    let is_fact = |key: &str| key.starts_with("gen_ai.") && ![INPUT, OUTPUT, INSTRUCTIONS, TOOLS].contains(&key);
    let told = reader.span;
    let mut span = Span::new(told.trace_id, told.span_id, told.resource.clone(), told.scope.clone());
    span.attributes = attributes.iter().chain(body).filter(|(key, _)| is_fact(key)).cloned().collect();
    let Some(facts) = gen_ai::read(&Reader::new(&span), &[]) else { return };
    if reader.peek("gen_ai.operation.name").is_none() {
        proposal.kind = proposal.kind.take().or(facts.kind.map(|vote| KindVote { key: EVENT, ..vote }));
    }
    add(&mut proposal.model, facts.model);
    add(&mut proposal.parameters, facts.parameters);
    add(&mut proposal.usage, facts.usage);
    proposal.usage_is_aggregate |= facts.usage_is_aggregate;
    add(&mut proposal.cost_usd, facts.cost_usd);
    add(&mut proposal.session, facts.session);
    add(&mut proposal.time_to_first_chunk_ns, facts.time_to_first_chunk_ns);
    proposal.response_id = proposal.response_id.take().or(facts.response_id);
    if proposal.finish_reasons.is_empty() {
        proposal.finish_reasons = facts.finish_reasons;
    }
    proposal.metadata.extend(facts.metadata);
}

/// Takes what no event before told.
fn add<T>(told: &mut Option<Found<T>>, found: Option<Found<T>>) {
    *told = told.take().or(found.map(|found| Found::new(EVENT, found.value)));
}
