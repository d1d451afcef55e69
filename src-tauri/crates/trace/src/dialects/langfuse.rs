//! Langfuse and its forks: `langfuse.*` attributes, objects as JSON in a text, texts as they are.
//!
//! Source: the Langfuse Python SDK 3 to 5 (`_client/attributes.py`) and the server's OTLP ingestion.

use serde_json::Value;

use super::proposal::{Evidence, Found, KindVote, Proposal, Side};
use super::switches::Switch;
use super::{langfuse_facts as facts, langfuse_js, langfuse_mastra, langfuse_scores, value};
use crate::reading::{Document, Kind, Message, Model, Part, Reader, ToolDefinition, ToolExecution};
use crate::shapes::{self, Side as PayloadSide, message, tools};
use crate::span::LogRecord;

/// What brings text that is missing: langfuse 5.0, `_client/observe.py`.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "Langfuse",
    "LANGFUSE_OBSERVE_DECORATOR_IO_CAPTURE_ENABLED=true",
    "Langfuse records it unless capture_input or capture_output is off, this is false, or a mask function removes it.",
)
.by_side()];

const TYPE: &str = "langfuse.observation.type";
const INPUT: &str = "langfuse.observation.input";
const OUTPUT: &str = "langfuse.observation.output";

/// Reads a span's `langfuse.*` attributes.
pub(super) fn read(reader: &Reader<'_>, logs: &[LogRecord]) -> Option<Proposal> {
    let spoken = reader.with_prefix("langfuse.").next().is_some();
    if !spoken && logs.is_empty() {
        return None;
    }
    let mut proposal = Proposal { spoken, ..Proposal::default() };
    langfuse_scores::read(logs, &mut proposal);
    if !proposal.spoken {
        return Some(proposal);
    }
    let kind = read_kind(reader, &mut proposal);
    proposal.input = side(reader, kind, INPUT, PayloadSide::Input, &mut proposal);
    proposal.output = side(reader, kind, OUTPUT, PayloadSide::Output, &mut proposal);
    proposal.model = model(reader);
    // The OpenAI wrapper tells a stream's reason among the metadata.
    let reason = reader.get("langfuse.observation.metadata.finish_reason").and_then(value::unquoted);
    if proposal.finish_reasons.is_empty() {
        proposal.finish_reasons.extend(reason);
    }
    facts::read(reader, &mut proposal);
    if kind == Kind::Tool {
        let tool = ToolExecution {
            name: Some(reader.span.name.clone()),
            call_id: None,
            arguments: proposal.input.of_tool().map(value::called_with),
            result: proposal.output.of_tool(),
        };
        proposal.tool = Some(Found::new(INPUT, tool));
    }
    if kind == Kind::Retriever {
        proposal.documents = documents(&proposal.output);
    }
    if kind == Kind::Llm {
        langfuse_js::take_request(&mut proposal);
    }
    langfuse_mastra::complete(reader, &mut proposal);
    Some(proposal)
}

fn read_kind(reader: &Reader<'_>, proposal: &mut Proposal) -> Kind {
    let raw = reader.get(TYPE).and_then(value::text);
    let word = raw.as_deref().and_then(|raw| {
        Some(match raw.to_ascii_lowercase().as_str() {
            "generation" => Kind::Llm,
            "embedding" => Kind::Embedding,
            "agent" => Kind::Agent,
            "tool" => Kind::Tool,
            "chain" => Kind::Chain,
            "retriever" => Kind::Retriever,
            "guardrail" => Kind::Guardrail,
            "evaluator" => Kind::Evaluator,
            _ => return None,
        })
    });
    // Python SDKs up to 3.3.0 send everything as `span`: its model gives a generation away, its answer to a call a tool.
    let key = "langfuse.observation.model.name";
    let is_named = reader.peek(key).is_some();
    let answers = || {
        let said = reader.peek(OUTPUT).and_then(value::json)?;
        let is_its_own = said.get("name").and_then(Value::as_str) == Some(&*reader.span.name);
        (is_its_own && message::tool_answer(&said).is_some()).then_some(Kind::Tool)
    };
    proposal.raw_kind.clone_from(&raw);
    proposal.kind = langfuse_mastra::kind(reader)
        .or_else(|| word.map(|kind| KindVote { kind, raw: raw.clone(), evidence: Evidence::Word, key: TYPE }))
        .or_else(|| {
            is_named.then_some(KindVote { kind: Kind::Llm, raw: raw.clone(), evidence: Evidence::ModelKeys, key })
        })
        .or_else(|| Some(KindVote { kind: answers()?, raw, evidence: Evidence::ToolKeys, key: OUTPUT }));
    proposal.kind.as_ref().map_or(Kind::Other, |vote| vote.kind)
}

/// The SDK replaces the name asked for by the one that answered; its LangChain handler keeps the former among the metadata.
fn model(reader: &Reader<'_>) -> Option<Found<Model>> {
    const NAME: &str = "langfuse.observation.model.name";
    let asked = reader.get("langfuse.observation.metadata.ls_model_name").and_then(value::unquoted);
    let name = reader.get(NAME).and_then(value::unquoted);
    let answered = reader.peek(OUTPUT).is_some();
    let model = Model {
        request: asked.or_else(|| name.clone().filter(|_| !answered)),
        response: name.filter(|_| answered),
        provider: reader.get("langfuse.observation.metadata.ls_provider").and_then(value::unquoted),
    };
    (model != Model::default()).then(|| Found::new(NAME, model))
}

fn side(reader: &Reader<'_>, kind: Kind, key: &'static str, side: PayloadSide, proposal: &mut Proposal) -> Side {
    let Some(sent) = reader.get(key) else { return Side::default() };
    // Texts are not quoted: only what opens like an object, a list or a quoted text is JSON. A text of digits stays text.
    let said = match sent.as_str() {
        Some(text) if !text.trim_start().starts_with(['{', '[', '"']) => value::present(Value::String(text.to_owned())),
        _ => value::json(sent),
    };
    let Some(mut said) = said else { return Side::default() };
    if side == PayloadSide::Input {
        take_tools(&mut said, proposal);
    }
    langfuse_js::name_tools(&mut said);
    let payload = match kind {
        Kind::Llm => shapes::read_call(&said, side),
        Kind::Embedding | Kind::Retriever | Kind::Reranker | Kind::Tool => None,
        _ => shapes::read(&said, side),
    };
    if let Some(payload) = &payload {
        proposal.take_payload(key, payload);
    }
    match payload.map(|payload| payload.messages).filter(|messages| !messages.is_empty()) {
        Some(messages) => Side { messages: Some(Found::new(key, with_media_types(messages))), value: None },
        None => Side { messages: None, value: Some(Found::new(key, said)) },
    }
}

/// The SDK uploads media elsewhere and leaves `@@@langfuseMedia:type=image/png|id=…|source=…@@@` in their place.
fn with_media_types(mut messages: Vec<Message>) -> Vec<Message> {
    for part in messages.iter_mut().flat_map(|message| &mut message.parts) {
        if let Part::Image(media) | Part::Audio(media) | Part::Video(media) | Part::File(media) = part {
            let Some(token) = media.uri.as_deref().and_then(|uri| uri.get(uri.find("@@@langfuseMedia:")?..)) else {
                continue;
            };
            let mime = token["@@@langfuseMedia:".len()..].split('|').find_map(|field| field.strip_prefix("type="));
            // Where a format has base64, the reference stands in its place and is no data of its own.
            *media = shapes::media::reference(token, mime.map(str::to_owned).or(media.mime.clone()));
        }
    }
    messages
}

/// The LangChain handler appends the tools offered to the messages, as messages of role `tool` whose content is a definition.
fn take_tools(said: &mut Value, proposal: &mut Proposal) {
    let Some(messages) = said.as_array_mut() else { return };
    let definition = |message: &Value| {
        let content = message.get("content").filter(|content| content.get("function").is_some_and(Value::is_object))?;
        (message.get("role")?.as_str() == Some("tool")).then(|| tools::definition(content))
    };
    let offered: Vec<ToolDefinition> = messages.iter().filter_map(definition).flatten().collect();
    if !offered.is_empty() {
        messages.retain(|message| definition(message).is_none());
        proposal.tools = Some(Found::new(INPUT, offered));
    }
}

fn documents(output: &Side) -> Option<Found<Vec<Document>>> {
    let documents = shapes::documents(&output.value.as_ref()?.value);
    (!documents.is_empty()).then(|| Found::new(OUTPUT, documents))
}
