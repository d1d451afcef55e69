//! VoltAgent: what a span is in `span.type`, whose it is under `entity.`, what went in and came out as `input` and `output`.
//!
//! Source: `@voltagent/core` 1.5 and 2.10 (`agent/open-telemetry/trace-context.ts`, `agent/agent.ts`, `workflow/core.ts`).

use serde_json::{Map, Value};

use super::gen_ai_params::canonical;
use super::proposal::{Evidence, Found, KindVote, Proposal, Session, Side};
use super::switches::Switch;
use super::value::{self, first_count, first_text};
use crate::reading::{Kind, Message, Model, Reader, ToolDefinition, ToolExecution};
use crate::shapes::{self, Side as PayloadSide, text};
use crate::span::LogRecord;
use crate::usage::normal::Counts;

/// What brings text that is missing: @voltagent/core 2.10 has no switch; what a model answers stands on its agent's span.
pub(super) const CONTENT: &[Switch] =
    &[Switch::of("VoltAgent", "", "VoltAgent records an answer with the agent, not with the call of the model.")];

const TYPE: &str = "span.type";
const ENTITY: &str = "entity.type";
const INPUT: &str = "input";
const OUTPUT: &str = "output";

/// What repeats others: messages for a page, and the settings of the agent or workflow.
const REPEATED: &[&str] =
    &["agent.instructions", "agent.messages.ui", "agent.stateSnapshot", "workflow.stateSnapshot", "workflow.usage"];

/// Reads a span of VoltAgent's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let own = reader.peek("entity.id").is_some() && reader.peek(ENTITY).is_some();
    if !own {
        return None;
    }
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let kind = read_kind(reader, &mut proposal);
    proposal.input = side(reader, kind, &["llm.messages", "agent.messages", INPUT], PayloadSide::Input);
    proposal.output = side(reader, kind, &[OUTPUT], PayloadSide::Output);
    if kind == Kind::Tool {
        let tool = ToolExecution {
            call_id: first_text(reader, &["tool.call.id"]).map(|(_, id)| id),
            ..proposal.execution(first_text(reader, &["tool.name"]).map(|(_, name)| name))
        };
        proposal.tool = Some(Found::new("tool.name", tool));
    }
    if kind == Kind::Retriever {
        let found = proposal.output.value.as_ref().map(|found| shapes::documents(&found.value)).unwrap_or_default();
        proposal.documents = (!found.is_empty()).then(|| Found::new(OUTPUT, found));
    }
    proposal.model = model(reader);
    proposal.usage = usage(reader);
    proposal.usage_is_aggregate = kind != Kind::Llm;
    let reason = first_text(reader, &["llm.finish_reason", "ai.response.finish_reason"]);
    proposal.finish_reasons = reason.into_iter().map(|(_, reason)| reason).collect();
    proposal.parameters = parameters(reader);
    proposal.tools = offered(reader);
    let id = first_text(reader, &["conversation.id", "voltagent.conversation_id"]);
    proposal.session = id.map(|(key, id)| Found::new(key, Session { session_id: Some(id), user_id: None }));
    read_facts(reader, &mut proposal);
    Some(proposal)
}

/// The root has no type of its own: it is the agent or workflow.
fn read_kind(reader: &Reader<'_>, proposal: &mut Proposal) -> Kind {
    let Some((key, word)) = first_text(reader, &[TYPE, ENTITY]) else { return Kind::Other };
    let kind = match word.as_str() {
        "llm" => Kind::Llm,
        "agent" => Kind::Agent,
        "tool" => Kind::Tool,
        "memory" => Kind::Memory,
        "retriever" | "vector" => Kind::Retriever,
        "embedding" => Kind::Embedding,
        "guardrail" => Kind::Guardrail,
        "scorer" => Kind::Evaluator,
        "workflow" => Kind::Chain,
        "workflow-step" => Kind::Task,
        _ => Kind::Other,
    };
    proposal.kind = Some(KindVote { kind, raw: Some(word), evidence: Evidence::Word, key });
    kind
}

/// An agent and a model are told messages; an agent answers with a text or an object.
fn side(reader: &Reader<'_>, kind: Kind, keys: &[&'static str], side: PayloadSide) -> Side {
    let Some((key, said)) = keys.iter().find_map(|key| Some((*key, reader.get(key).and_then(value::json)?))) else {
        return Side::default();
    };
    let messages = match kind {
        Kind::Agent | Kind::Llm => match shapes::read_call(&said, side) {
            None if side == PayloadSide::Output && !said.is_null() => {
                Some(vec![Message::new("assistant", text::parts(&said.to_string()))])
            }
            payload => payload.map(|payload| payload.messages),
        },
        _ => None,
    };
    match messages.filter(|messages| !messages.is_empty()) {
        Some(messages) => Side { messages: Some(Found::new(key, messages)), value: None },
        None => Side { messages: None, value: Some(Found::new(key, said)) },
    }
}

fn model(reader: &Reader<'_>) -> Option<Found<Model>> {
    let (key, name) = first_text(reader, &["llm.model", "ai.model.name"])?;
    let provider = first_text(reader, &["llm.provider"]).map(|(_, name)| name);
    Some(Found::new(key, Model { request: Some(name), response: None, provider }))
}

/// A call's counts; an agent repeats those of its last.
fn usage(reader: &Reader<'_>) -> Option<Found<Counts>> {
    let told = |keys: &[&'static str]| first_count(reader, keys).map(|(_, count)| count);
    let counts = Counts {
        input: told(&["llm.usage.prompt_tokens", "usage.prompt_tokens"]),
        output: told(&["llm.usage.completion_tokens", "usage.completion_tokens"]),
        total: told(&["llm.usage.total_tokens", "usage.total_tokens"]),
        cache_read: told(&["llm.usage.cached_tokens", "usage.cached_tokens"]),
        reasoning: told(&["llm.usage.reasoning_tokens", "usage.reasoning_tokens"]),
        ..Counts::default()
    };
    let key = if reader.peek("llm.usage.total_tokens").is_some() { "llm.usage" } else { "usage" };
    (counts != Counts::default()).then(|| Found::new(key, counts))
}

fn parameters(reader: &Reader<'_>) -> Option<Found<Map<String, Value>>> {
    let mut parameters = Map::new();
    let call = ["temperature", "max_output_tokens", "top_p", "stream", "stop_condition", "max_retries"];
    let of_call = call.iter().map(|name| (format!("llm.{name}"), *name));
    let of_agent = reader.with_prefix("ai.model.").filter(|(_, name, _)| *name != "name");
    let of_agent = of_agent.map(|(key, name, _)| (key.to_owned(), name));
    for (key, name) in of_call.chain(of_agent) {
        let name = if name == "stop_condition" { "stop" } else { canonical(name) };
        parameters.extend(reader.get(&key).and_then(value::json).map(|sent| (name.to_owned(), sent)));
    }
    let key = if reader.peek("llm.operation").is_some() { "llm" } else { "ai.model" };
    (!parameters.is_empty()).then(|| Found::new(key, parameters))
}

/// A call tells its tools by name only.
fn offered(reader: &Reader<'_>) -> Option<Found<Vec<ToolDefinition>>> {
    let (key, names) = first_text(reader, &["llm.tools"])?;
    let names = names.split(',').filter(|name| !name.is_empty());
    let offered: Vec<_> = names.map(|name| ToolDefinition { name: name.to_owned(), ..Default::default() }).collect();
    (!offered.is_empty()).then(|| Found::new(key, offered))
}

/// What else it says stays a fact under its own name.
fn read_facts(reader: &Reader<'_>, proposal: &mut Proposal) {
    let read =
        [TYPE, ENTITY, INPUT, OUTPUT, "llm.messages", "agent.messages", "llm.model", "tool.name", "tool.call.id"];
    let facts = [
        "entity.",
        "span.label",
        "operation.id",
        "agent.",
        "workflow.",
        "voltagent.",
        "memory.",
        "tool.",
        "llm.operation",
        "llm.attempt",
        "llm.model_index",
        "llm.messages.count",
        "llm.tools.count",
        "llm.provider_options",
        "retriever.",
        "embedding.",
        "vector.",
        "guardrail.",
        "eval.",
        "scorer.",
        "usage.",
        "bail.",
        "error.stage",
        "cancellation.",
        "suspension.",
        "conversationId",
        "userId",
    ];
    proposal.keep_facts(reader, &facts, |key, _| {
        let is_count = key.starts_with("usage.") && key.matches('.').count() == 1;
        read.contains(&key) || REPEATED.contains(&key) || is_count
    });
    for key in read {
        let _ = reader.get(key);
    }
}
