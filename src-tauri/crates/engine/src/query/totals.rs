//! What traces took together, summed up over all that a filter lets through.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use spanglass_trace::views::totals::{Gathering, Took, Totals, TotalsBy, TotalsOrder};
use ts_rs::TS;

use super::{Filter, Query, QueryError, rows};
use crate::store::{Fault, StoredRow};

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
            let page = match filter.is_empty() {
                true => self.took(before).await?,
                false => {
                    let at = before.map(|before: i64| before.to_string());
                    let page = self.traces_with_hits(PAGE, at.as_deref(), filter, 0).await?;
                    let next = page.next.map(|next| next.parse()).transpose().map_err(|_| QueryError::BadCursor)?;
                    Page { took: page.rows.iter().map(Took::from).collect(), next, seq: page.seq }
                }
            };
            page.took.into_iter().for_each(|took| gathering.add(took));
            seq.get_or_insert(page.seq);
            before = page.next;
            if before.is_none() {
                let totals = gathering.finish(wanted.order, wanted.limit.min(MOST));
                return Ok(TotalsNow { totals, seq: seq.unwrap_or_default() });
            }
        }
    }

    /// Returns what traces numbered below took: of most, that is read without the rest of their rows.
    async fn took(&self, before: Option<i64>) -> Result<Page, QueryError> {
        let (store, rows, prices) = (self.store.clone(), Arc::clone(&self.rows), self.prices.clone());
        self.ask(move || {
            let prices = prices.now();
            let seq = store.read(|reading| reading.counters())?.seq;
            let (mut took, mut others, mut last, mut count) = (Vec::new(), Vec::new(), None, 0);
            let look = |row: StoredRow<'_>| {
                (last, count) = (Some(row.id), count + 1);
                match rows::stored_part(row, &prices) {
                    Some(stored) => took.push(stored),
                    None => others.push(row.id),
                }
            };
            store.read(|reading| reading.each_row(before, PAGE, look))?;
            for trace in others {
                let row = store.read(|reading| {
                    let record = reading.trace_numbered(trace)?;
                    record.map(|record| rows.for_list(reading, &record, &prices)).transpose()
                })?;
                took.extend(row.as_ref().map(Took::from));
            }
            Ok(Page { took, next: last.filter(|_| count == PAGE), seq })
        })
        .await
    }
}

/// What some traces took.
struct Page {
    took: Vec<Took>,
    /// Where to go on.
    next: Option<i64>,
    /// The change sequence it is at least as new as.
    seq: u64,
}
