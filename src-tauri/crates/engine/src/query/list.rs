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

/// Returns the page before `before` (a trace's number).
pub(super) fn page(
    store: &Store,
    rows: &Rows,
    prices: &PricesNow,
    search: &Search,
    limit: u32,
    before: Option<i64>,
    filter: &Filter,
) -> Result<TraceList, Fault> {
    let limit = limit.clamp(1, LONGEST);
    let counters = store.read(|reading| reading.counters())?;
    let mut list = TraceList { total: counters.traces, seq: counters.seq, ..TraceList::default() };
    if !filter.is_empty() {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64);
        let asked = Asked { filter, limit: limit as usize, before, now };
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
