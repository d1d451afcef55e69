//! DeepEval and Confident AI: `confident.*` that its integrations write and that programs set by hand.
//!
//! Source: `deepeval/tracing/otel/attributes.py`, `exporter.py` and `utils.py` of deepeval 3.4 to 4.3. What stands in GenAI's words
//! beside them is what its exporter falls back to.

use super::identity;
use super::proposal::{Found, KindVote, Proposal, Side};
use super::switches::Switch;
use super::value;
use crate::reading::{Document, Kind, Model, Reader};
use crate::shapes::{self, Side as PayloadSide, tools};
use crate::span::LogRecord;
use crate::usage::normal::Counts;
use serde_json::Value;

/// What brings text that is missing.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "DeepEval",
    "update_current_span(input=…, output=…)",
    "DeepEval sends what its integrations find and what the program says of a span.",
)];

const PREFIX: &str = "confident.";
const KIND: &str = "confident.span.type";
const INPUT: &str = "confident.span.input";
const OUTPUT: &str = "confident.span.output";
const FOUND: &str = "confident.span.retrieval_context";
const MODEL: &str = "confident.llm.model";
const PROVIDER: &str = "confident.span.provider";
const USED: [&str; 2] = ["confident.llm.input_token_count", "confident.llm.output_token_count"];
const PRICE: [&str; 2] = ["confident.llm.cost_per_input_token", "confident.llm.cost_per_output_token"];
const TOOL: &str = "confident.tool.name";
const OFFERED: &str = "confident.agent.tool_definitions";
const THREAD: &str = "confident.trace.thread_id";
const USER: &str = "confident.trace.user_id";
const TRACE_NAME: &str = "confident.trace.name";
const TAGS: &str = "confident.trace.tags";
const ABOUT: &str = "confident.trace.metadata";

/// Reads a span's `confident.*` attributes.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    reader.with_prefix(PREFIX).next()?;
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    proposal.kind = KindVote::of_word(reader, KIND, kind);
    let kind = proposal.kind.as_ref().map(|vote| vote.kind);
    proposal.input = side(reader, INPUT, PayloadSide::Input, kind, &mut proposal);
    proposal.output = side(reader, OUTPUT, PayloadSide::Output, kind, &mut proposal);
    read_call(reader, &mut proposal);
    if kind == Some(Kind::Tool) {
        let name = reader.get(TOOL).and_then(value::text).unwrap_or_else(|| value::tool_named(&reader.span.name));
        proposal.tool = Some(Found::new(TOOL, proposal.execution(Some(name))));
    }
    let found = reader.get(FOUND).map(value::texts).unwrap_or_default();
    let found: Vec<Document> =
        found.into_iter().map(|content| Document { content: Some(content), ..Document::default() }).collect();
    proposal.documents = (!found.is_empty()).then(|| Found::new(FOUND, found));
    let offered = reader.get(OFFERED).and_then(value::json).map(|list| tools::definitions(&list)).unwrap_or_default();
    proposal.tools = (!offered.is_empty()).then(|| Found::new(OFFERED, offered));
    read_trace(reader, &mut proposal);
    let read = [KIND, INPUT, OUTPUT, FOUND, MODEL, PROVIDER, TOOL, OFFERED, THREAD, USER, TRACE_NAME, TAGS, ABOUT];
    proposal.keep_facts(reader, &[PREFIX], |key, _| read.contains(&key) || USED.contains(&key));
    Some(proposal)
}

fn kind(word: &str) -> Option<Kind> {
    Some(match word {
        "llm" => Kind::Llm,
        "agent" => Kind::Agent,
        "tool" => Kind::Tool,
        "retriever" => Kind::Retriever,
        "base" | "custom" => Kind::Chain,
        _ => return None,
    })
}

/// One side: a call's is messages, in any provider's shape, or one text.
fn side(
    reader: &Reader<'_>,
    key: &'static str,
    side: PayloadSide,
    kind: Option<Kind>,
    proposal: &mut Proposal,
) -> Side {
    let Some(said) = reader.get(key).and_then(value::json) else { return Side::default() };
    let payload = match kind {
        Some(Kind::Tool | Kind::Retriever) => None,
        Some(Kind::Llm) => shapes::read_call(&said, side),
        _ => shapes::read(&said, side),
    };
    proposal.side(key, said, payload)
}

fn read_call(reader: &Reader<'_>, proposal: &mut Proposal) {
    let (request, provider) = (reader.get(MODEL).and_then(value::text), reader.get(PROVIDER).and_then(value::text));
    let model = Model { request, provider, ..Model::default() };
    proposal.model = (model != Model::default()).then(|| Found::new(MODEL, model));
    let [input, output] = USED.map(|key| value::first_count(reader, &[key]).map(|(_, count)| count));
    let used = input.or(output).map(|_| Found::new(USED[0], Counts { input, output, ..Counts::default() }));
    proposal.usage = used;
    // Prices are of one token.
    let [asked, answered] =
        PRICE.map(|key| reader.get(key).and_then(value::json).and_then(|price| value::amount(&price)));
    if let (Some(asked), Some(answered), Some(input), Some(output)) = (asked, answered, input, output) {
        proposal.cost_usd = Some(Found::new(PRICE[0], asked * input as f64 + answered * output as f64));
    }
}

fn read_trace(reader: &Reader<'_>, proposal: &mut Proposal) {
    proposal.session = identity::told(reader, THREAD, USER);
    proposal.trace_name = reader.get(TRACE_NAME).and_then(value::text);
    proposal.tags = reader.get(TAGS).map(value::texts).unwrap_or_default();
    if let Some(Value::Object(about)) = reader.get(ABOUT).and_then(value::json) {
        proposal.trace_metadata = about;
    }
}
