//! Monocle: entities under `entity.N`, and what went in and came out in events, a text of JSON for each message.
//!
//! Source: monocle_apptrace 0.4 to 0.8 (`instrumentation/common/constants.py`, `instrumentation/metamodel/*/entities/`).

use serde_json::Value;

use super::flattened;
use super::proposal::{Found, KindVote, Proposal, Session, Side};
use super::switches::Switch;
use super::told::Told;
use super::value;
use crate::reading::{Kind, Message, Model, Part, Reader, ToolExecution};
use crate::shapes::{self, message, text};
use crate::span::{AnyValue, LogRecord, attribute};
use crate::usage::normal::Counts;

/// Nothing keeps it back.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "Monocle",
    "",
    "Monocle sends what went in and came out, up to a length that its limit of attributes sets.",
)];

const TYPE: &str = "span.type";
const ENTITIES: &str = "entity.";
const ASKED: &str = "data.input";
const ANSWER: &str = "data.output";
const COUNTED: &str = "metadata";
const SESSION: &str = "scope.agentic.session";
const PREFIXES: &[&str] = &[
    "monocle_apptrace.",
    "workflow.",
    "scope.",
    "span.",
    "span_source",
    "entity.count",
    "monocle.",
    "last.",
    "inference.",
];

/// Reads a span of Monocle's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    if reader.span.scope.name != "monocle_apptrace" && reader.with_prefix("monocle_apptrace.").next().is_none() {
        return None;
    }
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    proposal.kind = KindVote::of_word(reader, TYPE, kind);
    let kind = proposal.kind.as_ref().map(|vote| vote.kind);
    let entities = flattened::list(reader, ENTITIES);
    let event = |name: &str| reader.span.events.iter().find(|event| event.name == name).map(|event| &event.attributes);
    let (asked, answer) = (event(ASKED), event(ANSWER));
    let asked = asked.and_then(|told| attribute(told, "input")).map(AnyValue::to_json);
    let has_failed = reader.span.status.code == 2;
    let answer = answer.filter(|_| !has_failed).and_then(|told| attribute(told, "response")).map(AnyValue::to_json);
    if matches!(kind, Some(Kind::Llm | Kind::Embedding)) {
        proposal.model = model(&entities);
        read_counts(event(COUNTED).map(Told), &mut proposal);
    }
    match kind {
        Some(Kind::Llm | Kind::Agent) => {
            proposal.input = said(ASKED, asked, "user");
            proposal.output = said(ANSWER, answer, "assistant");
        }
        _ => {
            let whole = |key: &str, said: Option<Value>| Side {
                messages: None,
                value: said.and_then(value::present).map(|said| Found::new(key, text::result(&said))),
            };
            (proposal.input, proposal.output) = (whole(ASKED, asked), whole(ANSWER, answer));
        }
    }
    if kind == Some(Kind::Tool) {
        let name = entities.first().and_then(|tool| tool.get("name")?.as_str()).map(str::to_owned);
        let given = |side: &Side| side.value.as_ref().map(|found| found.value.clone());
        let arguments = given(&proposal.input).map(|sent| sent.as_str().and_then(shapes::python::repr).unwrap_or(sent));
        let tool = ToolExecution { name, call_id: None, arguments, result: given(&proposal.output) };
        proposal.tool = Some(Found::new(TYPE, tool));
    }
    let session_id = reader.get(SESSION).and_then(value::text);
    proposal.session = session_id.map(|id| Found::new(SESSION, Session { session_id: Some(id), user_id: None }));
    if !entities.is_empty() {
        proposal.metadata.insert("entity".to_owned(), Value::Array(entities));
    }
    proposal.keep_facts(reader, PREFIXES, |key, _| [TYPE, SESSION].contains(&key));
    Some(proposal)
}

fn kind(word: &str) -> Option<Kind> {
    Some(match word {
        "inference" | "inference.framework" => Kind::Llm,
        "inference.modelapi" | "http.process" | "http.send" => Kind::Http,
        "embedding" => Kind::Embedding,
        "retrieval" => Kind::Retriever,
        "agentic.invocation" => Kind::Agent,
        "agentic.tool.invocation" | "agentic.mcp.invocation" => Kind::Tool,
        "workflow" | "agentic.turn" | "agentic.request" | "agentic.delegation" => Kind::Chain,
        _ => return None,
    })
}

/// The entity that is a model names it; the one that calls it says whose it is.
fn model(entities: &[Value]) -> Option<Found<Model>> {
    let typed = |prefix: &str| {
        let of = |entity: &Value| Some(entity.get("type")?.as_str()?.strip_prefix(prefix)?.to_owned());
        entities.iter().find_map(|entity| Some((entity, of(entity)?)))
    };
    let named = typed("model.").and_then(|(entity, _)| Some(entity.get("name")?.as_str()?.to_owned()));
    let model = Model { request: named, response: None, provider: typed("inference.").map(|(_, provider)| provider) };
    (model != Model::default()).then(|| Found::new("entity", model))
}

fn read_counts(told: Option<Told<'_>>, proposal: &mut Proposal) {
    let Some(told) = told else { return };
    let counts = Counts {
        input: told.count("prompt_tokens"),
        output: told.count("completion_tokens"),
        total: told.count("total_tokens"),
        cache_read: told.count("cache_read_input_tokens"),
        ..Counts::default()
    };
    proposal.usage = counts.input.or(counts.output).map(|_| Found::new(COUNTED, counts));
    proposal.finish_reasons.extend(told.text("finish_reason"));
}

fn said(key: &'static str, sent: Option<Value>, role: &str) -> Side {
    let items = match sent {
        Some(Value::Array(items)) => items,
        Some(Value::Null) | None => return Side::default(),
        Some(one) => vec![one],
    };
    let messages = shapes::settle(items.iter().map(|item| one(item, role)).collect());
    Side { messages: (!messages.is_empty()).then(|| Found::new(key, messages)), value: None }
}

/// A message under the word for who says it, or a call or an answer to one by itself; a plain text is what the side says.
fn one(item: &Value, role: &str) -> Message {
    let item = text::parsed(item);
    if let Some(call) = call(&item) {
        return Message::new("assistant", vec![call]);
    }
    let Some(fields) = item.as_object() else { return Message::new(role, parts(&item)) };
    if let Some(id) = fields.get("call_id").and_then(Value::as_str) {
        let result = fields.get("output").map(text::result).unwrap_or_default();
        return Message::new(
            "tool",
            vec![Part::ToolResult { id: Some(id.to_owned()), name: None, result, is_error: None }],
        );
    }
    match fields.iter().next() {
        Some((who, content)) if fields.len() == 1 => match who.as_str() {
            "tools" => Message::new("assistant", parts(content)),
            "tool" => {
                let result = text::result(content);
                Message::new("tool", vec![Part::ToolResult { id: None, name: None, result, is_error: None }])
            }
            who => Message::new(message::role(who), parts(content)),
        },
        _ => Message::new(role, vec![Part::Json { value: item }]),
    }
}

fn parts(content: &Value) -> Vec<Part> {
    let items = content.as_array().map_or_else(|| std::slice::from_ref(content), Vec::as_slice);
    let parts = items
        .iter()
        .flat_map(|item| call(&text::parsed(item)).map_or_else(|| shapes::content(item), |call| vec![call]));
    parts.collect()
}

fn call(item: &Value) -> Option<Part> {
    let first = |keys: [&str; 3]| keys.into_iter().find_map(|key| item.get(key));
    let text = |keys| first(keys).and_then(Value::as_str).map(str::to_owned);
    let arguments = text::parsed(first(["tool_arguments", "args", "arguments"])?);
    Some(Part::ToolCall {
        id: text(["tool_id", "call_id", "id"]),
        name: Some(text(["tool_name", "tool_function", "name"])?),
        arguments,
    })
}
