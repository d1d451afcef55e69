//! Semantic Kernel: the loop in which it executes the functions a model calls, around GenAI's own spans.
//!
//! Source: `semantic_kernel/connectors/ai/chat_completion_client_base.py` and `utils/telemetry/model_diagnostics` of Semantic Kernel
//! 1.20 to 1.45. Messages are GenAI's events in log records.

use super::proposal::{Evidence, Found, KindVote, Proposal};
use super::value;
use crate::reading::{Kind, Reader, ToolDefinition};
use crate::span::LogRecord;

const FUNCTIONS: &str = "sk.available_functions";

/// Reads the loop's span.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let names = reader.get(FUNCTIONS).and_then(value::text)?;
    let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
    let offered: Vec<ToolDefinition> =
        names.map(|name| ToolDefinition { name: name.to_owned(), ..ToolDefinition::default() }).collect();
    Some(Proposal {
        spoken: true,
        kind: Some(KindVote { kind: Kind::Chain, raw: None, evidence: Evidence::ToolKeys, key: FUNCTIONS }),
        tools: Some(Found::new(FUNCTIONS, offered)).filter(|found| !found.value.is_empty()),
        ..Proposal::default()
    })
}
