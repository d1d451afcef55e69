//! One span's digest.

use serde_json::Value;

use super::{Digest, Marks};
use crate::reading::{ErrorInfo, Input, Kind, Message, Part, Reading};
use crate::span::Span;
use crate::views::document::Dropped;
use crate::views::is_running;
use crate::views::stream;

/// The longest line a row shows, in characters.
const LINE_LIMIT: usize = 200;

/// Returns the facts of a span that rows and roll-ups need. `duplicates` is how many further times it was received.
pub fn digest(span: &Span, reading: &Reading, duplicates: u32) -> Digest {
    let service = span.resource.service();
    let tool = reading.tool.as_ref();
    let model = reading.model.as_ref();
    Digest {
        span_id: span.span_id,
        parent_span_id: span.parent_span_id,
        name: span.name.clone(),
        service: (!service.is_empty()).then(|| service.to_owned()),
        start_time_unix_nano: span.start_time_unix_nano,
        end_time_unix_nano: span.end_time_unix_nano,
        status_code: span.status.code,
        running: is_running(span, reading),
        half: reading.half,
        kind: reading.kind,
        model: model.and_then(|model| model.response.clone().or_else(|| model.request.clone())),
        model_asked: model.filter(|model| model.response.is_some()).and_then(|model| model.request.clone()),
        provider: model.and_then(|model| model.provider.clone()),
        tool_name: match (tool.and_then(|tool| tool.name.clone()), reading.kind) {
            (None, Kind::Tool) => Some(span.name.clone()),
            (name, _) => name,
        },
        tool_call_id: tool.and_then(|tool| tool.call_id.clone()),
        usage: reading.usage,
        usage_is_aggregate: reading.usage_is_aggregate,
        response_id: reading.response_id.clone(),
        cost_usd: reading.cost_usd,
        longest_silence_ns: stream::longest_silence_ns(span, reading),
        dialects: reading.dialects.clone(),
        session_id: reading.session_id.clone(),
        user_id: reading.user_id.clone(),
        tags: reading.tags.clone(),
        trace_name: reading.trace_name.clone(),
        trace_metadata: reading.trace_metadata.clone(),
        question: question(&reading.input),
        error: error_line(span, reading.error.as_ref()),
        first_chunk_ns: reading.stream.as_ref().and_then(|stream| stream.time_to_first_chunk_ns),
        marks: marks(span, reading),
        dropped: Dropped::of(span),
        duplicates,
    }
}

fn marks(span: &Span, reading: &Reading) -> Marks {
    const SERVER: i32 = 2;
    Marks::of([
        (Marks::SERVER, span.kind == SERVER),
        (Marks::STREAMED, reading.stream.is_some()),
        (Marks::ANSWERS, reading.output.messages.is_some()),
        (Marks::OFFERS_TOOLS, !reading.tools.is_empty()),
        (Marks::CUT, reading.cut.as_ref().is_some_and(|cut| cut.input || cut.output)),
        (Marks::ERROR, reading.error.is_some()),
        (Marks::ROOT, reading.as_root),
    ])
}

/// Returns the error's first line (else its class, else the status message), cut for a row; `None` for a span that did not fail.
pub(in crate::views) fn error_line(span: &Span, error: Option<&ErrorInfo>) -> Option<String> {
    let said = error.and_then(|error| error.message.as_deref().and_then(first_line).or(error.kind.as_deref()));
    match (said, span.status.code) {
        (Some(said), _) => Some(cut(said)),
        (None, 2) => first_line(&span.status.message).map(cut),
        (None, _) => None,
    }
}

/// Returns the first line of what a person asked: of the last user message, else of an input that is a text or has one under
/// a name that says so.
fn question(input: &Input) -> Option<String> {
    let asked = input.messages.iter().flatten().rev().filter(|message| message.role == "user").find_map(told);
    asked.or_else(|| input.value.as_ref().and_then(asked_in)).map(cut)
}

fn told(message: &Message) -> Option<&str> {
    message.parts.iter().find_map(|part| match part {
        Part::Text { text } => first_line(text),
        _ => None,
    })
}

/// Names under which programs hand a person's words to a function.
const WORDS_FOR_A_QUESTION: [&str; 11] = [
    "question",
    "query",
    "prompt",
    "user_input",
    "input",
    "message",
    "user_message",
    "text",
    "request",
    "task",
    "topic",
];

fn asked_in(value: &Value) -> Option<&str> {
    match value {
        Value::Object(fields) => WORDS_FOR_A_QUESTION.iter().find_map(|word| fields.get(*word).and_then(text_in)),
        _ => text_in(value),
    }
}

/// Returns the first line of a text, or of the first of several, as embeddings are asked for.
fn text_in(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => first_line(text),
        Value::Array(texts) => texts.first().and_then(Value::as_str).and_then(first_line),
        _ => None,
    }
}

/// Returns the first line with words in it; lines that are only a heading, tag or fence are passed over when others follow.
fn first_line(text: &str) -> Option<&str> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_markup = |line: &&str| {
        line.starts_with("```")
            || line.starts_with('#')
            || (line.starts_with('<') && line.ends_with('>'))
            || (line.starts_with('[') && line.ends_with(']'))
            || !line.contains(char::is_alphanumeric)
    };
    let first = lines.next()?;
    if !is_markup(&first) {
        return Some(first);
    }
    lines.take(50).find(|line| !is_markup(line)).or(Some(first))
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(LINE_LIMIT) {
        Some((end, _)) => line[..end].to_owned(),
        None => line.to_owned(),
    }
}
