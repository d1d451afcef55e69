//! Gemini CLI and Qwen Code, which is made of it: their events (log records) and spans.
//!
//! Source: gemini-cli 0.61.0, `packages/core/src/telemetry/{types,trace}.ts` and what it sends. Each span is the root of a trace of
//! its own and has no counts; the events have them, some naming such a trace and some none. So events are put together by session
//! whatever trace they name. Thoughts are counted beside the output, and a streamed answer is a list of its chunks.

use serde_json::{Value, json};

use super::from_logs::{Place, Role};
use super::proposal::{Evidence, Found, KindVote, Proposal, Side};
use super::switches::Switch;
use super::told::{self, Told};
use crate::reading::{ErrorInfo, Kind, Message, Model, Part, Reader, ToolExecution};
use crate::shapes::{self, Side as PayloadSide};
use crate::span::{LogRecord, Span};
use crate::usage::normal::Counts;

/// What brings text that is missing: google-gemini/gemini-cli, "Telemetry": on unless switched off.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "Gemini CLI",
    "GEMINI_TELEMETRY_LOG_PROMPTS=true",
    "Gemini CLI keeps it back where logging of prompts is switched off.",
)];

const PREFIXES: [&str; 2] = ["gemini_cli.", "qwen-code."];
const SCOPES: [&str; 2] = ["gemini-cli", "qwen-code"];

/// What people call them.
pub(super) const AGENTS: [&str; 2] = ["Gemini CLI", "Qwen Code"];

/// GenAI's own event of a call.
const DETAILS: &str = "gen_ai.client.inference.operation.details";

fn word(event: &str) -> Option<&str> {
    PREFIXES.iter().find_map(|prefix| event.strip_prefix(prefix))
}

/// Says where an event belongs: events of one session are one trace.
pub(super) fn place(log: &LogRecord) -> Option<Place> {
    if !SCOPES.contains(&&*log.scope.name) {
        return None;
    }
    let told = Told(&log.attributes);
    let event = log.event();
    let took_ns = told.millis("duration_ms");
    let role = match (word(event), event) {
        (Some("user_prompt"), _) => Role::Prompt,
        (Some("api_request"), _) => Role::Asked,
        (Some("api_response" | "api_error"), _) => Role::Call { took_ns },
        (Some("tool_call"), _) => {
            let name = told.text("function_name").unwrap_or_else(|| "tool".to_owned());
            Role::Tool { name, call_id: told.text("call_id"), took_ns }
        }
        (Some(_), _) => Role::Note,
        // With a trace it is its span's.
        (None, DETAILS) if log.trace_id.is_none() => Role::Answered,
        (None, _) => return None,
    };
    Some(Place {
        agent: if log.scope.name == SCOPES[1] { AGENTS[1] } else { AGENTS[0] },
        session: told.text("session.id")?,
        has_other_trace: true,
        event: event.to_owned(),
        role,
    })
}

/// Reads a span of Gemini CLI's, or one made of its events.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    if !SCOPES.contains(&&*reader.span.scope.name) {
        return None;
    }
    let told = Told(&reader.span.attributes);
    let event = told.text("event.name");
    let operation = told.text("gen_ai.operation.name");
    let kind = match (event.as_deref().map(word), operation.as_deref()) {
        (Some(Some("api_response" | "api_error" | "api_request")), _) | (None, Some("llm_call")) => Kind::Llm,
        (Some(Some("tool_call")), _) | (None, Some("tool_call")) => Kind::Tool,
        (Some(_), _) | (None, Some("agent_call")) => Kind::Agent,
        (None, Some("schedule_tool_calls")) => Kind::Chain,
        (None, Some("system_prompt")) => Kind::Prompt,
        (None, _) => Kind::Other,
    };
    let key = if event.is_some() { "event.name" } else { "gen_ai.operation.name" };
    let mut proposal = Proposal {
        spoken: true,
        kind: Some(KindVote { kind, raw: event.clone().or(operation), evidence: Evidence::Word, key }),
        ..Proposal::default()
    };
    if event.is_some() {
        match kind {
            Kind::Llm => read_call(told, reader.span, &mut proposal),
            Kind::Tool => proposal.tool = Some(Found::new("function_name", tool(told))),
            _ => {
                let asked = told.text("prompt").map(|prompt| Found::new("prompt", vec![told::message("user", prompt)]));
                proposal.input = Side { messages: asked, value: None };
            }
        }
        proposal.error = error(told);
        told::keep_the_rest(reader, &READ, &mut proposal);
    } else if kind == Kind::Llm {
        // Each chunk of a streamed answer is a message of its own.
        let answered = told.json("gen_ai.output.messages").map(|said| answer(&said));
        proposal.output = side("gen_ai.output.messages", answered);
    } else if kind == Kind::Tool {
        let (name, call_id) = (told.text("gen_ai.tool.name"), told.text("gen_ai.tool.call_id"));
        proposal.tool =
            Some(Found::new("gen_ai.tool.name", ToolExecution { name, call_id, ..ToolExecution::default() }));
    }
    Some(proposal)
}

/// What is shown elsewhere in a reading.
const READ: [&str; 16] = [
    "prompt",
    "model",
    "request_text",
    "response_text",
    "input_token_count",
    "output_token_count",
    "total_token_count",
    "cached_content_token_count",
    "thoughts_token_count",
    "finish_reasons",
    "function_name",
    "function_args",
    "call_id",
    "error",
    "error_message",
    "error.message",
];

fn read_call(told: Told<'_>, span: &Span, proposal: &mut Proposal) {
    let of = |name: &str| {
        span.events.iter().find(|event| word(&event.name) == Some(name)).map(|event| Told(&event.attributes))
    };
    let asked = of("api_request").unwrap_or(told);
    let request = asked.text("model");
    let response = told.text("response_text").and(told.text("model"));
    proposal.model = Some(Found::new("model", Model { request, response, provider: None }));
    let counts = Counts {
        input: told.count("input_token_count"),
        output: told.count("output_token_count"),
        total: told.count("total_token_count"),
        cache_read: told.count("cached_content_token_count"),
        reasoning: told.count("thoughts_token_count"),
        reasoning_is_beside: true,
        ..Counts::default()
    };
    proposal.usage = counts.input.or(counts.output).map(|_| Found::new("input_token_count", counts));
    let contents = asked.json("request_text").map(|contents| json!({ "contents": contents }));
    let mut asked = contents
        .and_then(|request| shapes::read_call(&request, PayloadSide::Input))
        .map(|read| read.messages)
        .unwrap_or_default();
    let details = span.events.iter().find(|event| event.name == DETAILS).map(|event| Told(&event.attributes));
    if let Some(instructions) = details.and_then(|details| details.json("gen_ai.system_instructions")) {
        shapes::prepend_system(&mut asked, shapes::content(&instructions));
    }
    let answered = told.json("response_text").map(|said| answer(&said));
    proposal.input = side("request_text", Some(asked));
    proposal.output = side("response_text", answered);
    // One for each chunk that says it.
    let mut reasons: Vec<String> = match told.json("finish_reasons") {
        Some(Value::Array(reasons)) => reasons.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(reason)) => vec![reason],
        _ => Vec::new(),
    };
    reasons.dedup();
    proposal.finish_reasons = reasons;
}

fn side(key: &'static str, messages: Option<Vec<Message>>) -> Side {
    let messages = messages.filter(|messages| !messages.is_empty());
    Side { messages: messages.map(|messages| Found::new(key, messages)), value: None }
}

/// Puts the chunks of an answer together: one message, neighbouring texts of one kind joined.
fn answer(said: &Value) -> Vec<Message> {
    let Value::Array(chunks) = said else {
        return shapes::read_call(said, PayloadSide::Output).map(|read| read.messages).unwrap_or_default();
    };
    let mut whole: Vec<Part> = Vec::new();
    let read = chunks.iter().filter_map(|chunk| shapes::read(chunk, PayloadSide::Output));
    for part in read.flat_map(|read| read.messages).flat_map(|message| message.parts) {
        match (whole.last_mut(), part) {
            (Some(Part::Text { text }), Part::Text { text: more })
            | (Some(Part::Reasoning { text }), Part::Reasoning { text: more }) => text.push_str(&more),
            (_, part) => whole.push(part),
        }
    }
    if whole.is_empty() { Vec::new() } else { vec![Message::new("assistant", whole)] }
}

fn tool(told: Told<'_>) -> ToolExecution {
    ToolExecution {
        name: told.text("function_name"),
        call_id: told.text("call_id"),
        arguments: told.json("function_args"),
        result: None,
    }
}

fn error(told: Told<'_>) -> Option<Found<ErrorInfo>> {
    let message = ["error", "error_message", "error.message"].iter().find_map(|key| told.text(key));
    let failed = told.is_false("success").then(|| "the tool failed".to_owned());
    let kind = told.text("error_type").or_else(|| told.text("error.type"));
    let message = message.or(failed)?;
    Some(Found::new("error", ErrorInfo { kind, message: Some(message), stacktrace: None }))
}
