//! mcp-agent: an agent's turns with its model and its tools, as its own spans tell them.
//!
//! Source: `mcp-agent` 0.1 and 0.2 (`workflows/llm/augmented_llm*.py`, `agents/agent.py`, `tracing/telemetry.py`). One `generate` asks
//! the model until it calls no more tools: each request, with all that was said before, and each answer is an event; the answers
//! stand on the span again. The single calls are spans of whoever instruments the provider's client.

use serde_json::{Map, Value};

use super::flattened;
use super::proposal::{Evidence, Found, KindVote, NAME, Proposal, Side};
use super::switches::Switch;
use super::value;
use crate::reading::{Kind, Message, Reader, ToolExecution};
use crate::shapes::{self, message, text};
use crate::span::{Attributes, LogRecord, attribute};

/// What brings text that is missing.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "mcp-agent",
    "otel.enabled: true",
    "mcp-agent tells what was said only where its own configuration turns telemetry on.",
)];

const REQUEST: &str = "completion.request.turn";
const ASKED: &str = "messages";
const ANSWERED: &str = "response";
const GIVEN: &str = "message.content";
const INSTRUCTIONS: [&str; 2] = ["system_prompt", "request_params.systemPrompt"];
/// What a tool is given, one attribute for each argument or all as JSON.
const ARGUMENTS: [&str; 2] = ["request.params.arguments.", "arguments."];
const WRITTEN: &str = "tool_args";
const TOOL: &str = "request.params.name";
const RESULT: &str = "result.content.";
const FAILED: &str = "result.isError";
/// Where GenAI's words for a call's id stand in what is spread over dotted keys.
const CALL_ID: &str = "/gen_ai/tool/call/id";

/// Reads a span of an agent's turns or of a tool it calls.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let (_, does) = reader.span.name.rsplit_once('.')?;
    let turns = || reader.span.events.iter().any(|event| attribute(&event.attributes, REQUEST).is_some());
    let has = |prefix| reader.with_prefix(prefix).next().is_some();
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    match does {
        "generate" if turns() || has("request_params.") => read_turns(reader, &mut proposal),
        "generate_str" | "generate_structured" if reader.peek("gen_ai.agent.name").is_some() => {
            let asked = reader.get(GIVEN).and_then(value::json).map(|given| Found::new(GIVEN, given));
            proposal.input.value = asked;
            proposal.kind = vote(Kind::Chain);
        }
        "call_tool" | "execute_tool_call" if has(RESULT) || ARGUMENTS.into_iter().any(has) => {
            read_tool(reader, &mut proposal);
        }
        _ => return None,
    }
    proposal.keep_facts(reader, &["request_params."], |_, name| name == "systemPrompt");
    Some(proposal)
}

fn vote(kind: Kind) -> Option<KindVote> {
    Some(KindVote { kind, raw: None, evidence: Evidence::Own, key: NAME })
}

fn read_turns(reader: &Reader<'_>, proposal: &mut Proposal) {
    proposal.kind = vote(Kind::Agent);
    proposal.usage_is_aggregate = true;
    let mut requests = reader.span.events.iter().filter(|event| attribute(&event.attributes, REQUEST).is_some());
    let instructions = INSTRUCTIONS.map(|key| reader.get(key).and_then(value::text));
    let given = reader.get(GIVEN).and_then(value::text);
    let asked = match requests.next_back() {
        Some(request) => Some(Found::new(request.name.as_str(), asked(&request.attributes))),
        None => given.map(|given| {
            let said =
                |role: &str, said: String| message::read(&serde_json::json!({"role": role, "content": said}), role);
            let instructions = instructions.into_iter().flatten().next().and_then(|told| said("system", told));
            Found::new(GIVEN, instructions.into_iter().chain(said("user", given)).collect())
        }),
    };
    let answers: Vec<Message> = flattened::list(reader, "response.").into_iter().filter_map(said).collect();
    let answered = answers.into_iter().next_back().map(|last| Found::new(ANSWERED, shapes::settle(vec![last])));
    proposal.input = Side { messages: asked.filter(|asked| !asked.value.is_empty()), value: None };
    proposal.output = Side { messages: answered, value: None };
}

/// Returns what a request's event says was sent: Anthropic's instructions stand beside the messages.
fn asked(request: &Attributes) -> Vec<Message> {
    let whole = flattened::of(request.iter().map(|(key, sent)| (key.as_str(), sent)));
    let Some(Value::Object(mut whole)) = whole else { return Vec::new() };
    let Some(Value::Array(list)) = whole.remove(ASKED) else { return Vec::new() };
    let mut messages: Vec<Message> = list.into_iter().filter_map(said).collect();
    if let Some(instructions) = whole.get("system") {
        shapes::prepend_system(&mut messages, shapes::content(instructions));
    }
    shapes::settle(messages)
}

/// Returns a message whose parts and calls were spread over dotted keys.
fn said(spread: Value) -> Option<Message> {
    let Value::Object(mut object) = spread else { return None };
    for call in list(&mut object, "tool_calls") {
        named(call, "id");
    }
    for part in list(&mut object, "content") {
        // Anthropic's answers tell a call's id under the name that its result has for it.
        if part.get("type").and_then(Value::as_str) == Some("tool_use")
            && let Some(id) = part.get("tool_use_id").cloned()
        {
            part.entry("id").or_insert(id);
        }
        for inner in list(part, "content") {
            if inner.contains_key("text") {
                inner.entry("type").or_insert_with(|| "text".into());
            }
        }
    }
    named(&mut object, "tool_call_id");
    object.entry("content").or_insert(Value::Null);
    let role = object.get("role").and_then(Value::as_str).unwrap_or("assistant").to_owned();
    message::read(&Value::Object(object), &role)
}

/// Puts a call's id in GenAI's words under the name that chat completions have for it.
fn named(object: &mut Map<String, Value>, name: &str) {
    if let Some(Value::Object(words)) = object.remove("gen_ai")
        && let Some(id) = Value::Object(Map::from_iter([("gen_ai".to_owned(), Value::Object(words))])).pointer(CALL_ID)
    {
        object.insert(name.to_owned(), id.clone());
    }
}

fn list<'a>(object: &'a mut Map<String, Value>, key: &str) -> impl Iterator<Item = &'a mut Map<String, Value>> {
    object.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut)
}

/// A tool's execution: `execute_tool_call` around the agent's `call_tool` around that of the connections to servers.
fn read_tool(reader: &Reader<'_>, proposal: &mut Proposal) {
    let written = reader.get(WRITTEN).and_then(value::json).map(|given| text::result(&given));
    let arguments = ARGUMENTS.into_iter().find_map(|prefix| flattened::object(reader, prefix)).or(written);
    let texts = flattened::list(reader, RESULT).into_iter().filter_map(|mut part| {
        let text = part.get_mut("text").map(Value::take);
        text.and_then(|text| text.as_str().map(str::to_owned))
    });
    let result: Vec<String> = texts.collect();
    let result = (!result.is_empty()).then(|| text::result(&Value::String(result.join("\n"))));
    let name = value::first_text(reader, &[TOOL, "gen_ai.tool.name"]).map(|(_, name)| name);
    let key = if reader.peek(FAILED).is_some() { FAILED } else { NAME };
    proposal.kind = vote(Kind::Tool);
    proposal.tool = Some(Found::new(key, ToolExecution { name, call_id: None, arguments, result }));
    // What was asked and what was sent, before and after the agent's own hooks.
    proposal.keep_facts(reader, &["processed."], |_, _| false);
    proposal.keep_keys(reader, &["request.method", FAILED]);
}
