//! Questions to the store: the trace list, one trace, how much there is.
//!
//! Answers are made of what is stored at the moment of asking: what was committed before the question is in the answer. Rows
//! and digests are derived; where the stored ones are out of date they are made again on the way, and by [`upkeep`] in the
//! background.

mod background;
mod cache;
mod filter;
mod from_logs;
mod good_run;
mod list;
mod logs;
mod metrics;
mod open;
mod pieces;
mod questions;
mod raw;
mod rows;
mod search;
mod timeline;
mod totals;
mod under_way;
mod upkeep;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cache::{Lately, Opened};
pub use filter::{Filter, FilterError, Wrong};
use list::Wanted;
pub use metrics::{MetricPoint, MetricSeries, Metrics, MetricsQuery};
pub use open::{Damage, OpenTrace};
pub use pieces::Pieces;
use questions::Questions;
pub use raw::{RawLog, RawSpan, RawTrace};
use rows::Rows;
use search::Search;
pub use search::{Completion, CompletionKind, Completions, Hit};
use serde::{Deserialize, Serialize};
use spanglass_trace::dialects;
use spanglass_trace::span::{LogRecord, SpanId, TraceId};
use spanglass_trace::views::conversation::conversation;
use spanglass_trace::views::ledger::{Ledger, ledger};
use spanglass_trace::views::summary::{TraceHead, TraceRow, brief_head, head};
use spanglass_trace::views::tools::{Tools, tools};
use spanglass_trace::views::transcript::Transcript;
pub use timeline::OpenTimeline;
use tokio::sync::{Semaphore, oneshot};
pub use totals::{TotalsNow, TotalsWanted};
use ts_rs::TS;
pub use under_way::ReadSoFar;
pub use upkeep::ReadingAgain;
use upkeep::{Upkeep, Wake};

use crate::glean::Gleaner;
use crate::own_file::KeepError;
use crate::prices::{PriceBook, PricesNow};
use crate::store::{Fault, Reading, Store, TraceRecord};

/// A trace with more spans than this is read as a whole only for the views that show what was said in all of it.
const LARGE_TRACE: u64 = 20_000;

/// How many spans below a span of a large trace are read with it.
const BELOW: usize = 500;

/// How many transcripts, tools and ledgers are kept of each, and how many bytes of spans (as sent) they may be made of together.
const VIEWS: usize = 8;
const VIEW_BYTES: u64 = 64 << 20;

/// Questions that are answered at once; others wait.
const AT_ONCE: usize = 4;

/// How often it is looked what of large traces can be given back.
const GIVES_BACK_EVERY: Duration = Duration::from_secs(5);

/// The most places that are told of one trace.
const MOST_HITS: u32 = 20;

/// A page of the trace list, newest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct TraceList {
    /// The traces.
    pub rows: Vec<TraceRow>,
    /// Where the texts of the filter stand, by trace: as many places as were asked for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[ts(as = "Option<BTreeMap<String, Vec<Hit>>>", optional)]
    pub hits: BTreeMap<String, Vec<Hit>>,
    /// Pass as `before` for the next page; `None` = this is the last one. With a filter, a page may hold less than was asked
    /// for, even nothing, and not be the last one: looking for more took too long for one answer.
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
    /// Bytes the store takes on disk, its write-ahead log and the search index included.
    pub stored_bytes: u64,
    /// Bytes that databases take which are kept aside.
    pub aside_bytes: u64,
    /// Spans the search index does not cover yet: they are searched too, only slower.
    pub unindexed_spans: u64,
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
    /// All traces are summed up for one at a time: it takes a processor.
    summing_up: Arc<Semaphore>,
    questions: Arc<Questions>,
    rows: Arc<Rows>,
    search: Search,
    prices: PriceBook,
    opened: Arc<Opened>,
    timelines: Arc<Lately<OpenTimeline>>,
    transcripts: Arc<Lately<Transcript>>,
    tools: Arc<Lately<Tools>>,
    ledgers: Arc<Lately<Ledger>>,
    /// Whether somebody sees to it that what is large is given back.
    giving_back: Arc<AtomicBool>,
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
        let questions = Arc::new(Questions::default());
        let (upkeep, wake) = match store.is_writable() {
            true => {
                let (upkeep, wake) = upkeep::start(store, &rows, &prices, &questions);
                (upkeep, Some(wake))
            }
            false => Default::default(),
        };
        let at_once = Arc::new(Semaphore::new(AT_ONCE));
        Self {
            store: store.clone(),
            at_once,
            summing_up: Arc::new(Semaphore::new(1)),
            rows,
            search: Search::new(store, &questions),
            questions,
            prices,
            opened: Arc::default(),
            timelines: Arc::new(Lately::new(timeline::KEPT, timeline::KEPT_SPANS)),
            transcripts: Arc::new(Lately::new(VIEWS, VIEW_BYTES)),
            tools: Arc::new(Lately::new(VIEWS, VIEW_BYTES)),
            ledgers: Arc::new(Lately::new(VIEWS, VIEW_BYTES)),
            giving_back: Arc::default(),
            upkeep,
            wake,
        }
    }

    /// Gives back what was made of large traces once nobody asked for it for a while; it ends when nothing large is kept.
    fn give_back_later(&self) {
        let (opened, transcripts) = (Arc::clone(&self.opened), Arc::clone(&self.transcripts));
        let (tools, ledgers) = (Arc::clone(&self.tools), Arc::clone(&self.ledgers));
        let give_back = move |now: Instant| {
            let left =
                [opened.give_back(now), transcripts.give_back(now), tools.give_back(now), ledgers.give_back(now)];
            left.contains(&true)
        };
        let giving_back = Arc::clone(&self.giving_back);
        if !give_back(Instant::now()) || giving_back.swap(true, Ordering::AcqRel) {
            return;
        }
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(GIVES_BACK_EVERY).await;
                // Whoever keeps something from here on sees to it that it is given back.
                giving_back.store(false, Ordering::Release);
                let give_back = give_back.clone();
                // To let go of millions of texts takes a while.
                let is_left = tokio::task::spawn_blocking(move || give_back(Instant::now())).await.unwrap_or(false);
                if !is_left || giving_back.swap(true, Ordering::AcqRel) {
                    return;
                }
            }
        });
    }

    /// Says whether anything can be taken in or deleted.
    pub fn is_writable(&self) -> bool {
        self.store.is_writable()
    }

    /// Returns what indexes spans while they come in, to be handed to whoever lets them in.
    pub fn gleaner(&self) -> Arc<dyn Gleaner> {
        self.search.gleaner()
    }

    /// Returns a page of the trace list: those whose first span arrived last come first. At most `limit` rows (capped at
    /// 1,000), from `before` (a page's `next`) on.
    pub async fn traces(&self, limit: u32, before: Option<&str>, filter: &Filter) -> Result<TraceList, QueryError> {
        self.traces_with_hits(limit, before, filter, 1).await
    }

    /// Returns a page as [`Self::traces`] does, with as many places of the filter's texts for each trace, at most 20.
    pub async fn traces_with_hits(
        &self,
        limit: u32,
        before: Option<&str>,
        filter: &Filter,
        hits: u32,
    ) -> Result<TraceList, QueryError> {
        let before = before.map(str::parse).transpose().map_err(|_| QueryError::BadCursor)?;
        let wanted = Wanted { limit, before, hits: hits.min(MOST_HITS) as usize };
        let (rows, filter) = (Arc::clone(&self.rows), filter.clone());
        let (store, prices, search) = (self.store.clone(), self.prices.clone(), self.search.clone());
        self.ask(move || list::page(&store, &rows, &prices.now(), &search, wanted, &filter)).await
    }

    /// Offers how to go on writing a filter at a place in it, in characters.
    pub async fn complete(&self, text: String, at: usize) -> Result<Completions, QueryError> {
        let search = self.search.clone();
        self.ask(move || Ok(search.complete(&text, at))).await
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
            let trace = opened.open(&store, &record, &prices)?;
            // Where spans could not be read because it was deleted meanwhile, it is not there.
            let is_there = trace.damaged.is_empty() || raw::is_there(&store, &record)?;
            Ok(is_there.then_some(trace))
        })
        .await
        .inspect(|_| self.give_back_later())
    }

    /// Returns how far the reading of a trace is, for whoever waits for a large one; `None` when it is not being read. Who asks is
    /// at that trace: what was made of it is kept on.
    pub fn read_so_far(&self, trace_id: TraceId) -> Option<ReadSoFar> {
        self.transcripts.touch(trace_id);
        self.tools.touch(trace_id);
        self.ledgers.touch(trace_id);
        self.opened.read_so_far(trace_id)
    }

    /// Returns a trace's transcript; `None` when the trace is not there. Of a trace that grows it may be a moment old.
    pub async fn transcript(&self, trace_id: TraceId) -> Result<Option<Arc<Transcript>>, QueryError> {
        let make = |opened: &OpenTrace| Transcript::new(conversation(&opened.trace, opened.version));
        self.view(trace_id, &self.transcripts, make).await
    }

    /// Returns a trace's tools and their calls; `None` when the trace is not there. Of a trace that grows they may be a moment
    /// old.
    pub async fn tools(&self, trace_id: TraceId) -> Result<Option<Arc<Tools>>, QueryError> {
        self.view(trace_id, &self.tools, |opened| tools(&opened.trace, opened.version)).await
    }

    /// Returns a trace's ledger; `None` when the trace is not there. Of a trace that grows it may be a moment old.
    pub async fn ledger(&self, trace_id: TraceId) -> Result<Option<Arc<Ledger>>, QueryError> {
        self.view(trace_id, &self.ledgers, |opened| ledger(&opened.trace, opened.version)).await
    }

    /// Returns what was made of a trace lately, else makes it.
    async fn view<T: Send + Sync + 'static>(
        &self,
        trace_id: TraceId,
        lately: &Arc<Lately<T>>,
        make: impl FnOnce(&OpenTrace) -> T + Send + 'static,
    ) -> Result<Option<Arc<T>>, QueryError> {
        let opening = self.opened.opening(trace_id);
        let _opening = opening.lock().await;
        let (store, opened, upkeep) = (self.store.clone(), Arc::clone(&self.opened), Arc::clone(&self.upkeep));
        let (lately, prices) = (Arc::clone(lately), self.prices.clone());
        self.ask(move || {
            let (prices, begun) = (prices.now(), Instant::now());
            let Some(record) = store.read(|reading| reading.trace(trace_id))? else { return Ok(None) };
            upkeep.opened(&record, prices.stamp);
            if let Some(view) = lately.get(&record, prices.stamp) {
                return Ok(Some(view));
            }
            let trace = opened.open(&store, &record, &prices)?;
            let view = make(&trace);
            Ok(Some(lately.put(&record, prices.stamp, begun, trace.bytes, view)))
        })
        .await
        .inspect(|_| self.give_back_later())
    }

    /// Returns what is drawn of a trace; `None` when it is not there. Of a large trace that grows it may be a moment old.
    pub async fn timeline(&self, trace_id: TraceId) -> Result<Option<Arc<OpenTimeline>>, QueryError> {
        let opening = self.opened.opening(trace_id);
        let _opening = opening.lock().await;
        let (store, timelines) = (self.store.clone(), Arc::clone(&self.timelines));
        self.ask(move || {
            let Some(record) = store.read(|reading| reading.trace(trace_id))? else { return Ok(None) };
            // What is drawn costs nothing: prices do not matter.
            if let Some(timeline) = timelines.get(&record, 0) {
                return Ok(Some(timeline));
            }
            let begun = Instant::now();
            let timeline = timeline::open(&store, &record)?;
            let spans = timeline.index.len() as u64;
            Ok(Some(timelines.put(&record, 0, begun, spans, timeline)))
        })
        .await
    }

    /// Returns the head of a trace; `None` when it is not there. That of a large trace is made of digests alone.
    pub async fn head(&self, trace_id: TraceId) -> Result<Option<TraceHead>, QueryError> {
        let Some(record) = self.read(move |reading| reading.trace(trace_id)).await? else { return Ok(None) };
        if record.spans <= LARGE_TRACE {
            let Some(trace) = self.open(trace_id).await? else { return Ok(None) };
            return self.ask(move || Ok(Some(head(&trace.trace, trace.row.clone())))).await;
        }
        let Some(timeline) = self.timeline(trace_id).await? else { return Ok(None) };
        let (store, rows, prices) = (self.store.clone(), Arc::clone(&self.rows), self.prices.clone());
        self.ask(move || {
            let row = store.read(|reading| rows.for_list(reading, &record, &prices.now()))?;
            Ok(Some(brief_head(timeline.index.columns(), row)))
        })
        .await
    }

    /// Returns as much of a trace as tells all of one span; `None` when the trace is not there. A large trace is not read as a
    /// whole for it: what is above the span and a part of what is below it are enough.
    pub async fn open_around(&self, trace_id: TraceId, span_id: SpanId) -> Result<Option<Arc<OpenTrace>>, QueryError> {
        let Some(record) = self.read(move |reading| reading.trace(trace_id)).await? else { return Ok(None) };
        if record.spans <= LARGE_TRACE {
            return self.open(trace_id).await;
        }
        let Some(timeline) = self.timeline(trace_id).await? else { return Ok(None) };
        let (store, prices) = (self.store.clone(), self.prices.clone());
        self.ask(move || {
            let spans = timeline.index.around(span_id, BELOW);
            Ok(Some(Arc::new(open::open_some(&store, &record, &prices.now(), &spans)?)))
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

    /// Returns one span of a trace as received, or that it cannot be read; `None` when it is not there.
    pub async fn raw_span(
        &self,
        trace_id: TraceId,
        span_id: SpanId,
    ) -> Result<Option<Result<RawSpan, Damage>>, QueryError> {
        let store = self.store.clone();
        self.ask(move || {
            let Some(record) = store.read(|reading| reading.trace(trace_id))? else { return Ok(None) };
            raw::one(&store, &record, span_id)
        })
        .await
    }

    /// Returns the ids of traces that are within a range, at most `limit`.
    pub async fn named(&self, ids: RangeInclusive<TraceId>, limit: u32) -> Result<Vec<TraceId>, QueryError> {
        self.read(move |reading| reading.traces_named(&ids, limit)).await
    }

    /// Returns where the list goes on behind each of these traces (`before` of [`Query::traces`]); those that are not there are
    /// left out.
    pub async fn places(&self, trace_ids: Vec<TraceId>) -> Result<Vec<(TraceId, String)>, QueryError> {
        let place = |reading: &Reading<'_>, trace_id| {
            Ok(reading.trace_number(trace_id)?.map(|number| (trace_id, number.to_string())))
        };
        self.read(move |reading| trace_ids.into_iter().filter_map(|id| place(reading, id).transpose()).collect()).await
    }

    /// Returns a trace as received, to be read a piece at a time ([`Query::next_piece`]); `None` when it is not there.
    pub async fn pieces(&self, trace_id: TraceId) -> Result<Option<Pieces>, QueryError> {
        self.pieces_as(trace_id, Pieces::of).await
    }

    /// Returns the spans of a trace in the same way, without its log records.
    pub async fn pieces_of_spans(&self, trace_id: TraceId) -> Result<Option<Pieces>, QueryError> {
        self.pieces_as(trace_id, Pieces::of_spans).await
    }

    async fn pieces_as(
        &self,
        trace_id: TraceId,
        of: fn(&Store, TraceRecord) -> Result<Pieces, Fault>,
    ) -> Result<Option<Pieces>, QueryError> {
        let store = self.store.clone();
        self.ask(move || {
            let record = store.read(|reading| reading.trace(trace_id))?;
            record.map(|record| of(&store, record)).transpose()
        })
        .await
    }

    /// Returns the next piece of a trace, taken from what is left of it; `None` after the last. Nothing is left after an error.
    pub async fn next_piece(&self, rest: &mut Option<Pieces>) -> Result<Option<RawTrace>, QueryError> {
        let Some(mut pieces) = rest.take() else { return Ok(None) };
        let store = self.store.clone();
        let (left, piece) = self
            .ask(move || {
                let piece = pieces.next(&store)?;
                Ok((pieces, piece))
            })
            .await?;
        *rest = piece.is_some().then_some(left);
        Ok(piece)
    }

    /// Returns a trace that was received so, read.
    pub async fn read_raw(&self, raw: RawTrace) -> Result<OpenTrace, QueryError> {
        let prices = self.prices.clone();
        self.ask(move || Ok(open::of_raw(&raw, &prices.now()))).await
    }

    /// Returns those of a trace's log records that are wanted, in order; none when there is no such trace, `None` when they are more
    /// than `limit` bytes. One at a time is read, in the order they came.
    pub async fn logs(
        &self,
        trace_id: TraceId,
        limit: usize,
        mut wanted: impl FnMut(&LogRecord) -> bool + Send + 'static,
    ) -> Result<Option<Vec<LogRecord>>, QueryError> {
        let store = self.store.clone();
        self.ask(move || {
            let Some(record) = store.read(|reading| reading.trace(trace_id))? else { return Ok(Some(Vec::new())) };
            let mut logs = logs::that(&store, &record, limit, &mut wanted)?;
            logs.iter_mut().for_each(|logs| dialects::in_order(logs));
            Ok(logs)
        })
        .await
    }

    /// Returns how much is stored.
    pub async fn stats(&self) -> Result<Stats, QueryError> {
        let search = self.search.clone();
        let read = self.read(move |reading| Ok((reading.counters()?, search.uncovered(reading)?)));
        let (counters, unindexed_spans) = read.await?;
        let (stored_bytes, aside_bytes) = (self.store.stored_bytes(), self.store.aside_bytes());
        let crate::store::Counters { traces, spans, logs, .. } = counters;
        Ok(Stats { traces, spans, logs, stored_bytes, aside_bytes, unindexed_spans })
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
        let under_way = self.questions.begin();
        let answered = tokio::task::spawn_blocking(move || {
            let (_turn, _under_way) = (turn, under_way);
            answer()
        });
        let failed =
            |_| QueryError::Unavailable { reason: "answering failed; this is a fault of Spanglass".to_owned() };
        Ok(answered.await.map_err(failed)??)
    }
}
