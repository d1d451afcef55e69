//! Spans and log records in the order they arrived, whatever their trace: for those who follow what comes in.
//!
//! A place in the order is the id of a row. When the latest rows are deleted, their ids are given again: whoever remembers a
//! place remembers a [`Mark`] too, which says whether the row there is still the same one.

use rusqlite::{Connection, OptionalExtension, params};
use spanglass_trace::span::{SpanId, TraceId};

use super::payloads::Place;
use super::spans::{from_key, place};
use super::{LogRecordRow, SpanRecord};

/// What tells the row of a place from another one that has its id later.
pub type Mark = i64;

/// A span, and the trace it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArrivedSpan {
    /// Its [`super::TraceRecord::id`].
    pub trace: i64,
    /// The span.
    pub span: SpanRecord,
}

/// A log record, and the trace it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArrivedLog {
    /// Its [`super::TraceRecord::id`]; 0 = none.
    pub trace: i64,
    /// What tells it from another one with its id.
    pub mark: Mark,
    /// The log record.
    pub log: LogRecordRow,
}

/// A span that arrived again with other content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArrivedRevision {
    /// Its place in the order of arrival.
    pub id: i64,
    /// The span's [`SpanRecord::id`].
    pub span: i64,
    /// What tells it from another one with its id.
    pub mark: Mark,
}

/// What something is the latest of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Spans.
    Spans,
    /// Log records.
    Logs,
    /// Spans that arrived again with other content.
    Revisions,
}

/// Of a trace that was deleted and came again, with the same spans and log records, the number is another one. Of another database
/// it may be the same.
fn mark_of(trace: i64, sum: u32) -> Mark {
    trace.wrapping_shl(32) | i64::from(sum)
}

const SPAN: &str =
    "SELECT id, trace, span_id, duplicates, reading, digest, envelope, payload, at, size, sum FROM spans";

fn span(row: &rusqlite::Row<'_>) -> rusqlite::Result<ArrivedSpan> {
    let span = SpanRecord {
        id: row.get(0)?,
        span_id: from_key(row.get(2)?),
        duplicates: row.get::<_, i64>(3)?.clamp(0, i64::from(u32::MAX)) as u32,
        reading: row.get(4)?,
        digest: row.get(5)?,
        envelope: row.get(6)?,
        payload: place(row, 7)?,
    };
    Ok(ArrivedSpan { trace: row.get(1)?, span })
}

pub(super) fn spans(conn: &Connection, from: i64, to: i64, limit: u32) -> rusqlite::Result<Vec<ArrivedSpan>> {
    let mut select = conn.prepare_cached(&format!("{SPAN} WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?"))?;
    select.query_map(params![from, to, limit], span)?.collect()
}

pub(super) fn logs(conn: &Connection, from: i64, to: i64, limit: u32) -> rusqlite::Result<Vec<ArrivedLog>> {
    let mut select = conn.prepare_cached(
        "SELECT id, trace, span_id, envelope, payload, at, size, sum FROM logs WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?",
    )?;
    let log = |row: &rusqlite::Row<'_>| {
        let named: i64 = row.get(2)?;
        let payload: Place = place(row, 4)?;
        let span_id: Option<SpanId> = (named != 0).then(|| from_key(named));
        let log = LogRecordRow { id: row.get(0)?, span_id, envelope: row.get(3)?, payload };
        let trace = row.get(1)?;
        Ok(ArrivedLog { trace, mark: mark_of(trace, payload.sum), log })
    };
    select.query_map(params![from, to, limit], log)?.collect()
}

pub(super) fn revisions(conn: &Connection, from: i64, limit: u32) -> rusqlite::Result<Vec<ArrivedRevision>> {
    let mut select = conn.prepare_cached(
        "SELECT r.id, r.span, coalesce(s.trace, 0), r.sum FROM revisions r LEFT JOIN spans s ON s.id = r.span
         WHERE r.id >= ? ORDER BY r.id LIMIT ?",
    )?;
    let revision = |row: &rusqlite::Row<'_>| {
        Ok(ArrivedRevision { id: row.get(0)?, span: row.get(1)?, mark: mark_of(row.get(2)?, row.get(3)?) })
    };
    select.query_map(params![from, limit], revision)?.collect()
}

/// Returns the mark of a place; `None` when nothing is there.
pub(super) fn mark(conn: &Connection, order: Order, id: i64) -> rusqlite::Result<Option<Mark>> {
    let mut select = conn.prepare_cached(match order {
        // Its spans go when a trace goes.
        Order::Spans => {
            "SELECT t.id, t.trace_id FROM spans s JOIN traces t ON t.id = s.trace WHERE s.id = ? AND t.trace_id IS NOT NULL"
        }
        Order::Logs => "SELECT trace, sum FROM logs WHERE id = ?",
        Order::Revisions => "SELECT s.trace, r.sum FROM revisions r JOIN spans s ON s.id = r.span WHERE r.id = ?",
    })?;
    let mark = |row: &rusqlite::Row<'_>| match order {
        Order::Spans => Ok(mark_of_span(row.get(0)?, TraceId(row.get(1)?))),
        Order::Logs | Order::Revisions => Ok(mark_of(row.get(0)?, row.get(1)?)),
    };
    select.query_row([id], mark).optional()
}

/// Returns the mark of a span of the trace with a number.
pub fn mark_of_span(trace: i64, trace_id: TraceId) -> Mark {
    mark_of(trace, crc32c::crc32c(&trace_id.0))
}

/// Returns the latest place; 0 when there is none.
pub(super) fn last(conn: &Connection, order: Order) -> rusqlite::Result<i64> {
    let mut select = conn.prepare_cached(match order {
        Order::Spans => "SELECT coalesce(max(id), 0) FROM spans",
        Order::Logs => "SELECT coalesce(max(id), 0) FROM logs",
        Order::Revisions => "SELECT coalesce(max(id), 0) FROM revisions",
    })?;
    select.query_row([], |row| row.get(0))
}

/// Returns the first place; 0 when there is none.
pub(super) fn first(conn: &Connection, order: Order) -> rusqlite::Result<i64> {
    let mut select = conn.prepare_cached(match order {
        Order::Spans => "SELECT coalesce(min(id), 0) FROM spans",
        Order::Logs => "SELECT coalesce(min(id), 0) FROM logs",
        Order::Revisions => "SELECT coalesce(min(id), 0) FROM revisions",
    })?;
    select.query_row([], |row| row.get(0))
}

/// Returns the ids of a trace's spans, without reading the spans.
pub(super) fn span_ids(conn: &Connection, trace: i64) -> rusqlite::Result<Vec<i64>> {
    let mut select = conn.prepare_cached("SELECT id FROM spans WHERE trace = ?")?;
    select.query_map([trace], |row| row.get(0))?.collect()
}

/// Returns the traces of spans from a place on, each once.
pub(super) fn traces_from(conn: &Connection, from: i64) -> rusqlite::Result<Vec<i64>> {
    // To find each trace once, SQLite would go through an index of all spans, however few there are from the place on.
    let mut select = conn.prepare_cached("SELECT DISTINCT trace FROM spans NOT INDEXED WHERE id >= ?")?;
    select.query_map([from], |row| row.get(0))?.collect()
}

/// Returns the traces of log records from a place on, each once.
pub(super) fn traces_of_logs_from(conn: &Connection, from: i64) -> rusqlite::Result<Vec<i64>> {
    let mut select = conn.prepare_cached("SELECT DISTINCT trace FROM logs NOT INDEXED WHERE id >= ? AND trace <> 0")?;
    select.query_map([from], |row| row.get(0))?.collect()
}
