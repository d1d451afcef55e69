//! traceAI (Future AGI): OpenInference's lists under GenAI's names, as `gen_ai.input.messages.0.message.role`.
//!
//! Source: fi-instrumentation-otel 1.1.0 (`fi_types.py`), traceai-openai 0.1.10, traceai-anthropic 0.1.10, traceai-langchain 0.2.0,
//! traceai-openai-agents 0.1.6. traceai-openai 0.1.5 said OpenInference's own names, with what was sent and answered in `raw.*`.

use serde_json::{Map, Value};

use super::gen_ai_params::canonical;
use super::openinference::{kind_of, side};
use super::openinference_messages::{detail, fill};
use super::proposal::{Evidence, Found, KindVote, Proposal, Side};
use super::switches::Switch;
use super::{flattened, placeholders, value};
use crate::reading::{Kind, Model, Reader};
use crate::shapes::{self, Side as PayloadSide, python, tools};
use crate::span::{AnyValue, LogRecord};
use crate::usage::normal::Counts;

/// What brings text that is missing: fi-instrumentation-otel 1.1.0, `instrumentation/config.py`.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "traceAI",
    "FI_HIDE_INPUTS=false FI_HIDE_OUTPUTS=false",
    "traceAI sends it unless its configuration hides inputs, outputs or messages.",
)
.by_side()];

const PARAMETERS: &str = "gen_ai.request.parameters";
const DEFINITIONS: &str = "gen_ai.tool.definitions.";

/// Reads a span of traceAI's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let prefixes = ["gen_ai.input.messages.", "gen_ai.output.messages.", PARAMETERS, "raw.input", "raw.output"];
    let is_spoken = prefixes.iter().any(|prefix| reader.with_prefix(prefix).next().is_some());
    if !is_spoken && !reader.span.scope.name.starts_with("traceai") {
        return None;
    }
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let kind = read_kind(reader, &mut proposal);
    proposal.input = side(reader, kind, PayloadSide::Input, "gen_ai.input.messages.", &mut proposal);
    proposal.output = side(reader, kind, PayloadSide::Output, "gen_ai.output.messages.", &mut proposal);
    if kind == Some(Kind::Llm) {
        read_raw(reader, &mut proposal);
        read_answer(reader, &mut proposal);
        // Beside an answer of Anthropic's the counts are its own without those of the cache, which are only in it.
        let is_cached = |counts: &Counts| counts.cache_read.is_some() || counts.cache_write.is_some();
        proposal.usage = proposal.payload_usage.clone().filter(|found| is_cached(&found.value));
    }
    read_parameters(reader, &mut proposal);
    let offered = flattened::list(reader, DEFINITIONS);
    let offered: Vec<_> =
        offered.iter().filter_map(|entry| entry.pointer("/tool/json_schema")).flat_map(tools::definition).collect();
    if !offered.is_empty() {
        proposal.tools = Some(Found::new(DEFINITIONS.trim_end_matches('.'), offered));
    }
    if kind == Some(Kind::Tool) {
        let tool = proposal.execution(Some(value::tool_named(&reader.span.name)));
        proposal.tool = Some(Found::new("input.value", tool));
    }
    // The images, the instructions, the question and the answer are in the messages as well.
    for key in ["gen_ai.input.images", "gen_ai.prompts", "eval.input", "query", "fi.llm.output"] {
        reader.understand(key);
    }
    Some(proposal)
}

fn read_kind(reader: &Reader<'_>, proposal: &mut Proposal) -> Option<Kind> {
    let key = ["gen_ai.span.kind", "fi.span.kind"].into_iter().find(|key| reader.peek(key).is_some())?;
    let raw = reader.get(key).and_then(value::text)?;
    let kind = kind_of(&raw);
    proposal.raw_kind = Some(raw.clone());
    proposal.kind = kind.map(|kind| KindVote { kind, raw: Some(raw), evidence: Evidence::Word, key });
    kind
}

/// The request and the answer themselves; of a stream a list of its chunks, which the other keys tell put together.
fn read_raw(reader: &Reader<'_>, proposal: &mut Proposal) {
    for (key, side) in [("raw.input", PayloadSide::Input), ("raw.output", PayloadSide::Output)] {
        let Some(sent) = reader.get(key).and_then(value::document).filter(|sent| sent.root().is_object()) else {
            continue;
        };
        let Some(payload) = shapes::read_call(&sent, side) else { continue };
        proposal.take_payload(key, &payload);
        let to = match side {
            PayloadSide::Input => &mut proposal.input,
            PayloadSide::Output => &mut proposal.output,
        };
        if side == PayloadSide::Output && payload.model.is_some() {
            proposal.model = Some(Found::new(key, Model { response: payload.model, ..Model::default() }));
        }
        if !payload.messages.is_empty() {
            *to = Side { messages: Some(Found::new(key, payload.messages)), value: None };
        }
    }
}

/// An answer of the Responses API is Python's `repr` of what the client has of it.
fn read_answer(reader: &Reader<'_>, proposal: &mut Proposal) {
    const KEY: &str = "output.value";
    let sent = reader.peek(KEY).and_then(AnyValue::as_str).and_then(python::repr);
    let Some(payload) = sent.and_then(|sent| shapes::read_call(&sent, PayloadSide::Output)) else { return };
    proposal.take_payload(KEY, &payload);
    let listed = proposal.output.messages.as_mut().filter(|found| found.key != KEY);
    match listed.filter(|found| detail(&found.value) >= detail(&payload.messages)) {
        Some(found) => fill(&mut found.value, &payload.messages),
        None if payload.messages.is_empty() => {}
        None => proposal.output = Side { messages: Some(Found::new(KEY, payload.messages)), value: None },
    }
}

/// What the call was asked with. The model's name under GenAI's key is the one that answered; the one asked for stands here, as do
/// Anthropic's instructions.
fn read_parameters(reader: &Reader<'_>, proposal: &mut Proposal) {
    let Some(Value::Object(mut sent)) = reader.get(PARAMETERS).and_then(value::json) else { return };
    placeholders::strip(&mut sent);
    let said = |key: &str| reader.peek(key).and_then(value::text);
    if let Some(Value::String(asked)) = sent.remove("model") {
        let named = said("gen_ai.request.model").filter(|named| *named != asked);
        let response = named.or_else(|| proposal.model.take().and_then(|model| model.value.response));
        let model = Model { request: Some(asked), response, provider: None };
        proposal.model = Some(Found::new(PARAMETERS, model));
    }
    if let (Some(system), Some(input)) = (sent.remove("system"), &mut proposal.input.messages) {
        shapes::prepend_system(&mut input.value, shapes::content(&system));
    }
    for name in ["tools", "functions", "instructions", "id", "created_at"] {
        sent.remove(name);
    }
    let parameters: Map<String, Value> =
        sent.into_iter().map(|(name, sent)| (canonical(&name).to_owned(), sent)).collect();
    proposal.parameters = Some(Found::new(PARAMETERS, parameters)).filter(|found| !found.value.is_empty());
}
