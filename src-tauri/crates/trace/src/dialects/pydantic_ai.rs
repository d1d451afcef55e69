//! Pydantic AI's own instrumentation: what goes beyond OpenTelemetry's GenAI conventions on its spans.
//!
//! Source: `pydantic_ai/models/instrumented.py` and `_instrumentation.py` of Pydantic AI 0.1 to 2.68, format versions 1 to 6. In
//! version 1 a conversation is a JSON list of GenAI events in one attribute; later ones write `gen_ai.input.messages`.

use serde_json::Value;

use super::logfire::model;
use super::logfire_messages as messages;
use super::proposal::{Evidence, Found, KindVote, Proposal};
use super::switches::Switch;
use super::value;
use crate::reading::{Kind, Reader, ToolExecution};
use crate::shapes::{self, Side as PayloadSide, tools};
use crate::span::LogRecord;

/// What brings text that is missing: pydantic-ai 2.68, `models/instrumented.py`.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "Pydantic AI",
    "InstrumentationSettings(include_content=True)",
    "Pydantic AI sends it unless include_content is off.",
)];

/// Keys that only this library writes.
const OWN: &[&str] = &["model_request_parameters", "all_messages_events", "tool_arguments", "tool_response"];

/// Reads a span of Pydantic AI's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let is_own = matches!(reader.span.scope.name.as_str(), "pydantic-ai" | "pydantic_ai");
    let spoken = is_own
        || OWN.iter().any(|key| reader.peek(key).is_some())
        || reader.with_prefix("pydantic_ai.").next().is_some();
    if !spoken {
        return None;
    }
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let get = |key: &str| reader.get(key).and_then(value::json);
    messages::read_events(get("events").as_ref(), "events", &mut proposal);
    messages::read_events(get("all_messages_events").as_ref(), "all_messages_events", &mut proposal);
    read_whole(reader, &mut proposal);
    read_agent(reader, is_own, &mut proposal);
    proposal.tool = tool(reader);
    proposal.tools = get("model_request_parameters").and_then(|sent| {
        let offered = ["function_tools", "output_tools", "builtin_tools", "native_tools"]
            .iter()
            .filter_map(|key| sent.get(key)?.as_array())
            .flatten()
            .flat_map(offered)
            .collect::<Vec<_>>();
        (!offered.is_empty()).then(|| Found::new("model_request_parameters", offered))
    });
    proposal.keep_facts(reader, &["pydantic_ai."], |key, _| key == ALL_MESSAGES);
    Some(proposal)
}

const ALL_MESSAGES: &str = "pydantic_ai.all_messages";

/// A tool; those of the provider (`web_search`) are named by their kind.
fn offered(sent: &Value) -> Vec<crate::reading::ToolDefinition> {
    let named = sent.get("name").is_some();
    match sent.get("kind").and_then(Value::as_str).filter(|_| !named) {
        Some(kind) => tools::definition(&Value::String(kind.to_owned())),
        None => tools::definition(sent),
    }
}

/// An agent's whole conversation, its answer included.
fn read_whole(reader: &Reader<'_>, proposal: &mut Proposal) {
    let whole = reader.get(ALL_MESSAGES).and_then(value::json);
    let Some(payload) = whole.and_then(|whole| shapes::read(&whole, PayloadSide::Input)) else { return };
    let mut asked = payload.messages;
    if let Some(instructions) = reader.peek("gen_ai.system_instructions").and_then(value::json) {
        shapes::prepend_system(&mut asked, shapes::content(&instructions));
    }
    let answered = messages::split_answer(&mut asked);
    messages::propose_sides(ALL_MESSAGES, asked, answered, proposal);
}

fn read_agent(reader: &Reader<'_>, is_own: bool, proposal: &mut Proposal) {
    let vote = |kind, key| Some(KindVote { kind, raw: None, evidence: Evidence::Operation, key });
    let text = |key: &str| reader.get(key).and_then(value::text);
    let name = text("agent_name");
    if name.is_none() && reader.peek("all_messages_events").is_none() {
        // Between the agent and its tools stands a span that names them all.
        if is_own && reader.get("tools").is_some() {
            proposal.kind = vote(Kind::Chain, "tools");
        }
        return;
    }
    proposal.kind = vote(Kind::Agent, if name.is_some() { "agent_name" } else { "all_messages_events" });
    proposal.model = model(text("model_name"), None, "model_name");
    proposal.metadata.extend(name.map(|name| ("agent_name".to_owned(), Value::String(name))));
    let result = reader.get("final_result").and_then(value::json);
    if let Some(result) = result.filter(|_| proposal.output.messages.is_none()) {
        proposal.output.value = Some(Found::new("final_result", result));
    }
}

fn tool(reader: &Reader<'_>) -> Option<Found<ToolExecution>> {
    let named = ["gen_ai.tool.name", "gen_ai.tool.call.id"].map(|key| reader.peek(key).and_then(value::text));
    let said = |keys: [&str; 2]| keys.iter().find_map(|key| reader.get(key).and_then(value::of_tool));
    let arguments = said(["tool_arguments", "gen_ai.tool.call.arguments"]);
    let result = said(["tool_response", "gen_ai.tool.call.result"]);
    (arguments.is_some() || result.is_some()).then(|| {
        let [name, call_id] = named;
        Found::new("tool_arguments", ToolExecution { name, call_id, arguments, result })
    })
}
