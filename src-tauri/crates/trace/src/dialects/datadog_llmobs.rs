//! Datadog's LLM Observability: one structure with the whole of a span, beside it in a trace or sent on its own.
//!
//! Source: ddtrace 2.6 to 4.16, `llmobs/_llmobs.py`, `llmobs/_constants.py` and `llmobs/types.py`. In a trace it is the value
//! of one attribute, MessagePack or JSON; before ddtrace 4.9 parts of it are tags of their own.

use serde_json::{Map, Value};

use super::datadog_messages::{definition, documents, side};
use super::datadog_tags;
use super::gen_ai_params::canonical;
use super::proposal::{Evidence, Found, KindVote, Proposal, Session, Side};
use super::value;
use crate::msgpack;
use crate::reading::{Document, ErrorInfo, Kind, Model, Reader, ToolDefinition, ToolExecution};
use crate::shapes::{self, Side as PayloadSide, text};
use crate::span::{AnyValue, LogRecord};
use crate::usage::normal::{Counts, count};

/// The attribute, and the name of a log record that is the same.
const EVENT: &str = "_llmobs";

/// Tags that repeat what the span says elsewhere.
const REPEATED: [&str; 12] = [
    "ml_app",
    "agent_service",
    "version",
    "env",
    "service",
    "source",
    "ddtrace.version",
    "language",
    "session_id",
    "decorator",
    "error",
    "error_type",
];

/// Returns the structure and where it was, wherever it is.
pub(super) fn event(reader: &Reader<'_>, logs: &[LogRecord]) -> Option<(&'static str, Value)> {
    let sent = reader.get(EVENT).or_else(|| logs.iter().rev().find(|log| log.event() == EVENT).map(|log| &log.body));
    let event = match sent {
        Some(AnyValue::Bytes(bytes)) => msgpack::to_json(bytes).or_else(|| serde_json::from_slice(bytes).ok()),
        Some(other) => value::json(other),
        None => None,
    };
    event
        .filter(Value::is_object)
        .map(|event| (EVENT, event))
        .or_else(|| Some((datadog_tags::PREFIX, datadog_tags::event(reader)?)))
}

/// Reads the structure over what the tags of the integration said.
pub(super) fn read(reader: &Reader<'_>, key: &'static str, event: &Value, proposal: &mut Proposal) {
    let nothing = Value::Null;
    let meta = event.get("meta").unwrap_or(&nothing);
    let raw = ["/span/kind", "/span.kind", "/kind"].iter().find_map(|path| meta.pointer(path)?.as_str());
    let raw = raw.map(str::to_owned).or_else(|| reader.peek("_dd.llmobs.span_kind").and_then(value::text));
    let kind = raw.as_deref().and_then(kind);
    proposal.raw_kind.clone_from(&raw);
    proposal.kind = kind.map(|kind| KindVote { kind, raw, evidence: Evidence::Word, key }).or(proposal.kind.take());
    let kind = kind.unwrap_or_default();
    let name = event.get("name").and_then(Value::as_str).map(str::to_owned);
    let name = name.or_else(|| reader.peek("operation.name").and_then(value::text));
    proposal.trace_name = name.clone().filter(|_| reader.span.parent_span_id.is_none());

    let input = side(kind, key, meta.get("input"), PayloadSide::Input);
    let output = side(kind, key, meta.get("output"), PayloadSide::Output);
    if input != Side::default() {
        proposal.input = input;
    }
    if output != Side::default() {
        proposal.output = output;
    }
    let said = |path: &str| meta.pointer(path).cloned().and_then(value::present);
    if kind == Kind::Tool {
        let arguments = said("/input/value").as_ref().map(text::parsed);
        let result = said("/output/value").as_ref().map(text::result);
        let call_id = event.pointer("/meta/metadata/tool_id").and_then(Value::as_str).map(str::to_owned);
        proposal.tool = Some(Found::new(key, ToolExecution { name, call_id, arguments, result }));
    }
    let found: Vec<Document> = meta.pointer("/output/documents").map(documents).unwrap_or_default();
    proposal.documents = (!found.is_empty()).then(|| Found::new(key, found));
    let offered: Vec<ToolDefinition> =
        meta.get("tool_definitions").and_then(Value::as_array).into_iter().flatten().filter_map(definition).collect();
    proposal.tools = (!offered.is_empty()).then(|| Found::new(key, offered)).or(proposal.tools.take());
    read_model(key, meta, proposal);
    read_metrics(key, event, proposal);
    read_error(key, meta, proposal);
    read_facts(kind, key, event, proposal);
}

fn kind(word: &str) -> Option<Kind> {
    Some(match word {
        "llm" => Kind::Llm,
        "workflow" => Kind::Chain,
        "agent" => Kind::Agent,
        "task" => Kind::Task,
        "tool" => Kind::Tool,
        "embedding" => Kind::Embedding,
        "retrieval" => Kind::Retriever,
        "experiment" => Kind::Evaluator,
        _ => return None,
    })
}

/// The model is the one that answered, where that is known. The request's stands in the integration's tags.
fn read_model(key: &'static str, meta: &Value, proposal: &mut Proposal) {
    let told = |key: &str| {
        meta.get(key).and_then(Value::as_str).filter(|text| !text.is_empty() && *text != "unknown").map(str::to_owned)
    };
    // A span that only contains calls repeats the name of theirs.
    let (name, provider) = (told("model_name"), told("model_provider"));
    if name.is_none() && provider.is_none() {
        return;
    }
    let model = &mut proposal.model.get_or_insert_with(|| Found::new(key, Model::default())).value;
    if model.request.is_none() && model.response.is_none() {
        model.request.clone_from(&name);
    }
    if model.request != name {
        model.response = model.response.take().or(name);
    }
    model.provider = provider.or(model.provider.take());
}

/// Counts of tokens, the time to the first of them in seconds, and whatever else is measured.
fn read_metrics(key: &'static str, event: &Value, proposal: &mut Proposal) {
    let Some(metrics) = event.get("metrics").and_then(Value::as_object) else { return };
    let told = |name: &str| metrics.get(name).and_then(count);
    let counts = Counts {
        input: told("input_tokens"),
        output: told("output_tokens"),
        total: told("total_tokens"),
        cache_read: told("cache_read_input_tokens"),
        cache_write: told("cache_write_input_tokens"),
        reasoning: told("reasoning_output_tokens"),
        ..Counts::default()
    };
    if counts != Counts::default() {
        proposal.usage = Some(Found::new(key, counts));
    }
    let seconds = metrics.get("time_to_first_token").and_then(Value::as_f64);
    proposal.time_to_first_chunk_ns =
        seconds.filter(|seconds| (0.0..1e6).contains(seconds)).map(|seconds| Found::new(key, (seconds * 1e9) as u64));
    for (name, value) in metrics {
        let is_read = name.ends_with("_tokens") || name == "time_to_first_token";
        if !is_read {
            proposal.metadata.insert(name.clone(), value.clone());
        }
    }
}

fn read_error(key: &'static str, meta: &Value, proposal: &mut Proposal) {
    let told = |name: &str| {
        let sent = meta.pointer(&format!("/error/{name}")).or_else(|| meta.get(format!("error.{name}")))?;
        sent.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let error = ErrorInfo { kind: told("type"), message: told("message"), stacktrace: told("stack") };
    proposal.error = (error != ErrorInfo::default()).then(|| Found::new(key, error));
}

/// The metadata of a call are its parameters; of anything else they are facts. Tags are facts that have a form of their own.
fn read_facts(kind: Kind, key: &'static str, event: &Value, proposal: &mut Proposal) {
    let mut parameters = Map::new();
    for (name, said) in event.pointer("/meta/metadata").and_then(Value::as_object).into_iter().flatten() {
        match name.as_str() {
            "finish_reason" | "stop_reason" => {
                let reasons = said.as_str().unwrap_or_default().split(',').filter(|reason| !reason.is_empty());
                proposal.finish_reasons = reasons.map(str::to_owned).collect();
            }
            _ if kind.is_call() => {
                parameters.insert(canonical(name).to_owned(), said.clone());
            }
            _ => {
                proposal.metadata.insert(name.clone(), said.clone());
            }
        }
    }
    parameters.retain(|_, said| !super::placeholders::is_placeholder(said));
    // Of a realtime session's (4.16, `_realtime.py`), which no message tells.
    if let (Kind::Llm, Some(asked)) = (kind, proposal.input.messages.as_mut())
        && let Some(Value::String(instructions)) = parameters.shift_remove("instructions")
    {
        shapes::prepend_system(&mut asked.value, text::parts(&instructions));
    }
    if !parameters.is_empty() {
        proposal.parameters = Some(Found::new(key, parameters));
    }
    if let Some(expected) = event.pointer("/meta/expected_output").cloned().and_then(value::present) {
        proposal.metadata.insert("expected_output".to_owned(), expected);
    }
    let mut session = Session::default();
    let ml_app = event.get("ml_app").and_then(Value::as_str).map(str::to_owned);
    for (name, said) in tags(event) {
        match name.as_str() {
            "user_id" | "usr.id" => session.user_id = Some(said),
            "session_id" => session.session_id = Some(said),
            "ml_app" => {
                proposal.metadata.entry("ml_app").or_insert(Value::String(said));
            }
            name if REPEATED.contains(&name) => {}
            _ => {
                proposal.metadata.insert(name, Value::String(said));
            }
        }
    }
    proposal.metadata.extend(ml_app.map(|app| ("ml_app".to_owned(), Value::String(app))));
    let own = event.get("session_id").and_then(Value::as_str).filter(|id| !id.is_empty()).map(str::to_owned);
    session.session_id = own.or(session.session_id.take());
    proposal.session = (session != Session::default()).then(|| Found::new(key, session));
}

/// Tags are a map, or `key:value` texts.
fn tags(event: &Value) -> Vec<(String, String)> {
    let text = |said: &Value| said.as_str().map_or_else(|| said.to_string(), str::to_owned);
    match event.get("tags") {
        Some(Value::Object(tags)) => tags.iter().map(|(key, said)| (key.clone(), text(said))).collect(),
        Some(Value::Array(tags)) => tags
            .iter()
            .filter_map(|tag| tag.as_str()?.split_once(':'))
            .map(|(key, said)| (key.to_owned(), said.to_owned()))
            .collect(),
        _ => Vec::new(),
    }
}
