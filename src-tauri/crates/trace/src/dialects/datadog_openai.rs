//! Prompts and answers of Datadog's OpenAI integration up to ddtrace 3: in tags, cut to 128 characters, and for a sample of
//! calls whole in a log record of the span. Later versions have them in LLM Observability only.
//!
//! Source: ddtrace 1.14 to 1.20, `contrib/openai/_endpoint_hooks.py` and `contrib/openai/_logging/`.

use serde_json::{Value, json};

use super::flattened;
use super::proposal::{Found, Proposal, Side};
use super::value;
use crate::reading::{Kind, Message, Reader};
use crate::shapes::{self, Side as PayloadSide};
use crate::span::{AnyValue, LogRecord, attribute};

/// Reads what was asked and answered: from the log where there is one, for that is whole.
pub(super) fn read(reader: &Reader<'_>, logs: &[LogRecord], proposal: &mut Proposal) {
    let tags = tags(reader);
    let log = logs.iter().find(|log| attribute(&log.attributes, "ddsource").is_some());
    let whole = |key: &str| log.and_then(|log| attribute(&log.attributes, key)).map(AnyValue::to_json);
    let asked = whole("messages").or_else(|| whole("prompt")).map(|said| ("log:messages", said)).or(tags.asked);
    let answered = whole("completion").or_else(|| whole("choices")).map(|said| ("log:choices", said)).or(tags.answered);
    if let Some((key, said)) = asked {
        let is_call = proposal.kind.as_ref().is_some_and(|vote| vote.kind == Kind::Llm);
        proposal.input =
            if is_call { asked_of(key, &said) } else { Side { value: Some(Found::new(key, said)), messages: None } };
    }
    if let Some((key, choices)) = answered
        && let Some(payload) = shapes::read_call(&json!({"choices": choices}), PayloadSide::Output)
    {
        proposal.finish_reasons.clone_from(&payload.finish_reasons);
        proposal.output.messages = Some(Found::new(key, payload.messages)).filter(|said| !said.value.is_empty());
    }
}

fn asked_of(key: &str, said: &Value) -> Side {
    let messages: Vec<Message> = match said {
        Value::Array(list) if list.iter().all(Value::is_string) => list.iter().flat_map(messages).collect(),
        other => messages(other),
    };
    Side { messages: Some(Found::new(key, messages)).filter(|said| !said.value.is_empty()), value: None }
}

fn messages(said: &Value) -> Vec<Message> {
    shapes::read_call(said, PayloadSide::Input).map(|payload| payload.messages).unwrap_or_default()
}

#[derive(Default)]
struct Tags {
    asked: Option<(&'static str, Value)>,
    answered: Option<(&'static str, Value)>,
}

fn tags(reader: &Reader<'_>) -> Tags {
    let list = |prefix: &'static str| {
        let list = flattened::list(reader, prefix);
        (!list.is_empty())
            .then(|| (prefix.trim_end_matches('.'), Value::Array(list.into_iter().map(unescaped).collect())))
    };
    let one = |key: &'static str| {
        let text = reader.get(key).and_then(value::text)?;
        Some((key, unescaped(Value::String(text))))
    };
    Tags {
        asked: list("openai.request.messages.")
            .map(|(key, messages)| (key, spoken(messages)))
            .or_else(|| list("openai.request.prompt."))
            .or_else(|| one("openai.request.prompt"))
            .or_else(|| list("openai.request.input."))
            .or_else(|| one("openai.request.input")),
        answered: list("openai.response.choices."),
    }
}

/// What is said beside calls alone is Python's `str` of nothing.
fn spoken(mut messages: Value) -> Value {
    for fields in messages.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        let is_assistant = fields.get("role").and_then(Value::as_str) == Some("assistant");
        if let Some(content) = fields.get_mut("content").filter(|said| is_assistant && said.as_str() == Some("None")) {
            *content = Value::Null;
        }
    }
    messages
}

/// Tags have no line breaks: they are written as a backslash and an `n`.
pub(super) fn unescaped(said: Value) -> Value {
    match said {
        Value::String(text) => Value::String(text.replace("\\n", "\n")),
        Value::Array(items) => items.into_iter().map(unescaped).collect(),
        Value::Object(fields) => fields.into_iter().map(|(key, said)| (key, unescaped(said))).collect(),
        other => other,
    }
}
