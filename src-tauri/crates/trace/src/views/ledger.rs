//! Where a trace's totals come from, call by call, and what was not counted and why.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::ReadTrace;
use crate::reading::{Kind, Usage};

/// What the roll-up did with a span's usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// It is in the total.
    Counted,
    /// It repeats what spans below it report.
    RepeatsChildren,
    /// It is the same call as another span.
    SameCall,
    /// The call reported no usage.
    NotReported,
}

/// One line of the ledger: a span that is a call or reports usage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LedgerRow {
    /// The span.
    pub span_id: String,
    /// What it is called.
    pub name: String,
    /// What kind of work it did.
    pub kind: Kind,
    /// How many ancestors it has.
    pub depth: u32,
    /// The model that answered (else that was asked).
    pub model: Option<String>,
    /// What it reported.
    pub usage: Option<Usage>,
    /// What of it is in the total: for a call that another span repeats in part, the difference.
    pub added: Option<Usage>,
    /// What it cost, as reported.
    pub cost_usd: Option<f64>,
    /// Whether that cost is in the total.
    pub cost_counted: bool,
    /// What the roll-up did with it.
    pub counted: Counted,
    /// Why, in a sentence.
    pub why: String,
    /// Where the counts were read from.
    pub source: Option<String>,
    /// Start, from the trace's start.
    #[ts(type = "number")]
    pub start_ns: u64,
}

/// The totals of a trace and their arithmetic.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Ledger {
    /// Grows with every change of the trace.
    #[ts(type = "number")]
    pub version: u64,
    /// The sum of all `added`; `None` = nobody reported any.
    pub total: Option<Usage>,
    /// The sum of all counted costs; `None` = unknown.
    pub cost_usd: Option<f64>,
    /// In tree order.
    pub rows: Vec<LedgerRow>,
}

/// Returns where a trace's totals come from.
pub fn ledger(_trace: &ReadTrace, version: u64) -> Ledger {
    Ledger { version, ..Ledger::default() }
}
