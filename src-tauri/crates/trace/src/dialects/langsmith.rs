//! LangSmith's export over OpenTelemetry: `langsmith.*` beside a run's whole inputs and outputs in `gen_ai.prompt` and
//! `gen_ai.completion`.
//!
//! Source: `langsmith/_internal/otel/_otel_exporter.py` of LangSmith 0.4 to 0.14 and its "trace with OpenTelemetry" page.

use serde_json::{Map, Value};

use super::gen_ai_params::canonical;
use super::proposal::{Evidence, Found, KindVote, Proposal, Session, Side};
use super::switches::Switch;
use super::value;
use crate::reading::{ErrorInfo, Kind, Model, Reader, ToolExecution};
use crate::shapes::{self, Side as PayloadSide, python, text};
use crate::span::{LogRecord, attribute};

/// What brings text that is missing: langsmith 0.15, `client.py`.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "LangSmith",
    "LANGSMITH_HIDE_INPUTS=false LANGSMITH_HIDE_OUTPUTS=false",
    "LangSmith sends it unless inputs or outputs are hidden.",
)
.by_side()];

const KIND: &str = "langsmith.span.kind";
const METADATA: &str = "langsmith.metadata.";
const PROMPT: &str = "gen_ai.prompt";
const COMPLETION: &str = "gen_ai.completion";

/// Reads a span of LangSmith's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    reader.with_prefix("langsmith.").next()?;
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let kind = read_kind(reader, &mut proposal);
    let input = reader.get(PROMPT).and_then(value::json);
    let output = reader.get(COMPLETION).and_then(value::json);
    if let Some(said) = &input {
        proposal.input = side(kind, PROMPT, said, PayloadSide::Input, &mut proposal);
    }
    let mut answered = None;
    if let Some(said) = output.as_ref().map(unwrapped) {
        if kind == Kind::Llm {
            answered = shapes::read_call(said, PayloadSide::Output).and_then(|payload| payload.model);
        }
        proposal.output = side(kind, COMPLETION, said, PayloadSide::Output, &mut proposal);
        if kind == Kind::Retriever {
            let found = shapes::documents(said);
            proposal.documents = (!found.is_empty()).then(|| Found::new(COMPLETION, found));
        }
    }
    if kind == Kind::Tool {
        let result = output.as_ref().map(unwrapped);
        let message = result.and_then(|result| result.get("content").filter(|_| result.get("type").is_some()));
        proposal.tool = Some(Found::new(
            PROMPT,
            ToolExecution {
                name: reader.peek("gen_ai.tool.name").and_then(value::text).or_else(|| Some(reader.span.name.clone())),
                call_id: reader.peek("gen_ai.tool.call.id").and_then(value::text),
                arguments: input.as_ref().map(|input| text::parsed(input.get("input").unwrap_or(input))),
                result: message.or(result).map(text::result),
            },
        ));
    }
    read_metadata(reader, answered, &mut proposal);
    proposal.error = error(reader);
    Some(proposal)
}

/// An exception is recorded only of a run that failed. The JavaScript exporter sets the status when a run starts, to "ok", and what
/// it sets at the end no longer counts (`langsmith` 0.3 to 0.4, `experimental/otel/translator.ts`).
fn error(reader: &Reader<'_>) -> Option<Found<ErrorInfo>> {
    let event = reader.span.events.iter().rev().find(|event| event.name == "exception")?;
    let told = |key: &str| attribute(&event.attributes, key).and_then(value::text);
    let error = ErrorInfo {
        kind: told("exception.type"),
        message: told("exception.message"),
        stacktrace: told("exception.stacktrace"),
    };
    Some(Found::new("exception", error))
}

fn read_kind(reader: &Reader<'_>, proposal: &mut Proposal) -> Kind {
    let raw = reader.get(KIND).and_then(value::text);
    let word = raw.as_deref().and_then(|raw| {
        Some(match raw {
            "llm" => Kind::Llm,
            "chain" => Kind::Chain,
            "tool" => Kind::Tool,
            "retriever" => Kind::Retriever,
            "embedding" => Kind::Embedding,
            "prompt" => Kind::Prompt,
            "parser" => Kind::Parser,
            _ => return None,
        })
    });
    proposal.raw_kind.clone_from(&raw);
    proposal.kind = word.map(|kind| KindVote { kind, raw, evidence: Evidence::Word, key: KIND });
    word.unwrap_or_default()
}

/// What a run returned that is no dict stands under `output`.
fn unwrapped(said: &Value) -> &Value {
    match said.as_object().filter(|said| said.len() == 1).and_then(|said| said.get("output")) {
        Some(inner) if !inner.is_array() => inner,
        _ => said,
    }
}

fn side(kind: Kind, key: &'static str, said: &Value, side: PayloadSide, proposal: &mut Proposal) -> Side {
    let payload = match kind {
        Kind::Llm => shapes::read_call(said, side),
        Kind::Tool | Kind::Retriever | Kind::Embedding => None,
        _ => shapes::read(said, side),
    };
    let Some(payload) = payload.filter(|payload| !payload.messages.is_empty()) else {
        return Side { messages: None, value: Some(Found::new(key, said.clone())) };
    };
    if kind == Kind::Llm {
        proposal.take_payload(key, &payload);
    }
    Side { messages: Some(Found::new(key, payload.messages)), value: None }
}

fn read_metadata(reader: &Reader<'_>, answered: Option<String>, proposal: &mut Proposal) {
    let told = |name: &str| reader.get(&format!("{METADATA}{name}")).and_then(value::text);
    // Any of these makes a run part of a conversation; `langsmith.trace.session_*` is the project.
    let session = Session {
        session_id: ["session_id", "thread_id", "conversation_id"].iter().find_map(|name| told(name)),
        user_id: told("user_id"),
    };
    proposal.session = (session != Session::default()).then(|| Found::new(METADATA.trim_end_matches('.'), session));
    let model = Model { request: told("ls_model_name"), response: answered, provider: told("ls_provider") };
    let key = match (&model.request, &model.provider) {
        (Some(_), _) => "langsmith.metadata.ls_model_name",
        (None, Some(_)) => "langsmith.metadata.ls_provider",
        (None, None) => COMPLETION,
    };
    proposal.model = (model != Model::default()).then(|| Found::new(key, model));
    proposal.tags = reader
        .get("langsmith.span.tags")
        .map(|sent| value::texts(sent).iter().flat_map(|tags| tags.split(", ")).map(str::to_owned).collect())
        .unwrap_or_default();
    let beside = details(reader);
    // JavaScript's 0.3 writes `[object Object]` where the counts belong.
    let told_whole = reader.get("langsmith.metadata.usage_metadata").and_then(value::json);
    let counts = [told_whole, beside].iter().flatten().find_map(shapes::usage::counts);
    proposal.payload_usage = counts
        .map(|counts| Found::new("langsmith.metadata.usage_metadata", counts))
        .or_else(|| proposal.payload_usage.take());
    let mut parameters = Map::new();
    for (key, name, sent) in reader.with_prefix("langsmith.") {
        reader.understand(key);
        let Some(said) = value::json(sent) else { continue };
        let Some(name) = name.strip_prefix("metadata.") else {
            if let Some(name) = name.strip_prefix("trace.").filter(|name| *name != "name") {
                proposal.trace_metadata.insert(format!("langsmith.{name}"), said);
            }
            continue;
        };
        match name.strip_prefix("ls_") {
            Some(name @ ("temperature" | "max_tokens" | "stop" | "top_p")) => {
                parameters.insert(canonical(name).to_owned(), said);
            }
            _ => {
                proposal.metadata.insert(name.to_owned(), said);
            }
        }
    }
    proposal.metadata.retain(|name, _| name != "usage_metadata");
    if let Some(said) = reader.peek("langsmith.request.streaming").and_then(value::json) {
        parameters.insert("stream".to_owned(), said);
    }
    proposal.parameters = (!parameters.is_empty()).then(|| Found::new("langsmith.metadata", parameters));
    for (key, ..) in reader.with_prefix("gen_ai.serialized.") {
        reader.understand(key);
    }
}

/// The finer counts, beside the usual ones and as Python writes a dict.
fn details(reader: &Reader<'_>) -> Option<Value> {
    let mut usage = Map::new();
    for name in ["input_token_details", "output_token_details"] {
        let sent = reader.get(&format!("gen_ai.usage.{name}")).and_then(value::text);
        usage.extend(sent.as_deref().and_then(read_dict).map(|sent| (name.to_owned(), sent)));
    }
    for name in ["input_tokens", "output_tokens", "total_tokens"] {
        let sent = reader.peek(&format!("gen_ai.usage.{name}"));
        usage.extend(sent.map(|sent| (name.to_owned(), sent.to_json())));
    }
    (usage.contains_key("input_token_details") || usage.contains_key("output_token_details"))
        .then_some(Value::Object(usage))
}

fn read_dict(text: &str) -> Option<Value> {
    text::json(text).or_else(|| python::repr(text))
}
