//! A page of the trace list.

use std::time::{SystemTime, UNIX_EPOCH};

use super::TraceList;
use super::filter::Filter;
use super::rows::Rows;
use super::search::{Asked, Search};
use crate::prices::PricesNow;
use crate::store::{Fault, Store};

/// The longest page.
const LONGEST: u32 = 1_000;

/// Which page.
pub(super) struct Wanted {
    pub(super) limit: u32,
    /// Only traces numbered below.
    pub(super) before: Option<i64>,
    /// How many places are told of each trace in which a text of the filter stands.
    pub(super) hits: usize,
}

/// Returns a page.
pub(super) fn page(
    store: &Store,
    rows: &Rows,
    prices: &PricesNow,
    search: &Search,
    Wanted { limit, before, hits }: Wanted,
    filter: &Filter,
) -> Result<TraceList, Fault> {
    let limit = limit.clamp(1, LONGEST);
    let counters = store.read(|reading| reading.counters())?;
    let mut list = TraceList { total: counters.traces, seq: counters.seq, ..TraceList::default() };
    if !filter.is_empty() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64);
        let asked = Asked { filter, limit: limit as usize, before, hits, now };
        search.fill(store, rows, prices, &asked, &mut list)?;
        return Ok(list);
    }
    // One more than asked for says whether there is a next page.
    let records = store.read(|reading| reading.traces(before, limit + 1))?;
    for record in records.iter().take(limit as usize) {
        list.rows.push(store.read(|reading| rows.for_list(reading, record, prices))?);
    }
    if records.len() > limit as usize {
        list.next = records.get(limit as usize - 1).map(|last| last.id.to_string());
    }
    Ok(list)
}
