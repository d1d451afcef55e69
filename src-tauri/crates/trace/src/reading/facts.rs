//! What is told of a trace as a whole and of none of its spans.

use serde_json::{Map, Value};

/// Facts about a whole trace that came beside its spans, in log records that name the trace alone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TraceFacts {
    /// The dialects that understood anything of them.
    pub dialects: Vec<String>,
    /// The name the sender gives the trace.
    pub name: Option<String>,
    /// The conversation it belongs to.
    pub session_id: Option<String>,
    /// The person it was done for.
    pub user_id: Option<String>,
    /// Labels.
    pub tags: Vec<String>,
    /// Free-form facts, judgements and scores among them.
    pub metadata: Map<String, Value>,
}
