//! Finds the traces a filter lets through, newest first.
//!
//! An index says in which blocks of spans something can stand ([`signature`], [`section`]); there it is looked for in the
//! spans themselves, so that what is found is there, and what was deleted is not. The index is built behind the writer
//! ([`build`]) and may be lost at any time: what it does not cover is searched too, only slower. A question has an amount of
//! time; when that is up, what was found so far is the page, and where it was is the place to go on at.

mod arriving;
mod block;
mod build;
mod caches;
mod candidates;
mod complete;
mod examine;
mod facets;
mod gathering;
mod hit;
mod hits;
mod numbers;
mod said;
mod section;
mod shelf;
mod sieve;
mod signature;
mod texts;
mod vocabulary;

use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use arriving::Arriving;
use caches::Caches;
use candidates::Candidates;
pub use complete::{Completion, CompletionKind, Completions};
use examine::Examined;
pub use hit::Hit;
use shelf::Shelf;

use super::TraceList;
use super::filter::Filter;
use super::questions::Questions;
use super::rows::Rows;
use crate::glean::Gleaner;
use crate::prices::PricesNow;
use crate::store::{Fault, Order, Reading, Store, StoredRow, TraceRecord};

/// How long it is looked for the traces of one page.
const PATIENCE: Duration = Duration::from_millis(400);

/// How many traces are read at once while every one is looked at.
const STRIDE: u32 = 500;

/// Of a bounded store, the index takes at most this part.
const SHARE: u64 = 4;

/// The search over a store. Clones share the index.
#[derive(Clone, Debug)]
pub(super) struct Search {
    shelf: Arc<Shelf>,
    arriving: Arc<Arriving>,
    caches: Arc<Caches>,
}

/// What is asked for.
pub(super) struct Asked<'a> {
    pub(super) filter: &'a Filter,
    pub(super) limit: usize,
    /// Only traces numbered below.
    pub(super) before: Option<i64>,
    /// How many places are told of each trace in which a text of the filter stands.
    pub(super) hits: usize,
    /// Nanoseconds since 1970.
    pub(super) now: u64,
}

impl Search {
    /// Returns the search over a store. Of one that is open for writing, it keeps the index up for as long as it is open.
    pub(super) fn new(store: &Store, questions: &Arc<Questions>) -> Self {
        if !store.is_writable() {
            return Self {
                shelf: Arc::new(Shelf::open_foreign(store.folder())),
                arriving: Arc::default(),
                caches: Arc::default(),
            };
        }
        let shelf = Arc::new(Shelf::open(store.folder()));
        let (changed, changes) = mpsc::sync_channel(1);
        store.on_change(move |_, _| {
            // A change that finds one waiting adds nothing to it.
            let _ = changed.try_send(());
        });
        let most_bytes = store.max_bytes().map_or(u64::MAX, |bytes| bytes / SHARE);
        let arriving = Arc::new(Arriving::default());
        let (of_store, questions) = (store.downgrade(), Arc::clone(questions));
        build::start(of_store, Arc::clone(&shelf), Arc::clone(&arriving), changes, questions, most_bytes);
        Self { shelf, arriving, caches: Arc::default() }
    }

    /// Returns what indexes spans while they come in.
    pub(super) fn gleaner(&self) -> Arc<dyn Gleaner> {
        Arc::new(Arc::clone(&self.arriving))
    }

    /// Returns how many spans the index does not cover, counted as ids: of those some may have been deleted.
    pub(super) fn uncovered(&self, reading: &Reading<'_>) -> Result<u64, Fault> {
        let (_, last) = reading.places(Order::Spans)?;
        Ok((last - self.shelf.snapshot().reached(reading)?.spans.id).max(0) as u64)
    }

    /// Offers how to go on writing a filter at a place in it, in characters.
    pub(super) fn complete(&self, text: &str, at: usize) -> Completions {
        complete::complete(&self.shelf.vocabularies(), text, at)
    }

    /// Adds the traces that are let through to a list, and where to go on.
    pub(super) fn fill(
        &self,
        store: &Store,
        rows: &Rows,
        prices: &PricesNow,
        asked: &Asked<'_>,
        list: &mut TraceList,
    ) -> Result<(), Fault> {
        // Who asks first opens the index, and has all the time for the search that others have.
        let index = self.shelf.snapshot();
        let until = Instant::now() + PATIENCE;
        let candidates = store.read(|reading| Candidates::of(&index, reading, asked.filter))?;
        let mut at = asked.before;
        let mut page = Page { list, asked, until, begun: false };
        let examine = |record: &TraceRecord| -> Result<Option<Examined>, Fault> {
            let examined = store.read(|reading| examine::examine(reading, record, rows, prices, asked, &candidates))?;
            let Some(mut examined) = examined else { return Ok(None) };
            if !self.caches.fit(store, record, &examined.row, prices, asked.filter)? {
                return Ok(None);
            }
            if !examined.hits.is_empty() && asked.hits > 1 {
                let first = std::mem::take(&mut examined.hits);
                examined.hits = store
                    .read(|reading| hits::of(first, reading, record, asked.filter, &candidates, asked.hits, until))?;
            }
            Ok(Some(examined))
        };
        match &candidates.traces {
            Some(traces) => {
                for trace in traces.iter().rev().filter(|trace| asked.before.is_none_or(|before| **trace < before)) {
                    let Some(record) = store.read(|reading| reading.trace_numbered(*trace))? else { continue };
                    if page.is_full(at) {
                        return Ok(());
                    }
                    page.add(examine(&record)?);
                    at = Some(*trace);
                }
            }
            None => loop {
                let mut traces = Vec::new();
                let look = |row: StoredRow<'_>| traces.push((row.id, numbers::passes(row, prices, asked)));
                store.read(|reading| reading.each_row(at, STRIDE, look))?;
                let is_last = traces.len() < STRIDE as usize;
                for (trace, passes) in traces {
                    if page.is_full(at) {
                        return Ok(());
                    }
                    if passes && let Some(record) = store.read(|reading| reading.trace_numbered(trace))? {
                        page.add(examine(&record)?);
                    }
                    at = Some(trace);
                }
                if is_last {
                    break;
                }
            },
        }
        Ok(())
    }
}

/// A page that is being filled.
struct Page<'a> {
    list: &'a mut TraceList,
    asked: &'a Asked<'a>,
    until: Instant,
    begun: bool,
}

impl Page<'_> {
    /// Says whether the page ends before the next trace, `at` being the last one that was looked at; then it says where to go
    /// on. At least one trace is looked at, however little time there is.
    fn is_full(&mut self, at: Option<i64>) -> bool {
        let full = self.list.rows.len() == self.asked.limit;
        let late = self.begun && Instant::now() >= self.until;
        if full || late {
            // What was looked at behind the last row may be let through next time.
            self.list.next = at.map(|at| at.to_string());
        }
        self.begun = true;
        full || late
    }

    fn add(&mut self, examined: Option<Examined>) {
        if let Some(Examined { row, hits }) = examined {
            if !hits.is_empty() && self.asked.hits > 0 {
                self.list.hits.insert(row.summary.trace_id.clone(), hits);
            }
            self.list.rows.push(row);
        }
    }
}
