//! Keeps stored rows and digests up to date in the background, so that the list need not make them: those of traces that
//! changed, and those that another version of the readers made.
//!
//! It works in short passes with a rest after each, and what a pass made is kept at once: reading ten million spans again
//! holds up neither the writer nor a clean quit, and goes on at the next start where it was.

use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{self, SyncSender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use spanglass_trace::reading::READING_VERSION;
use spanglass_trace::span::TraceId;
use ts_rs::TS;

use super::background::{self, AFTER};
use super::questions::Questions;
use super::rows::{Place, Rows};
use crate::prices::{PriceBook, STAMPS};
use crate::store::{Fault, Remade, Store, TraceRecord, WeakStore};

/// How many traces are looked at in one pass, and how long it makes things again.
const AT_ONCE: u32 = 32;
const PASS: Duration = Duration::from_millis(25);

/// How many times as long as a pass took is rested after it, and the shortest rest.
const RESTS: u32 = 2;
const SHORTEST_REST: Duration = Duration::from_millis(5);

/// How often the traces that are left are counted.
const COUNT_EVERY: Duration = Duration::from_secs(1);

/// How many opened traces wait to be read again before the others; the latest ones.
const OPENED: usize = 16;

/// How far reading again what another version of the program read has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReadingAgain {
    /// Traces that were read again since the program started.
    #[ts(type = "number")]
    pub done: u64,
    /// Traces that another version of the program had read when it started.
    #[ts(type = "number")]
    pub of: u64,
}

/// What the background work tells and is told.
#[derive(Debug, Default)]
pub(super) struct Upkeep {
    /// The latest last.
    opened: Mutex<VecDeque<TraceId>>,
    progress: Mutex<Option<ReadingAgain>>,
}

impl Upkeep {
    /// Has an opened trace brought up to date before the others.
    pub(super) fn opened(&self, record: &TraceRecord, stamp: u32) {
        if record.row_stamp == stamp {
            return;
        }
        let mut opened = lock(&self.opened);
        opened.retain(|trace_id| *trace_id != record.trace_id);
        opened.push_back(record.trace_id);
        if opened.len() > OPENED {
            opened.pop_front();
        }
    }

    /// Says how far reading again has come; `None` = there is nothing to read again.
    pub(super) fn progress(&self) -> Option<ReadingAgain> {
        *lock(&self.progress)
    }
}

/// Wakes the background work. It ends when nobody is left who could.
#[derive(Clone, Debug)]
pub(super) struct Wake(SyncSender<()>);

impl Wake {
    /// Has rows that are out of date made again: something else than the store changed.
    pub(super) fn wake(&self) {
        // A change that finds one waiting adds nothing to it.
        let _ = self.0.try_send(());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts to keep up with `store`, until it is closed.
pub(super) fn start(
    store: &Store,
    rows: &Arc<Rows>,
    prices: &PriceBook,
    questions: &Arc<Questions>,
) -> (Arc<Upkeep>, Wake) {
    let upkeep = Arc::new(Upkeep::default());
    let (changed, changes) = mpsc::sync_channel(1);
    let wake = Wake(changed);
    let on_change = wake.clone();
    store.on_change(move |_, _| on_change.wake());
    let mut work = Work {
        store: store.downgrade(),
        rows: Arc::clone(rows),
        prices: prices.clone(),
        upkeep: Arc::clone(&upkeep),
        questions: Arc::clone(questions),
        places: BTreeMap::new(),
        turn: 0,
        counted: None,
    };
    background::start("store-upkeep", changes, || {
        // Told at once how much there is to read again; whatever is wrong shows in the first pass.
        let _ = work.count();
        move || work.pass()
    });
    (upkeep, wake)
}

struct Work {
    store: WeakStore,
    rows: Arc<Rows>,
    prices: PriceBook,
    upkeep: Arc<Upkeep>,
    questions: Arc<Questions>,
    /// Traces that take more than one step.
    places: BTreeMap<i64, Place>,
    /// Passes made, so that each begins with another trace.
    turn: usize,
    counted: Option<Instant>,
}

impl Work {
    /// Makes some rows and digests; returns how long to rest when more are to be made.
    fn pass(&mut self) -> Result<Option<Duration>, Fault> {
        self.questions.give_way();
        let store = self.store.upgrade().ok_or(Fault::Closed)?;
        let begun = Instant::now();
        let prices = self.prices.now();
        let stale = self.stale(&store, prices.stamp)?;
        self.places.retain(|trace, _| stale.iter().any(|record| record.id == *trace));
        let mut remade = Remade { reading: READING_VERSION, stamp: prices.stamp, ..Remade::default() };
        for record in &stale {
            let place = self.places.entry(record.id).or_default();
            let (rows, questions) = (&self.rows, &self.questions);
            let until = begun + PASS;
            let (digests, row) =
                store.read(|reading| rows.for_keeping(reading, record, &prices, place, until, questions))?;
            remade.digests.extend(digests);
            remade.rows.extend(row);
            if begun.elapsed() >= PASS {
                break;
            }
        }
        let made = !remade.digests.is_empty() || !remade.rows.is_empty();
        if made {
            let (kept, answer) = mpsc::channel();
            store.keep(remade, move |outcome| {
                let _ = kept.send(outcome);
            });
            answer.recv().unwrap_or(Err(Fault::Closed))?;
        }
        if stale.is_empty() || self.counted.is_none_or(|counted| counted.elapsed() >= COUNT_EVERY) {
            drop(store);
            self.count()?;
        }
        Ok(match (stale.is_empty(), made) {
            (true, _) => None,
            (_, true) => Some((begun.elapsed() * RESTS).max(SHORTEST_REST)),
            // What is left was made too recently to be made again.
            (_, false) => Some(AFTER),
        })
    }

    /// Returns traces to work on: opened ones, then the others, beginning with another one each time.
    fn stale(&mut self, store: &Store, stamp: u32) -> Result<Vec<TraceRecord>, Fault> {
        let mut stale: Vec<TraceRecord> = Vec::new();
        let opened: Vec<TraceId> = lock(&self.upkeep.opened).iter().rev().copied().collect();
        for trace_id in opened {
            match store.read(|reading| reading.trace(trace_id))? {
                Some(record) if record.row_stamp != stamp => stale.push(record),
                _ => lock(&self.upkeep.opened).retain(|opened| *opened != trace_id),
            }
        }
        let mut others = store.read(|reading| reading.stale_traces(stamp, AT_ONCE))?;
        others.retain(|record| stale.iter().all(|opened| opened.id != record.id));
        if !others.is_empty() {
            let first = self.turn % others.len();
            others.rotate_left(first);
        }
        self.turn = self.turn.wrapping_add(1);
        stale.extend(others);
        Ok(stale)
    }

    /// Counts what is left to be read again.
    fn count(&mut self) -> Result<(), Fault> {
        let store = self.store.upgrade().ok_or(Fault::Closed)?;
        let left = store.read(|reading| reading.traces_of_other_versions(STAMPS))?;
        self.counted = Some(Instant::now());
        let mut progress = lock(&self.upkeep.progress);
        let of = progress.map_or(left, |progress| progress.of.max(left));
        *progress = (left > 0).then_some(ReadingAgain { done: of - left, of });
        Ok(())
    }
}
