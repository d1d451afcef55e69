//! A page of the trace list.

use super::TraceList;
use super::filter::Filter;
use super::rows::Rows;
use crate::prices::PricesNow;
use crate::store::{Fault, Store};

/// The longest page.
const LONGEST: u32 = 1_000;

/// How many traces are looked at in one go while a filter looks for those it lets through.
const STRIDE: u32 = 250;

/// Returns the page before `before` (a trace's number).
pub(super) fn page(
    store: &Store,
    rows: &Rows,
    prices: &PricesNow,
    limit: u32,
    before: Option<i64>,
    filter: &Filter,
) -> Result<TraceList, Fault> {
    let limit = limit.clamp(1, LONGEST) as usize;
    let counters = store.read(|reading| reading.counters())?;
    let mut list = TraceList { rows: Vec::new(), next: None, total: counters.traces, seq: counters.seq };
    let mut at = before;
    loop {
        // One more than asked for says whether there is a next page.
        let stride = if filter.is_empty() { (limit + 1) as u32 } else { STRIDE };
        let records = store.read(|reading| reading.traces(at, stride))?;
        for record in &records {
            if list.rows.len() == limit {
                // The place is the last shown row's: what was looked at behind it may be let through next time.
                list.next = at.map(|at| at.to_string());
                return Ok(list);
            }
            let row = store.read(|reading| rows.for_list(reading, record, prices))?;
            if filter.lets_through(&row) {
                list.rows.push(row);
            }
            at = Some(record.id);
        }
        if records.len() < stride as usize {
            return Ok(list);
        }
    }
}
