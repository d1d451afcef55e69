//! Laminar: `lmnr.*` attributes, what went in and came out as JSON in a text.
//!
//! Source: `@lmnr-ai/lmnr` 0.6 to 0.8 (`opentelemetry-lib/tracing/attributes.ts`, `decorators.ts`) and the Python `lmnr` of the
//! same versions. Its spans of model calls say what they said in GenAI's words.

use serde_json::{Value, json};

use super::identity;
use super::proposal::{Evidence, Found, KindVote, Proposal, Session, Side};
use super::switches::Switch;
use super::traceloop_messages as flattened;
use super::value;
use crate::reading::{Kind, Message, Reader};
use crate::shapes::{self, Side as PayloadSide};
use crate::span::LogRecord;

/// What brings text that is missing: lmnr 0.8.2, `shared/utils.py`.
pub(super) const CONTENT: &[Switch] =
    &[Switch::of("Laminar", "LMNR_TRACE_CONTENT=true", "Laminar sends it unless its content is switched off.")];

const TYPE: &str = "lmnr.span.type";
const INPUT: &str = "lmnr.span.input";
const OUTPUT: &str = "lmnr.span.output";
const PROPERTIES: &str = "lmnr.association.properties.";

/// Reads a span of Laminar's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    reader.with_prefix("lmnr.").next()?;
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let kind = read_kind(reader, &mut proposal);
    proposal.input = side(reader, kind, INPUT, PayloadSide::Input, &mut proposal);
    proposal.output = side(reader, kind, OUTPUT, PayloadSide::Output, &mut proposal);
    if kind == Kind::Tool {
        proposal.tool = Some(Found::new(INPUT, proposal.execution(Some(reader.span.name.clone()))));
    }
    if proposal.input == Side::default() {
        proposal.input.messages = instructed(reader);
    }
    read_properties(reader, &mut proposal);
    read_facts(reader, &mut proposal);
    Some(proposal)
}

/// Returns what the SDK (lmnr 0.7) writes of Gemini's answer under GenAI's name: a list of texts, each of which is a candidate's JSON.
pub(super) fn written(reader: &Reader<'_>, key: &str) -> Option<Value> {
    reader.with_prefix("lmnr.").next().filter(|_| key == "gen_ai.output.messages")?;
    let Value::Array(items) = reader.get(key).and_then(value::json)? else { return None };
    let candidate =
        |item: &Value| serde_json::from_str::<Value>(item.as_str()?).ok().filter(|item| item.get("content").is_some());
    let candidates = items.iter().map(candidate).collect::<Option<Vec<Value>>>().filter(|found| !found.is_empty())?;
    Some(json!({"candidates": candidates}))
}

/// `DEFAULT` is the word for a span of no kind.
fn read_kind(reader: &Reader<'_>, proposal: &mut Proposal) -> Kind {
    let raw = reader.get(TYPE).and_then(value::text);
    let word = raw.as_deref().and_then(|raw| {
        Some(match raw {
            "LLM" => Kind::Llm,
            "TOOL" => Kind::Tool,
            "EVALUATOR" | "HUMAN_EVALUATOR" => Kind::Evaluator,
            "EVALUATION" | "EXECUTOR" => Kind::Task,
            _ => return None,
        })
    });
    proposal.raw_kind.clone_from(&raw);
    // Its integrations call every request to a model `LLM`, embeddings too: the operation is the narrower word.
    let evidence = if word == Some(Kind::Llm) { Evidence::Operation } else { Evidence::Word };
    proposal.kind = word.map(|kind| KindVote { kind, raw, evidence, key: TYPE });
    word.unwrap_or_default()
}

fn side(reader: &Reader<'_>, kind: Kind, key: &'static str, side: PayloadSide, proposal: &mut Proposal) -> Side {
    let Some(said) = reader.get(key).and_then(value::json) else { return Side::default() };
    let payload = match kind {
        Kind::Llm => shapes::read_call(&said, side),
        Kind::Tool => None,
        _ => shapes::read(&said, side),
    };
    proposal.side(key, said, payload)
}

/// A call of OpenAI's Responses has its `input` under GenAI's name, and the instructions beside it in the flattened list only.
fn instructed(reader: &Reader<'_>) -> Option<Found<Vec<Message>>> {
    const KEY: &str = "gen_ai.input.messages";
    let sent = reader.peek(KEY).and_then(value::document)?;
    let mut messages = shapes::read_call(&sent, PayloadSide::Input)?.messages;
    let first = flattened::read(reader, PayloadSide::Input).messages.into_iter().next();
    let system = first.filter(|first| first.role == "system" && messages.iter().all(|said| said.role != "system"))?;
    shapes::prepend_system(&mut messages, system.parts);
    Some(Found::new(KEY, messages))
}

/// What the program told about the whole trace, repeated on each of its spans.
fn read_properties(reader: &Reader<'_>, proposal: &mut Proposal) {
    let mut session = Session::default();
    for (key, name, sent) in reader.with_prefix(PROPERTIES) {
        reader.understand(key);
        if name == "tags" {
            proposal.tags = value::texts(sent);
        } else if !identity::take(&mut session, name, sent) {
            let name = name.strip_prefix("metadata.").unwrap_or(name);
            proposal.trace_metadata.extend(value::json(sent).map(|sent| (name.to_owned(), sent)));
        }
    }
    proposal.session = (session != Session::default()).then(|| Found::new(PROPERTIES.trim_end_matches('.'), session));
}

/// Paths repeat the tree; what else stands under the prefix stays a fact under its own name.
fn read_facts(reader: &Reader<'_>, proposal: &mut Proposal) {
    proposal.keep_facts(reader, &["lmnr."], |key, name| {
        let is_path = matches!(name, "span.path" | "span.ids_path" | "span.parent_path" | "span.parent_ids_path");
        is_path || [TYPE, INPUT, OUTPUT].contains(&key) || key.starts_with(PROPERTIES)
    });
}
