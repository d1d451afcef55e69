//! What programs and libraries that follow no convention write under plain names: `input`, `output`, `messages`, `prompt`, …
//!
//! Source: Pipecat 0.0.60 to 1.x `utils/tracing/service_attributes.py` (`input`, `output`, `tools`, `tool.*`, `metrics.ttfb`), and the
//! names other products fall back to when no convention is found (langfuse `OtelIngestionProcessor`, `extractInputAndOutput`). All other
//! dialects are believed before.

use serde_json::Value;

use super::placeholders::is_placeholder;
use super::proposal::{Evidence, Found, KindVote, Proposal, Side};
use super::switches::Switch;
use super::value::{self, first_count, first_text};
use crate::reading::{Kind, Model, Reader, ToolExecution};
use crate::shapes::{self, Side as PayloadSide, text, tools};
use crate::span::LogRecord;
use crate::usage::normal::Counts;

/// Nothing is known of what keeps text back.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "this library",
    "",
    "The span names a model and carries no text under any name that is known here; its attributes are listed below it.",
)];

/// The last of each are Goose's, on what its agent is asked (`crates/goose/src/agents/agent.rs`).
const INPUT: &[&str] =
    &["input", "inputs", "messages", "prompt", "llm.input", "llm.prompt", "llm.messages", "llm.request", "trace_input"];
const OUTPUT: &[&str] =
    &["output", "outputs", "completion", "response", "llm.output", "llm.completion", "llm.response", "trace_output"];
const MODEL: &[&str] = &["model", "model_name", "llm.model", "llm.name"];

const TOOL: &str = "tool.function_name";

/// The beginnings of names that say that the plain names beside them are that convention's own.
const OTHERS: &[&str] = &[
    "mlflow.",
    "logfire.",
    "langfuse.",
    "http.",
    "db.",
    "smolagents.",
    "braintrust.",
    "ai.",
    "dd.",
    "_llmobs",
    "voltagent.",
    "entity.",
];

/// Reads a span's plain names; nothing of one in which other conventions use the same.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let is_own = |key: &str| INPUT.contains(&key) || OUTPUT.contains(&key) || key == TOOL;
    let keys = || reader.span.attributes.iter().map(|(key, _)| key.as_str());
    let is_others = |key: &str| OTHERS.iter().any(|prefix| key.starts_with(prefix));
    if !keys().any(is_own) || keys().any(is_others) || reader.span.scope.name.starts_with("mlflow.") {
        return None;
    }
    let mut proposal = Proposal::default();
    let model = first_text(reader, MODEL);
    let said = |keys: &[&'static str]| keys.iter().any(|key| reader.peek(key).is_some());
    // A whole request names its model itself.
    let asked = model.is_none().then(|| INPUT.iter().find_map(|key| Some((*key, requested(reader, key)?)))).flatten();
    let model = model.or(asked);
    let names_model = model.is_some() || reader.peek("gen_ai.request.model").is_some();
    let is_tool = reader.peek(TOOL).is_some();
    let calls_model = names_model && (said(INPUT) || said(OUTPUT)) && !is_tool;
    if let Some((key, _)) = model.as_ref().filter(|_| calls_model) {
        proposal.kind = Some(KindVote { kind: Kind::Llm, raw: None, evidence: Evidence::ModelKeys, key });
    }
    proposal.input = side(reader, INPUT, PayloadSide::Input, calls_model, &mut proposal);
    proposal.output = side(reader, OUTPUT, PayloadSide::Output, calls_model, &mut proposal);
    let response = proposal.model.take().and_then(|found| found.value.response);
    if is_tool {
        proposal.tool = tool(reader);
    }
    if calls_model {
        proposal.model =
            model.map(|(key, name)| Found::new(key, Model { request: Some(name), response, provider: None }));
        proposal.usage = usage(reader);
        let offered = reader.get("tools").and_then(value::json).map(|list| tools::definitions(&list));
        proposal.tools = offered.filter(|list| !list.is_empty()).map(|list| Found::new("tools", list));
    }
    let first = reader.get("metrics.ttfb").and_then(|sent| sent.to_json().as_f64());
    let first = first.filter(|seconds| (0.0..1e6).contains(seconds));
    proposal.time_to_first_chunk_ns = first.map(|seconds| Found::new("metrics.ttfb", (seconds * 1e9) as u64));
    proposal.is_something().then_some(proposal)
}

/// Returns the model that what goes in names, where that is a request of one of the providers.
fn requested(reader: &Reader<'_>, key: &str) -> Option<String> {
    let text = reader.peek(key)?.as_str().filter(|text| text.contains("\"model\"") && text.contains("\"messages\""))?;
    let request = text::json(text)?;
    request.get("messages").filter(|messages| messages.is_array())?;
    request.get("model").and_then(Value::as_str).map(str::to_owned)
}

fn side(
    reader: &Reader<'_>,
    keys: &[&'static str],
    side: PayloadSide,
    calls_model: bool,
    proposal: &mut Proposal,
) -> Side {
    let found = keys.iter().find_map(|key| Some((*key, reader.get(key).and_then(value::json)?)));
    let Some((key, said)) = found.filter(|(_, said)| !is_placeholder(said)) else { return Side::default() };
    let payload = if calls_model { shapes::read_call(&said, side) } else { shapes::read(&said, side) };
    if let Some(response) = payload.as_ref().and_then(|payload| payload.model.clone()) {
        proposal.model = Some(Found::new(key, Model { response: Some(response), ..Model::default() }));
    }
    proposal.side(key, said, payload)
}

fn tool(reader: &Reader<'_>) -> Option<Found<ToolExecution>> {
    let parsed = |key: &str| reader.get(key).and_then(value::json).map(|sent| text::result(&sent));
    let tool = ToolExecution {
        name: reader.get(TOOL).and_then(value::text),
        call_id: reader.get("tool.call_id").and_then(value::text),
        arguments: parsed("tool.arguments"),
        result: parsed("tool.result"),
    };
    (tool != ToolExecution::default()).then(|| Found::new(TOOL, tool))
}

fn usage(reader: &Reader<'_>) -> Option<Found<Counts>> {
    let whole = || {
        let sent: Value = reader.get("usage").and_then(value::json)?;
        Some(Found::new("usage", shapes::usage::counts(&sent)?))
    };
    let mut first = None;
    let mut number = |keys: &[&'static str]| {
        let (key, number) = first_count(reader, keys)?;
        first.get_or_insert(key);
        Some(number)
    };
    let counts = Counts {
        input: number(&[
            "input_tokens",
            "prompt_tokens",
            "usage.input_tokens",
            "usage.prompt_tokens",
            "llm.input_tokens",
        ]),
        output: number(&[
            "output_tokens",
            "completion_tokens",
            "usage.output_tokens",
            "usage.completion_tokens",
            "llm.output_tokens",
        ]),
        total: number(&["total_tokens", "usage.total_tokens", "llm.total_tokens"]),
        ..Counts::default()
    };
    first.map_or_else(whole, |key| Some(Found::new(key, counts)))
}
