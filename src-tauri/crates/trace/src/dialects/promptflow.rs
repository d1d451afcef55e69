//! Prompt flow (Microsoft): what kind of work a span is and the arguments of what it calls, under plain names.
//!
//! Source: `promptflow/tracing/_trace.py` and `contracts/trace.py` of promptflow-tracing 1.8 to 1.18. Counts, and what is said in them,
//! stand under OpenLLMetry's and plain names.

use serde_json::Value;

use super::openinference_chunks;
use super::proposal::{Evidence, Found, KindVote, Proposal};
use super::switches::Switch;
use super::value;
use crate::json::AsJson;
use crate::reading::{Kind, Model, Reader, ToolExecution};
use crate::shapes::{self, Side as PayloadSide};
use crate::span::LogRecord;

/// Nothing keeps it back.
pub(super) const CONTENT: &[Switch] =
    &[Switch::of("Prompt flow", "", "Prompt flow sends what its functions were given and answered.")];

const FRAMEWORK: &str = "framework";
const TYPE: &str = "span_type";
const ASKED: &str = "inputs";
const ANSWER: &str = "output";
const SAID: &str = "llm.generated_message";
const ANSWERED: &str = "llm.response.model";
const FACTS: &[&str] = &[FRAMEWORK, "function", "output_type", "node_name", "flow_id", "line_run_id"];

/// Reads a span of Prompt flow's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    reader.peek(FRAMEWORK).and_then(value::text).filter(|name| name == "promptflow")?;
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let word = reader.get(TYPE).and_then(value::text)?;
    let kind = kind(&word);
    proposal.kind = kind.map(|kind| KindVote { kind, raw: Some(word), evidence: Evidence::Own, key: TYPE });
    let (asked, answer) = (reader.get(ASKED).and_then(value::json), reader.get(ANSWER).and_then(value::json));
    match kind {
        Some(Kind::Llm | Kind::Embedding) => {
            let request = asked.as_ref().and_then(|asked| Some(asked.get("model")?.as_str()?.to_owned()));
            let response = reader.get(ANSWERED).and_then(value::text);
            let key = if request.is_some() { ASKED } else { ANSWERED };
            let model = Model { request, response, provider: None };
            proposal.model = (model != Model::default()).then(|| Found::new(key, model));
            if kind == Some(Kind::Embedding) {
                let texts = asked.as_ref().and_then(|asked| asked.get("input")).cloned();
                proposal.input.value = texts.map(|texts| Found::new(ASKED, texts));
            } else {
                said(PayloadSide::Input, ASKED, asked.as_ref(), &mut proposal);
                let message = reader.get(SAID).and_then(value::json);
                said(PayloadSide::Output, ANSWER, answer.as_ref(), &mut proposal);
                if proposal.output.messages.is_none() {
                    said(PayloadSide::Output, SAID, message.as_ref(), &mut proposal);
                }
            }
        }
        Some(Kind::Tool) => {
            let name = reader.peek("function").and_then(value::text);
            let tool = ToolExecution { name, call_id: None, arguments: asked, result: answer };
            proposal.tool = Some(Found::new(TYPE, tool));
        }
        _ => {}
    }
    proposal.keep_keys(reader, FACTS);
    proposal.keep_facts(reader, &["__computed__."], |_, _| false);
    Some(proposal)
}

fn kind(word: &str) -> Option<Kind> {
    Some(match word {
        "LLM" => Kind::Llm,
        "Embedding" => Kind::Embedding,
        "Tool" => Kind::Tool,
        "Retrieval" => Kind::Retriever,
        "Flow" | "Function" => Kind::Chain,
        _ => return None,
    })
}

/// A stream's answer is the list of its pieces.
fn said(side: PayloadSide, key: &'static str, sent: Option<&Value>, proposal: &mut Proposal) {
    let Some(sent) = sent else { return };
    let pieces = || sent.with(openinference_chunks::assembled);
    let payload = if sent.is_array() && side == PayloadSide::Output { pieces() } else { shapes::read_call(sent, side) };
    let Some(payload) = payload.filter(|payload| !payload.messages.is_empty()) else { return };
    proposal.take_payload(key, &payload);
    let messages = Some(Found::new(key, payload.messages));
    match side {
        PayloadSide::Input => proposal.input.messages = messages,
        PayloadSide::Output => proposal.output.messages = messages,
    }
}
