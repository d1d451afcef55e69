//! Mastra: `mastra.*` beside GenAI's words, what went in and came out under the name of the span's type.
//!
//! Source: `@mastra/otel-exporter` 0.2 and 0.3 (`span-converter.ts`; input, output and metadata have bare names), the same 1.0 to
//! 1.4 (`gen-ai-semantics.ts`), `@mastra/arize` 1.3 and `@mastra/langfuse` 1.5, which write some of it in OpenInference's and
//! Langfuse's words. Where requests to a model have spans of their own (`model_inference`), the generation and its steps around
//! them are containers.

use serde_json::Value;

use super::identity;
use super::proposal::{Evidence, Found, KindVote, NAME, Proposal, Session, Side};
use super::switches::Switch;
use super::value;
use crate::reading::{Kind, Message, Model, Part, Reader, ToolDefinition};
use crate::shapes::{self, Side as PayloadSide, text, tools};
use crate::span::LogRecord;

/// What brings text that is missing: @mastra/core 1, `observability/types/tracing`.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "Mastra",
    "tracingOptions: { hideInput: false, hideOutput: false }",
    "Mastra sends it, of some calls on the span around them, unless a call hides its input or output.",
)
.by_side()];

const TYPE: &str = "mastra.span.type";
const METADATA: &str = "mastra.metadata.";
const STARTED: &str = "mastra.completion_start_time";
/// The scope of the exporters before 1.0.
const OLD_SCOPE: &str = "@mastra/otel";
/// Only the exporters before 1.0 write it.
const OLD: &str = "mastra.trace_id";
/// What stands beside the metadata where that has bare names.
const BESIDE: [&str; 4] = ["gen_ai.", "mastra.", "error", "mcp."];

/// Reads a span of Mastra's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    if reader.with_prefix("mastra.").next().is_none() {
        return Some(Proposal { spoken: true, kind: Some(chunk(reader)?), ..Proposal::default() });
    }
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let Some(of) = reader.get(TYPE).and_then(value::text) else { return Some(proposal) };
    let kind = kind(reader, &of);
    proposal.raw_kind = Some(of.clone());
    // The exporter for Arize calls steps and chunks `LLM`; a generation is what it says where nothing is told of its requests.
    let evidence = if of.ends_with("_generation") { Evidence::Word } else { Evidence::Own };
    proposal.kind = kind.map(|kind| KindVote { kind, raw: Some(of.clone()), evidence, key: TYPE });
    proposal.tools = offered(reader);
    proposal.input = input(reader, &of, &mut proposal.tools);
    proposal.output = output(reader, &of);
    proposal.time_to_first_chunk_ns = reader.get(STARTED).and_then(value::text).and_then(|started| {
        let after = value::unix_nano(&started)?.checked_sub(reader.span.start_time_unix_nano)?;
        Some(Found::new(STARTED, after))
    });
    read_metadata(reader, &mut proposal);
    if of == "model_step" {
        read_response(metadata_prefix(reader), &mut proposal);
    }
    read_facts(reader, &of, &mut proposal);
    Some(proposal)
}

/// The exporter for Arize before 1.0 calls chunks `LLM` as the generation around them, and has no word of Mastra's.
fn chunk(reader: &Reader<'_>) -> Option<KindVote> {
    let is_chunk = reader.span.scope.name == OLD_SCOPE && reader.span.name.starts_with("chunk: ");
    is_chunk.then_some(KindVote { kind: Kind::Other, raw: None, evidence: Evidence::Own, key: NAME })
}

/// Returns what a span of this type is.
pub(super) fn kind(reader: &Reader<'_>, of: &str) -> Option<Kind> {
    let operation = reader.peek("gen_ai.operation.name").and_then(|name| name.as_str());
    let is_call = matches!(operation, Some("chat" | "tool_selection"));
    Some(match of {
        "model_inference" => Kind::Llm,
        "model_generation" | "llm_generation" if is_call => Kind::Llm,
        "agent_run" => Kind::Agent,
        "tool_call" | "mcp_tool_call" | "provider_tool_call" | "client_tool_call" => Kind::Tool,
        "rag_embedding" => Kind::Embedding,
        "rag_vector_operation" => Kind::Retriever,
        "memory_operation" => Kind::Memory,
        "scorer_run" | "scorer_step" => Kind::Evaluator,
        "workflow_step" => Kind::Task,
        "model_generation" | "llm_generation" | "model_step" | "processor_run" => Kind::Chain,
        _ if of.starts_with("workflow_") => Kind::Chain,
        "model_chunk" | "llm_chunk" => Kind::Other,
        _ => return None,
    })
}

/// Returns what stands on one side, and where: under the type's own name, of the exporter for Langfuse under that one's, of old
/// ones under the side's.
fn said(reader: &Reader<'_>, of: &str, side: &str) -> Option<(String, Value)> {
    let keys = [format!("mastra.{of}.{side}"), format!("langfuse.observation.{side}"), side.to_owned()];
    keys.into_iter().find_map(|key| {
        let said = reader.get(&key).and_then(value::json)?;
        Some((key, said))
    })
}

/// What a span was given; an agent's instructions stand beside. A step of an old version keeps the request to the provider, with
/// the tools `offered` in it.
fn input(reader: &Reader<'_>, of: &str, offered: &mut Option<Found<Vec<ToolDefinition>>>) -> Side {
    let Some((key, mut said)) = said(reader, of, "input") else { return Side::default() };
    if let Some(body) = said.get_mut("body").filter(|_| of == "model_step").map(Value::take) {
        said = text::result(&body);
        let tools = said.get("tools").map(tools::definitions).unwrap_or_default();
        *offered = Some(Found::new(key.clone(), tools)).filter(|found| !found.value.is_empty());
    }
    let messages = match &said {
        Value::String(asked) if of == "agent_run" => Some(vec![Message::new("user", text::parts(asked))]),
        Value::Array(texts) if of == "agent_run" && texts.iter().all(Value::is_string) => {
            Some(texts.iter().map(|asked| Message::new("user", shapes::content(asked))).collect())
        }
        said => shapes::read(said, PayloadSide::Input).map(|payload| payload.messages),
    };
    let Some(mut messages) = messages.filter(|messages| !messages.is_empty()) else {
        return Side { messages: None, value: Some(Found::new(key, said)) };
    };
    let told = reader.peek("gen_ai.system_instructions").and_then(value::json);
    shapes::prepend_system(&mut messages, told.as_ref().map(shapes::content).unwrap_or_default());
    Side { messages: Some(Found::new(key, messages)), value: None }
}

/// What a span answered; of an agent and of a model a result as the AI SDK's functions return it.
fn output(reader: &Reader<'_>, of: &str) -> Side {
    let Some((key, said)) = said(reader, of, "output") else { return Side::default() };
    let speaks = of == "agent_run" || of.starts_with("model_") || of == "llm_generation";
    let payload = shapes::read(&said, PayloadSide::Output).filter(|payload| speaks && !payload.messages.is_empty());
    match payload {
        Some(payload) => Side { messages: Some(Found::new(key, payload.messages)), value: None },
        None => Side { messages: None, value: Some(Found::new(key, said)) },
    }
}

/// An agent tells its tools by name only.
fn offered(reader: &Reader<'_>) -> Option<Found<Vec<ToolDefinition>>> {
    const KEY: &str = "gen_ai.tool.definitions";
    let names = value::texts(reader.peek(KEY)?);
    let offered = names.into_iter().map(|name| ToolDefinition { name, ..ToolDefinition::default() });
    let offered: Vec<ToolDefinition> = offered.collect();
    (!offered.is_empty()).then(|| Found::new(KEY, offered))
}

/// What names of metadata begin with: nothing in old versions.
fn metadata_prefix(reader: &Reader<'_>) -> &'static str {
    if reader.peek(OLD).is_some() { "" } else { METADATA }
}

/// Who, in which conversation, and whatever else the program told.
fn read_metadata(reader: &Reader<'_>, proposal: &mut Proposal) {
    let mut session = Session::default();
    let (prefix, mut told) = (metadata_prefix(reader), METADATA.trim_end_matches('.'));
    for (key, name, sent) in reader.with_prefix(prefix) {
        let is_beside = |name: &str| BESIDE.iter().any(|beside| name.starts_with(beside));
        if prefix.is_empty() && (is_beside(name) || matches!(name, "input" | "output")) {
            continue;
        }
        reader.understand(key);
        if identity::take(&mut session, name, sent) {
            told = if prefix.is_empty() { key } else { told };
        } else {
            proposal.metadata.extend(value::json(sent).map(|sent| (name.to_owned(), sent)));
        }
    }
    // The span's kind in a word, which the span says itself.
    proposal.metadata.remove("span.kind");
    proposal.session = (session != Session::default()).then(|| Found::new(told, session));
    proposal.tags = reader.get("mastra.tags").map(value::texts).unwrap_or_default();
}

/// A step keeps the provider's own answer among its metadata: the model that answered and what it counted.
fn read_response(prefix: &str, proposal: &mut Proposal) {
    let key = |name: &str| format!("{prefix}{name}");
    let named = |pointer: &str| proposal.metadata.get("modelMetadata")?.pointer(pointer)?.as_str().map(str::to_owned);
    let answered = || proposal.metadata.get("modelId")?.as_str().map(str::to_owned);
    let payload = proposal.metadata.get("body").and_then(|body| shapes::read(body, PayloadSide::Output));
    let model = Model {
        request: named("/modelId"),
        response: payload.as_ref().and_then(|payload| payload.model.clone()).or_else(answered),
        provider: named("/modelProvider").map(|name| name.split('.').next().unwrap_or_default().to_owned()),
    };
    proposal.model = (model != Model::default()).then(|| Found::new(key("modelMetadata"), model));
    if let Some(payload) = payload {
        // What was read out of the answer is shown once. It tells thoughts, which the step's own output leaves out.
        proposal.metadata.remove("body");
        if !payload.messages.is_empty() && !payload.messages.iter().any(is_cut) {
            let messages = Some(Found::new(key("body"), payload.messages.clone()));
            proposal.output = Side { messages, value: None };
        }
        proposal.take_payload(&key("body"), &payload);
        proposal.usage_is_aggregate = proposal.payload_usage.is_some();
    }
}

/// Old versions write `[MaxDepth]` for what lies deep in an answer: there, a call's particulars.
fn is_cut(message: &Message) -> bool {
    message.parts.iter().any(|part| matches!(part, Part::ToolCall { name: None, .. }))
}

/// What else stands under the prefix stays a fact under its own name.
fn read_facts(reader: &Reader<'_>, of: &str, proposal: &mut Proposal) {
    proposal.keep_facts(reader, &["mastra."], |key, name| {
        let is_side = name.strip_prefix(of).is_some_and(|rest| rest == ".input" || rest == ".output");
        is_side || [TYPE, STARTED, "mastra.tags"].contains(&key) || key.starts_with(METADATA)
    });
}
