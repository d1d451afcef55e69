//! Guardrails: what kind of step a span is, and the model of its call; the rest it says in OpenInference's words.
//!
//! Source: `guardrails/telemetry` of Guardrails 0.5 to 0.11 (`guard_tracing.py`, `runner_tracing.py`, `validator_tracing.py`,
//! `open_inference.py`).

use super::proposal::{Evidence, Found, KindVote, Proposal};
use super::switches::Switch;
use super::value;
use crate::reading::{Kind, Model, Reader};
use crate::shapes::python;
use crate::span::LogRecord;

/// Nothing keeps it back.
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "Guardrails",
    "",
    "Guardrails sends what its guards were given and found unless its telemetry is off.",
)];

const TYPE: &str = "type";
const FAMILY: &str = "guardrails/";
const PARAMETERS: &str = "llm.invocation_parameters";
const PREFIXES: &[&str] = &["guardrails.", "guard.", "validator.", "step."];
/// Facts under names that any program may use; those of an HTTP request that there was not say so.
const FACTS: &[&str] = &[
    "organization",
    "app",
    "client.ip",
    "http.user_agent",
    "http.referrer",
    "on_fail_descriptor",
    "args",
    "instance_id",
    "input",
    "validation_session_id",
    "validation_passed",
    "execution_id",
    "number_of_llm_calls",
    "number_of_reasks",
    "token_consumption",
];

/// Reads a span of Guardrails'.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let raw = reader.peek(TYPE).and_then(value::text).filter(|raw| raw.starts_with(FAMILY))?;
    reader.understand(TYPE);
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let kind = match raw.rsplit('/').next() {
        Some("call") => Kind::Llm,
        Some("guard" | "validator") => Kind::Guardrail,
        _ => Kind::Chain,
    };
    if kind == Kind::Llm {
        proposal.model = model(reader).map(|model| Found::new(PARAMETERS, model));
    }
    proposal.kind = Some(KindVote { kind, raw: Some(raw), evidence: Evidence::Own, key: TYPE });
    for key in FACTS {
        let told = reader.get(key).and_then(value::json).filter(|told| told.as_str() != Some("unknown"));
        // What was validated is the span's input.
        proposal.metadata.extend(told.filter(|_| *key != "input").map(|told| ((*key).to_owned(), told)));
    }
    proposal.keep_facts(reader, PREFIXES, |_, _| false);
    Some(proposal)
}

/// Returns the model, which is named among the arguments of the call.
fn model(reader: &Reader<'_>) -> Option<Model> {
    let arguments = python::repr(reader.peek(PARAMETERS)?.as_str()?)?;
    let request = arguments.get("model")?.as_str()?.to_owned();
    Some(Model { request: Some(request), ..Model::default() })
}
