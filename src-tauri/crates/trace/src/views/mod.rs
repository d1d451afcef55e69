//! What is drawn, exported and answered: plain data derived from spans and readings.
//!
//! Views know no convention: they see [`crate::reading`] only. All of them start from a [`ReadTrace`]. Times within a trace are
//! offsets in nanoseconds from its start, which a JavaScript number holds exactly for 104 days; absolute times are strings.

pub mod conversation;
pub mod document;
pub mod ledger;
pub mod stream;
pub mod summary;
pub mod timeline;
pub mod tools;
pub mod tree;

use crate::reading::Reading;
use crate::span::{Span, TraceId};

/// A span and what it means.
#[derive(Clone, Debug)]
pub struct ReadSpan {
    /// The span as received.
    pub span: Span,
    /// What it means.
    pub reading: Reading,
    /// How many further times the same span was received.
    pub duplicates: u32,
}

/// A whole trace, read, in tree order: what every view derives from.
#[derive(Clone, Debug)]
pub struct ReadTrace {
    /// Which trace.
    pub trace_id: TraceId,
    /// Its spans in tree order: parents before children, siblings by start time.
    pub spans: Vec<ReadSpan>,
    /// How they hang together; indexes are places in `spans`.
    pub tree: tree::Tree,
}
