//! Pipecat: turns of a spoken conversation, and what was heard and spoken in them, under plain names; calls of models are told in
//! GenAI's words and the plain names that [`super::bare`] knows.
//!
//! Source: Pipecat 0.0.60 to 1.x, `utils/tracing/{service_attributes,service_decorators,turn_trace_observer}.py`; OpenInference's
//! instrumentation of it 2.0, `_attributes.py` and `_observer.py`.

use serde_json::Value;

use super::proposal::{Evidence, Found, KindVote, NAME, Proposal, Session, Side};
use super::switches::Switch;
use super::value::{self, first_text};
use crate::reading::{Kind, Model, Reader};
use crate::shapes::tools;
use crate::span::LogRecord;

/// Nothing keeps it back.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "Pipecat",
    "",
    "Pipecat sends what was heard, asked and spoken; what its realtime services say comes in the turns after.",
)];

const SCOPE: &str = "pipecat";
/// OpenInference's instrumentation, which says under plain names what its convention has no name for.
const OBSERVER: &str = "openinference.instrumentation.pipecat";
const CONVERSATION: &str = "conversation.id";
const USER: &str = "user_id";
const HEARD: &str = "transcript";
const SPOKEN: [&str; 2] = ["text", "text_output"];
const SETTING: &str = "param.model";
const OFFERED: &str = "tools.definitions";
/// Facts that stand by themselves; `metrics.ttfb` is read with the call it is of.
const FACTS: &[&str] =
    &["voice_id", "language", "is_final", "vad_enabled", "stream", "modalities", "tool_count", "tool_choice"];
const PREFIXES: &[&str] = &[
    "conversation.",
    "turn.",
    "settings.",
    "session.",
    "service.operation",
    "transcript.",
    "function_calls.",
    "tools.",
    "audio.",
    "metrics.",
    "param.",
    "extra.",
];

/// Reads a span of Pipecat's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let scope = reader.span.scope.name.as_str();
    if scope != OBSERVER && scope.split('.').next() != Some(SCOPE) {
        return None;
    }
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    if scope == OBSERVER {
        observed(reader, &mut proposal);
        return Some(proposal);
    }
    let kind = match reader.span.name.as_str() {
        "stt" | "tts" => Some(Kind::Task),
        "conversation" => Some(Kind::Agent),
        "turn" => Some(Kind::Chain),
        _ => None,
    };
    proposal.kind = kind.map(|kind| KindVote { kind, raw: None, evidence: Evidence::Own, key: NAME });
    let session_id = reader.get(CONVERSATION).and_then(value::text);
    let user_id = reader.get(USER).and_then(value::text).filter(|id| !id.is_empty());
    let key = if session_id.is_some() { CONVERSATION } else { USER };
    let session = Session { session_id, user_id };
    proposal.session = (session != Session::default()).then(|| Found::new(key, session));
    let said =
        |key: &'static str, said: String| Side { messages: None, value: Some(Found::new(key, Value::String(said))) };
    if let Some(heard) = reader.get(HEARD).and_then(value::text) {
        let is_asked = reader.peek("transcript.is_input").is_some_and(|sent| sent.to_json() == Value::Bool(true));
        let side = if is_asked { &mut proposal.input } else { &mut proposal.output };
        *side = said(HEARD, heard);
    }
    if let Some((key, spoken)) = first_text(reader, &SPOKEN) {
        let side = if key == SPOKEN[0] { &mut proposal.input } else { &mut proposal.output };
        *side = said(key, spoken);
    }
    proposal.model = model(reader, SETTING, "gen_ai.request.model");
    let offered = reader.get(OFFERED).and_then(value::json).map(|list| tools::definitions(&list));
    proposal.tools = offered.filter(|list| !list.is_empty()).map(|list| Found::new(OFFERED, list));
    proposal.keep_keys(reader, FACTS);
    proposal.keep_facts(reader, PREFIXES, |key, _| [CONVERSATION, OFFERED, SETTING].contains(&key));
    Some(proposal)
}

/// The name the settings ask for. Once a service has answered, the name it gave itself stands where a request's is; before, the
/// instrumentation has `unknown` there.
fn model(reader: &Reader<'_>, asked: &'static str, either: &'static str) -> Option<Found<Model>> {
    let named = |key: &str| reader.peek(key).and_then(value::text);
    let request = named(asked)?;
    let response = named(either).filter(|name| *name != request && name != "unknown");
    reader.understand(asked);
    Some(Found::new(asked, Model { request: Some(request), response, provider: None }))
}

/// Reads what stands beside OpenInference's own attributes. The last message and a call are told there as well.
fn observed(reader: &Reader<'_>, proposal: &mut Proposal) {
    const FIRST: &str = "service.ttfb_seconds";
    const METRIC: &str = "metrics.model";
    let first =
        reader.get(FIRST).and_then(|sent| sent.to_json().as_f64()).filter(|seconds| (0.0..1e6).contains(seconds));
    proposal.time_to_first_chunk_ns = first.map(|seconds| Found::new(FIRST, (seconds * 1e9) as u64));
    proposal.model = model(reader, METRIC, "llm.model_name");
    for prefix in ["message.", "tool_call."] {
        for (key, ..) in reader.with_prefix(prefix) {
            reader.understand(key);
        }
    }
    let facts = ["conversation.", "service.", "metrics.", "frame.", "llm.messages_count", "stream"];
    proposal.keep_facts(reader, &facts, |key, _| [FIRST, METRIC].contains(&key));
}
