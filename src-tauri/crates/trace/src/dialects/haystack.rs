//! Haystack's own tracing: `haystack.*` attributes, what went in and came out as JSON in a text.
//!
//! Source: `haystack/core/pipeline`, `haystack/components/agents` and `haystack/tracing` of Haystack 2.0 to 3.4. Content is
//! recorded only where the program asks for it.

use serde_json::{Map, Value};

use super::gen_ai_params::canonical;
use super::proposal::{Evidence, Found, KindVote, NAME, Proposal, Side};
use super::switches::Switch;
use super::value;
use crate::reading::{Kind, Model, Part, Reader, ToolExecution};
use crate::shapes::{self, Side as PayloadSide, text, tools};
use crate::span::{AnyValue, LogRecord};

/// What brings text that is missing: haystack-ai 3.4, `tracing/tracer.py`.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "Haystack",
    "HAYSTACK_CONTENT_TRACING_ENABLED=true",
    "Haystack keeps back what goes through components unless this is set before it is imported.",
)];

/// What a component does, by what its class is called; the first that fits.
const CLASSES: &[(&str, Kind)] = &[
    ("Embedder", Kind::Embedding),
    ("Retriever", Kind::Retriever),
    ("WebSearch", Kind::Retriever),
    ("Ranker", Kind::Reranker),
    ("PromptBuilder", Kind::Prompt),
    ("Evaluator", Kind::Evaluator),
    ("Generator", Kind::Llm),
    ("Converter", Kind::Parser),
    ("Parser", Kind::Parser),
    ("Validator", Kind::Guardrail),
    ("Agent", Kind::Agent),
    ("ToolInvoker", Kind::Tool),
];

/// What spans that are no components do, by their names.
const NAMES: &[(&str, Kind)] = &[
    ("haystack.agent.step.llm", Kind::Llm),
    ("haystack.agent.step.tool", Kind::Tool),
    ("haystack.agent.step", Kind::Chain),
    ("haystack.agent.run", Kind::Agent),
    ("haystack.chat_generator.run", Kind::Llm),
    ("haystack.pipeline.run", Kind::Chain),
    ("haystack.async_pipeline.run", Kind::Chain),
];

/// Reads a span of Haystack's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let spoken = reader.span.name.starts_with("haystack.") || reader.with_prefix("haystack.").next().is_some();
    if !spoken {
        return None;
    }
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let kind = read_kind(reader, &mut proposal);
    let input = ending_in(reader, &[".input", ".input_data"]);
    let output = ending_in(reader, &[".output", ".output_data"]);
    if let Some((key, said)) = &input {
        read_arguments(key, said, &mut proposal);
        proposal.input = side(kind, key, said, PayloadSide::Input, &mut proposal);
    }
    if let Some((key, said)) = &output {
        proposal.output = side(kind, key, said, PayloadSide::Output, &mut proposal);
        let beside = said.get("meta").filter(|meta| meta.is_object());
        if let (Kind::Embedding, Some(meta)) = (kind, beside) {
            proposal.payload_usage =
                meta.get("usage").and_then(shapes::usage::counts).map(|counts| Found::new(*key, counts));
            name_model(&mut proposal, key, meta.get("model").and_then(Value::as_str).map(str::to_owned));
        }
        if kind == Kind::Retriever || kind == Kind::Reranker {
            let found = shapes::documents(said);
            proposal.documents = (!found.is_empty()).then(|| Found::new(*key, found));
        }
    }
    if kind == Kind::Tool {
        proposal.tool = invoked(input.as_ref(), output.as_ref());
    }
    if let Some(name) = reader.get("haystack.tool.name").and_then(value::text) {
        let said = |side: Option<(&str, Value)>| side.map(|(_, said)| text::result(&said));
        let tool = ToolExecution { name: Some(name), call_id: None, arguments: said(input), result: said(output) };
        proposal.tool = Some(Found::new("haystack.tool.name", tool));
    }
    if let Some(list) = reader.get("haystack.agent.tools").and_then(value::json) {
        let offered = tools::definitions(&list);
        proposal.tools = (!offered.is_empty()).then(|| Found::new("haystack.agent.tools", offered)).or(proposal.tools);
    }
    read_facts(reader, &mut proposal);
    Some(proposal)
}

/// Returns what the component that invokes tools did, where it was asked for one alone.
fn invoked(input: Option<&(&str, Value)>, output: Option<&(&str, Value)>) -> Option<Found<ToolExecution>> {
    let (key, asked) = input?;
    let parts = |said: &Value, list: &str, side: PayloadSide| -> Vec<Part> {
        let payload = said.get(list).and_then(|messages| shapes::read(messages, side)).unwrap_or_default();
        payload.messages.into_iter().flat_map(|message| message.parts).collect()
    };
    let mut calls = parts(asked, "messages", PayloadSide::Input).into_iter().filter_map(|part| match part {
        Part::ToolCall { id, name, arguments } => Some((id, name, arguments)),
        _ => None,
    });
    let (call_id, name, arguments) = calls.next().filter(|_| calls.next().is_none())?;
    let answers = output.map(|(_, said)| parts(said, "tool_messages", PayloadSide::Output)).unwrap_or_default();
    let result = answers.into_iter().find_map(|part| match part {
        Part::ToolResult { result, .. } => Some(result),
        _ => None,
    });
    Some(Found::new(*key, ToolExecution { name, call_id, arguments: Some(arguments), result }))
}

fn read_kind(reader: &Reader<'_>, proposal: &mut Proposal) -> Kind {
    let class = reader.get("haystack.component.type").and_then(value::text);
    let by_class = class.as_deref().and_then(|class| CLASSES.iter().find(|(part, _)| class.contains(part)));
    let by_name = || NAMES.iter().find(|(name, _)| reader.span.name == *name);
    let kind = by_class.or_else(by_name).map(|(_, kind)| *kind);
    let key = if by_class.is_some() { "haystack.component.type" } else { NAME };
    proposal.raw_kind.clone_from(&class);
    proposal.kind = kind.map(|kind| KindVote { kind, raw: class, evidence: Evidence::Operation, key });
    kind.unwrap_or_default()
}

/// Each kind of span puts what went in and came out under a name of its own.
fn ending_in<'a>(reader: &Reader<'a>, ends: &[&str]) -> Option<(&'a str, Value)> {
    let mut keys = reader.with_prefix("haystack.").filter(|(key, ..)| ends.iter().any(|end| key.ends_with(end)));
    keys.find_map(|(key, _, sent)| {
        reader.understand(key);
        Some((key, value::json(sent)?))
    })
}

fn side(kind: Kind, key: &str, said: &Value, side: PayloadSide, proposal: &mut Proposal) -> Side {
    let payload = match kind {
        Kind::Llm => shapes::read_call(said, side),
        Kind::Tool | Kind::Embedding | Kind::Retriever | Kind::Reranker => None,
        // An agent tells its whole conversation; its answer is the last message.
        Kind::Agent if side == PayloadSide::Output => answer(said),
        _ => shapes::read(said, side),
    };
    let Some(payload) = payload.filter(|payload| !payload.messages.is_empty()) else {
        return Side { messages: None, value: Some(Found::new(key, said.clone())) };
    };
    if kind == Kind::Llm {
        proposal.take_payload(key, &payload);
        name_model(proposal, key, payload.model.filter(|_| side == PayloadSide::Output));
    }
    Side { messages: Some(Found::new(key, payload.messages)), value: None }
}

fn answer(said: &Value) -> Option<shapes::Payload> {
    if let Some(last) = said.get("last_message").filter(|last| last.is_object()) {
        return shapes::read(last, PayloadSide::Output);
    }
    let mut payload = shapes::read(said, PayloadSide::Output)?;
    payload.messages.drain(..payload.messages.len().saturating_sub(1));
    payload.messages.retain(|message| message.role == "assistant");
    Some(payload)
}

fn name_model(proposal: &mut Proposal, key: &str, answered: Option<String>) {
    if answered.is_some() {
        proposal.model = Some(Found::new(key, Model { response: answered, ..Model::default() }));
    }
}

fn read_arguments(key: &str, said: &Value, proposal: &mut Proposal) {
    let sent = said.get("generation_kwargs").and_then(Value::as_object);
    let parameters: Map<String, Value> = sent
        .into_iter()
        .flatten()
        .filter(|(_, sent)| !sent.is_null())
        .map(|(name, sent)| (canonical(name).to_owned(), sent.clone()))
        .collect();
    proposal.parameters = (!parameters.is_empty()).then(|| Found::new(key, parameters));
}

/// What is left describes the component; what its sockets accept says nothing about this run.
fn read_facts(reader: &Reader<'_>, proposal: &mut Proposal) {
    for (key, name, sent) in reader.with_prefix("haystack.") {
        let is_description = name.ends_with("_types") || name.ends_with("_spec") || name.ends_with("_schema");
        let is_read = [".input", ".input_data", ".output", ".output_data"].iter().any(|end| key.ends_with(end))
            || ["tool.name", "agent.tools"].contains(&name);
        reader.understand(key);
        let said = match sent {
            _ if is_description || is_read => None,
            AnyValue::Str(_) => value::json(sent),
            other => value::present(other.to_json()),
        };
        proposal.metadata.extend(said.map(|said| (key.to_owned(), said)));
    }
}
