//! Braintrust: `braintrust.*`, each field of its own log as JSON in a text, or one attribute for each entry of it.
//!
//! Source: the Go, Java and Ruby SDKs of 2025 and 2026 (`trace/`, `InstrumentationSemConv`, `braintrust/trace`), which speak nothing
//! else, the JavaScript and Python ones' OpenTelemetry mode, and braintrust.dev "OpenTelemetry attributes and events".

use serde_json::{Map, Value};

use super::gen_ai_params::canonical;
use super::identity;
use super::proposal::{Evidence, Found, KindVote, Proposal, Session, Side};
use super::switches::Switch;
use super::value;
use crate::reading::{Kind, Model, Reader};
use crate::shapes::{self, Side as PayloadSide, tools};
use crate::span::LogRecord;
use crate::usage::normal::{Counts, count};

/// What brings text that is missing: the Braintrust SDKs send it.
pub(super) const CONTENT: &[Switch] =
    &[Switch::of("Braintrust", "", "Braintrust's SDKs send what was said; a masking function may have taken it out.")];

const PREFIX: &str = "braintrust.";
const METADATA: &str = "braintrust.metadata";
const METRICS: &str = "braintrust.metrics";
const TYPE: &str = "braintrust.span_attributes";

/// Reads a span of Braintrust's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    reader.with_prefix(PREFIX).next()?;
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let kind = read_kind(reader, &mut proposal);
    proposal.input =
        side(reader, kind, ["braintrust.input_json", "braintrust.input"], PayloadSide::Input, &mut proposal);
    proposal.output =
        side(reader, kind, ["braintrust.output_json", "braintrust.output"], PayloadSide::Output, &mut proposal);
    if kind == Kind::Tool {
        let key =
            [&proposal.input, &proposal.output].into_iter().find_map(|side| Some(side.value.as_ref()?.key.clone()));
        let tool = proposal.execution(Some(reader.span.name.clone()));
        proposal.tool = Some(Found::new(key.unwrap_or_else(|| TYPE.to_owned()), tool));
    }
    proposal.tags = reader.get("braintrust.tags").map(value::texts).unwrap_or_default();
    let read = ["input", "input_json", "output", "output_json", "metadata", "metrics", "span_attributes", "tags"];
    proposal.keep_facts(reader, &[PREFIX], |_, name| read.contains(&name.split('.').next().unwrap_or(name)));
    read_metrics(reader, &mut proposal);
    read_metadata(reader, kind, &mut proposal);
    Some(proposal)
}

/// Returns the entries of a field, however it is written.
fn entries(reader: &Reader<'_>, field: &str) -> Map<String, Value> {
    let whole = reader.get(field).and_then(value::json);
    let mut entries = match whole {
        Some(Value::Object(entries)) => entries,
        _ => Map::new(),
    };
    let flat = reader.with_prefix(field).filter_map(|(_, name, sent)| {
        let name = name.strip_prefix('.')?;
        Some((name.to_owned(), value::json(sent)?))
    });
    entries.extend(flat);
    entries
}

fn read_kind(reader: &Reader<'_>, proposal: &mut Proposal) -> Kind {
    let told = entries(reader, TYPE);
    let Some(raw) = told.get("type").and_then(Value::as_str) else { return Kind::Other };
    let kind = match raw {
        "llm" => Kind::Llm,
        "tool" => Kind::Tool,
        "task" => Kind::Task,
        "score" | "classifier" => Kind::Evaluator,
        "function" | "eval" => Kind::Chain,
        _ => Kind::Other,
    };
    // Its SDKs call requests for vectors `llm` as well: the operation is the narrower word.
    let evidence = if kind == Kind::Llm { Evidence::Operation } else { Evidence::Word };
    proposal.kind = Some(KindVote { kind, raw: Some(raw.to_owned()), evidence, key: TYPE });
    kind
}

fn side(reader: &Reader<'_>, kind: Kind, keys: [&'static str; 2], side: PayloadSide, proposal: &mut Proposal) -> Side {
    let found = keys.into_iter().find_map(|key| Some((key, reader.get(key).and_then(value::json)?)));
    let Some((key, said)) = found else { return Side::default() };
    let payload = match kind {
        Kind::Llm => read_choices(&said, side).or_else(|| shapes::read_call(&said, side)),
        Kind::Tool => None,
        _ => shapes::read(&said, side),
    };
    proposal.side(key, said, payload)
}

/// An answer of Chat Completions is kept as its choices alone.
fn read_choices(said: &Value, side: PayloadSide) -> Option<shapes::Payload> {
    let is_choice = |choice: &Value| choice.get("message").is_some_and(Value::is_object);
    let list = said.as_array().filter(|list| side == PayloadSide::Output && !list.is_empty())?;
    let answer = Map::from_iter([("choices".to_owned(), Value::Array(list.clone()))]);
    list.iter().all(is_choice).then(|| shapes::read_call(&answer, side)).flatten()
}

fn read_metrics(reader: &Reader<'_>, proposal: &mut Proposal) {
    let mut metrics = entries(reader, METRICS);
    let mut told = |names: &[&str]| names.iter().find_map(|name| metrics.remove(*name).as_ref().and_then(count));
    let counts = Counts {
        input: told(&["prompt_tokens"]),
        output: told(&["completion_tokens"]),
        total: told(&["tokens"]),
        cache_read: told(&["prompt_cached_tokens"]),
        cache_write: told(&["prompt_cache_creation_tokens"]),
        reasoning: told(&["completion_reasoning_tokens"]),
        ..Counts::default()
    };
    proposal.usage = (counts != Counts::default()).then(|| Found::new(METRICS, counts));
    let first = metrics.remove("time_to_first_token").and_then(|seconds| seconds.as_f64());
    proposal.time_to_first_chunk_ns =
        first.filter(|seconds| (0.0..1e6).contains(seconds)).map(|seconds| Found::new(METRICS, (seconds * 1e9) as u64));
    let cost = metrics.remove("estimated_cost").as_ref().and_then(value::amount);
    proposal.cost_usd = cost.map(|cost| Found::new(METRICS, cost));
    proposal.metadata.extend(metrics);
}

/// The metadata of a call are its model and parameters; of anything else they are facts.
fn read_metadata(reader: &Reader<'_>, kind: Kind, proposal: &mut Proposal) {
    let mut told = entries(reader, METADATA);
    let mut text = |name: &str| match told.remove(name) {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    };
    if kind == Kind::Llm {
        let model = Model { request: text("model"), response: text("response_model"), provider: text("provider") };
        proposal.model = (model != Model::default()).then(|| Found::new(METADATA, model));
        let offered = told.remove("tools").as_ref().map(tools::definitions).unwrap_or_default();
        proposal.tools = (!offered.is_empty()).then(|| Found::new(METADATA, offered)).or(proposal.tools.take());
        let parameters =
            told.into_iter().map(|(name, sent)| (canonical(&name).to_owned(), sent)).collect::<Map<_, _>>();
        proposal.parameters = (!parameters.is_empty()).then(|| Found::new(METADATA, parameters));
        return;
    }
    let session = identity::among(&told).unwrap_or_default();
    proposal.session = (session != Session::default()).then(|| Found::new(METADATA, session));
    proposal.metadata.extend(told);
}
