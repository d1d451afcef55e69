//! The log records of a trace as they were received: those of all of it, of one span, or of none of its spans.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};
use spanglass_trace::decode::stored::log_of;
use spanglass_trace::decode::{Encoding, json_out};
use spanglass_trace::dialects;
use spanglass_trace::span::{LogRecord, SpanId, TraceId};

use super::raw::{CONTENTS, Envelopes, Stored, stored};
use crate::read::Surroundings;
use crate::store::{Fault, LogRecordRow, Reading, Store, TraceRecord};

/// How many rows are read at once.
const ROWS: u32 = 1_000;

/// One of so many bytes is large.
const LARGE: usize = 1 << 20;

/// A log record that can be read.
pub(super) struct Sent {
    /// The span it belongs to, when it says so.
    pub(super) span_id: Option<SpanId>,
    /// Its `LogRecord` message as sent.
    pub(super) raw: Bytes,
    /// What surrounded it.
    pub(super) around: Arc<Surroundings>,
}

/// Returns the log records of a trace that can be read, in order of arrival.
pub(super) fn of(store: &Store, record: &TraceRecord) -> Result<Vec<Sent>, Fault> {
    let mut found = Vec::new();
    each(store, record, CONTENTS, |log| {
        found.push(log);
        true
    })?;
    Ok(found)
}

/// Calls `take` with each log record of a trace that can be read, in order of arrival: with the bytes it was sent in, the span it
/// names, and what readings use of it ([`decode`]).
pub(super) fn each_read(
    store: &Store,
    record: &TraceRecord,
    mut take: impl FnMut(usize, Option<SpanId>, LogRecord),
) -> Result<(), Fault> {
    each(store, record, CONTENTS, |log| {
        decode(&log).into_iter().for_each(|read| take(log.raw.len(), log.span_id, read));
        true
    })
}

/// Returns those of a trace's log records that can be read and are `wanted`, in order of arrival; `None` when they are more than
/// `limit` bytes. However large the others are, one at a time is in memory.
pub(super) fn that(
    store: &Store,
    record: &TraceRecord,
    limit: usize,
    wanted: &mut impl FnMut(&LogRecord) -> bool,
) -> Result<Option<Vec<LogRecord>>, Fault> {
    let (mut found, mut size) = (Vec::new(), 0);
    each(store, record, 1, |log| {
        if let Ok(read) = log.around.log(&log.raw)
            && wanted(&read)
        {
            size += log.raw.len();
            found.push(read);
        }
        size <= limit
    })?;
    Ok((size <= limit).then_some(found))
}

/// Calls `take` with each log record of a trace that can be read, in order of arrival, until it says that this was enough; so many
/// are read in one go.
fn each(store: &Store, record: &TraceRecord, at_once: usize, mut take: impl FnMut(Sent) -> bool) -> Result<(), Fault> {
    let (mut settling, rows) = rows(store, record)?;
    for rows in rows.chunks(at_once) {
        if !settling.each(store, rows, &mut take)? {
            break;
        }
    }
    Ok(())
}

/// Returns the rows of a trace's log records, in order of arrival, and what settles them.
fn rows(store: &Store, record: &TraceRecord) -> Result<(Settling, Vec<LogRecordRow>), Fault> {
    let (mut rows, mut is_last): (Vec<LogRecordRow>, _) = (Vec::new(), record.logs == 0);
    while !is_last {
        let after = rows.last().map_or(0, |row| row.id);
        let page = store.read(|reading| reading.logs(record.id, None, after, ROWS))?;
        is_last = page.len() < ROWS as usize;
        rows.extend(page);
    }
    let settling = store.read(|reading| Settling::begin(reading, record, &rows))?;
    Ok((settling, rows))
}

/// The log records of a trace that were not read yet. However many large ones there are, one at a time is in memory.
pub(super) struct Rest {
    settling: Settling,
    /// Those that are not large: a stream may be one for each chunk, and who redacts it needs it whole.
    small: Vec<LogRecordRow>,
    large: std::vec::IntoIter<LogRecordRow>,
}

impl Rest {
    pub(super) fn of(store: &Store, record: &TraceRecord) -> Result<Self, Fault> {
        let (settling, rows) = rows(store, record)?;
        let (large, small): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.payload.bytes() >= LARGE);
        Ok(Self { settling, small, large: large.into_iter() })
    }

    /// Returns those that come next, in order of arrival: all that are not large, then each large one.
    pub(super) fn next(&mut self, store: &Store) -> Result<Vec<Sent>, Fault> {
        let rows = match std::mem::take(&mut self.small) {
            small if small.is_empty() => self.large.by_ref().take(1).collect(),
            small => small,
        };
        let mut found = Vec::new();
        for rows in rows.chunks(CONTENTS) {
            self.settling.each(store, rows, &mut |log| {
                found.push(log);
                true
            })?;
        }
        Ok(found)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.small.is_empty() && self.large.len() == 0
    }
}

/// Returns the log records of one span that can be read, in order of arrival.
pub(super) fn of_span(reading: &Reading<'_>, record: &TraceRecord, span_id: SpanId) -> Result<Vec<LogRecord>, Fault> {
    if record.logs == 0 {
        return Ok(Vec::new());
    }
    decoded(reading, record, &reading.logs(record.id, Some(span_id), 0, u32::MAX)?)
}

/// Returns the log records of a trace that can be read and name none of its received spans, in order of arrival.
pub(super) fn beside(reading: &Reading<'_>, record: &TraceRecord) -> Result<Vec<LogRecord>, Fault> {
    decoded(reading, record, &reading.logs_beside(record.id)?)
}

/// Returns the log records of a whole trace that can be read, in order of arrival.
pub(super) fn of_trace(reading: &Reading<'_>, record: &TraceRecord) -> Result<Vec<LogRecord>, Fault> {
    decoded(reading, record, &reading.logs(record.id, None, 0, u32::MAX)?)
}

fn decoded(reading: &Reading<'_>, record: &TraceRecord, rows: &[LogRecordRow]) -> Result<Vec<LogRecord>, Fault> {
    let mut settling = Settling::begin(reading, record, rows)?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        found.extend(settling.next(reading, row)?.and_then(|log| decode(&log)));
    }
    Ok(found)
}

/// Returns a log record as readings use it: a file too large to be shown is left out, so that a trace with a gigabyte of them is
/// read in the memory of one.
fn decode(log: &Sent) -> Option<LogRecord> {
    let mut read = log.around.log(&log.raw).ok()?;
    dialects::leave_out_file(&mut read);
    Some(read)
}

/// Returns a log record; `None` when it cannot be read.
pub(super) fn one(
    reading: &Reading<'_>,
    envelopes: &mut Envelopes,
    row: &LogRecordRow,
) -> Result<Option<LogRecord>, Fault> {
    let stored = stored(reading, envelopes, row.payload, row.envelope)?;
    Ok(readable(row, stored).and_then(|log| log.around.log(&log.raw).ok()))
}

fn readable(row: &LogRecordRow, stored: Stored) -> Option<Sent> {
    let stored = stored.inspect_err(|damaged| tracing::warn!(%damaged, log = row.id, "a log record is left out"));
    stored.ok().map(|(raw, around)| Sent { span_id: row.span_id, raw, around })
}

/// Brings log records into the form in which a trace has them, each once. One that names the trace by another of its ids names it
/// by its own: that they are one trace is known to this store alone.
struct Settling {
    trace_id: TraceId,
    others: Vec<TraceId>,
    envelopes: Envelopes,
    /// What was said, where it can be said twice: the store takes the same bytes once; what was received as protobuf, exported and
    /// taken in again stands there as JSON, too.
    said: Option<HashSet<[u8; 32]>>,
    text: String,
}

impl Settling {
    fn begin(reading: &Reading<'_>, record: &TraceRecord, rows: &[LogRecordRow]) -> Result<Self, Fault> {
        let (mut envelopes, mut has_json, mut has_other) = (Envelopes::default(), false, false);
        for row in rows {
            if let Ok(around) = envelopes.get(reading, row.envelope)? {
                let is_json = around.envelope.encoding == Encoding::Json;
                has_json |= is_json;
                has_other |= !is_json;
            }
        }
        let said = (has_json && has_other).then(HashSet::new);
        let others = if rows.is_empty() { Vec::new() } else { reading.other_ids(record.trace_id)? };
        Ok(Self { trace_id: record.trace_id, others, envelopes, said, text: String::new() })
    }

    /// Calls `take` with each of these log records that can be read, until it says that this was enough; says whether it did not.
    fn each(
        &mut self,
        store: &Store,
        rows: &[LogRecordRow],
        take: &mut impl FnMut(Sent) -> bool,
    ) -> Result<bool, Fault> {
        store.read(|reading| {
            for row in rows {
                if !self.next(reading, row)?.is_none_or(&mut *take) {
                    return Ok(false);
                }
            }
            Ok(true)
        })
    }

    /// Returns a log record; `None` when it cannot be read or was there.
    fn next(&mut self, reading: &Reading<'_>, row: &LogRecordRow) -> Result<Option<Sent>, Fault> {
        let Some(mut log) = readable(row, stored(reading, &mut self.envelopes, row.payload, row.envelope)?) else {
            return Ok(None);
        };
        log.raw = log_of(self.trace_id, &self.others, log.around.envelope.encoding, log.raw);
        let Some(said) = &mut self.said else { return Ok(Some(log)) };
        let envelope = &log.around.envelope;
        self.text.clear();
        json_out::log(envelope.encoding, &log.raw, &mut self.text);
        let [resource, scope] = [json_out::resource_members(envelope), json_out::scope_members(envelope)];
        let is_new = said.insert(Sha256::digest([&resource, &scope, &*self.text].join("\n")).into());
        Ok(is_new.then_some(log))
    }
}
