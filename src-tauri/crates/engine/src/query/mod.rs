//! Questions to the store: the trace list, one trace, how much there is.
//!
//! Answers are made of what is stored at the moment of asking: what was committed before the question is in the answer. Rows
//! and digests are derived; where the stored ones are out of date they are made again on the way, and by [`upkeep`] in the
//! background.

mod cache;
mod filter;
mod from_logs;
mod list;
mod metrics;
mod open;
mod raw;
mod rows;
mod upkeep;

use std::path::Path;
use std::sync::Arc;

use cache::Opened;
pub use filter::{Filter, FilterError};
pub use metrics::{MetricPoint, MetricSeries, Metrics, MetricsQuery};
pub use open::{Damage, OpenTrace};
pub use raw::{RawLog, RawSpan, RawTrace};
use rows::Rows;
use serde::{Deserialize, Serialize};
use spanglass_trace::dialects;
use spanglass_trace::span::{LogRecord, TraceId};
use spanglass_trace::views::summary::TraceRow;
use tokio::sync::{Semaphore, oneshot};
use ts_rs::TS;
pub use upkeep::ReadingAgain;
use upkeep::{Upkeep, Wake};

use crate::prices::{KeepError, PriceBook, PricesNow};
use crate::store::{Fault, Reading, Store};

/// Questions that are answered at once; others wait.
const AT_ONCE: usize = 4;

/// A page of the trace list, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct TraceList {
    /// The traces.
    pub rows: Vec<TraceRow>,
    /// Pass as `before` for the next page; `None` = this is the last one.
    pub next: Option<String>,
    /// How many traces there are.
    #[ts(type = "number")]
    pub total: u64,
    /// The change sequence this page is at least as new as.
    #[ts(type = "number")]
    pub seq: u64,
}

/// How much is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Traces.
    pub traces: u64,
    /// Spans.
    pub spans: u64,
    /// Log records.
    pub logs: u64,
    /// Bytes the database takes on disk, its write-ahead log included.
    pub stored_bytes: u64,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// `before` is not what a page's `next` said.
    #[error("`before` is not a place in the trace list; leave it out to start at the newest trace")]
    BadCursor,
    /// The store cannot be read (or, when deleting, written).
    #[error("{reason}")]
    Unavailable {
        /// What is wrong, and what to do about it.
        reason: String,
    },
}

impl From<Fault> for QueryError {
    fn from(fault: Fault) -> Self {
        Self::Unavailable { reason: fault.to_string() }
    }
}

/// Answers questions. Clones share the connections and the caches.
#[derive(Clone)]
pub struct Query {
    store: Store,
    at_once: Arc<Semaphore>,
    rows: Arc<Rows>,
    prices: PriceBook,
    opened: Arc<Opened>,
    upkeep: Arc<Upkeep>,
    /// `None` = nobody works in the background.
    wake: Option<Wake>,
}

impl Query {
    /// Returns answers from `store`. Of a store that is open for writing, it also brings rows and digests up to date in the
    /// background, for as long as the store is open.
    pub fn new(store: &Store) -> Self {
        let rows = Arc::new(Rows::default());
        let prices = PriceBook::new(store.folder());
        let (upkeep, wake) = match store.is_writable() {
            true => {
                let (upkeep, wake) = upkeep::start(store, &rows, &prices);
                (upkeep, Some(wake))
            }
            false => Default::default(),
        };
        let at_once = Arc::new(Semaphore::new(AT_ONCE));
        Self { store: store.clone(), at_once, rows, prices, opened: Arc::default(), upkeep, wake }
    }

    /// Returns a page of the trace list: those whose first span arrived last come first. At most `limit` rows (capped at
    /// 1,000), from `before` (a page's `next`) on.
    pub async fn traces(&self, limit: u32, before: Option<&str>, filter: &Filter) -> Result<TraceList, QueryError> {
        let before = before.map(str::parse).transpose().map_err(|_| QueryError::BadCursor)?;
        let (rows, filter) = (Arc::clone(&self.rows), filter.clone());
        let (store, prices) = (self.store.clone(), self.prices.clone());
        self.ask(move || list::page(&store, &rows, &prices.now(), limit, before, &filter)).await
    }

    /// Returns a trace in one row; `None` when it is not there.
    pub async fn row(&self, trace_id: TraceId) -> Result<Option<TraceRow>, QueryError> {
        let prices = self.prices.clone();
        self.read(move |reading| {
            let Some(record) = reading.trace(trace_id)? else { return Ok(None) };
            Ok(Some(rows::exact(reading, &record, &prices.now())?))
        })
        .await
    }

    /// Returns a trace, read; `None` when it is not there. The same trace opened again is the same value until it changes.
    pub async fn open(&self, trace_id: TraceId) -> Result<Option<Arc<OpenTrace>>, QueryError> {
        // Whoever asks for a trace that is being opened waits for it and does not open it a second time.
        let opening = self.opened.opening(trace_id);
        let _opening = opening.lock().await;
        let (store, opened, upkeep) = (self.store.clone(), Arc::clone(&self.opened), Arc::clone(&self.upkeep));
        let prices = self.prices.clone();
        self.ask(move || {
            let prices = prices.now();
            let Some(record) = store.read(|reading| reading.trace(trace_id))? else { return Ok(None) };
            upkeep.opened(&record, prices.stamp);
            if let Some(trace) = opened.get(trace_id, record.version, prices.stamp) {
                return Ok(Some(trace));
            }
            let (trace, bytes) = open::open(&store, &record, &prices)?;
            let trace = Arc::new(trace);
            opened.put(trace_id, Arc::clone(&trace), bytes);
            Ok(Some(trace))
        })
        .await
    }

    /// Returns the prices as of now.
    pub async fn prices(&self) -> Result<Arc<PricesNow>, QueryError> {
        let prices = self.prices.clone();
        self.ask(move || Ok(prices.now())).await
    }

    /// Returns where the user's own prices are.
    pub fn prices_file(&self) -> &Path {
        self.prices.path()
    }

    /// Keeps the user's own prices in place of `instead_of`; every row is made again with them.
    ///
    /// # Errors
    ///
    /// See [`PriceBook::keep`].
    pub async fn keep_prices(&self, own: String, instead_of: String) -> Result<Result<(), KeepError>, QueryError> {
        let (prices, wake) = (self.prices.clone(), self.wake.clone());
        self.ask(move || {
            let kept = prices.keep(&own, &instead_of);
            if let (Ok(()), Some(wake)) = (&kept, wake) {
                wake.wake();
            }
            Ok(kept)
        })
        .await
    }

    /// Returns a trace as received; `None` when it is not there.
    pub async fn raw_trace(&self, trace_id: TraceId) -> Result<Option<RawTrace>, QueryError> {
        let store = self.store.clone();
        self.ask(move || {
            let record = store.read(|reading| reading.trace(trace_id))?;
            record.map(|record| raw::load(&store, &record)).transpose()
        })
        .await
    }

    /// Returns a trace that was received so, read.
    pub async fn read_raw(&self, raw: RawTrace) -> Result<OpenTrace, QueryError> {
        let prices = self.prices.clone();
        self.ask(move || Ok(open::of_raw(&raw, &prices.now()))).await
    }

    /// Returns a trace's log records that can be read, in order; `None` when there is no such trace.
    pub async fn logs(&self, trace_id: TraceId) -> Result<Option<Vec<LogRecord>>, QueryError> {
        self.read(move |reading| {
            let Some(record) = reading.trace(trace_id)? else { return Ok(None) };
            let mut logs = raw::logs_of_trace(reading, &mut raw::Envelopes::default(), &record)?;
            dialects::in_order(&mut logs);
            Ok(Some(logs))
        })
        .await
    }

    /// Returns how much is stored.
    pub async fn stats(&self) -> Result<Stats, QueryError> {
        let counters = self.read(|reading| reading.counters()).await?;
        let stored_bytes = self.store.stored_bytes();
        Ok(Stats { traces: counters.traces, spans: counters.spans, logs: counters.logs, stored_bytes })
    }

    /// Says how far reading again what another version of the program read has come; `None` = there is nothing to read again.
    pub fn reading_again(&self) -> Option<ReadingAgain> {
        self.upkeep.progress()
    }

    /// Returns metrics.
    pub async fn metrics(&self, asked: MetricsQuery) -> Result<Metrics, QueryError> {
        self.read(move |reading| metrics::metrics(reading, &asked)).await
    }

    /// Deletes traces; those that are not there are left out of the count. Returns how many were there.
    pub async fn delete(&self, trace_ids: &[TraceId]) -> Result<u64, QueryError> {
        let (answer, answered) = oneshot::channel();
        self.store.delete(trace_ids.to_vec(), move |deleted| {
            let _ = answer.send(deleted);
        });
        Ok(answered.await.unwrap_or(Err(Fault::Closed))?)
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reading<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, QueryError> {
        let store = self.store.clone();
        self.ask(move || store.read(read)).await
    }

    /// Answers on a thread where that may take its time.
    async fn ask<T: Send + 'static>(
        &self,
        answer: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, QueryError> {
        let turn = Arc::clone(&self.at_once).acquire_owned().await.map_err(|_| QueryError::from(Fault::Closed))?;
        let answered = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            answer()
        });
        let failed =
            |_| QueryError::Unavailable { reason: "answering failed; this is a fault of Spanglass".to_owned() };
        Ok(answered.await.map_err(failed)??)
    }
}
