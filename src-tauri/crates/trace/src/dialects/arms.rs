//! The GenAI conventions of Alibaba Cloud's ARMS and of Tencent Cloud's APM, beside OpenTelemetry's: who asked, what a search found, what
//! went into and out of an entity. Dify writes them, by its exporters and by its own instrumentation, and so does LoongSuite.
//!
//! Source: Dify 1.8 to 1.16, `core/ops/{aliyun_trace,tencent_trace}/entities/semconv.py` and `extensions/otel/semconv/`.

use serde_json::Value;

use super::identity;
use super::proposal::{Evidence, Found, KindVote, Proposal, Side};
use super::switches::Switch;
use super::value;
use crate::reading::{Document, Kind, Reader, ToolExecution};
use crate::shapes::{self, Side as PayloadSide};
use crate::span::LogRecord;

/// What brings text that is missing: Dify, `extensions/otel/parser/base.py`.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "Dify",
    "ENABLE_OTEL=true",
    "Dify sends what goes into and out of a workflow's nodes with its own instrumentation and with what an app exports.",
)];

const SESSION: &str = "gen_ai.session.id";
const USER: &str = "gen_ai.user.id";
const KIND: &str = "gen_ai.span.kind";
const ASKED: &str = "retrieval.query";
const FOUND: &str = "retrieval.document";
const ENTITY: [&str; 2] = ["gen_ai.entity.input", "gen_ai.entity.output"];
const TOOL: [&str; 2] = ["tool.name", "tool.parameters"];
const FIRST: &str = "gen_ai.user.time_to_first_token";
/// Facts: Dify's own, and those of a workflow's node.
const PREFIXES: &[&str] = &["dify.", "node.", "tool.description", "gen_ai.is_entry", "gen_ai.user.name"];

/// Reads what these conventions say beside OpenTelemetry's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let own = [SESSION, USER, ASKED, FOUND, ENTITY[0], ENTITY[1], FIRST, "dify.span.id"];
    let is_own = own.iter().any(|key| reader.peek(key).is_some());
    let is_dify = reader.peek("gen_ai.framework").and_then(value::text).as_deref() == Some("dify");
    if !is_own && !is_dify {
        return None;
    }
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    proposal.session = identity::told(reader, SESSION, USER);
    let word = reader.peek(KIND).and_then(value::text);
    let kind = word.as_deref().and_then(kind);
    let is_tool = word.as_deref() == Some("TOOL");
    proposal.kind = kind.map(|kind| KindVote { kind, raw: word, evidence: Evidence::Word, key: KIND });
    let is_call = kind == Some(Kind::Llm);
    proposal.input = side(reader, ENTITY[0], is_call, PayloadSide::Input);
    proposal.output = side(reader, ENTITY[1], is_call, PayloadSide::Output);
    if let Some(query) = reader.get(ASKED).and_then(value::json) {
        proposal.input.value.get_or_insert_with(|| Found::new(ASKED, query));
    }
    if is_tool && reader.peek(TOOL[0]).is_some() {
        proposal.tool = Some(tool(reader, &proposal));
    }
    let documents: Vec<Document> = reader.get(FOUND).and_then(value::json).map(|list| found(&list)).unwrap_or_default();
    proposal.documents = (!documents.is_empty()).then(|| Found::new(FOUND, documents));
    let first = reader.get(FIRST).and_then(|sent| crate::usage::normal::count(&sent.to_json()));
    proposal.time_to_first_chunk_ns = first.map(|nanoseconds| Found::new(FIRST, nanoseconds));
    proposal.keep_facts(reader, PREFIXES, |_, _| false);
    Some(proposal)
}

/// The words that are neither OpenTelemetry's nor OpenInference's.
fn kind(word: &str) -> Option<Kind> {
    match word {
        "GENERATION" => Some(Kind::Llm),
        "WORKFLOW" => Some(Kind::Chain),
        "TASK" => Some(Kind::Task),
        _ => None,
    }
}

fn tool(reader: &Reader<'_>, proposal: &Proposal) -> Found<ToolExecution> {
    let arguments = reader.get(TOOL[1]).and_then(value::json).or_else(|| proposal.input.of_tool());
    let name = reader.get(TOOL[0]).and_then(value::text);
    Found::new(TOOL[0], ToolExecution { name, call_id: None, arguments, result: proposal.output.of_tool() })
}

fn side(reader: &Reader<'_>, key: &'static str, is_call: bool, side: PayloadSide) -> Side {
    let Some(sent) = reader.get(key).and_then(value::json) else { return Side::default() };
    let said = is_call.then(|| shapes::read_call(&sent, side)).flatten().map(|payload| payload.messages);
    match said.filter(|messages| !messages.is_empty()) {
        Some(messages) => Side { messages: Some(Found::new(key, messages)), value: None },
        None => Side { messages: None, value: value::present(sent).map(|sent| Found::new(key, sent)) },
    }
}

/// Documents by themselves, with their score among their facts, or each in an envelope.
fn found(list: &Value) -> Vec<Document> {
    let each = list.as_array().into_iter().flatten().map(|item| item.get("document").unwrap_or(item));
    let named = each.filter_map(|item| {
        let told = |key: &str| item.get("metadata")?.get(key);
        let mut document = shapes::document(item)?;
        document.score = document.score.or_else(|| told("score")?.as_f64());
        document.id = document.id.or_else(|| Some(told("document_id")?.as_str()?.to_owned()));
        Some(document)
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn documents_are_found_bare_and_in_an_envelope() {
        let bare = json!([{"content": "a", "title": "t", "metadata": {"score": 0.5, "document_id": "1"}}]);
        let enveloped = json!([{"document": {"content": "a", "score": 0.5, "id": "1"}}]);
        for list in [bare, enveloped] {
            let documents = found(&list);
            let told = |document: &Document| (document.id.clone(), document.content.clone(), document.score);
            let all: Vec<_> = documents.iter().map(told).collect();
            assert_eq!(all, [(Some("1".into()), Some("a".into()), Some(0.5))], "{list}");
        }
    }
}
