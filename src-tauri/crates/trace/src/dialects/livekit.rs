//! LiveKit Agents: `lk.*` attributes beside GenAI's; from version 1.4 on those with what was said are called `lk.pii.*`.
//!
//! Source: `livekit/agents/telemetry/trace_types.py`, `voice/generation.py` and `voice/agent_activity.py` of livekit-agents 1.2 to 1.6.

use serde_json::Value;

use super::proposal::{Evidence, Found, KindVote, NAME, Proposal, Side};
use super::switches::Switch;
use super::value;
use crate::reading::{Kind, Message, Model, Part, Reader, ToolExecution};
use crate::shapes::{self, Side as PayloadSide, text, tools};
use crate::span::LogRecord;

/// What brings text that is missing: livekit-agents 1.6, `telemetry/gen_ai.py`.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "LiveKit Agents",
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true",
    "LiveKit Agents sends it unless capturing is off or LiveKit's collector strips what is personal.",
)];

const CHAT: [&str; 2] = ["lk.chat_ctx", "lk.pii.chat_ctx"];
const TEXT: [&str; 2] = ["lk.response.text", "lk.pii.response.text"];
const CALLS: [&str; 2] = ["lk.response.function_calls", "lk.pii.response.function_calls"];
const ARGUMENTS: [&str; 2] = ["lk.function_tool.arguments", "lk.pii.function_tool.arguments"];
const RESULT: [&str; 2] = ["lk.function_tool.output", "lk.pii.function_tool.output"];
const ASKED: [&str; 2] = ["lk.user_input", "lk.pii.user_input"];
const HEARD: [&str; 2] = ["lk.user_transcript", "lk.pii.user_transcript"];
const SPOKEN: [&str; 2] = ["lk.input_text", "lk.pii.input_text"];
const INSTRUCTIONS: [&str; 2] = ["lk.instructions", "lk.pii.instructions"];

/// Reads a span of LiveKit's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    reader.with_prefix("lk.").next()?;
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let kind = match reader.span.name.as_str() {
        "llm_node" | "llm_request" | "llm_request_run" | "realtime_assistant_turn" => Kind::Llm,
        "function_tool" => Kind::Tool,
        "agent_session" | "agent_turn" | "assistant_turn" | "start_agent_activity" => Kind::Agent,
        "user_turn" | "tts_node" | "tts_request" | "tts_request_run" | "eou_detection" => Kind::Task,
        _ => Kind::Other,
    };
    if kind != Kind::Other {
        proposal.kind = Some(KindVote { kind, raw: None, evidence: Evidence::Own, key: NAME });
    }
    proposal.input = asked(reader);
    proposal.output = answered(reader);
    proposal.tool = tool(reader);
    let offered = reader.get("lk.function_tools").and_then(value::json).map(|list| tools::definitions(&list));
    proposal.tools = offered.filter(|list| !list.is_empty()).map(|list| Found::new("lk.function_tools", list));
    let first = reader.get("lk.response.ttft").and_then(|sent| value::amount(&sent.to_json()));
    let first = first.filter(|seconds| (0.0..1e6).contains(seconds));
    proposal.time_to_first_chunk_ns = first.map(|seconds| Found::new("lk.response.ttft", (seconds * 1e9) as u64));
    read_facts(reader, &mut proposal);
    Some(proposal)
}

fn first(reader: &Reader<'_>, keys: [&'static str; 2]) -> Option<(&'static str, Value)> {
    keys.into_iter().find_map(|key| Some((key, reader.get(key).and_then(value::json)?)))
}

fn first_text(reader: &Reader<'_>, keys: [&'static str; 2]) -> Option<(&'static str, String)> {
    value::first_text(reader, &keys)
}

/// A chat context is a list of messages, calls and answers among notes of its own; a turn has the user's words and the instructions.
fn asked(reader: &Reader<'_>) -> Side {
    if let Some((key, context)) = first(reader, CHAT) {
        let is_said =
            |item: &&Value| matches!(item["type"].as_str(), Some("message" | "function_call" | "function_call_output"));
        let items: Vec<Value> = context["items"].as_array().into_iter().flatten().filter(is_said).cloned().collect();
        let messages = shapes::read(&Value::Array(items), PayloadSide::Input).map(|payload| payload.messages);
        return Side { messages: messages.map(|messages| Found::new(key, messages)), value: None };
    }
    let mut messages = Vec::new();
    let said = first_text(reader, ASKED);
    let key = said.as_ref().map_or(ASKED[0], |(key, _)| *key);
    messages.extend(said.map(|(_, said)| Message::new("user", text::parts(&said))));
    let instructions = first_text(reader, INSTRUCTIONS);
    shapes::prepend_system(&mut messages, instructions.map(|(_, said)| text::parts(&said)).unwrap_or_default());
    if !messages.is_empty() {
        return Side { messages: Some(Found::new(key, messages)), value: None };
    }
    let spoken = first_text(reader, SPOKEN).map(|(key, said)| Found::new(key, Value::String(said)));
    Side { messages: None, value: spoken }
}

fn answered(reader: &Reader<'_>) -> Side {
    let (said, calls) = (first_text(reader, TEXT), first(reader, CALLS));
    let key = said.as_ref().map(|(key, _)| *key).or(calls.as_ref().map(|(key, _)| *key));
    let mut parts = said.map(|(_, said)| text::parts(&said)).unwrap_or_default();
    let calls = calls.as_ref().and_then(|(_, list)| list.as_array());
    parts.extend(calls.into_iter().flatten().map(|call| {
        let field = |name: &str| call[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        Part::ToolCall { id: field("call_id"), name: field("name"), arguments: text::parsed(&call["arguments"]) }
    }));
    let said = key.filter(|_| !parts.is_empty()).map(|key| Found::new(key, vec![Message::new("assistant", parts)]));
    let heard = first_text(reader, HEARD).map(|(key, heard)| Found::new(key, Value::String(heard)));
    Side { value: heard.filter(|_| said.is_none()), messages: said }
}

fn tool(reader: &Reader<'_>) -> Option<Found<ToolExecution>> {
    const TOOL: &str = "lk.function_tool.name";
    let field = |key: &str| reader.get(key).and_then(value::text);
    let tool = ToolExecution {
        name: field(TOOL),
        call_id: field("lk.function_tool.id"),
        arguments: first(reader, ARGUMENTS).map(|(_, arguments)| arguments),
        result: first_text(reader, RESULT).map(|(_, result)| text::said(&result)),
    };
    (tool != ToolExecution::default()).then(|| Found::new(TOOL, tool))
}

/// What is left are facts; the metrics of a call name its model where nothing else does.
fn read_facts(reader: &Reader<'_>, proposal: &mut Proposal) {
    let read = [CHAT, TEXT, CALLS, ARGUMENTS, RESULT, ASKED, HEARD, SPOKEN, INSTRUCTIONS];
    for (key, name, sent) in reader.with_prefix("lk.") {
        reader.understand(key);
        let is_read = read.iter().any(|keys| keys.contains(&key))
            || ["lk.function_tools", "lk.response.ttft"].contains(&key)
            || key.starts_with("lk.function_tool.");
        if !is_read || key == "lk.function_tool.is_error" {
            proposal.metadata.extend(value::json(sent).map(|sent| (name.to_owned(), sent)));
        }
    }
    let metrics = ["llm_metrics", "realtime_model_metrics"].iter().find_map(|name| proposal.metadata.get(*name));
    let named = metrics.and_then(|metrics| metrics.pointer("/metadata/model_name")?.as_str().map(str::to_owned));
    proposal.model = named.map(|name| Found::new("lk.llm_metrics", Model { request: Some(name), ..Model::default() }));
}
