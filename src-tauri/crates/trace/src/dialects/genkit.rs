//! Genkit: everything it records stands under `genkit:`, one input and one output as JSON.
//!
//! Source: genkit-ai/genkit `js/core/src/tracing`, `go/core/tracing`, `py/packages/genkit`.

use serde_json::{Map, Value};

use super::gen_ai_params::canonical;
use super::proposal::{Evidence, Found, KindVote, Proposal, Session};
use super::switches::Switch;
use super::{identity, value};
use crate::reading::{Document, Kind, Model, Reader, ToolExecution};
use crate::shapes::{self, Payload, Side, genkit, text};
use crate::span::LogRecord;

/// What brings text that is missing: Genkit 1.x, `core/src/tracing`: there is no switch.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "Genkit",
    "",
    "Genkit records what goes into an action and what comes out; this one had nothing, or an exporter left it out.",
)];

const INPUT: &str = "genkit:input";
const OUTPUT: &str = "genkit:output";

/// Reads a span's `genkit:*` attributes.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    reader.with_prefix("genkit:").next()?;
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let (kind, raw, key) = kind(reader);
    proposal.kind = kind.map(|kind| KindVote { kind, raw: raw.clone(), evidence: Evidence::Word, key });
    proposal.raw_kind = raw;
    let sent = |key: &'static str| reader.get(key).and_then(value::json);
    let (input, output) = (sent(INPUT), sent(OUTPUT));
    let name = reader.get("genkit:name").and_then(value::text);
    match kind {
        Some(Kind::Tool) => {
            let tool = ToolExecution {
                name: name.or_else(|| Some(reader.span.name.clone())),
                call_id: None,
                arguments: input.as_ref().map(text::result),
                result: output.as_ref().map(text::result),
            };
            proposal.tool = Some(Found::new(INPUT, tool));
        }
        Some(Kind::Llm) => read_call(&mut proposal, input.as_ref(), output.as_ref(), name),
        Some(Kind::Embedding | Kind::Retriever | Kind::Reranker) => {
            proposal.documents = output.as_ref().and_then(documents);
            let model = Model { request: name, ..Model::default() };
            proposal.model = (kind != Some(Kind::Retriever)).then(|| Found::new("genkit:name", model));
        }
        _ => read_step(&mut proposal, input.as_ref(), output.as_ref()),
    }
    for (side, key, sent) in [(&mut proposal.input, INPUT, input), (&mut proposal.output, OUTPUT, output)] {
        if side.messages.is_none() {
            side.value = sent.map(|sent| Found::new(key, sent));
        }
    }
    read_facts(reader, &mut proposal);
    Some(proposal)
}

/// What an action is says its subtype; `util` and `flowStep` are what Genkit wraps around actions.
fn kind(reader: &Reader<'_>) -> (Option<Kind>, Option<String>, &'static str) {
    const SUBTYPE: &str = "genkit:metadata:subtype";
    const TYPE: &str = "genkit:type";
    let subtype = reader.get(SUBTYPE).and_then(value::text);
    let outer = reader.get(TYPE).and_then(value::text);
    let of = |word: &str| {
        Some(match word.split('.').next().unwrap_or(word) {
            "model" | "background-model" => Kind::Llm,
            "embedder" => Kind::Embedding,
            "tool" => Kind::Tool,
            "retriever" => Kind::Retriever,
            "reranker" => Kind::Reranker,
            "evaluator" => Kind::Evaluator,
            "prompt" | "executable-prompt" | "dotprompt" | "promptTemplate" => Kind::Prompt,
            "agent" | "session-flow" => Kind::Agent,
            "indexer" => Kind::Task,
            "flow" | "flowStep" | "util" | "helper" => Kind::Chain,
            _ => return None,
        })
    };
    let narrower = subtype.as_deref().and_then(of);
    let key = if narrower.is_some() { SUBTYPE } else { TYPE };
    (narrower.or_else(|| outer.as_deref().and_then(of)), subtype.or(outer), key)
}

/// The name of a model action is the model asked for, the plugin before it: `googleai/gemini-2.5-flash`.
fn read_call(proposal: &mut Proposal, input: Option<&Value>, output: Option<&Value>, name: Option<String>) {
    let asked = input.and_then(|sent| genkit::read(sent, Side::Input)).unwrap_or_default();
    let answered = output.and_then(|sent| genkit::read(sent, Side::Output)).unwrap_or_default();
    proposal.take_payload(INPUT, &asked);
    proposal.take_payload(OUTPUT, &answered);
    let provider = name.as_deref().and_then(|name| Some(name.split_once('/')?.0.to_owned()));
    let model = Model { request: name.or_else(|| asked.model.clone()), response: answered.model.clone(), provider };
    proposal.model = (model != Model::default()).then(|| Found::new("genkit:name", model));
    let config = input.and_then(|sent| sent.get("config")?.as_object());
    let mut parameters: Map<String, Value> =
        config.into_iter().flatten().map(|(name, sent)| (canonical(name).to_owned(), sent.clone())).collect();
    for (key, name) in [("toolChoice", "tool_choice"), ("output", "response_format")] {
        let sent = input.and_then(|sent| sent.get(key)).filter(|sent| sent.as_object().is_none_or(|o| !o.is_empty()));
        parameters.extend(sent.filter(|sent| !sent.is_null()).map(|sent| (name.to_owned(), sent.clone())));
    }
    parameters.retain(|_, sent| !sent.is_null());
    proposal.parameters = Some(Found::new(INPUT, parameters)).filter(|found| !found.value.is_empty());
    put_messages(proposal, asked, answered);
}

/// What a step repeats of the calls in it are no counts of its own.
fn read_step(proposal: &mut Proposal, input: Option<&Value>, output: Option<&Value>) {
    let of = |sent: Option<&Value>, side: Side| {
        let sent = sent?;
        genkit::read(sent, side).or_else(|| shapes::read(sent, side))
    };
    let (asked, answered) = (of(input, Side::Input).unwrap_or_default(), of(output, Side::Output).unwrap_or_default());
    if let Some(counts) = answered.counts {
        proposal.usage = Some(Found::new(OUTPUT, counts));
        proposal.usage_is_aggregate = true;
    }
    proposal.finish_reasons.clone_from(&answered.finish_reasons);
    put_messages(proposal, asked, answered);
}

fn put_messages(proposal: &mut Proposal, asked: Payload, answered: Payload) {
    let found = |key: &str, messages: Vec<_>| Some(Found::new(key, messages)).filter(|found| !found.value.is_empty());
    proposal.input.messages = found(INPUT, asked.messages);
    proposal.output.messages = found(OUTPUT, answered.messages);
}

/// A document's content is a list of parts; an embedder answers with vectors, which are no documents.
fn documents(output: &Value) -> Option<Found<Vec<Document>>> {
    let list = output.get("documents")?.as_array()?;
    let document = |item: &Value| {
        let parts = item.get("content")?.as_array()?;
        let content: String = parts.iter().filter_map(|part| part.get("text")?.as_str()).collect();
        let metadata = item.get("metadata").filter(|metadata| !metadata.is_null());
        Some(Document {
            id: None,
            content: Some(content).filter(|content| !content.is_empty()),
            score: metadata.and_then(|metadata| metadata.get("score")?.as_f64()),
            metadata: metadata.cloned(),
        })
    };
    let documents: Vec<Document> = list.iter().filter_map(document).collect();
    (!documents.is_empty()).then(|| Found::new(OUTPUT, documents))
}

fn read_facts(reader: &Reader<'_>, proposal: &mut Proposal) {
    let mut session = Session::default();
    let read = [INPUT, OUTPUT, "genkit:type", "genkit:metadata:subtype", "genkit:name"];
    for (key, rest, sent) in reader.with_prefix("genkit:") {
        reader.understand(key);
        let name = rest.rsplit(':').next().unwrap_or(rest);
        if read.contains(&key) || identity::take(&mut session, name, sent) {
            continue;
        }
        proposal.metadata.extend(value::json(sent).map(|sent| (key.to_owned(), sent)));
    }
    proposal.session = (session != Session::default()).then(|| Found::new("genkit:sessionId", session));
}
