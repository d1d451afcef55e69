//! Strands Agents: what goes beyond OpenTelemetry's GenAI conventions on its spans.
//!
//! Source: `strands/telemetry/tracer.py` of Strands Agents 0.1 to 1.62, `src/telemetry/tracer.ts` of 1.16 for TypeScript. Messages are in
//! `gen_ai.*` events, as Bedrock Converse blocks.

use serde_json::Value;

use super::proposal::{Evidence, Found, KindVote, Proposal};
use super::switches::Switch;
use super::{gen_ai, value};
use crate::reading::{Kind, Reader, ToolExecution};
use crate::shapes::{text, tools};
use crate::span::{AnyValue, LogRecord, attribute};

/// What brings text that is missing: strands-agents, `telemetry/tracer.py`: there is no switch of its own.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "Strands",
    "OTEL_SPAN_EVENT_COUNT_LIMIT=100000",
    "Strands sends what was said as events of the span; SDKs keep 128 of them unless told otherwise.",
)];

/// Events that tell what a tool was given, older and newer.
const CALLED: [&str; 2] = ["gen_ai.tool.message", "gen_ai.tool.call"];
const CYCLE: [&str; 2] = ["event_loop.cycle_id", "agent_loop.cycle_id"];
/// On every span; in TypeScript the scope and the system are the service's.
const STARTED: &str = "gen_ai.event.start_time";
/// What version 0.1 said of a tool that was called, and of an agent and its calls of the model.
const FORMERLY_CALLED: &str = "tool.parameters";
const FORMERLY_NAMED: &str = "agent.name";

/// Says whether a span is of Strands'.
pub(super) fn speaks(reader: &Reader<'_>) -> bool {
    let of = |key: &str| reader.peek(key).and_then(AnyValue::as_str);
    ["strands.", "strands-agents"].iter().any(|scope| reader.span.scope.name.starts_with(scope))
        || of("gen_ai.system").or_else(|| of("gen_ai.provider.name")) == Some("strands-agents")
        || reader.with_prefix("event_loop.").next().is_some()
        || reader.peek(STARTED).is_some()
}

/// Reads a span of Strands'.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    if !speaks(reader) {
        return None;
    }
    let of = |key: &str| reader.peek(key).and_then(value::text);
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let operation = of("gen_ai.operation.name").unwrap_or_default();
    match operation.as_str() {
        // The counts of every invocation the agent has had so far.
        "invoke_agent" => proposal.usage_is_aggregate = true,
        "execute_tool" => take_tool(&mut proposal, tool(reader)),
        "execute_event_loop_cycle" | "invoke_graph" | "invoke_swarm" => {
            let key = "gen_ai.operation.name";
            let vote = KindVote { kind: Kind::Chain, raw: Some(operation), evidence: Evidence::Operation, key };
            proposal.kind = Some(vote);
        }
        // Version 0.1 named no operation, and told a tool and an agent by words of its own.
        "" if reader.peek(FORMERLY_CALLED).is_some() => {
            proposal.kind = Some(formerly(Kind::Tool, FORMERLY_CALLED));
            take_tool(&mut proposal, former_tool(reader));
        }
        "" if reader.peek(FORMERLY_NAMED).is_some() && reader.peek("gen_ai.prompt").is_some_and(is_plain) => {
            proposal.kind = Some(formerly(Kind::Agent, FORMERLY_NAMED));
            proposal.usage_is_aggregate = true;
        }
        // Newer versions name no operation for a cycle.
        "" => {
            let key = CYCLE.into_iter().find(|key| reader.peek(key).is_some());
            proposal.kind = key.map(|key| KindVote { kind: Kind::Chain, raw: None, evidence: Evidence::Protocol, key });
        }
        _ => {}
    }
    proposal.tools = ["gen_ai.agent.tools", "agent.tools"].iter().find_map(|key| {
        let offered = tools::definitions(&reader.get(key).and_then(value::json)?);
        (!offered.is_empty()).then(|| Found::new(*key, offered))
    });
    // Semantic conventions have seconds; this is Bedrock's own figure.
    proposal.time_to_first_chunk_ns = reader.get(gen_ai::FIRST_BY_SERVER).and_then(|sent| {
        let milliseconds = sent.to_json().as_f64().filter(|sent| (1.0..1e9).contains(sent))?;
        Some(Found::new(gen_ai::FIRST_BY_SERVER, (milliseconds * 1e6) as u64))
    });
    // Strands' documentation gives a trace its labels so, among `trace_attributes`.
    proposal.tags = reader.get("tags").map(value::texts).unwrap_or_default();
    proposal.keep_facts(reader, &["event_loop.", "agent_loop.", "system_prompt", "tool.status"], |_, _| false);
    // A cycle repeats the answers of the tools it called, an agent its name, in TypeScript the span's.
    for key in ["tool.result", FORMERLY_NAMED, "agent.tools", "name"] {
        reader.understand(key);
    }
    Some(proposal)
}

fn take_tool(proposal: &mut Proposal, tool: Found<ToolExecution>) {
    let found = |said: &Option<Value>| said.clone().map(|said| Found::new(tool.key.clone(), said));
    proposal.input.value = found(&tool.value.arguments);
    proposal.output.value = found(&tool.value.result);
    proposal.tool = Some(tool);
}

fn formerly(kind: Kind, key: &'static str) -> KindVote {
    KindVote { kind, raw: None, evidence: Evidence::Word, key }
}

/// An agent was given a text; its calls of the model have messages under the same name.
fn is_plain(prompt: &AnyValue) -> bool {
    prompt.as_str().is_some_and(|prompt| !prompt.starts_with("[{"))
}

fn former_tool(reader: &Reader<'_>) -> Found<ToolExecution> {
    let told = |key: &str| reader.get(key).and_then(value::text);
    let answer = reader.get("tool.result").and_then(value::json);
    let tool = ToolExecution {
        name: told("tool.name"),
        call_id: told("tool.id"),
        arguments: reader.get(FORMERLY_CALLED).and_then(value::json),
        result: answer.as_ref().map(blocks),
    };
    Found::new(FORMERLY_CALLED, tool)
}

/// A tool's arguments and answer are in events like a conversation's.
fn tool(reader: &Reader<'_>) -> Found<ToolExecution> {
    let told = |names: [&str; 2], field: &str| {
        let event = reader.span.events.iter().find(|event| names.contains(&event.name.as_str()))?;
        attribute(&event.attributes, field).and_then(value::json)
    };
    // With the newest conventions each side is a message of one part.
    let part = |list: &str, field: &str| {
        let sent = reader.span.events.iter().find_map(|event| attribute(&event.attributes, list));
        sent.and_then(value::json)?.pointer("/0/parts/0")?.get(field).cloned()
    };
    let answer = told(["gen_ai.choice", "gen_ai.tool.result"], "message");
    let answer = answer.or_else(|| part("gen_ai.output.messages", "response"));
    let tool = ToolExecution {
        name: reader.peek("gen_ai.tool.name").and_then(value::text),
        call_id: reader.peek("gen_ai.tool.call.id").and_then(value::text),
        arguments: told(CALLED, "content").or_else(|| part("gen_ai.input.messages", "arguments")),
        result: answer.as_ref().map(blocks),
    };
    let key = reader.span.events.iter().map(|event| event.name.as_str()).find(|name| CALLED.contains(name));
    Found::new(key.unwrap_or("gen_ai.tool.name"), tool)
}

/// Returns what Converse blocks say: their text, or the JSON of a single block.
fn blocks(answer: &Value) -> Value {
    match answer.as_array().map(Vec::as_slice) {
        Some([block]) if block.get("json").is_some() => block.get("json").cloned().unwrap_or_default(),
        _ => text::result(answer),
    }
}
