//! The rows of a ledger from one place on, with what stands above and below them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Ledger, LedgerRow, ModelTotal};
use crate::reading::Usage;

/// A number that is told of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// Input tokens.
    Input,
    /// Input tokens that were read from a cache.
    Cached,
    /// Input tokens that were written to a cache.
    Written,
    /// Output tokens.
    Output,
    /// Output tokens that were spent on reasoning.
    Reasoning,
    /// Tokens in all.
    Total,
    /// US dollars.
    Cost,
}

impl Column {
    /// All of them, in the order they are drawn.
    pub const ALL: [Self; 7] =
        [Self::Input, Self::Cached, Self::Written, Self::Output, Self::Reasoning, Self::Total, Self::Cost];

    /// Whether it is drawn even if nobody told a number.
    fn is_always_drawn(self) -> bool {
        matches!(self, Self::Input | Self::Output | Self::Total | Self::Cost)
    }

    /// Returns the number of a usage; `None` = not told. That of the cost stands beside it.
    pub(super) fn of(self, usage: Option<Usage>, cost_usd: Option<f64>) -> Option<f64> {
        let tokens = match self {
            Self::Input => usage?.input_tokens,
            Self::Cached => usage?.cache_read_tokens,
            Self::Written => usage?.cache_write_tokens,
            Self::Output => usage?.output_tokens,
            Self::Reasoning => usage?.reasoning_tokens,
            Self::Total => usage?.total_tokens,
            Self::Cost => return cost_usd,
        };
        tokens.map(|tokens| tokens as f64)
    }
}

impl LedgerRow {
    /// Returns what the row reported in a column.
    pub(super) fn reported(&self, column: Column) -> Option<f64> {
        column.of(self.usage, self.cost_usd)
    }

    /// Returns what of it is in the total.
    pub(super) fn counted(&self, column: Column) -> Option<f64> {
        column.of(self.added, self.cost_added)
    }
}

/// The rows of a ledger from one place on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct LedgerWindow<'a> {
    /// The version of the trace it was made of.
    #[ts(type = "number")]
    pub version: u64,
    /// The sum of all `added`; `None` = nobody reported any.
    pub total: Option<Usage>,
    /// The sum of all `cost_added`; `None` = unknown.
    pub cost_usd: Option<f64>,
    /// The totals model by model, the most tokens first.
    pub models: Cow<'a, [ModelTotal]>,
    /// The columns in which anybody reported anything; input, output, total and cost always.
    pub columns: Vec<Column>,
    /// Rows in the totals.
    pub counted: u32,
    /// Rows in all.
    pub rows_total: u32,
    /// The first row of `rows`.
    pub from: u32,
    /// The rows, in tree order.
    pub rows: Cow<'a, [LedgerRow]>,
}

impl Ledger {
    /// Returns `count` rows from `from` on.
    pub fn window(&self, from: u32, count: u32) -> LedgerWindow<'_> {
        let total = self.rows.len();
        let from = (from as usize).min(total);
        let to = total.min(from.saturating_add(count as usize));
        let is_told =
            |column: &Column| column.is_always_drawn() || self.rows.iter().any(|row| row.reported(*column).is_some());
        LedgerWindow {
            version: self.version,
            total: self.total,
            cost_usd: self.cost_usd,
            models: Cow::Borrowed(&self.models),
            columns: Column::ALL.into_iter().filter(is_told).collect(),
            counted: self.rows.iter().filter(|row| row.added.is_some() || row.cost_added.is_some()).count() as u32,
            rows_total: total as u32,
            from: from as u32,
            rows: Cow::Borrowed(&self.rows[from..to]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ledger;
    use super::*;
    use crate::reading::Kind;
    use crate::views::drawn::{span, trace};

    #[test]
    fn a_window_tells_what_all_rows_make_together() {
        let call = |number| span(number, 1, number, 99).kind(Kind::Llm).using(number, 5);
        let ledger = ledger(&trace(vec![span(1, 0, 0, 99).kind(Kind::Agent), call(2), call(3), call(4)]), 7);
        let window = ledger.window(1, 1);
        assert_eq!((window.version, window.from, window.rows_total, window.counted), (7, 1, 3, 3));
        assert_eq!(window.rows.iter().map(|row| (&row.name[..], row.number)).collect::<Vec<_>>(), [("s3", Some(2))]);
        assert_eq!(window.total.and_then(|usage| usage.input_tokens), Some(9));
        assert_eq!(ledger.window(9, 5).rows.len(), 0);
    }

    #[test]
    fn columns_nobody_filled_are_left_out() {
        let call = span(1, 0, 0, 9).kind(Kind::Llm).using(3, 5);
        let drawn = [Column::Input, Column::Output, Column::Total, Column::Cost];
        assert_eq!(ledger(&trace(vec![call.clone()]), 1).window(0, 9).columns, drawn);
        let mut cached = call;
        cached.reading.usage.iter_mut().for_each(|usage| usage.cache_read_tokens = Some(0));
        assert!(ledger(&trace(vec![cached]), 1).window(0, 9).columns.contains(&Column::Cached));
    }
}
