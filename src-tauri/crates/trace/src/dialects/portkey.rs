//! Portkey: the arguments of the call it wraps, and the fields of what came back under `result.`, as JSON or in Python's words.
//!
//! Source: `portkey_ai/api_resources/instrumentation` of portkey-ai 1.10 to 2.x (`utils.py`, `openai/patch.py`, `litellm/patch.py`,
//! `crewai/patch.py`, `langgraph/patch.py`).

use serde_json::{Map, Value, json};

use super::gen_ai_params::canonical;
use super::proposal::{Evidence, Found, KindVote, Proposal, Side};
use super::switches::Switch;
use super::value;
use crate::reading::{Kind, Model, Reader};
use crate::shapes::{self, Side as PayloadSide, python, usage};
use crate::span::LogRecord;

/// Nothing keeps it back.
pub(super) const CONTENT: &[Switch] =
    &[Switch::of("Portkey", "", "Portkey sends what a call was given; of an answer in pieces it sends nothing.")];

const SOURCE: &str = "_source";
const METHOD: &str = "method";
const ASKED: &str = "kwargs";
const ANSWER: &str = "result";
const FACTS: &[&str] = &[SOURCE, "framework.version", "module", METHOD];
const NO_PARAMETERS: &[&str] = &["model", "messages", "input", "prompt", "tools", "functions"];

/// Reads a span of Portkey's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    reader.peek(SOURCE)?;
    let method = reader.peek(METHOD).and_then(value::text)?;
    let source = reader.get("_source_type").and_then(value::text);
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let kind = match source.as_deref() {
        Some("LLM provider" | "routing library") if method.to_lowercase().contains("embedding") => Kind::Embedding,
        Some("LLM provider" | "routing library") => Kind::Llm,
        _ if method.starts_with("Agent.") => Kind::Agent,
        _ if method.starts_with("Task.") => Kind::Task,
        _ if method.starts_with("RAGStorage.") => Kind::Memory,
        _ => Kind::Chain,
    };
    proposal.kind = Some(KindVote { kind, raw: Some(method), evidence: Evidence::Own, key: METHOD });
    let asked = reader.get(ASKED).and_then(value::json);
    let plain = reader.get("args").and_then(value::json).filter(|sent| *sent != json!([]));
    let answer = answer(reader);
    match kind {
        Kind::Llm | Kind::Embedding => read_call(kind, asked, &answer, &mut proposal),
        _ => {
            let said = |key: &'static str, said: Option<Value>| Side {
                messages: None,
                value: said.filter(|said| *said != json!({})).map(|said| Found::new(key, said)),
            };
            proposal.input = said(ASKED, asked.filter(|sent| *sent != json!({})).or(plain));
            let whole = reader.get(ANSWER).and_then(value::json);
            proposal.output = said(ANSWER, whole.or_else(|| answer.get("raw").cloned()).or(Some(answer)));
        }
    }
    proposal.keep_keys(reader, FACTS);
    Some(proposal)
}

/// Puts an answer together from its fields.
fn answer(reader: &Reader<'_>) -> Value {
    let mut answer = Map::new();
    for (key, name, sent) in reader.with_prefix("result.") {
        reader.understand(key);
        let Some(told) = value::json(sent) else { continue };
        let told = told.as_str().and_then(python::repr).unwrap_or(told);
        match name.split_once('.') {
            Some((of, name)) => {
                if let Value::Object(fields) = answer.entry(of).or_insert_with(|| json!({})) {
                    fields.insert(name.to_owned(), told);
                }
            }
            None => drop(answer.insert(name.to_owned(), told)),
        }
    }
    Value::Object(answer)
}

fn read_call(kind: Kind, asked: Option<Value>, answer: &Value, proposal: &mut Proposal) {
    let named = |from: Option<&Value>| Some(from?.get("model")?.as_str()?.to_owned());
    let model = Model { request: named(asked.as_ref()), response: named(Some(answer)), provider: None };
    proposal.model = (model != Model::default()).then(|| Found::new(ASKED, model));
    if kind == Kind::Embedding {
        let texts = asked.as_ref().and_then(|asked| asked.get("input")).cloned();
        proposal.input.value = texts.map(|texts| Found::new(ASKED, texts));
        let counts = answer.get("usage").and_then(usage::counts);
        proposal.payload_usage = counts.map(|counts| Found::new(ANSWER, counts));
        return;
    }
    let given = asked.as_ref().and_then(Value::as_object).into_iter().flatten();
    let given = given.filter(|(name, sent)| !sent.is_null() && !NO_PARAMETERS.contains(&name.as_str()));
    let given: Map<String, Value> = given.map(|(name, sent)| (canonical(name).to_owned(), sent.clone())).collect();
    proposal.parameters = (!given.is_empty()).then(|| Found::new(ASKED, given));
    for (key, said, side) in [(ASKED, asked.as_ref(), PayloadSide::Input), (ANSWER, Some(answer), PayloadSide::Output)]
    {
        let Some(payload) = said.and_then(|said| shapes::read_call(said, side)) else { continue };
        proposal.take_payload(key, &payload);
        let messages = (!payload.messages.is_empty()).then(|| Found::new(key, payload.messages));
        match side {
            PayloadSide::Input => proposal.input.messages = messages,
            PayloadSide::Output => proposal.output.messages = messages,
        }
    }
}
