//! What the keys of a filter are compared with: in a span's digest, and in what is told of its trace.

use serde_json::{Map, Value};
use spanglass_trace::reading::{Kind, TraceFacts};
use spanglass_trace::views::summary::{Digest, TraceStatus, TraceSummary};

use crate::query::filter::Key;

/// Calls `each` with the keys and values of a span's digest until it has seen enough; says whether it had.
pub(super) fn of_digest(digest: &Digest, each: &mut dyn FnMut(&Key, &str) -> bool) -> bool {
    let mut is = |key: Key, value: Option<&str>| value.is_some_and(|value| each(&key, value));
    is(Key::Name, Some(&digest.name))
        || is(Key::Name, digest.trace_name.as_deref())
        || is(Key::Service, digest.service.as_deref())
        || is(Key::Kind, Some(&kind(digest.kind)))
        || is(Key::Model, digest.model.as_deref())
        || is(Key::Model, digest.model_asked.as_deref())
        || is(Key::Provider, digest.provider.as_deref())
        || is(Key::Tool, digest.tool_name.as_deref())
        || is(Key::Session, digest.session_id.as_deref())
        || is(Key::User, digest.user_id.as_deref())
        || digest.tags.iter().any(|tag| is(Key::Tag, Some(tag)))
        || of_metadata(&digest.trace_metadata, &mut is)
}

/// Calls `each` with the keys and values of what is told of a trace beside its spans until it has seen enough.
pub(super) fn of_facts(facts: &TraceFacts, each: &mut dyn FnMut(&Key, &str) -> bool) -> bool {
    let mut is = |key: Key, value: Option<&str>| value.is_some_and(|value| each(&key, value));
    is(Key::Name, facts.name.as_deref())
        || is(Key::Session, facts.session_id.as_deref())
        || is(Key::User, facts.user_id.as_deref())
        || facts.tags.iter().any(|tag| is(Key::Tag, Some(tag)))
        || of_metadata(&facts.metadata, &mut is)
}

/// Calls `each` with the keys and values of a trace's row until it has seen enough.
pub(super) fn of_summary(summary: &TraceSummary, each: &mut dyn FnMut(&Key, &str) -> bool) -> bool {
    let mut is = |key: Key, value: Option<&str>| value.is_some_and(|value| each(&key, value));
    is(Key::Status, Some(status(summary.status)))
        || is(Key::Name, Some(&summary.name))
        || summary.services.iter().any(|service| is(Key::Service, Some(service)))
        || summary.models.iter().any(|model| is(Key::Model, Some(model)))
        || is(Key::Session, summary.session_id.as_deref())
        || is(Key::User, summary.user_id.as_deref())
        || summary.tags.iter().any(|tag| is(Key::Tag, Some(tag)))
        || of_metadata(&summary.metadata, &mut is)
}

fn of_metadata(metadata: &Map<String, Value>, is: &mut dyn FnMut(Key, Option<&str>) -> bool) -> bool {
    is(Key::Experiment, metadata.get("experiment").and_then(Value::as_str))
        || metadata.keys().any(|key| is(Key::Score, judgement(key)))
}

/// Returns the name of the judgement a fact about a trace is; `None` when it is none.
fn judgement(key: &str) -> Option<&str> {
    ["score.", "assessment.", "evaluation."].iter().find_map(|kind| key.strip_prefix(kind))
}

/// Returns the word for a kind.
fn kind(kind: Kind) -> String {
    serde_json::to_value(kind).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

fn status(status: TraceStatus) -> &'static str {
    match status {
        TraceStatus::Ok => "ok",
        TraceStatus::Error => "error",
        TraceStatus::Unset => "unset",
        TraceStatus::Running => "running",
    }
}
