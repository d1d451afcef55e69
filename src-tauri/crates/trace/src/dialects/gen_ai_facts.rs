//! What GenAI's conventions say of a span beside its messages: token counts, documents and facts.

use serde_json::Value;

use super::proposal::{Found, Proposal, Side};
use super::value::{self, first_count};
use super::{ag2, embabel};
use crate::reading::{self, Reader};
use crate::shapes;
use crate::usage::normal::{Counts, count};

/// Reads it.
pub(super) fn read(reader: &Reader<'_>, proposal: &mut Proposal) {
    read_usage(reader, proposal);
    proposal.documents = documents(reader).or(proposal.documents.take());
    read_facts(reader, proposal);
}

/// Token counts by an allow-list, newest name first: other keys under the prefix are limits, costs or parts of these.
fn read_usage(reader: &Reader<'_>, proposal: &mut Proposal) {
    let families = ["gen_ai.usage.", "gen_ai.aggregated_usage.", "gen_ai.client.token.usage", "llm.usage.total_tokens"];
    if families.into_iter().all(|family| reader.with_prefix(family).next().is_none()) {
        return;
    }
    let counts = Counts {
        input: first_count(reader, &["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"]).map(|(_, n)| n),
        output: first_count(reader, &["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"]).map(|(_, n)| n),
        total: first_count(
            reader,
            &["gen_ai.usage.total_tokens", "llm.usage.total_tokens", "gen_ai.client.token.usage"],
        )
        .map(|(_, n)| n),
        cache_read: first_count(
            reader,
            &[
                "gen_ai.usage.cache_read.input_tokens",
                "gen_ai.usage.cache_read_input_tokens",
                "gen_ai.usage.cache_read_tokens",
                "gen_ai.usage.input_tokens.cached",
                "gen_ai.usage.input_cached_tokens",
                "gen_ai.usage.cached_input_tokens",
                // Langtrace 3.8.
                "gen_ai.usage.cached_tokens",
                // traceAI 0.1.
                "gen_ai.usage.input_tokens.cache_read",
                "gen_ai.usage.details.cache_read_tokens",
                // Pydantic AI 0.2, of OpenAI's.
                "gen_ai.usage.details.cached_tokens",
            ],
        )
        .map(|(_, n)| n),
        cache_write: first_count(
            reader,
            &[
                "gen_ai.usage.cache_write.input_tokens",
                "gen_ai.usage.cache_creation.input_tokens",
                "gen_ai.usage.cache_creation_input_tokens",
                "gen_ai.usage.cache_write_input_tokens",
                "gen_ai.usage.cache_write_tokens",
                "gen_ai.usage.input_tokens.cache_write",
                "gen_ai.usage.details.cache_write_tokens",
            ],
        )
        .map(|(_, n)| n),
        cache_write_1h: kept_for_an_hour(reader),
        reasoning: first_count(
            reader,
            &[
                "gen_ai.usage.reasoning.output_tokens",
                "gen_ai.usage.reasoning_output_tokens",
                "gen_ai.usage.reasoning_tokens",
                "gen_ai.usage.output_tokens.reasoning",
                "gen_ai.usage.details.reasoning_tokens",
                // AG2 1.2.
                "gen_ai.usage.thinking_tokens",
            ],
        )
        .map(|(_, n)| n),
        ..Counts::default()
    };
    let sums = Counts {
        input: first_count(reader, &["gen_ai.aggregated_usage.input_tokens"]).map(|(_, n)| n),
        output: first_count(reader, &["gen_ai.aggregated_usage.output_tokens"]).map(|(_, n)| n),
        cache_read: first_count(reader, &["gen_ai.aggregated_usage.cache_read.input_tokens"]).map(|(_, n)| n),
        cache_write: first_count(
            reader,
            &[
                "gen_ai.aggregated_usage.cache_write.input_tokens",
                "gen_ai.aggregated_usage.cache_creation.input_tokens",
            ],
        )
        .map(|(_, n)| n),
        reasoning: first_count(reader, &["gen_ai.aggregated_usage.reasoning.output_tokens"]).map(|(_, n)| n),
        ..Counts::default()
    };
    if counts != Counts::default() {
        proposal.usage = Some(Found::new("gen_ai.usage", counts));
    } else if sums != Counts::default() {
        proposal.usage = Some(Found::new("gen_ai.aggregated_usage", sums));
        proposal.usage_is_aggregate = true;
    }
    // A response that is fetched again repeats the counts of the call that made it, and so does what AG2 and Embabel book of one.
    let is_fetched = reader.peek("gen_ai.operation.name").and_then(|name| name.as_str()) == Some("fetch_response");
    if is_fetched || ag2::books_a_call(reader) || embabel::books_a_call(reader) {
        proposal.usage = None;
    }
}

/// Returns how many of the tokens written to a cache it keeps for an hour: Laminar's, and Anthropic's own.
fn kept_for_an_hour(reader: &Reader<'_>) -> Option<u64> {
    let families = ["gen_ai.usage.cache_creation", "anthropic.usage.cache_creation."];
    let by_time = families.into_iter().flat_map(|family| reader.with_prefix(family));
    by_time.filter(|(_, name, _)| name.contains("ephemeral_")).fold(None, |found, (key, name, sent)| {
        reader.understand(key);
        found.or_else(|| count(&sent.to_json()).filter(|_| name.contains("ephemeral_1h")))
    })
}

fn documents(reader: &Reader<'_>) -> Option<Found<Vec<reading::Document>>> {
    const KEY: &str = "gen_ai.retrieval.documents";
    let list = reader.get(KEY).and_then(|sent| value::objects(sent).or_else(|| value::json(sent)))?;
    let document = |item: &Value| match item {
        Value::String(text) => Some(reading::Document { content: Some(text.clone()), ..reading::Document::default() }),
        item => shapes::document(item.as_object()?),
    };
    let documents: Vec<reading::Document> = list.as_array()?.iter().filter_map(document).collect();
    (!documents.is_empty()).then(|| Found::new(KEY, documents))
}

/// Facts in words of a provider's or an instrumentation's own.
const FACTS_OF_OTHERS: &[&str] = &[
    "openai.api.type",
    "openai.response.service_tier",
    "openai.response.system_fingerprint",
    "anthropic.thinking.",
    "anthropic.message.",
    "anthropic.request.id",
    "anthropic.response.service_tier",
    "openlit.",
];

/// Says whether an attribute is a fact by what follows `gen_ai.` in its name: in one of these groups, and not read into a field of its
/// own.
fn is_fact(name: &str) -> bool {
    let Some((group, rest)) = name.split_once('.') else {
        return matches!(name, "environment" | "application_name" | "endpoint" | "framework" | "conversation_root");
    };
    match group {
        "agent" | "capability" | "step" | "workflow" | "data_source" | "handoff" | "event" | "server" | "message"
        | "run_step" | "evaluation" | "execute_tool" | "token" | "sdk" | "execution" | "realtime_session" => true,
        "guardrail" => !rest.starts_with("security.content."),
        "response" => !matches!(
            rest,
            "id" | "model"
                | "finish_reasons"
                | "finish_reason"
                | "stop_reason"
                | "time_to_first_chunk"
                | "text"
                | "tool_calls"
                | "object"
        ),
        "tool" => {
            !matches!(rest, "name" | "args" | "arguments" | "input" | "output" | "message" | "definitions")
                && !rest.starts_with("call.")
        }
        "retrieval" => !matches!(rest, "documents" | "query.text"),
        "memory" => !matches!(rest, "records" | "query.text"),
        "embeddings" => rest != "input",
        "conversation" | "thread" => rest != "id",
        "client" => rest != "token.usage",
        "latency" => rest != "time_to_first_token",
        "openai" => !rest.starts_with("request."),
        // `gen_ai.prompt.0.…` is another convention's list of messages.
        "prompt" => !rest.starts_with(|first: char| first.is_ascii_digit()),
        "usage" => ["text.", "audio.", "image.", "video.", "details."].iter().any(|part| rest.starts_with(part)),
        "aggregated_usage" => rest.starts_with("details."),
        _ => false,
    }
}

/// What is left are facts: the agent, the data source, tiers and fingerprints.
fn read_facts(reader: &Reader<'_>, proposal: &mut Proposal) {
    let query = reader.get("gen_ai.retrieval.query.text").and_then(value::text);
    if let Some(query) = query.filter(|_| proposal.input == Side::default()) {
        proposal.input.value = Some(Found::new("gen_ai.retrieval.query.text", Value::String(query)));
    }
    let own = reader.with_prefix("gen_ai.").filter(|(_, name, _)| is_fact(name));
    let others = FACTS_OF_OTHERS.iter().flat_map(|prefix| reader.with_prefix(prefix));
    for (key, _, sent) in own.chain(others).filter(|(key, ..)| *key != "anthropic.message.stop_reason") {
        reader.understand(key);
        // Finer counts (audio, predictions) are facts only where there is anything to count.
        let is_nothing = |sent: &Value| sent.as_f64() == Some(0.0) && key.contains("usage.details.");
        if let Some(sent) = value::json(sent).filter(|sent| !is_nothing(sent)) {
            proposal.metadata.insert(key.to_owned(), sent);
        }
    }
}
