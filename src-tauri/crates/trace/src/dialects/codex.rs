//! Codex CLI: its events (log records) and its spans.
//!
//! Source: openai/codex 0.169.0, `codex-rs/otel/src/events/session_telemetry.rs` and what it sends. Where its spans are sent too, some
//! events name a trace of theirs and others (those of a stream) none: so they are put together by conversation whatever they name.
//! Their numbers are often texts, and the record's own event name is a place in the source: `event.name` is an attribute. A call is
//! told by a request, an event for each piece of the answer, and a last one with the counts.

use super::from_logs::{Place, Role};
use super::proposal::{Evidence, Found, KindVote, Proposal, Session, Side};
use super::switches::Switch;
use super::told::{self, Told};
use crate::reading::{ErrorInfo, Kind, Model, Reader, ToolExecution};
use crate::span::{LogRecord, Span};
use crate::usage::normal::Counts;

/// What brings text that is missing: openai/codex 0.169.0, and its issue 22230.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "Codex",
    "",
    "Codex tells what its calls cost and not what was said in them; prompts come with log_user_prompt = true under [otel] in its config.toml.",
)];

/// What people call it.
pub(super) const AGENT: &str = "Codex";

const REDACTED: &str = "[REDACTED]";

/// Says where an event belongs: events of one conversation are one trace.
pub(super) fn place(log: &LogRecord) -> Option<Place> {
    let told = Told(&log.attributes);
    let event = told.text("event.name").filter(|event| event.starts_with("codex."))?;
    let took_ns = told.millis("duration_ms");
    let name = || told.text("tool_name").unwrap_or_else(|| "tool".to_owned());
    let is_model_call = told.text("endpoint").is_none_or(|endpoint| endpoint.contains("responses"));
    let role = match event.as_str() {
        "codex.user_prompt" => Role::Prompt,
        "codex.api_request" | "codex.websocket_request" if is_model_call => Role::Opened { took_ns },
        "codex.sse_event" | "codex.websocket_event" => Role::Streamed,
        "codex.tool_decision" => match told.text("call_id") {
            Some(call_id) => Role::Decided { name: name(), call_id },
            None => Role::Note,
        },
        "codex.tool_result" => Role::Tool { name: name(), call_id: told.text("call_id"), took_ns },
        _ => Role::Note,
    };
    Some(Place { agent: AGENT, session: told.text("conversation.id")?, has_other_trace: true, event, role })
}

/// Reads a span of Codex's, or one made of its events.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let told = Told(&reader.span.attributes);
    let event = told.text("event.name").filter(|event| event.starts_with("codex."));
    if event.is_none() && reader.with_prefix("codex.").next().is_none() {
        return None;
    }
    let kind = match event.as_deref() {
        Some("codex.api_request" | "codex.websocket_request") => Some(Kind::Llm),
        Some("codex.tool_result" | "codex.tool_decision") => Some(Kind::Tool),
        Some(_) => Some(Kind::Agent),
        // Of its spans, the one with the counts is the call; the others are steps.
        None => told.count("codex.usage.total_tokens").map(|_| Kind::Llm),
    };
    let key = if event.is_some() { "event.name" } else { "codex.usage.total_tokens" };
    let mut proposal = Proposal {
        spoken: true,
        kind: kind.map(|kind| KindVote { kind, raw: event.clone(), evidence: Evidence::Word, key }),
        error: error(told, reader.span),
        ..Proposal::default()
    };
    if let Some(session_id) = told.text("conversation.id") {
        let user_id = told.text("user.account_id").or_else(|| told.text("user.email"));
        proposal.session = Some(Found::new("conversation.id", Session { session_id: Some(session_id), user_id }));
    }
    match kind {
        Some(Kind::Llm) => read_call(told, reader.span, &mut proposal),
        Some(Kind::Tool) => proposal.tool = Some(Found::new("tool_name", tool(told))),
        Some(Kind::Agent) => {
            let asked = told.text("prompt").filter(|prompt| prompt != REDACTED);
            let asked = asked.map(|prompt| Found::new("prompt", vec![told::message("user", prompt)]));
            proposal.input = Side { messages: asked, value: None };
        }
        _ => {}
    }
    if event.is_some() {
        told::keep_the_rest(reader, &READ, &mut proposal);
    } else {
        reader.with_prefix("codex.").for_each(|(key, ..)| reader.understand(key));
    }
    Some(proposal)
}

/// What is shown elsewhere in a reading.
const READ: [&str; 9] = [
    "prompt",
    "model",
    "conversation.id",
    "tool_name",
    "call_id",
    "arguments",
    "output",
    "error.message",
    "event.name",
];

fn read_call(told: Told<'_>, span: &Span, proposal: &mut Proposal) {
    let model = Model { request: told.text("model"), ..Model::default() };
    proposal.model = model.request.is_some().then(|| Found::new("model", model));
    let last =
        span.events.iter().map(|event| Told(&event.attributes)).rfind(|told| told.count("input_token_count").is_some());
    let counts = match last {
        Some(told) => Counts {
            input: told.count("input_token_count"),
            output: told.count("output_token_count"),
            cache_read: told.count("cached_token_count"),
            cache_write: told.count("cache_write_token_count"),
            reasoning: told.count("reasoning_token_count"),
            ..Counts::default()
        },
        None => Counts {
            input: told.count("gen_ai.usage.input_tokens"),
            output: told.count("gen_ai.usage.output_tokens"),
            total: told.count("codex.usage.total_tokens"),
            cache_read: told.count("gen_ai.usage.cache_read.input_tokens"),
            cache_write: told.count("gen_ai.usage.cache_write.input_tokens"),
            reasoning: told.count("codex.usage.reasoning_output_tokens"),
            ..Counts::default()
        },
    };
    proposal.usage = counts.input.map(|_| Found::new("input_token_count", counts));
    let first = last.and_then(|told| told.amount("ttft_ms").map(|_| told.millis("ttft_ms")));
    proposal.time_to_first_chunk_ns = first.map(|after| Found::new("ttft_ms", after));
}

fn tool(told: Told<'_>) -> ToolExecution {
    ToolExecution {
        name: told.text("tool_name"),
        call_id: told.text("call_id"),
        arguments: told.json("arguments"),
        result: told.json("output"),
    }
}

/// A request that was refused, an answer that broke off, a tool that failed.
fn error(told: Told<'_>, span: &Span) -> Option<Found<ErrorInfo>> {
    let streamed = span.events.iter().map(|event| Told(&event.attributes)).find_map(|told| told.text("error.message"));
    let failed = told.is_false("success").then(|| told.text("output").unwrap_or_else(|| "the tool failed".to_owned()));
    let message = told.text("error.message").or(streamed).or(failed)?;
    let status = told.text("http.response.status_code").filter(|status| status != "200");
    Some(Found::new("error.message", ErrorInfo { kind: status, message: Some(message), stacktrace: None }))
}
