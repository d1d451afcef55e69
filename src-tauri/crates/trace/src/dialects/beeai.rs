//! BeeAI's TypeScript framework under OpenInference: a span for each event of a run, so that one call of a model is three.
//!
//! Source: `@arizeai/openinference-instrumentation-beeai` 1.5 (`helpers/buildTraceTree.ts`, `middleware.ts`), for `beeai-framework`
//! 0.1.9 to 0.1.13. What a call was asked stands on its `start`, the answer and the counts on its `success`; `finish` says nothing
//! more. What was said is in OpenInference's words.

use serde_json::Value;

use super::openinference;
use super::proposal::{Evidence, Found, KindVote, Proposal};
use super::value;
use crate::fingerprint;
use crate::reading::{Half, Kind, Reader, ToolExecution};
use crate::span::LogRecord;

/// The path of an event: who emitted it, and last what happened.
const TARGET: &str = "target";
/// The scope of the instrumentation of the Python framework.
const PYTHON: &str = "openinference.instrumentation.beeai";
/// The framework's own number of the run.
const RUN: &str = "traceId";
const FACTS: &[&str] = &[TARGET, RUN, "source", "beeai.version", "name", "history"];

/// Returns what BeeAI's Python framework ran a tool with: openinference-instrumentation-beeai 0.1 puts the framework's own options
/// beside what the model gave.
pub(super) fn called_with(reader: &Reader<'_>, sent: Value) -> Value {
    match sent {
        Value::Object(mut call)
            if reader.span.scope.name == PYTHON && call.len() == 2 && call.contains_key("options") =>
        {
            call.remove("input").unwrap_or(Value::Object(call))
        }
        sent => sent,
    }
}

/// Reads an event's span, or that of the whole run.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let run = reader.peek(RUN).and_then(value::text)?;
    let target = reader.peek(TARGET).and_then(value::text);
    let kind = reader.peek("openinference.span.kind").and_then(value::text)?;
    if target.is_none() {
        reader.peek("beeai.version")?;
    }
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let kind = openinference::kind_of(&kind);
    if let Some((of, event)) = target.as_deref().and_then(|target| target.rsplit_once('.')) {
        read_event(reader, kind, of, event, &run, &mut proposal);
    }
    for key in FACTS {
        let told = reader.get(key).and_then(value::json);
        proposal.metadata.extend(told.map(|told| ((*key).to_owned(), told)));
    }
    Some(proposal)
}

fn read_event(reader: &Reader<'_>, kind: Option<Kind>, of: &str, event: &str, run: &str, proposal: &mut Proposal) {
    let is_call = kind == Some(Kind::Llm);
    let asked = fingerprint::of([run, of]);
    match event {
        "start" if is_call => proposal.half = Some(Half { asked, answered_from: None }),
        "success" if is_call => {
            proposal.half = Some(Half { asked, answered_from: Some(reader.span.start_time_unix_nano) });
        }
        _ => {}
    }
    // One execution is told thrice, too; its end has what it was given and what it answered.
    let repeats = match kind {
        Some(Kind::Llm) => matches!(event, "success" | "finish"),
        Some(Kind::Tool) => matches!(event, "start" | "finish"),
        _ => false,
    };
    if repeats {
        let raw = Some(event.to_owned());
        proposal.kind = Some(KindVote { kind: Kind::Other, raw, evidence: Evidence::Own, key: TARGET });
    }
    if kind == Some(Kind::Tool) {
        // OpenInference's words have no name for it.
        let name = of.rsplit('.').next().map(str::to_owned);
        proposal.tool = Some(Found::new(TARGET, ToolExecution { name, ..ToolExecution::default() }));
    }
}
