//! Vercel AI SDK: the `ai.*` attributes of versions 3 to 6, which version 7 still writes on request.
//!
//! Source: vercel/ai `packages/ai/src/telemetry` and `src/generate-text`, `stream-text`, `generate-object`, `embed`, `rerank`.
//! Every call is a pair of spans: an outer one for the function the program called, which repeats counts of its steps, and under
//! it one per request to the provider (`….doGenerate`, `….doStream`, `….doEmbed`, `….doRerank`).

use serde_json::Map;

use super::gen_ai_params::canonical;
use super::identity;
use super::proposal::{Evidence, Found, KindVote, NAME, Proposal, Session};
use super::switches::Switch;
use super::value::{self, first_text};
use super::{vercel_ai_extras, vercel_ai_said as said, vercel_ai_usage as usage};
use crate::reading::{Kind, Model, Reader};
use crate::span::LogRecord;

/// What brings text that is missing: ai 6.0 and 7.0, `recordInputs`, `recordOutputs`.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "Vercel AI SDK",
    "recordInputs: true, recordOutputs: true",
    "The AI SDK records both unless the telemetry settings of the call say no.",
)
.by_side()];

const OPERATION: &str = "ai.operationId";
const SETTINGS: &str = "ai.settings.";
/// What a program says about its call: under the first name up to version 6, under the second from 7 on.
const CONTEXTS: [&str; 2] = ["ai.telemetry.metadata.", "ai.settings.context."];

/// Reads a span's `ai.*` attributes.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let own = [
        "ai.operationId",
        "ai.model.",
        "ai.toolCall.",
        "ai.prompt",
        "ai.response.",
        "ai.request.",
        "ai.telemetry.",
        "ai.usage.",
        "ai.settings.",
        "ai.schema",
        "ai.value",
        "ai.embedding",
    ];
    if !own.iter().any(|key| reader.with_prefix(key).next().is_some()) {
        return None;
    }
    let named = || {
        let sent = reader.peek("operation.name").and_then(value::text).map(|sent| (sent, "operation.name"));
        let (name, key) = sent.unwrap_or_else(|| (reader.span.name.clone(), NAME));
        Some((name.split(' ').next().filter(|name| name.starts_with("ai."))?.to_owned(), key))
    };
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let sent = reader.get(OPERATION).and_then(value::text).map(|sent| (sent, OPERATION));
    let Some((operation, key)) = sent.or_else(named) else {
        vercel_ai_extras::read(reader, &mut proposal);
        read_context(reader, &mut proposal);
        read_facts(reader, &mut proposal);
        return Some(proposal);
    };
    let kind = kind(&operation);
    let is_leaf = operation.contains(".do");
    proposal.kind = kind.map(|kind| KindVote { kind, raw: Some(operation.clone()), evidence: Evidence::Word, key });
    proposal.model = model(reader);
    proposal.input = said::input(reader);
    said::read_output(reader, &mut proposal);
    proposal.tool = said::tool(reader);
    proposal.tools = said::offered(reader);
    proposal.documents = said::documents(reader);
    proposal.usage = usage::read(reader);
    proposal.usage_is_aggregate = !is_leaf;
    proposal.response_id = first_text(reader, &["ai.response.id"]).map(|(_, id)| id).filter(|_| is_leaf);
    proposal.time_to_first_chunk_ns = first_chunk(reader);
    read_settings(reader, &mut proposal);
    read_context(reader, &mut proposal);
    read_facts(reader, &mut proposal);
    Some(proposal)
}

fn kind(operation: &str) -> Option<Kind> {
    let (function, step) = operation.strip_prefix("ai.")?.split_once('.').unwrap_or((&operation[3..], ""));
    Some(match (function, step) {
        ("toolCall", _) => Kind::Tool,
        (_, "doGenerate" | "doStream") => Kind::Llm,
        (_, "doEmbed") => Kind::Embedding,
        (_, "doRerank") => Kind::Reranker,
        (_, "") => Kind::Chain,
        _ => return None,
    })
}

/// The provider is named with its API (`openai.chat`, `google.vertex.chat`); who runs the model is what the SDK itself maps to the
/// names of OpenTelemetry.
fn model(reader: &Reader<'_>) -> Option<Found<Model>> {
    let provider = first_text(reader, &["ai.model.provider"]).map(|(_, name)| provider(&name));
    let model = Model {
        request: first_text(reader, &["ai.model.id"]).map(|(_, name)| name),
        response: first_text(reader, &["ai.response.model"]).map(|(_, name)| name),
        provider,
    };
    (model != Model::default()).then(|| Found::new("ai.model.id", model))
}

fn provider(sent: &str) -> String {
    let starts = |prefix: &str| sent == prefix || sent.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.'));
    let known = [
        ("google.vertex", "gcp.vertex_ai"),
        ("google.generative-ai", "gcp.gemini"),
        ("vertex.anthropic", "gcp.vertex_ai"),
        ("amazon-bedrock", "aws.bedrock"),
        ("azure-openai", "azure.ai.openai"),
        ("azure", "azure.ai.inference"),
        ("xai", "x_ai"),
        ("mistral", "mistral_ai"),
    ];
    let mapped = known.iter().find(|(prefix, _)| starts(prefix)).map(|(_, name)| (*name).to_owned());
    mapped.unwrap_or_else(|| sent.split('.').next().unwrap_or(sent).to_owned())
}

/// The event's own time, else the milliseconds the SDK measured.
fn first_chunk(reader: &Reader<'_>) -> Option<Found<u64>> {
    const EVENT: &str = "ai.stream.firstChunk";
    let span = reader.span;
    let event = span.events.iter().find(|event| event.name == EVENT);
    let after = event.and_then(|event| event.time_unix_nano.checked_sub(span.start_time_unix_nano));
    let measured = ["ai.response.msToFirstChunk", "ai.stream.msToFirstChunk"].into_iter().find_map(|key| {
        let inside = event.and_then(|event| crate::span::attribute(&event.attributes, key));
        let ms = reader.get(key).or(inside)?.to_json().as_f64().filter(|ms| (0.0..1e9).contains(ms))?;
        Some(Found::new(key, (ms * 1e6) as u64))
    });
    after.map(|after| Found::new(EVENT, after)).or(measured)
}

fn read_settings(reader: &Reader<'_>, proposal: &mut Proposal) {
    let mut parameters = Map::new();
    for (key, name, sent) in reader.with_prefix(SETTINGS) {
        reader.understand(key);
        if name.starts_with("context.") {
            continue;
        }
        parameters.extend(value::json(sent).map(|sent| (canonical(name).to_owned(), sent)));
    }
    for (key, name) in [("ai.prompt.toolChoice", "tool_choice"), ("ai.schema", "response_format")] {
        parameters.extend(reader.get(key).and_then(value::json).map(|sent| (name.to_owned(), sent)));
    }
    proposal.parameters =
        Some(Found::new(SETTINGS.trim_end_matches('.'), parameters)).filter(|found| !found.value.is_empty());
}

/// Who, in which conversation, and whatever else the program told.
fn read_context(reader: &Reader<'_>, proposal: &mut Proposal) {
    let mut session = Session::default();
    for (key, name, sent) in CONTEXTS.into_iter().flat_map(|prefix| reader.with_prefix(prefix)) {
        reader.understand(key);
        if name == "tags" {
            proposal.tags = value::texts(sent);
        } else if !identity::take(&mut session, name, sent) {
            proposal.metadata.extend(value::json(sent).map(|sent| (name.to_owned(), sent)));
        }
    }
    proposal.session = (session != Session::default()).then(|| Found::new("ai.telemetry.metadata", session));
}

/// Everything else under `ai.` stays a fact under its own name.
fn read_facts(reader: &Reader<'_>, proposal: &mut Proposal) {
    for key in ["operation.name", "resource.name", "ai.operationId"] {
        let _ = reader.get(key);
    }
    let facts = [
        "ai.telemetry.functionId",
        "ai.request.",
        "ai.prompt.format",
        "ai.response.providerMetadata",
        "ai.response.timestamp",
        "ai.response.msToFinish",
        "ai.response.avg",
        "ai.response.audio.",
        "ai.schema.",
        "ai.ranking.type",
        "ai.stream.",
    ];
    proposal.keep_facts(reader, &facts, |_, _| false);
}
