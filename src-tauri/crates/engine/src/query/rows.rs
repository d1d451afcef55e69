//! A trace in one row: the stored one where it is up to date, else made again from the digests of its spans (and those again
//! from the spans, where they are out of date).

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use spanglass_trace::reading::READING_VERSION;
use spanglass_trace::span::TraceId;
use spanglass_trace::views::summary::{Digest, TraceRow, summarise};

use super::raw;
use crate::read;
use crate::store::{Fault, Reading, Remade, SpanRecord, TraceRecord};

/// How many spans are read at once.
const PAGE: u32 = 1_000;

/// A trace with more spans than this is summed up at most twice a second for the list, and more seldom when that takes long.
const LARGE: u64 = 2_000;
const LARGE_EVERY: Duration = Duration::from_millis(500);
const LARGE_EVERY_AT_LEAST: Duration = Duration::from_secs(5);

/// How many rows of large traces are remembered.
const REMEMBERED: usize = 64;

/// A row, and what else was made again on the way to it.
pub(super) struct Made {
    pub(super) row: TraceRow,
    /// `None` when the stored row was up to date.
    pub(super) remade: Option<Remade>,
}

/// Rows of large traces that were made lately.
#[derive(Default)]
pub(super) struct Rows(Mutex<BTreeMap<TraceId, Lately>>);

struct Lately {
    made: Instant,
    /// How long that took.
    cost: Duration,
    row: TraceRow,
    /// Whether it was shown although the trace had changed.
    shown_old: bool,
}

impl Lately {
    /// Says whether it is too early to make the row again: at most a fifth of the time is spent on it.
    fn is_recent(&self) -> bool {
        self.made.elapsed() < (self.cost * 4).clamp(LARGE_EVERY, LARGE_EVERY_AT_LEAST)
    }
}

impl Rows {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<TraceId, Lately>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the row for the list: of a large trace that grows, one that may be a moment old.
    pub(super) fn for_list(&self, reading: &Reading<'_>, record: &TraceRecord) -> Result<TraceRow, Fault> {
        if let Some(row) = current(record) {
            return Ok(row);
        }
        if let Some(lately) = self.lock().get_mut(&record.trace_id)
            && lately.is_recent()
        {
            lately.shown_old = true;
            return Ok(lately.row.clone());
        }
        Ok(self.make(reading, record)?.row)
    }

    /// Makes a row to be kept; `None` when it was made too recently to be made again.
    pub(super) fn for_keeping(&self, reading: &Reading<'_>, record: &TraceRecord) -> Result<Option<Remade>, Fault> {
        if self.lock().get(&record.trace_id).is_some_and(Lately::is_recent) {
            return Ok(None);
        }
        let made = self.make(reading, record)?;
        let mut rows = self.lock();
        let announce = rows.get_mut(&record.trace_id).is_some_and(|lately| std::mem::take(&mut lately.shown_old));
        drop(rows);
        Ok(made.remade.map(|remade| Remade { announce, ..remade }))
    }

    fn make(&self, reading: &Reading<'_>, record: &TraceRecord) -> Result<Made, Fault> {
        let begun = Instant::now();
        let made = exact(reading, record)?;
        if record.spans > LARGE {
            let mut rows = self.lock();
            if rows.len() >= REMEMBERED {
                rows.clear();
            }
            // Whoever was shown the old row is told when the new one is kept.
            let shown_old = rows.get(&record.trace_id).is_some_and(|lately| lately.shown_old);
            let (now, row) = (Instant::now(), made.row.clone());
            rows.insert(record.trace_id, Lately { made: now, cost: now - begun, row, shown_old });
        }
        Ok(made)
    }
}

/// Returns the stored row if it is up to date.
fn current(record: &TraceRecord) -> Option<TraceRow> {
    if record.row_reading != READING_VERSION || record.row_version != record.version {
        return None;
    }
    read::from_stored(record.row.as_deref()?)
}

/// Returns the row as of now.
pub(super) fn exact(reading: &Reading<'_>, record: &TraceRecord) -> Result<Made, Fault> {
    if let Some(row) = current(record) {
        return Ok(Made { row, remade: None });
    }
    let (mut digests, mut again) = (Vec::new(), Vec::new());
    let mut after = None;
    loop {
        let page = reading.spans(record.id, after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = Some(last.span_id);
        for span in &page {
            let mut digest = match fresh(span) {
                Some(digest) => digest,
                None => {
                    let digest = make(reading, record, span)?;
                    again.push((span.id, read::to_stored(&digest)));
                    digest
                }
            };
            digest.duplicates = span.duplicates;
            digests.push(digest);
        }
        if page.len() < PAGE as usize {
            break;
        }
    }
    let mut row = summarise(record.trace_id, &digests);
    row.version = record.version;
    let remade = Remade {
        trace_id: record.trace_id,
        trace: record.id,
        version: record.version,
        reading: READING_VERSION,
        row: read::to_stored(&row),
        digests: again,
        announce: false,
    };
    Ok(Made { row, remade: Some(remade) })
}

fn fresh(span: &SpanRecord) -> Option<Digest> {
    (span.reading == READING_VERSION).then(|| read::from_stored(&span.digest)).flatten()
}

/// Makes a digest again from the span. Of a span whose bytes are damaged, the old digest is all there is.
fn make(reading: &Reading<'_>, record: &TraceRecord, span: &SpanRecord) -> Result<Digest, Fault> {
    let logs = raw::logs_of(reading, record, span.span_id)?;
    Ok(match raw::span(reading, record, span)? {
        Ok(decoded) => read::digest(&decoded, &read::read(&decoded, &logs), span.duplicates),
        Err(_) => read::from_stored(&span.digest).unwrap_or_else(|| read::unknown(span.span_id)),
    })
}
