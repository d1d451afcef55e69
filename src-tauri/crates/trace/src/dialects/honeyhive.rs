//! HoneyHive: what its decorated functions were given and returned, spread over `honeyhive_inputs.*` and `honeyhive_outputs.*`.
//!
//! Source: `honeyhive/tracer/instrumentation/decorators.py` and `tracer/utils` of HoneyHive 1.0 to 1.4. Calls of models are other
//! instrumentations' spans, to which it adds no more than the session and the kind.

use serde_json::Value;

use super::proposal::{Evidence, Found, KindVote, Proposal, Session, Side};
use super::switches::Switch;
use super::{flattened, value};
use crate::reading::{Kind, Reader};
use crate::shapes::{self, Side as PayloadSide};
use crate::span::LogRecord;

/// Nothing keeps it back.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "HoneyHive",
    "",
    "HoneyHive records what decorated functions were given and returned; an instrumentation of the model's client tells what was said.",
)];

const PREFIXES: &[&str] = &["honeyhive_", "honeyhive."];
const TYPE: &str = "honeyhive_event_type";
const INPUTS: &str = "honeyhive_inputs.";
const OUTPUTS: &str = "honeyhive_outputs.";
const SESSION: &str = "honeyhive.session_id";
const USER: &str = "honeyhive_user_properties.user_id";

/// Reads a span of HoneyHive's, or what it adds to another's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    PREFIXES.iter().find_map(|prefix| reader.with_prefix(prefix).next())?;
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let raw = reader.get(TYPE).and_then(value::text);
    let kind = match raw.as_deref() {
        Some("model") => Some(Kind::Llm),
        Some("tool") => Some(Kind::Tool),
        Some("chain" | "session") => Some(Kind::Chain),
        _ => None,
    };
    // Of other libraries' spans it guesses.
    if let Some(kind) = kind.filter(|_| reader.span.scope.name.starts_with("honeyhive")) {
        proposal.kind = Some(KindVote { kind, raw, evidence: Evidence::Word, key: TYPE });
        proposal.input = side(INPUTS, flattened::object(reader, INPUTS), kind, PayloadSide::Input);
        proposal.output = side(OUTPUTS, flattened::object(reader, OUTPUTS).map(returned), kind, PayloadSide::Output);
        if kind == Kind::Tool {
            let name = reader.peek("honeyhive_event_name").and_then(value::text);
            let name = name.or_else(|| Some(reader.span.name.clone()));
            proposal.tool = Some(Found::new(TYPE, proposal.execution(name)));
        }
    }
    let session_id = reader.get(SESSION).and_then(value::text);
    let user_id = reader.get(USER).and_then(value::text);
    if session_id.is_some() || user_id.is_some() {
        proposal.session = Some(Found::new(SESSION, Session { session_id, user_id }));
    }
    proposal.keep_facts(reader, PREFIXES, |key, _| {
        key == SESSION || key == USER || key == TYPE || key.starts_with(INPUTS) || key.starts_with(OUTPUTS)
    });
    Some(proposal)
}

/// What a function returned stands by itself under one name.
fn returned(outputs: Value) -> Value {
    match outputs {
        Value::Object(mut outputs) if outputs.len() == 1 && outputs.contains_key("result") => {
            outputs.remove("result").unwrap_or_default()
        }
        outputs => outputs,
    }
}

fn side(key: &'static str, said: Option<Value>, kind: Kind, which: PayloadSide) -> Side {
    let key = key.trim_end_matches('.');
    let Some(said) = said else { return Side::default() };
    let talk = if which == PayloadSide::Input { said.get("chat_history") } else { Some(&said) };
    let read = talk.filter(|_| kind == Kind::Llm).and_then(|talk| shapes::read_call(talk, which));
    match read.map(|payload| payload.messages).filter(|messages| !messages.is_empty()) {
        Some(messages) => Side { messages: Some(Found::new(key, messages)), value: None },
        None => Side { messages: None, value: Some(Found::new(key, said)) },
    }
}
