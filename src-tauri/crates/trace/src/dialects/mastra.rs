//! Mastra: `mastra.*` beside GenAI's words, what went in and came out under the name of the span's type.
//!
//! Source: `@mastra/otel-exporter` 1.0 to 1.4 (`gen-ai-semantics.ts`); the exporters for Arize and Langfuse write the same keys
//! beside theirs. Where requests to a model have spans of their own (`model_inference`), the generation and its steps around them
//! are containers.

use serde_json::{Map, Value};

use super::identity;
use super::proposal::{Evidence, Found, KindVote, Proposal, Session, Side};
use super::switches::Switch;
use super::value;
use crate::reading::{Kind, Message, Model, Part, Reader, ToolDefinition};
use crate::shapes::{self, Side as PayloadSide, ai_sdk, text};
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

/// Reads a span of Mastra's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Proposal {
    let mut proposal = Proposal { spoken: reader.with_prefix("mastra.").next().is_some(), ..Proposal::default() };
    let Some(of) = reader.get(TYPE).and_then(value::text).filter(|_| proposal.spoken) else { return proposal };
    let kind = kind(reader, &of);
    proposal.raw_kind = Some(of.clone());
    proposal.kind = kind.map(|kind| KindVote { kind, raw: Some(of.clone()), evidence: Evidence::Word, key: TYPE });
    proposal.input = input(reader, &of);
    proposal.output = output(reader, &of);
    proposal.tools = offered(reader);
    proposal.time_to_first_chunk_ns = reader.get(STARTED).and_then(value::text).and_then(|started| {
        let after = value::unix_nano(&started)?.checked_sub(reader.span.start_time_unix_nano)?;
        Some(Found::new(STARTED, after))
    });
    read_metadata(reader, &mut proposal);
    if of == "model_step" {
        read_response(&mut proposal);
    }
    read_facts(reader, &of, &mut proposal);
    proposal
}

fn kind(reader: &Reader<'_>, of: &str) -> Option<Kind> {
    let is_call = reader.peek("gen_ai.operation.name").and_then(|name| name.as_str()) == Some("chat");
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
        "model_chunk" => Kind::Other,
        _ => return None,
    })
}

/// What a span was given; an agent's instructions stand beside.
fn input(reader: &Reader<'_>, of: &str) -> Side {
    let key = format!("mastra.{of}.input");
    let said = reader.get(&key).and_then(value::json);
    let is_agent = of == "agent_run";
    let read = said.as_ref().and_then(|said| match said {
        Value::String(asked) if is_agent => Some(vec![Message::new("user", text::parts(asked))]),
        Value::Array(texts) if is_agent && texts.iter().all(Value::is_string) => {
            Some(texts.iter().map(|asked| Message::new("user", shapes::content(asked))).collect())
        }
        said => shapes::read(said, PayloadSide::Input).map(|payload| payload.messages),
    });
    match read.filter(|messages| !messages.is_empty()) {
        Some(mut messages) => {
            let told = reader.peek("gen_ai.system_instructions").and_then(value::json);
            shapes::prepend_system(&mut messages, told.as_ref().map(shapes::content).unwrap_or_default());
            Side { messages: Some(Found::new(key, messages)), value: None }
        }
        None => Side { messages: None, value: said.map(|said| Found::new(key, said)) },
    }
}

/// What a span answered: a text, thoughts and calls, each under its own name.
fn output(reader: &Reader<'_>, of: &str) -> Side {
    let key = format!("mastra.{of}.output");
    let Some(said) = reader.get(&key).and_then(value::json) else { return Side::default() };
    let speaks = matches!(of, "agent_run" | "model_generation" | "model_step");
    match said.as_object().filter(|_| speaks).map(answer).filter(|parts| !parts.is_empty()) {
        Some(parts) => Side { messages: Some(Found::new(key, vec![Message::new("assistant", parts)])), value: None },
        None => Side { messages: None, value: Some(Found::new(key, said)) },
    }
}

fn answer(said: &Map<String, Value>) -> Vec<Part> {
    let mut parts: Vec<Part> = thoughts(said).map(|text| Part::Reasoning { text }).collect();
    let spoken = said.get("text").filter(|spoken| spoken.as_str().is_some_and(|spoken| !spoken.is_empty()));
    match (spoken, said.get("object").filter(|object| !object.is_null())) {
        (Some(spoken), _) => parts.extend(shapes::content(spoken)),
        (None, Some(object)) => parts.push(Part::Text { text: object.to_string() }),
        (None, None) => {}
    }
    parts.extend(said.get("files").map(shapes::content).unwrap_or_default());
    parts.extend(said.get("toolCalls").map(ai_sdk::calls).unwrap_or_default());
    parts
}

/// Thoughts are a text, or a list of objects with one.
fn thoughts(said: &Map<String, Value>) -> impl Iterator<Item = String> {
    let found = ["reasoning", "reasoningText"].iter().find_map(|key| said.get(*key).filter(|said| !said.is_null()));
    let texts = match found {
        Some(Value::Array(list)) => {
            list.iter().filter_map(|item| item.as_str().or(item.get("text")?.as_str())).collect()
        }
        Some(Value::String(text)) => vec![text.as_str()],
        _ => Vec::new(),
    };
    texts.into_iter().filter(|text| !text.is_empty()).map(str::to_owned).collect::<Vec<_>>().into_iter()
}

/// An agent tells its tools by name only.
fn offered(reader: &Reader<'_>) -> Option<Found<Vec<ToolDefinition>>> {
    const KEY: &str = "gen_ai.tool.definitions";
    let names = value::texts(reader.peek(KEY)?);
    let offered = names.into_iter().map(|name| ToolDefinition { name, ..ToolDefinition::default() });
    let offered: Vec<ToolDefinition> = offered.collect();
    (!offered.is_empty()).then(|| Found::new(KEY, offered))
}

/// Who, in which conversation, and whatever else the program told.
fn read_metadata(reader: &Reader<'_>, proposal: &mut Proposal) {
    let mut session = Session::default();
    for (key, name, sent) in reader.with_prefix(METADATA) {
        reader.understand(key);
        if !identity::take(&mut session, name, sent) {
            proposal.metadata.extend(value::json(sent).map(|sent| (name.to_owned(), sent)));
        }
    }
    proposal.session = (session != Session::default()).then(|| Found::new(METADATA.trim_end_matches('.'), session));
    proposal.tags = reader.get("mastra.tags").map(value::texts).unwrap_or_default();
}

/// A step keeps the provider's own answer among its metadata: the model that answered and what it counted.
fn read_response(proposal: &mut Proposal) {
    let named = |pointer: &str| proposal.metadata.get("modelMetadata")?.pointer(pointer)?.as_str().map(str::to_owned);
    let payload = proposal.metadata.get("body").and_then(|body| shapes::read(body, PayloadSide::Output));
    let model = Model {
        request: named("/modelId"),
        response: payload.as_ref().and_then(|payload| payload.model.clone()),
        provider: named("/modelProvider").map(|name| name.split('.').next().unwrap_or_default().to_owned()),
    };
    proposal.model = (model != Model::default()).then(|| Found::new("mastra.metadata.modelMetadata", model));
    if let Some(payload) = payload {
        // What was read out of the answer is shown once.
        proposal.metadata.remove("body");
        proposal.take_payload("mastra.metadata.body", &payload);
        proposal.usage_is_aggregate = proposal.payload_usage.is_some();
    }
}

/// What else stands under the prefix stays a fact under its own name.
fn read_facts(reader: &Reader<'_>, of: &str, proposal: &mut Proposal) {
    for (key, name, sent) in reader.with_prefix("mastra.") {
        let is_side = name.strip_prefix(of).is_some_and(|rest| rest == ".input" || rest == ".output");
        let is_read = [TYPE, STARTED, "mastra.tags"].contains(&key) || key.starts_with(METADATA);
        reader.understand(key);
        if !is_side && !is_read {
            proposal.metadata.extend(value::json(sent).map(|sent| (key.to_owned(), sent)));
        }
    }
}
