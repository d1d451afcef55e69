//! Claude Code: its events (log records) and its spans.
//!
//! Source: Claude Code 2.1.197 as it sends, and code.claude.com "Monitoring". Events have a short `event.name` and the full one as
//! their body; numbers may be texts; cached tokens are counted beside the input; what may not be told is `<REDACTED>`. With
//! tracing switched on the events name the trace of the spans, and only they know what a call cost.

use serde_json::{Map, Value};

use super::from_logs::{Place, Role};
use super::proposal::{Evidence, Found, KindVote, Proposal, Side};
use super::switches::Switch;
use super::told::{self, Told};
use crate::reading::{ErrorInfo, Kind, Model, Reader, ToolExecution};
use crate::shapes::{self, Side as PayloadSide};
use crate::span::{LogRecord, Span, attribute};
use crate::usage::normal::Counts;

/// What brings text that is missing: code.claude.com "Monitoring".
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "Claude Code",
    "OTEL_LOG_USER_PROMPTS=1 OTEL_LOG_RAW_API_BODIES=1 OTEL_LOG_TOOL_DETAILS=1 OTEL_LOG_TOOL_CONTENT=1",
    "Claude Code sends prompts, requests and answers, and what tools were given and gave only when each is asked for.",
)
.by_side()];

const SCOPE: &str = "com.anthropic.claude_code";
const REDACTED: &str = "<REDACTED>";

/// Says where an event belongs: events of one prompt are one trace.
pub(super) fn place(log: &LogRecord) -> Option<Place> {
    if !log.scope.name.starts_with(SCOPE) {
        return None;
    }
    let told = Told(&log.attributes);
    let word = word(log.event());
    let took_ns = told.millis("duration_ms");
    let name = || told.text("tool_name").unwrap_or_else(|| "tool".to_owned());
    let session = told.text("session.id")?;
    Some(Place {
        agent: "Claude Code",
        session: [session, told.text("prompt.id").unwrap_or_default()].join(" "),
        has_other_trace: false,
        event: format!("claude_code.{word}"),
        role: match word {
            "user_prompt" => Role::Prompt,
            "api_request_body" => Role::Asked,
            "api_request" | "api_error" => Role::Call { took_ns },
            "assistant_response" | "api_response_body" | "api_retries_exhausted" | "api_refusal" => Role::Answered,
            "tool_decision" => match told.text("tool_use_id") {
                Some(call_id) => Role::Decided { name: name(), call_id },
                None => Role::Note,
            },
            "tool_result" => Role::Tool { name: name(), call_id: told.text("tool_use_id"), took_ns },
            _ => Role::Note,
        },
    })
}

fn word(name: &str) -> &str {
    name.strip_prefix("claude_code.").unwrap_or(name)
}

/// Reads a span of Claude Code's, or one made of its events. `logs` are events that name a span of it as theirs.
pub(super) fn read(reader: &Reader<'_>, logs: &[LogRecord]) -> Option<Proposal> {
    if !reader.span.scope.name.starts_with(SCOPE) {
        return None;
    }
    let told = Told(&reader.span.attributes);
    let event = told.text("event.name");
    let typed = told.text("span.type");
    let key = if typed.is_some() { "span.type" } else { "event.name" };
    let sent = typed.or_else(|| event.clone());
    let kind = match sent.as_deref().map(word).unwrap_or_default() {
        "interaction" => Kind::Agent,
        "llm_request" | "api_request" | "api_error" | "api_request_body" => Kind::Llm,
        "tool" | "tool_result" | "tool_decision" => Kind::Tool,
        _ if event.is_some() => Kind::Agent,
        _ => Kind::Other,
    };
    let mut proposal = Proposal {
        spoken: true,
        kind: Some(KindVote { kind, raw: sent, evidence: Evidence::Word, key }),
        error: error(told),
        ..Proposal::default()
    };
    match kind {
        Kind::Agent => read_prompt(told, logs, &mut proposal),
        Kind::Llm => read_call(told, reader.span, &mut proposal),
        Kind::Tool => proposal.tool = Some(Found::new("tool_name", tool(told, reader.span))),
        _ => {}
    }
    told::keep_the_rest(reader, &READ, &mut proposal);
    Some(proposal)
}

/// What is shown elsewhere in a reading.
const READ: [&str; 16] = [
    "model",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_creation_tokens",
    "cost_usd",
    "prompt",
    "user_prompt",
    "new_context",
    "response.model_output",
    "response",
    "tool_name",
    "tool_use_id",
    "tool_input",
    "tool_parameters",
    "error",
];

fn said(role: &str, key: &str, text: Option<String>) -> Side {
    let text = text.filter(|text| text != REDACTED);
    Side { messages: text.map(|text| Found::new(key, vec![told::message(role, text)])), value: None }
}

fn read_prompt(told: Told<'_>, logs: &[LogRecord], proposal: &mut Proposal) {
    let logged =
        |name: &'static str| logs.iter().filter(move |log| word(log.event()) == name).map(|log| Told(&log.attributes));
    let asked = told.text("prompt").or_else(|| told.text("user_prompt"));
    proposal.input = said("user", "prompt", asked.or_else(|| logged("user_prompt").find_map(|log| log.text("prompt"))));
    proposal.output = said(
        "assistant",
        "assistant_response",
        logged("assistant_response").filter_map(|log| log.text("response")).next_back(),
    );
    // The spans of the calls do not know it.
    let costs: Vec<f64> = logged("api_request").filter_map(|log| log.amount("cost_usd")).collect();
    proposal.cost_usd = (!costs.is_empty()).then(|| Found::new("api_request", costs.iter().sum()));
}

fn read_call(told: Told<'_>, span: &Span, proposal: &mut Proposal) {
    let named = told.text("model");
    // An event of an answered call names the model that answered.
    let (request, response) = if told.text("cost_usd").is_some() { (None, named) } else { (named, None) };
    proposal.model = Some(Found::new("model", Model { request, response, provider: Some("anthropic".to_owned()) }));
    let counts = Counts {
        input: told.count("input_tokens"),
        output: told.count("output_tokens"),
        cache_read: told.count("cache_read_tokens"),
        cache_write: told.count("cache_creation_tokens"),
        cache_is_beside: true,
        ..Counts::default()
    };
    proposal.usage = counts.input.or(counts.output).map(|_| Found::new("input_tokens", counts));
    proposal.cost_usd = told.amount("cost_usd").map(|cost| Found::new("cost_usd", cost));
    proposal.finish_reasons.extend(told.text("stop_reason"));
    proposal.time_to_first_chunk_ns = told.text("ttft_ms").map(|_| Found::new("ttft_ms", told.millis("ttft_ms")));
    proposal.input = said("user", "new_context", told.text("new_context"));
    proposal.output = said("assistant", "response.model_output", told.text("response.model_output"));
    for event in &span.events {
        let more = Told(&event.attributes);
        let body = |side| shapes::read_call(&shapes::text::json(&more.text("body")?)?, side);
        match word(&event.name) {
            "assistant_response" => proposal.output = said("assistant", "assistant_response", more.text("response")),
            "api_request_body" => take(&mut proposal.input, "api_request_body", body(PayloadSide::Input)),
            "api_response_body" => take(&mut proposal.output, "api_response_body", body(PayloadSide::Output)),
            _ => {}
        }
    }
}

fn take(side: &mut Side, key: &str, payload: Option<shapes::Payload>) {
    if let Some(messages) = payload.map(|payload| payload.messages).filter(|messages| !messages.is_empty()) {
        *side = Side { messages: Some(Found::new(key, messages)), value: None };
    }
}

fn tool(told: Told<'_>, span: &Span) -> ToolExecution {
    let described: Map<String, Value> = ["full_command", "file_path", "skill_name", "subagent_type"]
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), Value::String(told.text(key)?))))
        .collect();
    let output = span.events.iter().find(|event| event.name == "tool.output").map(|event| &event.attributes);
    let result = output.and_then(|output| {
        let whole = ["output", "content", "diff"].iter().find_map(|key| attribute(output, key));
        whole.map(|sent| shapes::text::result(&sent.to_json()))
    });
    ToolExecution {
        name: told.text("tool_name"),
        call_id: told.text("tool_use_id"),
        arguments: told
            .json("tool_input")
            .or_else(|| told.json("tool_parameters"))
            .or_else(|| (!described.is_empty()).then_some(Value::Object(described))),
        result,
    }
}

fn error(told: Told<'_>) -> Option<Found<ErrorInfo>> {
    let message = told.text("error")?;
    let kind = told.text("error_type").or_else(|| told.text("status_code"));
    Some(Found::new("error", ErrorInfo { kind, message: Some(message), stacktrace: None }))
}
