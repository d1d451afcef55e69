//! What GenAI's conventions say of a span beside its messages: token counts, documents and facts.

use serde_json::Value;

use super::ag2;
use super::proposal::{Found, Proposal, Side};
use super::value::{self, first_count};
use crate::reading::{self, Reader};
use crate::shapes;
use crate::usage::normal::Counts;

/// Reads it.
pub(super) fn read(reader: &Reader<'_>, proposal: &mut Proposal) {
    read_usage(reader, proposal);
    proposal.documents = documents(reader);
    read_facts(reader, proposal);
}

/// Token counts by an allow-list, newest name first: other keys under the prefix are limits, costs or parts of these.
fn read_usage(reader: &Reader<'_>, proposal: &mut Proposal) {
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
        cache_write: first_count(reader, &["gen_ai.aggregated_usage.cache_creation.input_tokens"]).map(|(_, n)| n),
        ..Counts::default()
    };
    if counts != Counts::default() {
        proposal.usage = Some(Found::new("gen_ai.usage", counts));
    } else if sums != Counts::default() {
        proposal.usage = Some(Found::new("gen_ai.aggregated_usage", sums));
        proposal.usage_is_aggregate = true;
    }
    // A response that is fetched again repeats the counts of the call that made it, and so does what AG2 books of one.
    let is_fetched = reader.peek("gen_ai.operation.name").and_then(|name| name.as_str()) == Some("fetch_response");
    if is_fetched || ag2::books_a_call(reader) {
        proposal.usage = None;
    }
}

fn documents(reader: &Reader<'_>) -> Option<Found<Vec<reading::Document>>> {
    const KEY: &str = "gen_ai.retrieval.documents";
    let list = reader.get(KEY).and_then(value::json)?;
    let documents: Vec<reading::Document> =
        list.as_array()?.iter().filter_map(|item| shapes::document(item.as_object()?)).collect();
    (!documents.is_empty()).then(|| Found::new(KEY, documents))
}

/// What is left are facts: the agent, the data source, tiers and fingerprints.
fn read_facts(reader: &Reader<'_>, proposal: &mut Proposal) {
    let query = reader.get("gen_ai.retrieval.query.text").and_then(value::text);
    if let Some(query) = query.filter(|_| proposal.input == Side::default()) {
        proposal.input.value = Some(Found::new("gen_ai.retrieval.query.text", Value::String(query)));
    }
    let facts = [
        "gen_ai.agent.",
        "gen_ai.workflow.",
        "gen_ai.data_source.",
        "gen_ai.retrieval.",
        "gen_ai.embeddings.",
        "gen_ai.memory.",
        "gen_ai.prompt.",
        "gen_ai.response.",
        "gen_ai.tool.",
        "gen_ai.openai.",
        "openai.api.type",
        "openai.response.service_tier",
        "openai.response.system_fingerprint",
        "gen_ai.handoff.",
        "gen_ai.usage.text.",
        "gen_ai.usage.audio.",
        "gen_ai.usage.image.",
        "anthropic.thinking.",
        "anthropic.message.",
        "anthropic.request.id",
        "anthropic.response.service_tier",
        "gen_ai.conversation.",
        "gen_ai.usage.details.",
        "gen_ai.aggregated_usage.details.",
        "gen_ai.event.",
        "gen_ai.server.",
        "gen_ai.latency.",
        "gen_ai.thread.",
        "gen_ai.message.",
        "gen_ai.run_step.",
        "gen_ai.client.",
        "gen_ai.evaluation.",
        "gen_ai.execute_tool.",
        "gen_ai.token.",
        "gen_ai.sdk.",
        "gen_ai.environment",
        "gen_ai.application_name",
        "gen_ai.endpoint",
        "gen_ai.framework",
        "openlit.",
    ];
    let read = [
        "gen_ai.response.id",
        "gen_ai.response.model",
        "gen_ai.response.finish_reasons",
        "gen_ai.response.finish_reason",
        "anthropic.message.stop_reason",
        "gen_ai.response.time_to_first_chunk",
        "gen_ai.tool.name",
        "gen_ai.tool.call.id",
        "gen_ai.tool.args",
        "gen_ai.tool.output",
        "gen_ai.client.token.usage",
        "gen_ai.latency.time_to_first_token",
        "gen_ai.tool.definitions",
        "gen_ai.tool.input",
        "gen_ai.response.text",
        "gen_ai.response.tool_calls",
        "gen_ai.response.object",
        "gen_ai.response.stop_reason",
        "gen_ai.embeddings.input",
        "gen_ai.conversation.id",
        "gen_ai.thread.id",
        "gen_ai.retrieval.documents",
        "gen_ai.retrieval.query.text",
        "gen_ai.memory.query.text",
        "gen_ai.memory.records",
    ];
    for (key, _, sent) in facts.into_iter().flat_map(|prefix| reader.with_prefix(prefix)) {
        let is_read =
            read.contains(&key) || key.starts_with("gen_ai.openai.request.") || key.starts_with("gen_ai.tool.call.");
        // `gen_ai.prompt.0.…` is another convention's list of messages.
        let is_list =
            key.strip_prefix("gen_ai.prompt.").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        if is_read || is_list {
            continue;
        }
        reader.understand(key);
        // Finer counts (audio, predictions) are facts only where there is anything to count.
        let is_nothing = |sent: &Value| key.contains("usage.details.") && sent.as_f64() == Some(0.0);
        let sent = value::json(sent).filter(|sent| !is_nothing(sent));
        proposal.metadata.extend(sent.map(|sent| (key.to_owned(), sent)));
    }
}
