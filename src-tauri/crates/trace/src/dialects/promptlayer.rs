//! PromptLayer: what kind of work a span is, and what a function was given and answered, in Python's words or as JSON.
//!
//! Source: `promptlayer` 1.0 to 2.x (`promptlayer_base.py`, `promptlayer_mixins.py`, `integrations/openai_agents/mapping.py`). A model's
//! answers in its newer versions are GenAI's or OpenLLMetry's words.

use serde_json::Value;

use super::proposal::{Evidence, Found, KindVote, Proposal};
use super::switches::Switch;
use super::value;
use crate::reading::{Kind, Model, Reader};
use crate::shapes::{self, Side as PayloadSide, python};
use crate::span::LogRecord;

/// Nothing keeps it back.
pub(super) const CONTENT: &[Switch] =
    &[Switch::of("PromptLayer", "", "PromptLayer sends what its functions were given and answered.")];

const TYPE: &str = "node_type";
const CALLED: &str = "function_name";
const ASKED: &str = "function_input";
const ANSWER: &str = "function_output";
const TOOLS: [&str; 2] = ["tool.name", "tool_name"];
const PROVIDER: &str = "provider";
const PROMPT: &str = "prompt_name";

/// Reads a span of PromptLayer's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let word = reader.peek(TYPE).and_then(value::text);
    let tool = TOOLS.into_iter().find_map(|key| reader.peek(key).and_then(value::text));
    let request = reader.peek(ASKED).and_then(said).and_then(|asked| asked.get("kwargs").cloned());
    let model = request.as_ref().and_then(|request| request.get("model")?.as_str());
    let kind = match word.as_deref() {
        Some("LLM_CALL") => Kind::Llm,
        Some("CODE_EXECUTION") if tool.is_some() => Kind::Tool,
        Some("CODE_EXECUTION") => Kind::Task,
        Some("WORKFLOW" | "LLM_SESSION") => Kind::Chain,
        Some("PROMPT_TEMPLATE") => Kind::Prompt,
        Some("EVAL") => Kind::Evaluator,
        None if model.is_some() && reader.peek(CALLED).is_some() => Kind::Llm,
        _ => return None,
    };
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    TOOLS.into_iter().for_each(|key| reader.understand(key));
    let raw = reader.get(TYPE).and_then(value::text).or_else(|| reader.get(CALLED).and_then(value::text));
    let key = if word.is_some() { TYPE } else { CALLED };
    proposal.kind = Some(KindVote { kind, raw, evidence: Evidence::Word, key });
    let (asked, answer) = (reader.get(ASKED), reader.get(ANSWER));
    if kind == Kind::Llm {
        let provider = reader.get(PROVIDER).and_then(value::text);
        let key = if model.is_some() { ASKED } else { PROVIDER };
        let named = Model { request: model.map(str::to_owned), response: None, provider };
        proposal.model = (named != Model::default()).then(|| Found::new(key, named));
        if let Some(payload) = request.and_then(|request| shapes::read_call(&request, PayloadSide::Input)) {
            proposal.take_payload(ASKED, &payload);
            proposal.input.messages = Some(Found::new(ASKED, payload.messages));
        }
        if let Some(payload) = answer.and_then(said).and_then(|said| shapes::read_call(&said, PayloadSide::Output)) {
            proposal.take_payload(ANSWER, &payload);
            if let Some(found) = &mut proposal.model {
                found.value.response.clone_from(&payload.model);
            }
            proposal.output.messages = Some(Found::new(ANSWER, payload.messages));
        }
    } else {
        proposal.input.value = asked.and_then(said).map(|said| Found::new(ASKED, said));
        proposal.output.value = answer.and_then(said).map(|said| Found::new(ANSWER, said));
    }
    if kind == Kind::Tool {
        proposal.tool = Some(Found::new(TYPE, proposal.execution(tool)));
    }
    proposal.metadata.extend(reader.get(PROMPT).and_then(value::json).map(|name| (PROMPT.to_owned(), name)));
    proposal.keep_facts(reader, &["promptlayer."], |_, _| false);
    Some(proposal)
}

fn said(sent: &crate::span::AnyValue) -> Option<Value> {
    let said = value::json(sent)?;
    Some(said.as_str().and_then(python::repr).unwrap_or(said))
}
