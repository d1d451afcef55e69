//! Datadog's tracers: what every span of theirs says, and of a call of a model what the integration put into its tags.
//!
//! Source: ddtrace 1.14 to 4.16 (`ext/__init__.py`, `constants.py`, `contrib/internal/*`) and its export over OTLP. What LLM
//! Observability adds is read in [`super::datadog_llmobs`], prompts in tags and logs in [`super::datadog_openai`].

use serde_json::{Map, Value};

use super::gen_ai_params::canonical;
use super::proposal::{Evidence, Found, KindVote, Proposal};
use super::switches::Switch;
use super::value::{self, first_count, first_text};
use super::{datadog_evaluations, datadog_llmobs, datadog_openai, datadog_written};
use crate::reading::{Kind, Model, Reader};
use crate::span::{AnyValue, LogRecord, attribute};
use crate::usage::normal::Counts;

/// What brings text that is missing: ddtrace 4.2, "LLM Observability"; 1.20, `contrib/openai`.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "Datadog",
    "DD_LLMOBS_ENABLED=1",
    "Datadog's tracer sends it with LLM Observability on; without, spans carry names and numbers, in older versions the beginning of texts.",
)];

/// Integrations that call models; each puts its tags under its own name.
const INTEGRATIONS: [&str; 9] = [
    "openai",
    "anthropic",
    "bedrock",
    "google_genai",
    "google_generativeai",
    "vertexai",
    "gemini",
    "litellm",
    "langchain",
];

/// What a tracer says about itself, its sampling and its own work: nothing about the operation.
const HOUSEKEEPING: [&str; 6] =
    ["_dd.", "_sampling_priority_v1", "_sample_rate", "runtime-id", "process_id", "tracestate"];

/// Reads a span of a Datadog tracer.
pub(super) fn read(reader: &Reader<'_>, logs: &[LogRecord]) -> Option<Proposal> {
    let event = datadog_llmobs::event(reader, logs);
    let is_ours = attribute(&reader.span.resource.attributes, "telemetry.sdk.name").and_then(AnyValue::as_str)
        == Some("datadog")
        || reader.with_prefix("_dd.").next().is_some();
    let spoken = is_ours || event.is_some();
    if !spoken {
        return None;
    }
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    proposal.kind = kind(reader);
    proposal.model = model(reader);
    proposal.usage = usage(reader);
    proposal.parameters = parameters(reader);
    datadog_openai::read(reader, logs, &mut proposal);
    datadog_written::read(reader, &mut proposal);
    if let Some((key, event)) = event {
        datadog_llmobs::read(reader, key, &event, &mut proposal);
    }
    datadog_written::take_tools(&mut proposal);
    datadog_evaluations::read(logs, &mut proposal);
    read_facts(reader, &mut proposal);
    Some(proposal)
}

/// An integration names its operation; any other span has a type.
fn kind(reader: &Reader<'_>) -> Option<KindVote> {
    let raw = reader.get("span.type").and_then(value::text);
    let operation = reader.get("operation.name").and_then(value::text).unwrap_or_default();
    let resource = reader.get("resource.name").and_then(value::text).unwrap_or_default().to_ascii_lowercase();
    if INTEGRATIONS.iter().any(|name| operation.strip_prefix(name).is_some_and(|rest| rest.starts_with(['.', '-']))) {
        // `createChatCompletion`, before ddtrace 1.15 `chat.completions/gpt-4`.
        let calls = [
            "completion",
            "response",
            "createedit",
            "image",
            "audio",
            "transcription",
            "translation",
            "message",
            "generate_content",
            "converse",
            "invokemodel",
        ];
        let kind = match resource.as_str() {
            named if named.contains("embedding") => Some(Kind::Embedding),
            named if calls.iter().any(|call| named.contains(call)) => Some(Kind::Llm),
            named if named.contains("moderation") => Some(Kind::Guardrail),
            _ => None,
        };
        return kind.map(|kind| KindVote { kind, raw, evidence: Evidence::Operation, key: "resource.name" });
    }
    let kind = match raw.as_deref()? {
        "web" | "http" | "proxy" => Kind::Http,
        "sql" | "db" | "cache" | "redis" | "memcached" | "mongodb" | "elasticsearch" | "opensearch" | "cassandra"
        | "leveldb" | "valkey" => Kind::Db,
        "rpc" | "grpc" | "queue" | "soap" | "graphql" => Kind::Rpc,
        "vectordb" => Kind::Retriever,
        _ => return None,
    };
    Some(KindVote { kind, raw, evidence: Evidence::Protocol, key: "span.type" })
}

fn model(reader: &Reader<'_>) -> Option<Found<Model>> {
    let told = |name: &str| {
        INTEGRATIONS.iter().find_map(|prefix| reader.get(&format!("{prefix}.{name}")).and_then(value::text))
    };
    let model = Model {
        // ddtrace 1.14 has one name for the model of every endpoint.
        request: told("request.model").or_else(|| reader.get("openai.model").and_then(value::text)),
        response: told("response.model"),
        provider: told("request.provider"),
    };
    (model != Model::default()).then(|| Found::new("request.model", model))
}

fn usage(reader: &Reader<'_>) -> Option<Found<Counts>> {
    let count = |keys: &[&'static str]| first_count(reader, keys).map(|(_, n)| n);
    let counts = Counts {
        input: count(&[
            "openai.response.usage.prompt_tokens",
            "anthropic.response.usage.input_tokens",
            "bedrock.response.usage.prompt_tokens",
            // ddtrace before 3.
            "bedrock.usage.prompt_tokens",
            "google_generativeai.response.usage.prompt_tokens",
            "vertexai.response.usage.prompt_tokens",
        ]),
        output: count(&[
            "openai.response.usage.completion_tokens",
            "anthropic.response.usage.output_tokens",
            "bedrock.response.usage.completion_tokens",
            "bedrock.usage.completion_tokens",
            "google_generativeai.response.usage.completion_tokens",
            "vertexai.response.usage.completion_tokens",
        ]),
        total: count(&["openai.response.usage.total_tokens", "anthropic.response.usage.total_tokens"]),
        ..Counts::default()
    };
    (counts != Counts::default()).then(|| Found::new("response.usage", counts))
}

/// Everything below `request` is a parameter but what is read elsewhere: the model, the messages, where it was sent.
fn parameters(reader: &Reader<'_>) -> Option<Found<Map<String, Value>>> {
    let mut parameters = Map::new();
    for (key, rest, sent) in INTEGRATIONS.iter().flat_map(|prefix| reader.with_prefix(prefix)) {
        let Some(name) = rest.strip_prefix(".request.") else { continue };
        reader.understand(key);
        let first = name.split('.').next().unwrap_or(name);
        let elsewhere = [
            "model",
            "provider",
            "endpoint",
            "method",
            "messages",
            "prompt",
            "prompts",
            "input",
            "inputs",
            "query",
            "contents",
            "system",
            "system_instruction",
            "tool",
            "type",
            "api_key",
            "model_provider",
            "prompt_tokens_estimated",
        ];
        if elsewhere.contains(&first) {
            continue;
        }
        // Anthropic's stand in one tag.
        if name == "parameters"
            && let Some(Value::Object(said)) = value::json(sent)
        {
            parameters.extend(said.into_iter().map(|(name, said)| (canonical(&name).to_owned(), said)));
            continue;
        }
        let name = name.split_once(".parameters.").map_or(name, |(_, name)| name);
        let name = name.strip_prefix("generation_config.").unwrap_or(name);
        let said = match sent.as_str() {
            Some("True") => Some(Value::Bool(true)),
            Some("False") => Some(Value::Bool(false)),
            Some("None") => None,
            _ => value::json(sent),
        };
        parameters.extend(said.map(|said| (canonical(name).to_owned(), said)));
    }
    (!parameters.is_empty()).then(|| Found::new("request", parameters))
}

/// Facts that name the environment and the account; the rest of what a tracer writes is about itself.
fn read_facts(reader: &Reader<'_>, proposal: &mut Proposal) {
    for (key, ..) in HOUSEKEEPING.iter().flat_map(|prefix| reader.with_prefix(prefix)) {
        reader.understand(key);
    }
    for key in ["language", "component", "span.kind", "service.name", "llmobs_parent_id", "llmobs_trace_id", "out.host"]
    {
        reader.get(key);
    }
    if let Some((key, base)) = first_text(reader, &["openai.api_base", "api_base", "openai.base_url"]) {
        proposal.metadata.insert(key.to_owned(), Value::String(base));
    }
    let app = reader.get("gen_ai.application.name").and_then(value::text);
    if let Some(app) = app {
        proposal.metadata.entry("ml_app").or_insert(Value::String(app));
    }
    for key in ["env", "version"] {
        let told = reader.get(key).and_then(value::text);
        proposal.metadata.extend(told.map(|told| (key.to_owned(), Value::String(told))));
    }
    for (key, rest, sent) in INTEGRATIONS.iter().flat_map(|prefix| reader.with_prefix(prefix)) {
        let is_account = [".organization.", ".user.", ".api_", ".endpoint"].iter().any(|of| rest.starts_with(of));
        let is_answer = rest.starts_with(".response.");
        if is_account || is_answer {
            reader.understand(key);
        }
        let read = [
            ".response.choices",
            ".response.completions",
            ".response.candidates",
            ".response.content",
            ".response.message_type",
            ".response.outputs",
            ".response.output",
            ".response.document.",
            ".response.usage",
            ".response.model",
            ".response.id",
        ];
        let is_read = read.iter().any(|of| rest.starts_with(of));
        if rest == ".organization.name" || is_answer && !is_read {
            proposal.metadata.extend(value::json(sent).map(|said| (key.to_owned(), said)));
        }
    }
    let id = first_text(reader, &["openai.response.id"]);
    proposal.response_id = proposal.response_id.take().or(id.map(|(_, id)| id));
}
