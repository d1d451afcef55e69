//! The log records of a trace as they were received: those of all of it, of one span, or of none of its spans.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest, Sha256};
use spanglass_trace::decode::stored::log_of;
use spanglass_trace::decode::{Encoding, json_out};
use spanglass_trace::span::{LogRecord, SpanId, TraceId};

use super::raw::{CONTENTS, Envelopes, Stored, stored};
use crate::read::Surroundings;
use crate::store::{Fault, LogRecordRow, Reading, Store, TraceRecord};

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
    if record.logs == 0 {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    let mut envelopes = Envelopes::default();
    let mut after = 0;
    loop {
        let page = store.read(|reading| {
            let page = reading.logs(record.id, None, after, CONTENTS as u32)?;
            each(reading, &mut envelopes, &page, |log| found.push(log))?;
            Ok(page)
        })?;
        match page.last() {
            Some(last) if page.len() == CONTENTS => after = last.id,
            _ => break,
        }
    }
    let others = store.read(|reading| reading.other_ids(record.trace_id))?;
    Ok(settled(record.trace_id, &others, found))
}

/// Returns those of a trace's log records that can be read and are `wanted`, in order of arrival; `None` when they are more than
/// `limit` bytes. However large the others are, one at a time is in memory.
pub(super) fn that(
    store: &Store,
    record: &TraceRecord,
    limit: usize,
    wanted: &mut impl FnMut(&LogRecord) -> bool,
) -> Result<Option<Vec<LogRecord>>, Fault> {
    if record.logs == 0 {
        return Ok(Some(Vec::new()));
    }
    let (mut found, mut size, mut after) = (Vec::new(), 0, 0);
    let mut envelopes = Envelopes::default();
    loop {
        let page = store.read(|reading| reading.logs(record.id, None, after, CONTENTS as u32))?;
        for row in &page {
            let stored = store.read(|reading| stored(reading, &mut envelopes, row.payload, row.envelope))?;
            let Some(log) = readable(row, stored) else { continue };
            if log.around.log(&log.raw).is_ok_and(|log| wanted(&log)) {
                size += log.raw.len();
                found.push(log);
            }
            if size > limit {
                return Ok(None);
            }
        }
        match page.last() {
            Some(last) if page.len() == CONTENTS => after = last.id,
            _ => break,
        }
    }
    let others = store.read(|reading| reading.other_ids(record.trace_id))?;
    let found = settled(record.trace_id, &others, found);
    Ok(Some(found.iter().flat_map(|log| log.around.log(&log.raw)).collect()))
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
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = Vec::with_capacity(rows.len());
    each(reading, &mut Envelopes::default(), rows, |log| found.push(log))?;
    let found = settled(record.trace_id, &reading.other_ids(record.trace_id)?, found);
    Ok(found.iter().flat_map(|log| log.around.log(&log.raw)).collect())
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

fn each(
    reading: &Reading<'_>,
    envelopes: &mut Envelopes,
    rows: &[LogRecordRow],
    mut take: impl FnMut(Sent),
) -> Result<(), Fault> {
    for row in rows {
        let stored = stored(reading, envelopes, row.payload, row.envelope)?;
        readable(row, stored).into_iter().for_each(&mut take);
    }
    Ok(())
}

fn readable(row: &LogRecordRow, stored: Stored) -> Option<Sent> {
    let stored = stored.inspect_err(|damaged| tracing::warn!(%damaged, log = row.id, "a log record is left out"));
    stored.ok().map(|(raw, around)| Sent { span_id: row.span_id, raw, around })
}

/// Returns log records as a trace has them, each once. One that names the trace by another of its ids names it by its own: that they
/// are one trace is known to this store alone.
fn settled(trace_id: TraceId, others: &[TraceId], mut logs: Vec<Sent>) -> Vec<Sent> {
    for log in &mut logs {
        log.raw = log_of(trace_id, others, log.around.envelope.encoding, std::mem::take(&mut log.raw));
    }
    once(logs)
}

/// Leaves the first of those that say the same. The store takes the same bytes once; what was received as protobuf, exported and
/// taken in again stands there as JSON, too.
fn once(mut logs: Vec<Sent>) -> Vec<Sent> {
    let is_json = |log: &Sent| log.around.envelope.encoding == Encoding::Json;
    if logs.iter().all(is_json) || !logs.iter().any(is_json) {
        return logs;
    }
    let mut said: HashSet<[u8; 32]> = HashSet::new();
    let mut text = String::new();
    logs.retain(|Sent { raw, around, .. }| {
        let envelope = &around.envelope;
        text.clear();
        json_out::log(envelope.encoding, raw, &mut text);
        let [resource, scope] = [json_out::resource_members(envelope), json_out::scope_members(envelope)];
        said.insert(Sha256::digest([&resource, &scope, &*text].join("\n")).into())
    });
    logs
}
