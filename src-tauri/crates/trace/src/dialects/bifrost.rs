//! Bifrost before it spoke GenAI's conventions in full: what went in and came out by the kind of request.
//!
//! Source: maximhq/bifrost 1.3, `plugins/otel/converter.go`. A text that is embedded or spoken, or a prompt, is one attribute; an
//! answer is a list of messages under the request's kind.

use serde_json::Value;

use super::proposal::{Evidence, Found, KindVote, NAME, Proposal, Side};
use super::switches::Switch;
use super::value::{self, first_text};
use crate::reading::{ErrorInfo, Kind, Message, Model, Part, Reader};
use crate::shapes::{self, Side as PayloadSide};
use crate::span::LogRecord;

/// What brings text that is missing.
pub(super) const CONTENT: &[Switch] =
    &[Switch::of("Bifrost", "", "Bifrost sends texts; calls of tools are not in them.")];

const SCOPE: &str = "bifrost-otel-plugin";
const ASKED: [&str; 2] = ["gen_ai.input.text", "gen_ai.input.speech"];
const ANSWERED: [&str; 4] = [
    "gen_ai.chat.output_messages",
    "gen_ai.responses.output_messages",
    "gen_ai.text.output_messages",
    "gen_ai.transcribe.output_messages",
];
const NAMED: [&str; 2] = ["gen_ai.chat.model", "gen_ai.text.model"];
const FACTS: [&str; 8] = [
    "gen_ai.chat.",
    "gen_ai.text.",
    "gen_ai.responses.",
    "gen_ai.virtual_key_",
    "gen_ai.selected_key_",
    "gen_ai.number_of_retries",
    "gen_ai.fallback_index",
    "gen_ai.error.code",
];

/// Reads a request.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    // Later versions make spans of plugins and of HTTP, too, and name requests as the conventions do.
    if reader.span.scope.name != SCOPE || !reader.span.name.starts_with("gen_ai.") {
        return None;
    }
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let embeds = reader.span.name == "gen_ai.embedding";
    let kind = if embeds { Kind::Embedding } else { Kind::Llm };
    proposal.kind = Some(KindVote { kind, raw: None, evidence: Evidence::Own, key: NAME });
    if let Some((key, text)) = first_text(reader, &ASKED) {
        proposal.input = match kind {
            Kind::Embedding => Side { messages: None, value: Some(Found::new(key, Value::String(text))) },
            _ => said(key, vec![Message::new("user", vec![Part::Text { text }])]),
        };
    }
    for key in ANSWERED {
        let Some(list) = reader.get(key).and_then(value::json) else { continue };
        let read = shapes::read_call(&list, PayloadSide::Output).map(|payload| payload.messages).unwrap_or_default();
        proposal.output = said(key, read);
    }
    if let Some((key, name)) = first_text(reader, &NAMED) {
        proposal.model = Some(Found::new(key, Model { response: Some(name), ..Model::default() }));
    }
    proposal.response_id = first_text(reader, &["gen_ai.chat.id", "gen_ai.text.id"]).map(|(_, id)| id);
    if let Some((key, message)) = first_text(reader, &["gen_ai.error"]) {
        let kind = reader.get("gen_ai.error.type").and_then(value::text);
        proposal.error = Some(Found::new(key, ErrorInfo { kind, message: Some(message), stacktrace: None }));
    }
    proposal.keep_facts(reader, &FACTS, |key, _| ANSWERED.contains(&key) || NAMED.contains(&key));
    Some(proposal)
}

fn said(key: &'static str, messages: Vec<Message>) -> Side {
    Side { messages: (!messages.is_empty()).then(|| Found::new(key, messages)), value: None }
}
