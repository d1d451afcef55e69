//! A trace in one row: the stored one where it is up to date, else made again from the digests of its spans (and those again
//! from the spans, where they are out of date).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use spanglass_trace::reading::{READING_VERSION, TraceFacts};
use spanglass_trace::span::{SpanId, TraceId};
use spanglass_trace::views::summary::{Digest, TraceRow};

use super::from_logs;
use super::logs;
use super::questions::Questions;
use super::raw::{self, Envelopes};
use crate::prices::{PricesNow, STAMPS};
use crate::read;
use crate::store::{Fault, Reading, RemadeDigest, RemadeRow, SpanRecord, StoredRow, TraceRecord};

/// How many spans are read at once.
const PAGE: u32 = 1_000;

/// A trace with more spans than this is summed up at most twice a second for the list, and more seldom when that takes long.
const LARGE: u64 = 2_000;
const LARGE_EVERY: Duration = Duration::from_millis(500);
const LARGE_EVERY_AT_LEAST: Duration = Duration::from_secs(5);

/// A trace with more spans than this is shown in the list as it was summed up last, until it is summed up in the background:
/// that takes seconds.
const HUGE: u64 = 50_000;

/// How many rows of large traces are remembered.
const REMEMBERED: usize = 64;

/// How many digests are made again in one step.
const STEP: usize = 256;

/// Where making a trace's digests again stands.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// Digests up to this span are done.
    after: Option<SpanId>,
    /// Whether a digest came out unlike the one another reading version made.
    changed: bool,
}

/// Rows of large traces.
#[derive(Default)]
pub(super) struct Rows {
    /// Those that were made lately.
    lately: Mutex<BTreeMap<TraceId, Lately>>,
    /// Those that were shown although the trace had changed: whoever saw one is told when a newer one is kept.
    shown_old: Mutex<BTreeSet<TraceId>>,
}

struct Lately {
    made: Instant,
    /// How long that took.
    cost: Duration,
    row: TraceRow,
}

impl Lately {
    /// Says whether it is too early to make the row again: at most a fifth of the time is spent on it.
    fn is_recent(&self) -> bool {
        self.made.elapsed() < (self.cost * 4).clamp(LARGE_EVERY, LARGE_EVERY_AT_LEAST)
    }
}

impl Rows {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<TraceId, Lately>> {
        self.lately.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shown_old(&self) -> MutexGuard<'_, BTreeSet<TraceId>> {
        self.shown_old.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the row for the list: of a large trace that grows, one that may be a moment old; of a huge one, and of a trace
    /// that an older program read, what was made of it last, until it is made again in the background.
    pub(super) fn for_list(
        &self,
        reading: &Reading<'_>,
        record: &TraceRecord,
        prices: &PricesNow,
    ) -> Result<TraceRow, Fault> {
        if let Some(row) = stored_part(record.into(), prices) {
            return Ok(row);
        }
        let recent =
            self.lock().get(&record.trace_id).filter(|lately| lately.is_recent()).map(|lately| lately.row.clone());
        if let Some(row) = recent.or_else(|| of_huge(record)) {
            let mut shown_old = self.shown_old();
            if shown_old.len() >= REMEMBERED {
                shown_old.clear();
            }
            shown_old.insert(record.trace_id);
            return Ok(row);
        }
        let begun = Instant::now();
        let walk = walk(reading, record, None, from_any_version, |_| false, || ())?;
        let row = sum_up(record, walk, prices);
        self.remember(record, &row, begun);
        Ok(row)
    }

    /// Makes digests again, and at last the row, to be kept: one step of `place`, which ends at `until` or after [`STEP`]
    /// digests. Returns no row while there is more to do, or when it was made too recently to be made again.
    pub(super) fn for_keeping(
        &self,
        reading: &Reading<'_>,
        record: &TraceRecord,
        prices: &PricesNow,
        place: &mut Place,
        until: Instant,
        questions: &Questions,
    ) -> Result<(Vec<RemadeDigest>, Option<RemadeRow>), Fault> {
        if place.after.is_none() && self.lock().get(&record.trace_id).is_some_and(Lately::is_recent) {
            return Ok((Vec::new(), None));
        }
        let (begun, from) = (Instant::now(), place.after.take());
        let mut walk = walk(
            reading,
            record,
            from,
            of_this_version,
            |again| again.len() >= STEP || Instant::now() >= until,
            || questions.give_way(),
        )?;
        place.changed |= walk.changed;
        place.after = walk.stopped_after;
        if from.is_some() || place.after.is_some() {
            return Ok((walk.again, None));
        }
        let again = std::mem::take(&mut walk.again);
        let row = sum_up(record, walk, prices);
        self.remember(record, &row, begun);
        let shown_old = self.shown_old().remove(&record.trace_id);
        let announce = shown_old || place.changed || made_before(record, prices).is_some_and(|old| old != row);
        let (trace_id, trace, version) = (record.trace_id, record.id, record.version);
        Ok((again, Some(RemadeRow { trace_id, trace, version, row: read::to_stored(&row), announce })))
    }

    /// Remembers the row of a large trace.
    fn remember(&self, record: &TraceRecord, row: &TraceRow, begun: Instant) {
        if record.spans.max(record.logs) <= LARGE {
            return;
        }
        let mut rows = self.lock();
        if rows.len() >= REMEMBERED {
            rows.clear();
        }
        let now = Instant::now();
        rows.insert(record.trace_id, Lately { made: now, cost: now - begun, row: row.clone() });
    }
}

/// Returns the row as of now.
pub(super) fn exact(reading: &Reading<'_>, record: &TraceRecord, prices: &PricesNow) -> Result<TraceRow, Fault> {
    match current(record, prices) {
        Some(row) => Ok(row),
        None => Ok(sum_up(record, walk(reading, record, None, of_this_version, |_| false, || ())?, prices)),
    }
}

/// Returns a part of the row that [`Rows::for_list`] would return, where that is the stored one: it is up to date, or only the
/// reading is another version's.
pub(super) fn stored_part<T: DeserializeOwned>(row: StoredRow<'_>, prices: &PricesNow) -> Option<T> {
    let is_shown = row.row_stamp == prices.stamp || row.row_stamp > 0 && !STAMPS.contains(&row.row_stamp);
    is_shown.then(|| stored(row)).flatten()
}

/// Returns the stored row if it is up to date.
pub(super) fn current(record: &TraceRecord, prices: &PricesNow) -> Option<TraceRow> {
    (record.row_stamp == prices.stamp).then(|| stored(record.into())).flatten()
}

/// Returns the stored row of a huge trace, whatever came since.
fn of_huge(record: &TraceRecord) -> Option<TraceRow> {
    if record.spans > HUGE { read::from_stored(record.row.as_deref()?) } else { None }
}

/// Returns the stored row if only the reading or the prices are other ones.
fn made_before(record: &TraceRecord, prices: &PricesNow) -> Option<TraceRow> {
    (record.row_stamp != prices.stamp && record.row_stamp > 0).then(|| stored(record.into())).flatten()
}

fn stored<T: DeserializeOwned>(row: StoredRow<'_>) -> Option<T> {
    (row.row_version == row.version).then(|| read::from_stored(row.row?)).flatten()
}

/// Returns the digest of a span unless it must be made again.
fn of_this_version(span: &SpanRecord) -> Option<Digest> {
    (span.reading == i64::from(READING_VERSION)).then(|| read::from_stored(&span.digest)).flatten()
}

/// Returns the digest of a span unless the span changed since it was made.
fn from_any_version(span: &SpanRecord) -> Option<Digest> {
    (span.reading > 0).then(|| read::from_stored(&span.digest)).flatten()
}

/// The digests of a trace, or of a part of it.
#[derive(Default)]
struct Walk {
    digests: Vec<Digest>,
    /// What is told of the trace beside its spans, once that was read.
    facts: TraceFacts,
    /// Those that were made again.
    again: Vec<RemadeDigest>,
    /// Whether one of them is unlike the one another reading version made.
    changed: bool,
    /// The last span, when that was enough.
    stopped_after: Option<SpanId>,
}

/// Goes through the digests of a trace after `after`, at last those of the spans its log records make; makes again what `fits` does
/// not return, until that is `enough`; calls `between` before every page.
fn walk(
    reading: &Reading<'_>,
    record: &TraceRecord,
    mut after: Option<SpanId>,
    fits: impl Fn(&SpanRecord) -> Option<Digest>,
    enough: impl Fn(&[RemadeDigest]) -> bool,
    between: impl Fn(),
) -> Result<Walk, Fault> {
    let (mut walk, mut envelopes) = (Walk::default(), Envelopes::default());
    loop {
        between();
        let page = reading.spans(record.id, after, PAGE)?;
        for span in &page {
            after = Some(span.span_id);
            if let Some(digest) = fits(span) {
                walk.digests.push(Digest { duplicates: span.duplicates, ..digest });
                continue;
            }
            let made = make(reading, &mut envelopes, record, span)?;
            let digest = read::to_stored(&made);
            walk.changed |= span.reading > 0 && digest != span.digest;
            let SpanRecord { id, payload, reading: was_reading, .. } = *span;
            walk.again.push(RemadeDigest { span: id, payload, was_reading, digest });
            walk.digests.push(made);
            if enough(&walk.again) {
                walk.stopped_after = after;
                return Ok(walk);
            }
        }
        if page.len() < PAGE as usize {
            let (made, facts) = from_logs::digests(reading, record)?;
            walk.digests.extend(made);
            walk.facts = facts;
            return Ok(walk);
        }
    }
}

/// Returns a span's digest, as another version of the program made it if need be.
pub(super) fn digest(
    reading: &Reading<'_>,
    envelopes: &mut Envelopes,
    record: &TraceRecord,
    span: &SpanRecord,
) -> Result<Digest, Fault> {
    match from_any_version(span) {
        Some(digest) => Ok(digest),
        None => make(reading, envelopes, record, span),
    }
}

fn sum_up(record: &TraceRecord, walk: Walk, prices: &PricesNow) -> TraceRow {
    let mut row = read::row(record.trace_id, &walk.digests, walk.facts, &prices.prices);
    row.version = record.version;
    row
}

/// Makes a digest again from the span. Of a span whose bytes are damaged, the old digest is all there is.
pub(super) fn make(
    reading: &Reading<'_>,
    envelopes: &mut Envelopes,
    record: &TraceRecord,
    span: &SpanRecord,
) -> Result<Digest, Fault> {
    let logs = logs::of_span(reading, record, span.span_id)?;
    Ok(match raw::span(reading, envelopes, record, span)? {
        Ok(decoded) => read::digest(&decoded, &read::read(&decoded, logs), span.duplicates),
        Err(_) => {
            let digest: Digest = read::from_stored(&span.digest).unwrap_or_else(|| read::unknown(span.span_id));
            Digest { duplicates: span.duplicates, ..digest }
        }
    })
}
