//! Messages in events: `gen_ai.*` span events and log records of every generation.
//!
//! Source: semantic-conventions 1.26 (`gen_ai.content.prompt`), 1.28 to 1.36 (`gen_ai.user.message`, `gen_ai.choice`) and 1.37
//! (`gen_ai.client.inference.operation.details`). A log's body is a map; a span event has the same fields as attributes, nested
//! ones as JSON in a text.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::gen_ai_choices;
use super::gen_ai_details;
use super::openlit;
use super::proposal::{Found, Proposal, Side};
use super::switches::Switch;
use super::traceloop_messages;
use super::value;
use crate::reading::{Message, Part, Reader};
use crate::shapes::{self, Side as PayloadSide, message};
use crate::span::{AnyValue, Attributes, LogRecord};

/// What brings text that is missing: opentelemetry-instrumentation-openai-v2 2.4b0.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "OpenTelemetry GenAI",
    "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT=true",
    "OpenTelemetry's GenAI instrumentations keep it back unless capturing is on; it then comes in log records, which a log exporter has to send.",
)];

/// What the names of events that have a number begin with.
const NUMBERED: [&str; 2] = ["gen_ai.prompt.", "gen_ai.completion."];

/// An event of any kind, as fields.
pub(super) struct Told {
    pub(super) name: String,
    pub(super) fields: Map<String, Value>,
}

/// Reads the messages in a span's events and log records.
pub(super) fn read(reader: &Reader<'_>, logs: &[LogRecord]) -> Option<Proposal> {
    let events = reader.span.events.iter().map(|event| (event.name.as_str(), &event.attributes, None));
    let logs = logs.iter().map(|log| (log.event(), &log.attributes, Some(&log.body)));
    let told: Vec<_> = events.chain(logs).filter(|(name, ..)| name.starts_with("gen_ai.")).collect();
    let details = told.iter().filter(|(name, ..)| *name == gen_ai_details::EVENT);
    let mut proposal = Proposal::default();
    details.for_each(|(_, attributes, body)| gen_ai_details::read_facts(reader, attributes, *body, &mut proposal));
    let mut told: Vec<Told> = told
        .into_iter()
        .map(|(name, attributes, body)| Told { name: name.to_owned(), fields: fields(attributes, body) })
        .collect();
    if told.is_empty() {
        return None;
    }
    openlit::split(reader, &mut told);
    // On a tool's own span the same events are what the tool was given and what it answered: no conversation.
    let operation = reader.peek("gen_ai.operation.name").and_then(AnyValue::as_str);
    if operation == Some("execute_tool") {
        proposal.spoken = true;
    } else {
        propose(&told, &mut proposal);
    }
    Some(proposal)
}

/// Proposes what events say, in the order told.
pub(super) fn propose(told: &[Told], proposal: &mut Proposal) {
    let (mut asked, mut answered) = (Vec::new(), Vec::new());
    let (mut asked_whole, mut answered_whole) = (Vec::new(), Vec::new());
    let mut choices = Vec::new();
    let mut numbered_before: BTreeMap<&str, &Map<String, Value>> = BTreeMap::new();
    for Told { name, fields } in told {
        match name.as_str() {
            gen_ai_details::EVENT => gen_ai_details::read_messages(fields, proposal),
            "gen_ai.content.prompt" => asked_whole.extend(payload(fields, "gen_ai.prompt", PayloadSide::Input)),
            "gen_ai.content.completion" => {
                answered_whole.extend(payload(fields, "gen_ai.completion", PayloadSide::Output))
            }
            // OpenLIT before 1.30 numbers the choices where there are several.
            numbered if numbered.starts_with("gen_ai.content.completion.") => {
                answered.extend(payload(fields, "gen_ai.completion", PayloadSide::Output))
            }
            "gen_ai.choice" => gen_ai_choices::add(&mut choices, fields),
            "gen_ai.usage" => gen_ai_choices::count(fields, proposal),
            "gen_ai.evaluation.result" => judge(fields, proposal),
            // genai-otel-instrument (1.42) numbers its events, and writes those of a parsed answer twice.
            numbered
                if NUMBERED.iter().any(|of| numbered.starts_with(of))
                    && numbered_before.insert(numbered, fields) == Some(fields) => {}
            numbered if numbered.starts_with(NUMBERED[0]) => asked.extend(listed(fields, "gen_ai.prompt", "user")),
            numbered if numbered.starts_with(NUMBERED[1]) => {
                answered.extend(listed(fields, "gen_ai.completion", "assistant"))
            }
            _ => {
                let role = name.strip_prefix("gen_ai.").and_then(|rest| rest.strip_suffix(".message"));
                asked.extend(role.and_then(|role| said(fields, role)));
            }
        }
    }
    for (message, reason) in gen_ai_choices::whole(choices) {
        answered.push(message);
        proposal.finish_reasons.extend(reason);
    }
    // OpenLIT tells the same in the events of two generations, in one of them with several messages run together.
    let fuller = |one: Vec<Message>, whole: Vec<Message>| if whole.len() > one.len() { whole } else { one };
    let (asked, answered) = (fuller(asked, asked_whole), fuller(answered, answered_whole));
    let found = |messages: Vec<Message>, key: &str| {
        let messages = shapes::settle(messages);
        (!messages.is_empty()).then(|| Found::new(key, messages))
    };
    let input = found(asked, "gen_ai.*.message");
    let output = found(answered, "gen_ai.choice");
    proposal.input = Side { messages: proposal.input.messages.take().or(input), value: None };
    proposal.output = Side { messages: proposal.output.messages.take().or(output), value: None };
}

/// Returns an event's fields: attributes, and a body's entries, which may also be one JSON text of all of them.
fn fields(attributes: &Attributes, body: Option<&AnyValue>) -> Map<String, Value> {
    let mut fields: Map<String, Value> =
        attributes.iter().filter_map(|(key, sent)| Some((key.clone(), value::present(sent.to_json())?))).collect();
    let whole = body.cloned().or_else(|| crate::span::attribute(attributes, "gen_ai.event.content").cloned());
    match whole.as_ref().and_then(value::json) {
        Some(Value::Object(entries)) => fields.extend(entries),
        Some(Value::String(text)) => {
            fields.entry("content").or_insert(Value::String(text));
        }
        _ => {}
    }
    fields
}

pub(super) fn parsed(fields: &Map<String, Value>, key: &str) -> Option<Value> {
    fields.get(key).map(|sent| match sent {
        Value::String(_) => shapes::text::parsed(sent),
        other => other.clone(),
    })
}

/// Returns the list that stands under a key, as JSON in a text too, or what is there of it where it breaks off.
fn list(fields: &Map<String, Value>, key: &str) -> Option<Value> {
    let found = parsed(fields, key)?;
    let found = if let Value::String(text) = &found { value::json(&AnyValue::Str(text.clone()))? } else { found };
    found.is_array().then_some(found)
}

pub(super) fn payload(fields: &Map<String, Value>, key: &str, side: PayloadSide) -> Vec<Message> {
    // What was said may look like a number.
    let said = parsed(fields, key).filter(|sent| sent.is_object() || sent.is_array() || sent.is_string());
    let read = said.or_else(|| fields.get(key).cloned()).and_then(|sent| shapes::read_call(&sent, side));
    read.map(|payload| payload.messages).unwrap_or_default()
}

/// A message whose role is the event's, unless it says otherwise.
pub(super) fn said(fields: &Map<String, Value>, role: &str) -> Option<Message> {
    let mut object = fields.clone();
    object.entry("role").or_insert_with(|| role.into());
    for (key, nested) in [
        ("tool_calls", list(fields, "tool_calls").or_else(|| parsed(fields, "tool_calls"))),
        ("message", parsed(fields, "message")),
    ] {
        object.extend(nested.map(|nested| (key.to_owned(), nested)));
    }
    match object.remove("message") {
        Some(Value::Object(inner)) => object.extend(inner),
        Some(content) => {
            object.insert("content".to_owned(), content);
        }
        None => {}
    }
    take_content(&mut object);
    // A span event has no lists: parts come as JSON in a text. A text that happens to be JSON stays text.
    if let Some(list) = list(&object, "content") {
        let parts = shapes::content(&list);
        if !parts.is_empty() && !parts.iter().any(|part| matches!(part, Part::Json { .. })) {
            object.insert("content".to_owned(), list);
        }
    }
    object.entry("content").or_insert(Value::Null);
    // OpenTelemetry's instrumentation of Vertex AI (2.1b0) says a content's role, which Gemini has no word for here: `user`.
    if matches!(role, "system" | "tool") && object.get("role").and_then(Value::as_str) == Some("user") {
        object.insert("role".to_owned(), role.into());
    }
    let is_beside = object.contains_key("tool_calls");
    let mut message = message::read(&Value::Object(object), role)?;
    if is_beside {
        shapes::leave_nameless_copies(&mut message.parts);
    }
    Some(message)
}

/// Google's ADK (Python 1.17 on, Go 1 and 2, `telemetry/logger.go`) tells Gemini's whole content where its parts belong; the role in
/// it says more than the event does.
fn take_content(message: &mut Map<String, Value>) {
    let Some(Value::Object(content)) = message.get_mut("content").filter(|content| content.get("parts").is_some())
    else {
        return;
    };
    let mut content = std::mem::take(content);
    message.extend(content.remove("role").map(|role| ("role".to_owned(), role)));
    message.extend(content.remove("parts").map(|parts| ("content".to_owned(), parts)));
}

/// A message whose role and content stand under names that begin with what it is; the text of an answer that only calls is `None`.
fn listed(fields: &Map<String, Value>, name: &str, role: &str) -> Option<Message> {
    let told = |what: &str| fields.get(&format!("{name}.{what}"));
    let content = told("content").filter(|content| content.as_str() != Some("None"))?;
    let role = told("role").and_then(Value::as_str).unwrap_or(role);
    let content = traceloop_messages::blocks(content).unwrap_or_else(|| content.clone());
    message::read(&serde_json::json!({"role": role, "content": content}), role)
}

/// A judgement of the answer, under its name; a later one of the same name replaces an earlier one.
fn judge(fields: &Map<String, Value>, proposal: &mut Proposal) {
    let told = |name: &str| fields.get(&format!("gen_ai.evaluation.{name}"));
    let Some(name) = told("name").and_then(Value::as_str) else { return };
    let words = [("value", "score.value"), ("label", "score.label"), ("explanation", "explanation")];
    let judged: Map<String, Value> =
        words.into_iter().filter_map(|(word, name)| Some((word.to_owned(), told(name)?.clone()))).collect();
    proposal.metadata.insert(format!("evaluation.{name}"), Value::Object(judged));
}
