//! Respan (formerly Keywords AI): what kind of work a span is, for whom, and a call's messages whole; they stand flattened beside, in
//! OpenLLMetry's words and without the ids of what tools answered.
//!
//! Source: `respan_sdk/constants/span_attributes.py` of respan-sdk 2.9, and `respan-instrumentation-openai` 1.3.

use serde_json::{Value, json};

use super::proposal::{Found, KindVote, Proposal, Session};
use super::switches::Switch;
use super::value;
use crate::reading::{Kind, Reader};
use crate::shapes::{self, Side as PayloadSide, tools};
use crate::span::LogRecord;

/// What brings text that is missing: `RespanTelemetry` of 2.24.
pub(super) const CONTENT: &[Switch] =
    &[Switch::of("Respan", "RESPAN_TRACE_CONTENT=true", "Respan sends it unless content was switched off.")];

const PREFIX: &str = "respan.";
const TYPE: &str = "respan.entity.log_type";
const SESSION: &str = "respan.sessions.session_identifier";
const THREAD: &str = "respan.threads.thread_identifier";
const USER: &str = "respan.customer_params.customer_identifier";
const ASKED: &str = "traceloop.entity.input";
const ANSWER: &str = "traceloop.entity.output";
const OFFERED: &str = "llm.request.functions";

/// Reads a span of Respan's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    reader.with_prefix(PREFIX).next()?;
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    proposal.kind = KindVote::of_word(reader, TYPE, kind);
    let kind = proposal.kind.as_ref().map(|vote| vote.kind);
    if kind == Some(Kind::Llm) {
        read_call(reader, &mut proposal);
    }
    let told = |key: &'static str| Some((key, reader.get(key).and_then(value::text)?));
    let (session, user) = (told(SESSION).or_else(|| told(THREAD)), told(USER));
    proposal.session = session.as_ref().or(user.as_ref()).map(|(key, _)| {
        let named = |told: &Option<(&str, String)>| told.as_ref().map(|(_, id)| id.clone());
        Found::new(*key, Session { session_id: named(&session), user_id: named(&user) })
    });
    proposal.keep_facts(reader, &[PREFIX], |key, _| [TYPE, SESSION, USER].contains(&key));
    proposal.keep_keys(reader, &["status_code", "gen_ai.is_streaming"]);
    Some(proposal)
}

fn kind(word: &str) -> Option<Kind> {
    Some(match word {
        "chat" | "completion" | "response" | "text" | "generation" => Kind::Llm,
        "embedding" => Kind::Embedding,
        "agent" => Kind::Agent,
        "tool" | "function" => Kind::Tool,
        "workflow" | "handoff" => Kind::Chain,
        "task" => Kind::Task,
        "guardrail" => Kind::Guardrail,
        _ => return None,
    })
}

fn read_call(reader: &Reader<'_>, proposal: &mut Proposal) {
    let said = |key: &'static str, side: PayloadSide| {
        let mut sent = reader.get(key).and_then(value::json)?;
        // An answer of the Responses API has its text under a name of its own.
        if let Some(text) = sent.get("output_text").cloned() {
            sent = json!({"role": "assistant", "content": text, "tool_calls": sent.get("tool_calls")});
        }
        let messages = shapes::read_call(&sent, side)?.messages;
        (!messages.is_empty()).then(|| Found::new(key, messages))
    };
    proposal.input.messages = said(ASKED, PayloadSide::Input);
    proposal.output.messages = said(ANSWER, PayloadSide::Output);
    let offered = reader.get(OFFERED).and_then(value::json).filter(Value::is_array);
    let offered = offered.map(|list| tools::definitions(&list)).filter(|list| !list.is_empty());
    proposal.tools = offered.map(|list| Found::new(OFFERED, list));
}
