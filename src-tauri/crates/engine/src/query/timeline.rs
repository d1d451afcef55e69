//! The timeline of a trace, made of the digests of its spans alone: however much was said in a trace, what is drawn of it takes
//! some hundred bytes a span.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use spanglass_trace::reading::READING_VERSION;
use spanglass_trace::views::timeline::{Columns, Fold, Gathering, Shown, SpanFacts, TimelineIndex};

use super::raw::Envelopes;
use super::{from_logs, rows};
use crate::read;
use crate::store::{Fault, Reading, Store, TraceRecord};

/// How many digests are read in one go: no question to the database takes long, however large the trace.
const PAGE: u32 = 20_000;

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
    let index = TimelineIndex::of(columns(store, record)?);
    Ok(OpenTimeline { index, version: record.version, shown: Mutex::default() })
}

fn columns(store: &Store, record: &TraceRecord) -> Result<Columns, Fault> {
    let mut gathering = Gathering::default();
    let (mut envelopes, mut processes) = (Envelopes::default(), BTreeMap::new());
    let mut after = None;
    loop {
        let (mut taken, mut outdated, mut fault) = (0, Vec::new(), None);
        let last = store.read(|reading| {
            let last = reading.each_digest(record.id, after, PAGE, |span_id, digest, version, envelope| {
                taken += 1;
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
            fault.map_or(Ok(last), Err)
        })?;
        match last {
            Some(last) if taken == PAGE => after = Some(last),
            _ => break,
        }
    }
    for made in store.read(|reading| from_logs::spans(reading, record))? {
        gathering.add(&SpanFacts::from(&from_logs::digest(&made)), made.span.resource.process());
    }
    Ok(gathering.columns())
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
