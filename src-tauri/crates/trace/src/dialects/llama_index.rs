//! LlamaIndex's own spans: named by class and method, and what happened in the events of the library, their fields flattened with
//! dots.
//!
//! Source: `llama-index-observability-otel` 0.7 (`base.py`, `utils.py`) and `llama_index/core/instrumentation/events` of LlamaIndex 0.14;
//! `step.output` and `workflow.output` are llama-index-workflows' 2.26.

use serde_json::{Map, Value};

use super::proposal::{Evidence, Found, KindVote, Proposal, Side};
use super::switches::Switch;
use super::value;
use crate::reading::{Kind, Message, Model, Reader};
use crate::shapes::{self, Side as PayloadSide, text, tools};
use crate::span::{Event, LogRecord};

/// What brings text that is missing: llama-index-observability-otel 0.7 has no switch.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "LlamaIndex",
    "",
    "LlamaIndex ends the span of a streamed call before its answer has come; the step of the workflow tells the beginning of it.",
)];

/// The library's tags; those of a step stand on all that runs in it.
const TAGS: &str = "llamaindex.";
const GIVEN: &str = "llamaindex.step.input_summary";

/// Objects in objects that the fields are put back into, at most.
const MAX_DEPTH: usize = 8;

/// Reads a span by its events; one without is only known to be LlamaIndex's by its tags.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let events = &reader.span.events;
    let found = events.iter().find_map(|event| Some((event, kind_of(event)?)));
    if found.is_none() && reader.with_prefix(TAGS).next().is_none() {
        return None;
    }
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    proposal.keep_facts(reader, &[TAGS], |key, _| key == GIVEN);
    let Some((first, kind)) = found else { return Some(proposal) };
    let key = "class_name";
    proposal.kind = Some(KindVote { kind, raw: Some(first.name.clone()), evidence: Evidence::Operation, key });
    if first.name.ends_with(".output") {
        let given = reader.get(GIVEN).and_then(value::text);
        proposal.input.value = given.map(|given| Found::new(GIVEN, Value::String(given)));
    }
    for event in events.iter().filter(|event| kind_of(event).is_some()) {
        tell(event, kind, &mut proposal);
    }
    Some(proposal)
}

/// An event is named by its class and says so among its fields, which no event of another library's does.
fn kind_of(event: &Event) -> Option<Kind> {
    let class = crate::span::attribute(&event.attributes, "class_name")?.as_str()?;
    if class != event.name {
        return None;
    }
    let starts = |words: &[&str]| words.iter().any(|word| class.starts_with(word));
    Some(match class {
        "step.output" => Kind::Task,
        "workflow.output" => Kind::Chain,
        _ if !class.ends_with("Event") => return None,
        _ if starts(&["LLMChat", "LLMCompletion"]) => Kind::Llm,
        _ if starts(&["Embedding", "SparseEmbedding"]) => Kind::Embedding,
        _ if starts(&["Retrieval"]) => Kind::Retriever,
        _ if starts(&["ReRank"]) => Kind::Reranker,
        _ if starts(&["LLM", "Query", "Synthesize", "GetResponse", "StreamChat"]) => Kind::Chain,
        _ if starts(&["Agent"]) => Kind::Agent,
        _ => return None,
    })
}

/// Adds what an event tells; a later one of a side replaces an earlier one.
fn tell(event: &Event, kind: Kind, proposal: &mut Proposal) {
    let said = fields(event);
    let class = event.name.as_str();
    if class.ends_with("StartEvent") {
        ask(class, &said, kind, proposal);
    } else {
        answer(class, &said, kind, proposal);
    }
}

fn ask(class: &str, said: &Map<String, Value>, kind: Kind, proposal: &mut Proposal) {
    let settings = said.get("model_dict");
    let named = settings.and_then(|told| told.get("model_name").or_else(|| told.get("model")));
    if let Some(name) = named.and_then(Value::as_str) {
        let model = Model { request: Some(name.to_owned()), ..Model::default() };
        proposal.model = Some(Found::new(class, model));
    }
    let chosen = ["temperature", "max_tokens", "top_p"].into_iter();
    let chosen = chosen.filter_map(|name| Some((name.to_owned(), settings?.get(name)?.clone())));
    let chosen: Map<String, Value> = chosen.filter(|(_, told)| !told.is_null()).collect();
    proposal.parameters = (!chosen.is_empty() && kind == Kind::Llm).then(|| Found::new(class, chosen));
    let offered = said.get("additional_kwargs").and_then(|told| told.get("tools")).map(tools::definitions);
    proposal.tools = offered.filter(|offered| !offered.is_empty()).map(|offered| Found::new(class, offered));
    let asked = ["query", "str_or_query_bundle", "template_args", "query_str", "user_msg"];
    let asked = asked.into_iter().find_map(|name| said.get(name));
    let value = asked.map(|asked| asked.get("query_str").unwrap_or(asked).clone());
    let messages = match (said.get("messages"), said.get("prompt").and_then(Value::as_str)) {
        (Some(list), _) => shapes::read(list, PayloadSide::Input).map(|payload| payload.messages),
        (None, Some(prompt)) => Some(vec![Message::new("user", text::parts(prompt))]),
        _ => None,
    };
    proposal.input = side(class, messages, value);
}

fn answer(class: &str, said: &Map<String, Value>, kind: Kind, proposal: &mut Proposal) {
    if let Some(texts) = said.get("chunks") {
        proposal.input.value = Some(Found::new(class, texts.clone()));
    }
    if let Some(nodes) = said.get("nodes").filter(|_| matches!(kind, Kind::Retriever | Kind::Reranker)) {
        let found = shapes::documents(nodes);
        proposal.documents = (!found.is_empty()).then(|| Found::new(class, found));
    }
    let response = said.get("response");
    if kind == Kind::Llm {
        let Some(response) = response else { return };
        let payload = shapes::read(response, PayloadSide::Output);
        if let Some(payload) = &payload {
            proposal.take_payload(class, payload);
        }
        if let Some(named) = payload.as_ref().and_then(|payload| payload.model.clone()) {
            proposal.model.get_or_insert_with(|| Found::new(class, Model::default())).value.response = Some(named);
        }
        let beside = response.get("additional_kwargs").and_then(shapes::usage::counts);
        proposal.payload_usage = proposal.payload_usage.take().or(beside.map(|counts| Found::new(class, counts)));
        let plain = || Some(vec![Message::new("assistant", text::parts(response.get("text")?.as_str()?))]);
        let messages = payload.map(|payload| payload.messages).filter(|messages| !messages.is_empty()).or_else(plain);
        proposal.output = side(class, messages, None);
        return;
    }
    let answered = response.map(|response| response.get("response").unwrap_or(response)).or_else(|| said.get("output"));
    if let Some(answered) = answered {
        proposal.output = side(class, None, Some(answered.clone()));
    }
}

fn side(class: &str, messages: Option<Vec<Message>>, value: Option<Value>) -> Side {
    let messages = messages.filter(|messages| !messages.is_empty()).map(|messages| Found::new(class, messages));
    let value = value.filter(|_| messages.is_none()).map(|value| Found::new(class, value));
    Side { messages, value }
}

/// Returns an event's fields with objects in objects again; lists of objects are JSON in a text.
fn fields(event: &Event) -> Map<String, Value> {
    let mut whole = Map::new();
    for (key, sent) in &event.attributes {
        let told = match sent.as_str() {
            Some("null") => continue,
            Some(text) if text.starts_with(['[', '{']) => text::said(text),
            _ => sent.to_json(),
        };
        let mut place = &mut whole;
        let mut path = key.splitn(MAX_DEPTH, '.').peekable();
        while let Some(name) = path.next() {
            if path.peek().is_none() {
                place.entry(name).or_insert(told);
                break;
            }
            let inner = place.entry(name).or_insert_with(|| Value::Object(Map::new()));
            let Some(inner) = inner.as_object_mut() else { break };
            place = inner;
        }
    }
    whole
}
