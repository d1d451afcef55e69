//! MLflow tracing: `mlflow.*` attributes, each JSON in a text over OTLP, typed values on the way to a tracking server.
//!
//! Source: `mlflow/tracing/constant.py`, `mlflow/entities/span.py` and the autologging packages of MLflow 2.21 to 3.17.

use serde_json::Value;

use super::proposal::{Evidence, Found, KindVote, Proposal, Side};
use super::switches::Switch;
use super::{mlflow_bare, mlflow_chunks, mlflow_facts as facts, mlflow_trace, value};
use crate::json::{Document, Json};
use crate::reading::{Kind, Message, Part, Reader, ToolExecution};
use crate::shapes::{self, Side as PayloadSide, cut, text};
use crate::span::{AnyValue, LogRecord};

/// What brings text that is missing: mlflow 3.17, `tracing/config.py`.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "MLflow",
    "mlflow.tracing.configure(span_processors=[])",
    "MLflow sends what was said unless a span processor of the program removes it.",
)];

const TYPE: &str = "mlflow.spanType";

/// What each span that goes through MLflow's client carries: mlflow 3.17, `tracing/processor/base_mlflow.py`.
pub(super) const MADE_BY_US: &str = "mlflow.traceRequestId";

pub(super) const INPUTS: &str = "mlflow.spanInputs";
const OUTPUTS: &str = "mlflow.spanOutputs";
pub(super) const USAGE: &str = "mlflow.chat.tokenUsage";
pub(super) const TAG: &str = "mlflow.traceTag.";

/// Reads a span of MLflow's; nothing from any other.
pub(super) fn read(reader: &Reader<'_>, logs: &[LogRecord]) -> Option<Proposal> {
    let stream = mlflow_chunks::read(reader);
    let spoken = reader.with_prefix("mlflow.").next().is_some();
    // With its GenAI export MLflow drops its own keys and keeps the copied arguments.
    let exported = reader.span.scope.name.starts_with("mlflow.");
    if !spoken && !exported && stream.is_none() && logs.is_empty() {
        return None;
    }
    let mut proposal = Proposal { stream, ..Proposal::default() };
    mlflow_trace::read_of_span(logs, &mut proposal);
    if !spoken && !exported {
        return Some(proposal);
    }
    let values = Values { reader, in_text: !spoken || is_json_in_text(reader) };
    proposal.spoken = spoken;
    let (inputs, outputs) = (values.document(INPUTS), values.document(OUTPUTS));
    let (inputs, outputs) = (inputs.as_ref().map(Document::root), outputs.as_ref().map(Document::root));
    let outputs = outputs.map(|outputs| shapes::smolagents::inner(outputs).unwrap_or(outputs));
    let kind = kind(&values, inputs, outputs, &mut proposal);
    let bare = mlflow_bare::read(&values, kind, inputs);
    let answered = read_sides(&values, kind, inputs, outputs, &bare, &mut proposal);
    facts::read_model(&values, inputs, answered, outputs.is_some(), &bare, &mut proposal);
    facts::read_facts(&values, &mut proposal);
    // Making pictures is a tool by MLflow's word, and yet no execution of one.
    if kind == Kind::Tool && proposal.output.messages.is_none() {
        let name = values.text("mlflow.spanFunctionName").or_else(|| bare.tool_name.clone());
        proposal.tool = Some(Found::new(
            INPUTS,
            ToolExecution {
                name: name.or_else(|| Some(value::tool_named(&reader.span.name))),
                call_id: None,
                arguments: inputs.map(text::parsed),
                result: outputs.map(text::result),
            },
        ));
    }
    if kind == Kind::Retriever {
        let found = outputs.map(shapes::documents).filter(|found| !found.is_empty());
        proposal.documents = found.map(|found| Found::new(OUTPUTS, found));
    }
    bare.propose(spoken, &mut proposal);
    Some(proposal)
}

/// A span's attributes, decoded the way this span was encoded.
pub(super) struct Values<'r, 'a> {
    pub(super) reader: &'r Reader<'a>,
    in_text: bool,
}

impl<'a> Values<'_, 'a> {
    /// Returns an attribute's value; JSON null is nothing.
    pub(super) fn get(&self, key: &str) -> Option<Value> {
        self.decoded(self.reader.get(key)?)
    }

    /// Returns the same to be looked at.
    pub(super) fn document(&self, key: &str) -> Option<Document<'a>> {
        self.seen(self.reader.get(key)?)
    }

    /// Returns an attribute's text.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.document(key)?.root().as_str().filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// Returns what an attribute's value says.
    pub(super) fn decoded(&self, sent: &AnyValue) -> Option<Value> {
        self.seen(sent).map(|said| said.root().to_value())
    }

    fn seen<'v>(&self, sent: &'v AnyValue) -> Option<Document<'v>> {
        let said = match sent {
            // Here even plain texts are JSON, so one that breaks off is cut.
            AnyValue::Str(sent) if self.in_text => {
                text::document(sent).or_else(|| cut::document(sent)).unwrap_or_else(|| Document::text(sent))
            }
            other => Document::from(other),
        };
        (!said.root().is_null()).then_some(said)
    }
}

/// Says whether this span's values are JSON in texts: then even its plain texts are in quotes.
fn is_json_in_text(reader: &Reader<'_>) -> bool {
    let told = [TYPE, MADE_BY_US, "mlflow.message.format", "mlflow.spanFunctionName"];
    let texts: Vec<&str> = told.iter().filter_map(|key| reader.peek(key)?.as_str()).collect();
    texts.is_empty() || texts.iter().any(|text| text.starts_with(['"', '[']))
}

fn kind(values: &Values<'_, '_>, inputs: Option<Json<'_>>, outputs: Option<Json<'_>>, proposal: &mut Proposal) -> Kind {
    // Some versions write a pair, `["UNKNOWN", null]`.
    let raw = values.get(TYPE).and_then(|sent| match sent {
        Value::Array(pair) => pair.first()?.as_str().map(str::to_owned),
        sent => sent.as_str().map(str::to_owned),
    });
    // Autologging that does not know an API sends no type or `UNKNOWN`; what went in and came out may still be a call's.
    let Some(raw) = raw.filter(|raw| raw != "UNKNOWN") else {
        proposal.raw_kind = values.get(TYPE).map(|_| "UNKNOWN".to_owned());
        let names_model = |said: Option<Json<'_>>, side: PayloadSide| {
            said.and_then(|said| shapes::read(said, side)).is_some_and(|payload| payload.model.is_some())
        };
        if !names_model(inputs, PayloadSide::Input) && !names_model(outputs, PayloadSide::Output) {
            return Kind::Other;
        }
        proposal.kind = Some(KindVote { kind: Kind::Llm, raw: None, evidence: Evidence::ModelKeys, key: INPUTS });
        return Kind::Llm;
    };
    let kind = match raw.as_str() {
        "LLM" | "CHAT_MODEL" => Kind::Llm,
        "EMBEDDING" => Kind::Embedding,
        "AGENT" => Kind::Agent,
        "CHAIN" | "WORKFLOW" => Kind::Chain,
        "TOOL" => Kind::Tool,
        "RETRIEVER" => Kind::Retriever,
        "RERANKER" => Kind::Reranker,
        "PARSER" => Kind::Parser,
        "MEMORY" => Kind::Memory,
        "TASK" => Kind::Task,
        "GUARDRAIL" => Kind::Guardrail,
        "EVALUATOR" => Kind::Evaluator,
        _ => Kind::Other,
    };
    proposal.kind = Some(KindVote { kind, raw: Some(raw), evidence: Evidence::Word, key: TYPE });
    kind
}

/// Returns the model that the answer names.
fn read_sides(
    values: &Values<'_, '_>,
    kind: Kind,
    inputs: Option<Json<'_>>,
    outputs: Option<Json<'_>>,
    bare: &mlflow_bare::Bare,
    proposal: &mut Proposal,
) -> Option<String> {
    let mut answered = None;
    if let Some(inputs) = inputs {
        let mut payload = payload(kind, inputs, PayloadSide::Input);
        if let (Some(payload), Some(instructions)) =
            (&mut payload, bare.instructions.as_ref().filter(|_| inputs.is_array()))
        {
            shapes::prepend_system(&mut payload.messages, shapes::content(instructions));
        }
        if let Some(payload) = &payload {
            proposal.take_payload(INPUTS, payload);
        }
        let messages = payload.map(|payload| payload.messages).filter(|messages| !messages.is_empty());
        proposal.input = side(INPUTS, messages, || mlflow_bare::without_parameters(kind, inputs.to_value()));
    }
    if let Some(outputs) = outputs {
        let payload = payload(kind, outputs, PayloadSide::Output);
        if let Some(payload) = &payload {
            proposal.take_payload(OUTPUTS, payload);
            answered.clone_from(&payload.model);
        } else if let Some(counts) = outputs.get("usage").and_then(shapes::usage::counts) {
            proposal.payload_usage = Some(Found::new(OUTPUTS, counts));
        }
        if let (None, Some(counts)) = (&proposal.payload_usage, shapes::spent(outputs)) {
            proposal.payload_usage = Some(Found::new(OUTPUTS, counts));
        }
        let messages = payload.map(|payload| payload.messages).filter(|messages| !messages.is_empty());
        proposal.output = side(OUTPUTS, messages, || outputs.to_value());
    }
    read_old_messages(values, proposal);
    answered.or_else(|| facts::named(outputs))
}

fn payload(kind: Kind, value: Json<'_>, side: PayloadSide) -> Option<shapes::Payload> {
    match kind {
        Kind::Llm => shapes::read_call(value, side),
        // A tool's, an embedding's or a search's values are its own, whatever they look like, but pictures made are pictures.
        Kind::Tool => shapes::read(value, side).filter(|payload| side == PayloadSide::Output && has_media(payload)),
        Kind::Embedding | Kind::Retriever | Kind::Reranker => None,
        _ => shapes::read(value, side),
    }
}

fn has_media(payload: &shapes::Payload) -> bool {
    payload
        .messages
        .iter()
        .flat_map(|message| &message.parts)
        .any(|part| matches!(part, Part::Image(_) | Part::Audio(_)))
}

fn side(key: &str, messages: Option<Vec<Message>>, value: impl FnOnce() -> Value) -> Side {
    match messages {
        Some(messages) => Side { messages: Some(Found::new(key, messages)), value: None },
        None => Side { messages: None, value: value::present(value()).map(|value| Found::new(key, value)) },
    }
}

/// MLflow up to 3.0 also wrote the whole conversation, answer included, into one list.
fn read_old_messages(values: &Values<'_, '_>, proposal: &mut Proposal) {
    const MESSAGES: &str = "mlflow.chat.messages";
    let Some(payload) = values.document(MESSAGES).and_then(|list| shapes::read(&list, PayloadSide::Input)) else {
        return;
    };
    let mut asked = payload.messages;
    let answers = asked.iter().rev().take_while(|message| message.role == "assistant").count().min(1);
    let answered = asked.split_off(asked.len() - answers);
    if proposal.input.messages.is_none() && proposal.input.value.is_none() && !asked.is_empty() {
        proposal.input.messages = Some(Found::new(MESSAGES, asked));
    }
    if proposal.output.messages.is_none() && proposal.output.value.is_none() && !answered.is_empty() {
        proposal.output.messages = Some(Found::new(MESSAGES, answered));
    }
}
