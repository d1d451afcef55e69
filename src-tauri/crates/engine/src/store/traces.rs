//! One row per trace: its place in the list, its version, and the row that is shown of it.
//!
//! Traces are numbered as their first span (or log record) arrives. The list is ordered by that number, newest first: it never
//! moves under a reader, and no clock plays a role. A trace of which only log records are there is listed too.

use std::ops::RangeInclusive;

use rusqlite::{Connection, OptionalExtension, Row, params};
use spanglass_trace::span::TraceId;

pub(super) const TABLE: &str = "
CREATE TABLE traces (
    id INTEGER PRIMARY KEY,
    trace_id BLOB UNIQUE,                   -- 16 bytes; NULL while it is being deleted
    version INTEGER NOT NULL,               -- the change sequence of its last change
    spans INTEGER NOT NULL,
    logs INTEGER NOT NULL,
    row_version INTEGER NOT NULL DEFAULT 0, -- the version that `row` is of
    row_reading INTEGER NOT NULL DEFAULT 0, -- stamp of what `row` was made with; 0 = it must be made again
    row BLOB                                -- sealed
);
CREATE INDEX traces_by_reading ON traces (row_reading, id) WHERE trace_id IS NOT NULL;";

/// A trace as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceRecord {
    /// Its place in the list.
    pub id: i64,
    /// The trace.
    pub trace_id: TraceId,
    /// The change sequence of its last change.
    pub version: u64,
    /// How many spans it has.
    pub spans: u64,
    /// How many log records it has.
    pub logs: u64,
    /// The version that `row` is of.
    pub row_version: u64,
    /// The stamp of what `row` was made with: readers, prices; 0 = it must be made again.
    pub row_stamp: u32,
    /// The row, sealed.
    pub row: Option<Vec<u8>>,
}

/// What is stored of a trace's row, without a copy of it.
#[derive(Clone, Copy, Debug)]
pub struct StoredRow<'a> {
    /// See [`TraceRecord::id`].
    pub id: i64,
    /// See [`TraceRecord::version`].
    pub version: u64,
    /// See [`TraceRecord::row_version`].
    pub row_version: u64,
    /// See [`TraceRecord::row_stamp`].
    pub row_stamp: u32,
    /// See [`TraceRecord::row`].
    pub row: Option<&'a [u8]>,
}

impl<'a> From<&'a TraceRecord> for StoredRow<'a> {
    fn from(record: &'a TraceRecord) -> Self {
        let TraceRecord { id, version, row_version, row_stamp, .. } = *record;
        Self { id, version, row_version, row_stamp, row: record.row.as_deref() }
    }
}

const COLUMNS: &str = "id, trace_id, version, spans, logs, row_version, row_reading, row";

fn record(row: &Row<'_>) -> rusqlite::Result<TraceRecord> {
    let count = |at| row.get::<_, i64>(at).map(|n| n.max(0) as u64);
    Ok(TraceRecord {
        id: row.get(0)?,
        trace_id: TraceId(row.get(1)?),
        version: count(2)?,
        spans: count(3)?,
        logs: count(4)?,
        row_version: count(5)?,
        row_stamp: row.get(6)?,
        row: row.get(7)?,
    })
}

/// Returns a page of the listed traces, newest first, those before `before`.
pub(super) fn page(conn: &Connection, before: Option<i64>, limit: u32) -> rusqlite::Result<Vec<TraceRecord>> {
    let mut select = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM traces WHERE trace_id IS NOT NULL AND id < ? ORDER BY id DESC LIMIT ?"
    ))?;
    select.query_map(params![before.unwrap_or(i64::MAX), limit], record)?.collect()
}

/// Calls `each` with what is stored of the rows of a page of the listed traces, newest first, those before `before`.
pub(super) fn each_row(
    conn: &Connection,
    before: Option<i64>,
    limit: u32,
    mut each: impl FnMut(StoredRow<'_>),
) -> rusqlite::Result<()> {
    let mut select = conn.prepare_cached(
        "SELECT id, version, row_version, row_reading, row FROM traces
         WHERE trace_id IS NOT NULL AND id < ? ORDER BY id DESC LIMIT ?",
    )?;
    let mut rows = select.query(params![before.unwrap_or(i64::MAX), limit])?;
    while let Some(row) = rows.next()? {
        let count = |at| row.get::<_, i64>(at).map(|n| n.max(0) as u64);
        each(StoredRow {
            id: row.get(0)?,
            version: count(1)?,
            row_version: count(2)?,
            row_stamp: row.get(3)?,
            row: row.get_ref(4)?.as_blob_or_null()?,
        });
    }
    Ok(())
}

/// Returns a listed trace.
pub(super) fn get(conn: &Connection, trace_id: TraceId) -> rusqlite::Result<Option<TraceRecord>> {
    let mut select = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM traces WHERE trace_id = ?"))?;
    select.query_row([&trace_id.0[..]], record).optional()
}

/// Returns the ids of listed traces that are within a range, at most `limit`.
pub(super) fn named(conn: &Connection, ids: &RangeInclusive<TraceId>, limit: u32) -> rusqlite::Result<Vec<TraceId>> {
    let mut select =
        conn.prepare_cached("SELECT trace_id FROM traces WHERE trace_id BETWEEN ? AND ? ORDER BY trace_id LIMIT ?")?;
    let ends = params![&ids.start().0[..], &ids.end().0[..], limit];
    select.query_map(ends, |row| Ok(TraceId(row.get(0)?)))?.collect()
}

/// Returns a listed trace by its number.
pub(super) fn numbered(conn: &Connection, id: i64) -> rusqlite::Result<Option<TraceRecord>> {
    let mut select =
        conn.prepare_cached(&format!("SELECT {COLUMNS} FROM traces WHERE id = ? AND trace_id IS NOT NULL"))?;
    select.query_row([id], record).optional()
}

/// Ranges of the index `traces_by_reading` that are all rows but those with stamps from ?1 to ?2: rows of traces that
/// changed since, and rows of other stamps.
const CHANGED: &str = "row_reading <= min(?1, 0)";
const OTHER_VERSIONS: [&str; 2] = ["row_reading > 0 AND row_reading < ?1", "row_reading > ?2"];

/// Returns listed traces whose row must be made again: at most `limit` of those that changed, the latest first, and as many
/// of those whose row has another stamp.
pub(super) fn stale(conn: &Connection, stamp: u32, limit: u32) -> rusqlite::Result<Vec<TraceRecord>> {
    let mut found = Vec::new();
    for range in std::iter::once(CHANGED).chain(OTHER_VERSIONS) {
        let mut select = conn.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM traces INDEXED BY traces_by_reading
             WHERE trace_id IS NOT NULL AND {range} ORDER BY row_reading DESC, id DESC LIMIT ?3"
        ))?;
        found.extend(select.query_map(params![stamp, stamp, limit], record)?.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    Ok(found)
}

/// Returns how many listed traces have a row that another reading version made.
pub(super) fn of_other_versions(conn: &Connection, stamps: RangeInclusive<u32>) -> rusqlite::Result<u64> {
    let mut select = conn.prepare_cached(
        "SELECT (SELECT count(*) FROM traces INDEXED BY traces_by_reading
                 WHERE trace_id IS NOT NULL AND row_reading > 0 AND row_reading < ?1)
              + (SELECT count(*) FROM traces INDEXED BY traces_by_reading WHERE trace_id IS NOT NULL AND row_reading > ?2)",
    )?;
    select.query_row([stamps.start(), stamps.end()], |row| Ok(row.get::<_, i64>(0)?.max(0) as u64))
}

/// What the writer must know of a trace to add to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    pub(super) id: i64,
    pub(super) has_logs: bool,
}

/// Says whether a trace has spans.
pub(super) fn has_spans(conn: &Connection, id: i64) -> rusqlite::Result<bool> {
    conn.prepare_cached("SELECT 1 FROM traces WHERE id = ? AND spans > 0")?.exists([id])
}

pub(super) fn standing(conn: &Connection, trace_id: TraceId) -> rusqlite::Result<Option<Standing>> {
    let mut select = conn.prepare_cached("SELECT id, logs > 0 FROM traces WHERE trace_id = ?")?;
    select.query_row([&trace_id.0[..]], |row| Ok(Standing { id: row.get(0)?, has_logs: row.get(1)? })).optional()
}

pub(super) fn insert(conn: &Connection, id: i64, trace_id: TraceId) -> rusqlite::Result<()> {
    let mut insert =
        conn.prepare_cached("INSERT INTO traces (id, trace_id, version, spans, logs) VALUES (?, ?, 0, 0, 0)")?;
    insert.execute(params![id, &trace_id.0[..]])?;
    Ok(())
}

/// Sets a trace's version and marks its row as one to be made again.
pub(super) fn change(conn: &Connection, id: i64, version: u64, spans: u64, logs: u64) -> rusqlite::Result<()> {
    let mut update = conn.prepare_cached(
        "UPDATE traces SET version = ?, spans = spans + ?, logs = logs + ?, row_reading = 0 WHERE id = ?",
    )?;
    update.execute(params![version as i64, spans as i64, logs as i64, id])?;
    Ok(())
}

/// Keeps a row made of a trace at `version`; of a trace that changed meanwhile it stays marked.
pub(super) fn save_row(conn: &Connection, id: i64, version: u64, stamp: u32, row: &[u8]) -> rusqlite::Result<()> {
    let mut update = conn.prepare_cached(
        "UPDATE traces SET row = ?1, row_version = ?2, row_reading = CASE WHEN version = ?2 THEN ?3 ELSE 0 END
         WHERE id = ?4 AND row_version <= ?2 AND trace_id IS NOT NULL",
    )?;
    update.execute(params![row, version as i64, stamp, id])?;
    Ok(())
}

/// Takes a trace out of the list and gives its name free; what belongs to it is deleted afterwards, in slices. Returns its
/// id and how many spans and log records it had.
pub(super) fn detach(conn: &Connection, trace_id: TraceId) -> rusqlite::Result<Option<(i64, u64, u64)>> {
    let mut select = conn.prepare_cached("SELECT id, spans, logs FROM traces WHERE trace_id = ?")?;
    let found: Option<(i64, i64, i64)> =
        select.query_row([&trace_id.0[..]], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()?;
    let Some((id, spans, logs)) = found else { return Ok(None) };
    conn.prepare_cached("UPDATE traces SET trace_id = NULL, spans = 0, logs = 0, row = NULL WHERE id = ?")?
        .execute([id])?;
    Ok(Some((id, spans.max(0) as u64, logs.max(0) as u64)))
}

/// Returns traces that were taken out of the list and not deleted yet.
pub(super) fn detached(conn: &Connection, limit: u32) -> rusqlite::Result<Vec<i64>> {
    let mut select = conn.prepare_cached("SELECT id FROM traces WHERE trace_id IS NULL LIMIT ?")?;
    select.query_map([limit], |row| row.get(0))?.collect()
}

pub(super) fn delete(conn: &Connection, id: i64) -> rusqlite::Result<()> {
    conn.prepare_cached("DELETE FROM traces WHERE id = ?")?.execute([id])?;
    Ok(())
}

/// Returns the traces that were numbered first, those of log records alone included: as many as have `items` spans and log
/// records together, and one at least.
pub(super) fn oldest(conn: &Connection, items: u64) -> rusqlite::Result<Vec<TraceId>> {
    let mut select = conn
        .prepare_cached("SELECT trace_id, spans + logs FROM traces WHERE trace_id IS NOT NULL ORDER BY id LIMIT ?")?;
    let mut oldest = Vec::new();
    let mut left = items as i64;
    let mut rows = select.query([items as i64])?;
    while let Some(row) = rows.next()?
        && left > 0
    {
        oldest.push(TraceId(row.get(0)?));
        left -= row.get::<_, i64>(1)?;
    }
    Ok(oldest)
}
