//! Langtrace: `langtrace.*` attributes beside GenAI's words; before its version 2 the conversation in `llm.prompts` and `llm.responses`.
//!
//! Source: langtrace-python-sdk 1.3.4, 2.3.20 and 3.8.21 (`utils/llm.py`, `instrumentation/openai/patch.py`,
//! `instrumentation/anthropic/patch.py`, `instrumentation/langchain_core/patch.py`), trace-attributes 7.2 (`LLMSpanAttributes`).

use serde_json::{Value, json};

use super::langtrace_langchain as langchain;
use super::proposal::{Evidence, Found, KindVote, Proposal};
use super::switches::Switch;
use super::value;
use crate::reading::{Kind, Message, Model, Reader};
use crate::shapes::{self, Side as PayloadSide};
use crate::span::{AnyValue, LogRecord};
use crate::usage::normal::{Counts, count};

/// What brings text that is missing: langtrace-python-sdk 3.8.21, `utils/llm.py`.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "Langtrace",
    "TRACE_PROMPT_COMPLETION_DATA=true",
    "Langtrace sends it unless prompts and completions are switched off.",
)];

const TYPE: &str = "langtrace.service.type";

/// Reads a span of Langtrace's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    reader.with_prefix("langtrace.").next()?;
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let kind = read_kind(reader, &mut proposal);
    if kind == Kind::Llm {
        read_conversation(reader, &mut proposal);
        read_calls(reader, &mut proposal);
    }
    langchain::read(reader, kind, &mut proposal);
    read_old(reader, &mut proposal);
    proposal.response_id = proposal.response_id.or_else(|| reader.get("gen_ai.response_id").and_then(value::text));
    proposal.keep_facts(
        reader,
        &["langtrace.", "gen_ai.system_fingerprint", "gen_ai.generation_id", "search_units"],
        |key, _| key == TYPE,
    );
    Some(proposal)
}

/// Its word says which sort of library was called; which method of it, the span's name.
fn read_kind(reader: &Reader<'_>, proposal: &mut Proposal) -> Kind {
    let raw = reader.get(TYPE).and_then(value::text);
    let name = reader.span.name.as_str();
    let kind = match raw.as_deref() {
        Some("llm") if name.contains("embed") => Kind::Embedding,
        Some("llm") if name.contains("rerank") => Kind::Reranker,
        Some("llm") => Kind::Llm,
        Some("vectordb") if name.contains("query") || name.contains("search") => Kind::Retriever,
        Some("vectordb") => Kind::Db,
        Some("framework") => langchain::kind(reader).unwrap_or(Kind::Chain),
        _ => return Kind::default(),
    };
    proposal.kind = Some(KindVote { kind, raw, evidence: Evidence::Word, key: TYPE });
    kind
}

/// What GenAI's readers cannot take for messages in the two events: an answer's calls stand where its text belongs, and the calls of an
/// earlier answer in the place of a message, from version 2 on without anything in them.
fn read_conversation(reader: &Reader<'_>, proposal: &mut Proposal) {
    for (event, key, side) in [
        ("gen_ai.content.prompt", "gen_ai.prompt", PayloadSide::Input),
        ("gen_ai.content.completion", "gen_ai.completion", PayloadSide::Output),
    ] {
        let told = reader.span.events.iter().filter(|told| told.name == event);
        let sent =
            told.filter_map(|told| crate::span::attribute(&told.attributes, key).and_then(value::json)).next_back();
        let list = match sent {
            Some(Value::Array(items)) => Value::Array(items.into_iter().filter_map(message).collect()),
            Some(sent) => sent,
            None => continue,
        };
        let Some(mut payload) = shapes::read_call(&list, side) else { continue };
        if side == PayloadSide::Input
            && let Some(instructions) = reader.get("instructions").and_then(AnyValue::as_str)
        {
            shapes::prepend_system(&mut payload.messages, shapes::text::parts(instructions));
        }
        // Cohere's answer has the whole conversation in it.
        let asked = payload.messages.iter().rposition(|message| message.role == "user");
        if let Some(last) = asked.filter(|_| side == PayloadSide::Output) {
            payload.messages.drain(..=last);
        }
        let said = (!payload.messages.is_empty()).then(|| Found::new(key, payload.messages));
        match side {
            PayloadSide::Input => proposal.input.messages = said,
            PayloadSide::Output => proposal.output.messages = said,
        }
    }
}

fn message(item: Value) -> Option<Value> {
    let is_call = |item: &Value| item.get("function").is_some();
    match item {
        Value::Array(calls) => {
            let calls: Vec<Value> = calls.into_iter().filter(is_call).collect();
            (!calls.is_empty()).then(|| json!({"role": "assistant", "tool_calls": calls}))
        }
        Value::Object(mut fields) => {
            let calls = fields.get("content").and_then(Value::as_array);
            if calls.is_some_and(|calls| !calls.is_empty() && calls.iter().all(is_call)) {
                let calls = fields.insert("content".to_owned(), Value::Null);
                fields.extend(calls.map(|calls| ("tool_calls".to_owned(), calls)));
            }
            // Version 1 keeps the calls of an earlier answer where they belong, and empty as well.
            if let Some(Value::Array(calls)) = fields.get_mut("tool_calls") {
                calls.retain(is_call);
            }
            Some(Value::Object(fields))
        }
        other => Some(other),
    }
}

/// The call Anthropic's model wants is written under a name for results, as JSON of a JSON text, and in no event.
fn read_calls(reader: &Reader<'_>, proposal: &mut Proposal) {
    const KEY: &str = "gen_ai.request.tool_results";
    let Some(sent) = reader.get(KEY).and_then(value::json) else { return };
    let block = sent.as_str().and_then(shapes::text::json).unwrap_or(sent);
    let parts = shapes::content(&json!([block]));
    if proposal.output.messages.is_none() && !parts.is_empty() {
        proposal.output.messages = Some(Found::new(KEY, vec![Message::new("assistant", parts)]));
    }
}

/// Version 1's own names.
fn read_old(reader: &Reader<'_>, proposal: &mut Proposal) {
    if let Some(counts) = reader.get("llm.token.counts").and_then(value::json) {
        let said = |key: &str| counts.get(key).and_then(count);
        let counts = Counts {
            input: said("input_tokens"),
            output: said("output_tokens"),
            total: said("total_tokens"),
            ..Counts::default()
        };
        proposal.usage = (counts != Counts::default()).then(|| Found::new("llm.token.counts", counts));
    }
    if let Some(model) = reader.get("llm.model").and_then(value::text) {
        let provider = reader.peek("langtrace.service.name").and_then(AnyValue::as_str).map(str::to_lowercase);
        proposal.model = Some(Found::new("llm.model", Model { request: Some(model), response: None, provider }));
    }
    if let Some(payload) = reader.get("llm.prompts").and_then(value::json).and_then(asked)
        && proposal.input.messages.is_none()
    {
        proposal.input.messages = Some(Found::new("llm.prompts", payload));
    }
    let answered = reader.get("llm.responses").and_then(value::json);
    let choices = |sent: Value| if sent.is_array() { json!({ "choices": sent }) } else { sent };
    if let Some(payload) = answered.map(choices).and_then(|sent| shapes::read_call(&sent, PayloadSide::Output))
        && proposal.output.messages.is_none()
    {
        proposal.output.messages =
            Some(Found::new("llm.responses", payload.messages)).filter(|said| !said.value.is_empty());
    }
    let mut parameters = serde_json::Map::new();
    for name in ["temperature", "top_p", "top_k", "stream", "max_tokens", "user"] {
        let sent = reader.get(&format!("llm.{name}")).and_then(value::json);
        parameters.extend(sent.map(|sent| (name.to_owned(), sent)));
    }
    proposal.parameters = (!parameters.is_empty()).then(|| Found::new("llm", parameters));
    proposal.keep_facts(reader, &["llm.api", "llm.system."], |_, _| false);
}

fn asked(sent: Value) -> Option<Vec<Message>> {
    let Value::Array(items) = sent else {
        return shapes::read_call(&sent, PayloadSide::Input).map(|read| read.messages);
    };
    let items = Value::Array(items.into_iter().filter_map(message).collect());
    shapes::read_call(&items, PayloadSide::Input).map(|read| read.messages).filter(|said| !said.is_empty())
}
