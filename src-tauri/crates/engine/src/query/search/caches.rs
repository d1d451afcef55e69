//! Traces in which a prompt cache broke: what one call said has to be held against what another said, so that only a trace that was
//! read tells it, by the same account as the view of its tokens. What came of it is remembered.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use spanglass_trace::span::TraceId;
use spanglass_trace::views::context::breaks_a_cache;
use spanglass_trace::views::summary::TraceRow;

use crate::prices::PricesNow;
use crate::query::filter::{Asks, Filter};
use crate::query::open;
use crate::query::under_way::UnderWay;
use crate::store::{Fault, Store, TraceRecord};

/// Traces of more spans than this are not read for it: it would take seconds each, and all of them in memory.
const MOST_SPANS: u64 = 20_000;

/// Of so many traces it is remembered; then it begins anew.
const REMEMBERED: usize = 200_000;

/// In which traces a cache broke, as far as it was asked: by their version.
#[derive(Debug, Default)]
pub(super) struct Caches(Mutex<BTreeMap<TraceId, (u64, bool)>>);

impl Caches {
    /// Says whether what a filter asks of prompt caches holds for a trace.
    pub(super) fn fit(
        &self,
        store: &Store,
        record: &TraceRecord,
        row: &TraceRow,
        prices: &PricesNow,
        filter: &Filter,
    ) -> Result<bool, Fault> {
        for term in filter.terms.iter().filter(|term| term.asks == Asks::CacheBroken) {
            if self.broke(store, record, row, prices)? == term.not {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn broke(&self, store: &Store, record: &TraceRecord, row: &TraceRow, prices: &PricesNow) -> Result<bool, Fault> {
        // A cache that breaks was there before.
        if row.summary.counts.llm_calls < 2 || record.spans > MOST_SPANS {
            return Ok(false);
        }
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&record.trace_id).copied();
        if let Some((_, broke)) = known.filter(|(version, _)| *version == record.version) {
            return Ok(broke);
        }
        let nobody_waits = UnderWay::default().begin(record.trace_id, record.spans);
        let broke = breaks_a_cache(&open::open(store, record, prices, &nobody_waits)?.trace);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(record.trace_id, (record.version, broke));
        Ok(broke)
    }
}
