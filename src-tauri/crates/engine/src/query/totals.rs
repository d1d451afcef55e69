//! What traces took together, summed up over all that a filter lets through.

use serde::{Deserialize, Serialize};
use spanglass_trace::views::totals::{Gathering, Totals, TotalsBy, TotalsOrder};
use ts_rs::TS;

use super::{Filter, Query, QueryError};
use crate::store::Fault;

/// How many traces are summed up in one go: between two, others are answered, and who no longer waits is not worked for.
const PAGE: u32 = 500;

/// The most totals of one answer.
pub(crate) const MOST: usize = 1_000;

/// Which totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TotalsWanted {
    /// What the traces of one total share.
    pub by: TotalsBy,
    /// Which come first.
    pub order: TotalsOrder,
    /// How many, at most 1,000.
    pub limit: usize,
}

/// Totals, and of what.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct TotalsNow {
    /// The totals.
    #[serde(flatten)]
    pub totals: Totals,
    /// The change sequence they are at least as new as.
    #[ts(type = "number")]
    pub seq: u64,
}

impl Query {
    /// Returns what the traces that a filter lets through took. Takes time in proportion to their number; traces that come or
    /// change meanwhile may or may not be in it.
    pub async fn totals(&self, wanted: TotalsWanted, filter: &Filter) -> Result<TotalsNow, QueryError> {
        let _turn = self.summing_up.acquire().await.map_err(|_| QueryError::from(Fault::Closed))?;
        let mut gathering = Gathering::new(wanted.by);
        let (mut before, mut seq) = (None, None);
        loop {
            let page = self.traces_with_hits(PAGE, before.as_deref(), filter, 0).await?;
            page.rows.iter().for_each(|row| gathering.add(row));
            seq.get_or_insert(page.seq);
            before = page.next;
            if before.is_none() {
                let totals = gathering.finish(wanted.order, wanted.limit.min(MOST));
                return Ok(TotalsNow { totals, seq: seq.unwrap_or_default() });
            }
        }
    }
}
