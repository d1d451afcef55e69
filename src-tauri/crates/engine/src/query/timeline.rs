//! The timeline of a trace, made of the digests of its spans alone: however much was said in a trace, what is drawn of it takes
//! some hundred bytes a span.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, PoisonError};

use spanglass_trace::reading::READING_VERSION;
use spanglass_trace::span::SpanId;
use spanglass_trace::views::timeline::{Columns, Fold, Gathering, Places, Shown, SpanFacts, TimelineIndex, Times};

use super::raw::Envelopes;
use super::{from_logs, rows};
use crate::read;
use crate::store::{Fault, Reading, Store, TraceRecord};

/// How many digests are read in one go: no question to the database takes long, however large the trace.
const PAGE: u32 = 20_000;

/// On how many processors a large trace is read.
const MOST_THREADS: usize = 4;

/// How many timelines are kept, and how many spans they may have together.
pub(super) const KEPT: usize = 8;
pub(super) const KEPT_SPANS: u64 = 2_000_000;

/// What is drawn of a trace.
#[derive(Debug)]
pub struct OpenTimeline {
    /// Its rows.
    pub index: TimelineIndex,
    /// The version of the trace it was made of.
    pub version: u64,
    /// The rows there are as it was folded last: a page that scrolls asks for many windows of them.
    shown: Mutex<Option<(Fold, Arc<Shown>)>>,
}

impl OpenTimeline {
    /// Returns the rows there are when the trace is folded like this.
    pub fn shown(&self, fold: Fold) -> Arc<Shown> {
        let kept = || self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, shown)) = kept().as_ref().filter(|(of, _)| *of == fold) {
            return Arc::clone(shown);
        }
        // Made without the lock: of a large trace this takes a while.
        let shown = Arc::new(Shown::new(&self.index, &fold));
        *kept() = Some((fold, Arc::clone(&shown)));
        shown
    }
}

/// Returns the timeline of a trace.
pub(super) fn open(store: &Store, record: &TraceRecord) -> Result<OpenTimeline, Fault> {
    let columns = columns(store, record)?;
    let index = if columns.len() > PAGE as usize {
        let (times, places) = std::thread::scope(|scope| {
            let times = scope.spawn(|| Times::of(&columns));
            let places = Places::of(&columns);
            (times.join().unwrap_or_else(|panic| resume_unwind(panic)), places)
        });
        TimelineIndex::with(columns, times, places)
    } else {
        TimelineIndex::of(columns)
    };
    Ok(OpenTimeline { index, version: record.version, shown: Mutex::default() })
}

/// Returns the columns of a trace; those of a large one are read on several processors at once, a page each.
fn columns(store: &Store, record: &TraceRecord) -> Result<Columns, Fault> {
    let pages = Pages { next: Mutex::new(Some(None)) };
    let threads = match record.spans > u64::from(PAGE) {
        true => std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS),
        false => 1,
    };
    let mut gathering = if threads < 2 {
        gather(store, record, &pages)?
    } else {
        std::thread::scope(|scope| {
            let parts: Vec<_> = (0..threads).map(|_| scope.spawn(|| gather(store, record, &pages))).collect();
            let parts = parts.into_iter().map(|part| part.join().unwrap_or_else(|panic| resume_unwind(panic)));
            parts.reduce(|all, part| {
                let mut all = all?;
                all.append(part?);
                Ok(all)
            })
        })
        .unwrap_or_else(|| Ok(Gathering::default()))?
    };
    for made in store.read(|reading| from_logs::spans(reading, record))? {
        gathering.add(&SpanFacts::from(&from_logs::digest(&made)), made.span.resource.process());
    }
    Ok(gathering.columns())
}

/// The spans from one (`None` = the first) up to and without another (`None` = to the last).
struct Page {
    from: Option<SpanId>,
    until: Option<SpanId>,
}

/// The pages of a trace that nobody has taken yet.
struct Pages {
    /// Where the next one begins (`None` = with the first span); `None` = there is none.
    next: Mutex<Option<Option<SpanId>>>,
}

impl Pages {
    /// Takes the next page.
    fn take(&self, store: &Store, record: &TraceRecord) -> Result<Option<Page>, Fault> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(from) = *next else { return Ok(None) };
        let until = store.read(|reading| reading.span_further(record.id, from, PAGE))?;
        *next = until.map(Some);
        Ok(Some(Page { from, until }))
    }
}

/// Gathers pages until there are none.
fn gather(store: &Store, record: &TraceRecord, pages: &Pages) -> Result<Gathering, Fault> {
    let mut gathering = Gathering::default();
    let (mut envelopes, mut processes) = (Envelopes::default(), BTreeMap::new());
    while let Some(Page { from, until }) = pages.take(store, record)? {
        let (mut outdated, mut fault) = (Vec::new(), None);
        store.read(|reading| {
            reading.each_digest(record.id, from, until, |span_id, digest, version, envelope| {
                let facts = (version == i64::from(READING_VERSION)).then(|| read::facts_from_stored(digest)).flatten();
                let Some(facts) = facts else { return outdated.push(span_id) };
                match process(reading, &mut envelopes, &mut processes, envelope) {
                    Ok(process) => gathering.add(&facts, process),
                    Err(reason) => fault = Some(reason),
                }
            })?;
            for span_id in outdated {
                let Some(row) = reading.span(record.id, span_id)? else { continue };
                let process = process(reading, &mut envelopes, &mut processes, row.envelope)?;
                let digest = rows::make(reading, &mut envelopes, record, &row)?;
                gathering.add(&SpanFacts::from(&digest), process);
            }
            fault.map_or(Ok(()), Err)
        })?;
    }
    Ok(gathering)
}

/// Returns a number that stands for the process an envelope came from; 0 for one that cannot be read.
fn process(
    reading: &Reading<'_>,
    envelopes: &mut Envelopes,
    known: &mut BTreeMap<i64, u64>,
    envelope: i64,
) -> Result<u64, Fault> {
    if let Some(process) = known.get(&envelope) {
        return Ok(*process);
    }
    let process = envelopes.get(reading, envelope)?.map_or(0, |surroundings| surroundings.process());
    known.insert(envelope, process);
    Ok(process)
}
