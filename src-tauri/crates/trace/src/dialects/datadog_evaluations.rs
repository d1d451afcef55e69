//! Datadog's evaluations of a span, which come as log records of their own.
//!
//! Source: ddtrace 2.6 to 4.16, `llmobs/_llmobs.py` (`submit_evaluation`).

use serde_json::{Value, json};

use super::proposal::Proposal;
use super::value;
use crate::span::LogRecord;

/// The name of a log record that is an evaluation.
const EVALUATION: &str = "evaluation_metric";

/// Reads what evaluations say of the span, under their labels. A later one of the same label replaces an earlier one.
pub(super) fn read(logs: &[LogRecord], proposal: &mut Proposal) {
    for log in logs.iter().filter(|log| log.event() == EVALUATION) {
        let said = log.body.to_json();
        let Some(label) = said.get("label").and_then(Value::as_str) else { continue };
        let value = ["score_value", "categorical_value", "boolean_value", "json_value"]
            .iter()
            .find_map(|key| said.get(key).cloned().and_then(value::present));
        let Some(value) = value else { continue };
        let mut evaluation = json!({"value": value});
        for key in ["assessment", "reasoning"] {
            if let Some(said) = said.get(key).cloned().and_then(value::present) {
                evaluation[key] = said;
            }
        }
        proposal.metadata.insert(format!("evaluation.{label}"), evaluation);
    }
}
