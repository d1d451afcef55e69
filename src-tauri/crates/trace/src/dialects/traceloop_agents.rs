//! The OpenAI Agents SDK as opentelemetry-instrumentation-openai-agents up to 0.46 recorded it: an agent's span is one call of its
//! model, and its entity what the SDK's own function was called with (`agent, system_prompt, input, …`) and returned.

use serde_json::Value;

use super::proposal::{Found, Proposal, Side};
use super::value;
use crate::reading::{Model, Reader};
use crate::shapes::{self, Side as PayloadSide, content, text, tools};

const INPUT: &str = "traceloop.entity.input";
const OUTPUT: &str = "traceloop.entity.output";

/// Fills in what such a span says in its own way; leaves every other alone.
pub(super) fn read(reader: &Reader<'_>, proposal: &mut Proposal) {
    const MODEL: &str = "openai.agent.model";
    let is_agent = reader.with_prefix("openai.agent.").next().is_some();
    proposal.keep_facts(reader, &["openai.agent.", "gen_ai.completion.tool."], |_, _| false);
    if !is_agent {
        return;
    }
    ["types", "roles", "contents"].iter().for_each(|name| reader.understand(&format!("gen_ai.completion.{name}")));
    let named = reader.get(MODEL).and_then(value::text);
    proposal.model = named.map(|name| Found::new(MODEL, Model { request: Some(name), ..Model::default() }));
    let (called, answer) = (reader.get(INPUT).and_then(value::json), reader.get(OUTPUT).and_then(value::json));
    let (called, answer) = (called.unwrap_or_default(), answer.unwrap_or_default());
    // A streamed turn is told as a whole: the agent comes second, what was asked stands in what the function returned.
    let arguments = &called["args"];
    let streamed = &answer["original_input"];
    let (agent, system, items) = match streamed {
        Value::Null => (&arguments[0], &arguments[1], &arguments[2]),
        asked => (&arguments[1], &arguments[1]["instructions"], asked),
    };
    asked(agent, system, items, if streamed.is_null() { INPUT } else { OUTPUT }, proposal);
    answered(if streamed.is_null() { &answer } else { &answer["model_response"] }, proposal);
}

fn asked(agent: &Value, system: &Value, items: &Value, key: &'static str, proposal: &mut Proposal) {
    let read = match items {
        Value::Array(_) => shapes::read(items, PayloadSide::Input),
        _ => shapes::read_call(items, PayloadSide::Input),
    };
    let Some(mut messages) = read.map(|payload| payload.messages) else { return };
    shapes::prepend_system(&mut messages, content(system));
    proposal.input = Side { messages: Some(Found::new(key, messages)), value: None };
    let offered = tools::definitions(&agent["tools"]);
    proposal.tools = Some(Found::new(INPUT, offered)).filter(|found| !found.value.is_empty());
}

/// The items of the answer are JSON in texts.
fn answered(answer: &Value, proposal: &mut Proposal) {
    let items: Vec<Value> = answer["output"].as_array().into_iter().flatten().map(text::parsed).collect();
    let read = shapes::read(&Value::Array(items), PayloadSide::Output).map(|payload| payload.messages);
    if let Some(messages) = read.filter(|messages| !messages.is_empty()) {
        proposal.output = Side { messages: Some(Found::new(OUTPUT, messages)), value: None };
    }
    proposal.payload_usage = shapes::usage::counts(&answer["usage"]).map(|counts| Found::new(OUTPUT, counts));
    proposal.response_id = answer["response_id"].as_str().map(str::to_owned);
}
