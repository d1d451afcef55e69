//! The numbers of a trace that a filter compares, read without the rest of its row: most traces are passed over by them alone.

use serde::Deserialize;
use spanglass_trace::reading::Usage;
use spanglass_trace::views::summary::{Counts, TraceRow};

use super::Asked;
use crate::prices::PricesNow;
use crate::query::filter::{Asks, Filter, Number};
use crate::query::rows;
use crate::store::StoredRow;

/// What of a trace's row is a number.
#[derive(Deserialize)]
pub(super) struct Numbers {
    summary: Summary,
    #[serde(default)]
    time_to_first_chunk_ns: Option<u64>,
    #[serde(default)]
    longest_silence_ns: Option<u64>,
}

#[derive(Deserialize)]
struct Summary {
    start_time_unix_nano: String,
    duration_ns: u64,
    usage: Option<Usage>,
    cost_usd: Option<f64>,
    counts: Counts,
}

impl From<&TraceRow> for Numbers {
    fn from(row: &TraceRow) -> Self {
        let summary = &row.summary;
        Self {
            summary: Summary {
                start_time_unix_nano: summary.start_time_unix_nano.clone(),
                duration_ns: summary.duration_ns,
                usage: summary.usage,
                cost_usd: summary.cost_usd,
                counts: summary.counts,
            },
            time_to_first_chunk_ns: row.time_to_first_chunk_ns,
            longest_silence_ns: row.longest_silence_ns,
        }
    }
}

/// Says whether a filter compares numbers.
pub(super) fn are_asked(filter: &Filter) -> bool {
    filter.terms.iter().any(|term| matches!(term.asks, Asks::Within(..)))
}

/// Says whether a trace may be let through as far as its numbers tell: most are passed over without the rest of them.
pub(super) fn passes(row: StoredRow<'_>, prices: &PricesNow, asked: &Asked<'_>) -> bool {
    !are_asked(asked.filter)
        || rows::stored_part::<Numbers>(row, prices).is_none_or(|numbers| numbers.fit(asked.filter, asked.now))
}

impl Numbers {
    /// Says whether every comparison of a filter holds, `now` being nanoseconds since 1970.
    pub(super) fn fit(&self, filter: &Filter, now: u64) -> bool {
        filter.terms.iter().all(|term| match &term.asks {
            Asks::Within(number, bounds) => {
                self.get(*number).is_some_and(|amount| bounds.contains(amount, now)) != term.not
            }
            _ => true,
        })
    }

    /// Returns a number of a trace; `None` when it is unknown.
    fn get(&self, number: Number) -> Option<f64> {
        let Summary { start_time_unix_nano, duration_ns, usage, cost_usd, counts } = &self.summary;
        let usage = usage.as_ref();
        let count = |count: Option<u64>| count.map(|count| count as f64);
        match number {
            Number::Tokens => count(usage.and_then(|usage| usage.total_tokens)),
            Number::Input => count(usage.and_then(|usage| usage.input_tokens)),
            Number::Output => count(usage.and_then(|usage| usage.output_tokens)),
            Number::Cost => *cost_usd,
            Number::Duration => count(Some(*duration_ns)),
            Number::Ttft => count(self.time_to_first_chunk_ns),
            Number::Stall => count(self.longest_silence_ns),
            Number::Time => start_time_unix_nano.parse().ok(),
            Number::Spans => Some(f64::from(counts.spans)),
            Number::Calls => Some(f64::from(counts.llm_calls)),
            Number::Errors => Some(f64::from(counts.errors)),
        }
    }
}
