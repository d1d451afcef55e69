//! What the newest GenAI conventions say beside calls of models: memory, content kept elsewhere, and providers' own attributes.
//!
//! Source: semantic-conventions-genai, `model/gen-ai/registry.yaml`, `model/microsoft/foundry` and `docs/gen-ai/*.md` of providers.

use serde_json::Value;

use super::proposal::{Found, Proposal, Side};
use super::value::{self, first_count};
use crate::reading::{Document, Kind, Reader};
use crate::usage::normal::Counts;

/// Where content is that is kept elsewhere; that of tools is a fact among theirs.
const KEPT_ELSEWHERE: &[&str] =
    &["gen_ai.input.messages_ref", "gen_ai.output.messages_ref", "gen_ai.system_instructions_ref"];

/// Attributes that are facts under their own names.
const FACTS: &[&str] = &[
    "aws.bedrock.",
    "azure.",
    "az.namespace",
    "mistral_ai.",
    "anthropic.beta",
    "anthropic.usage.cache_creation.",
    "agent_framework.",
    "agent.trace.public",
    "microsoft.foundry.",
];

/// A record's content is a text or an object.
fn record(record: &Value) -> Option<Document> {
    let text = |key: &str| record.get(key)?.as_str().map(str::to_owned);
    let whole = || record.get("content").filter(|content| !content.is_null()).map(Value::to_string);
    record.as_object().map(|record| Document {
        id: text("id"),
        content: text("content").or_else(whole),
        score: record.get("score").and_then(Value::as_f64),
        metadata: record.get("metadata").cloned(),
    })
}

/// LangChain4j's counts have no family (langchain4j-observation 1.5 on, `ChatModelDocumentation`).
fn bare_counts(reader: &Reader<'_>) -> Option<Found<Counts>> {
    const INPUT: &str = "input_tokens";
    let (_, input) = first_count(reader, &[INPUT])?;
    let output = first_count(reader, &["output_tokens"]).map(|(_, output)| output);
    Some(Found::new(INPUT, Counts { input: Some(input), output, ..Counts::default() }))
}

/// What a guardrail looked at, and what it made of that (semantic-conventions-genai, "Security").
const GUARDED: &str = "gen_ai.guardrail.security.content.input.value";
const GUARDED_SO: &str = "gen_ai.guardrail.security.content.output.value";

/// Reads a memory's query and records and what a guardrail looked at, and adds the facts.
pub(super) fn read(reader: &Reader<'_>, proposal: &mut Proposal) {
    const QUERY: &str = "gen_ai.memory.query.text";
    const RECORDS: &str = "gen_ai.memory.records";
    let query = reader.get(QUERY).and_then(value::text);
    if let Some(query) = query.filter(|_| proposal.input == Side::default()) {
        proposal.input.value = Some(Found::new(QUERY, Value::String(query)));
    }
    if let Some(records) = reader.get(RECORDS).and_then(value::json) {
        let records = records.as_array().into_iter().flatten();
        let records: Vec<Document> = records.filter_map(record).collect();
        proposal.documents = Some(Found::new(RECORDS, records)).filter(|found| !found.value.is_empty());
    }
    if proposal.kind.as_ref().is_some_and(|vote| vote.kind == Kind::Guardrail) {
        let content = |key: &'static str| Some(Found::new(key, reader.get(key).and_then(value::json)?));
        proposal.input.value = content(GUARDED).or(proposal.input.value.take());
        proposal.output.value = content(GUARDED_SO).or(proposal.output.value.take());
    }
    if proposal.usage.is_none() && proposal.kind.as_ref().is_some_and(|vote| vote.kind == Kind::Llm) {
        proposal.usage = bare_counts(reader);
    }
    proposal.keep_keys(reader, KEPT_ELSEWHERE);
    proposal.keep_facts(reader, FACTS, |_, _| false);
}
