//! Langfuse's scores: judgements of a trace or of one of its observations, sent on their own.
//!
//! Source: the Langfuse Python SDK 2.60 (`ingestion/types/score_body.py`) and 5.0 (`api/…/scores`).

use serde_json::{Value, json};

use super::proposal::Proposal;
use super::value;
use crate::reading::TraceFacts;
use crate::span::LogRecord;

/// The name of a log record that is a score.
pub(super) const SCORE: &str = "langfuse.score";

/// Reads the scores of a trace.
pub(super) fn read_of_trace(logs: &[LogRecord], facts: &mut TraceFacts) {
    for (name, score) in logs.iter().filter_map(score) {
        facts.metadata.insert(name, score);
        if !facts.dialects.iter().any(|known| known == "langfuse") {
            facts.dialects.push("langfuse".to_owned());
        }
    }
}

/// Reads the scores of a span.
pub(super) fn read(logs: &[LogRecord], proposal: &mut Proposal) {
    proposal.metadata.extend(logs.iter().filter_map(score));
}

/// Returns what a score is kept under, and what it says. A later one of the same name replaces an earlier one.
fn score(log: &LogRecord) -> Option<(String, Value)> {
    (log.event() == SCORE).then(|| said(&log.body.to_json())).flatten()
}

/// Returns the same of a score's body.
pub(super) fn said(body: &Value) -> Option<(String, Value)> {
    let name = body.get("name")?.as_str().filter(|name| !name.is_empty())?;
    let mut score = json!({"value": body.get("value").cloned().and_then(value::present)?});
    for key in ["comment", "dataType", "source", "configId", "metadata"] {
        if let Some(said) = body.get(key).cloned().and_then(value::present) {
            score[key] = said;
        }
    }
    Some((format!("score.{name}"), score))
}
