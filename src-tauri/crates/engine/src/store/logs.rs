//! One row per log record. A record finds its span by ids, whichever of the two arrives first. Log records have no name of
//! their own: one with the same bytes, envelope and span is the same one, sent again.

use rusqlite::{Connection, OptionalExtension, params};
use spanglass_trace::span::SpanId;

use super::payloads::{self, Place};
use super::spans::{from_key, key, place};

pub(super) const TABLE: &str = "
CREATE TABLE logs (
    id INTEGER PRIMARY KEY,
    trace INTEGER NOT NULL,     -- traces.id; 0 = it belongs to none
    span_id INTEGER NOT NULL,   -- its eight bytes, big-endian; 0 = it belongs to none
    sum INTEGER NOT NULL,       -- CRC32C of its bytes and of the envelope's id, eight bytes, little-endian
    envelope INTEGER NOT NULL,
    payload INTEGER NOT NULL,   -- payloads.id
    at INTEGER NOT NULL,        -- where its bytes begin in the payload
    size INTEGER NOT NULL       -- how many there are
);
CREATE INDEX logs_by_span ON logs (trace, span_id, sum);";

/// Stands for the trace of a log record that belongs to none.
pub(super) const NO_TRACE: i64 = 0;

/// A log record's row without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRecordRow {
    /// Its place in the order of arrival.
    pub id: i64,
    /// The span it belongs to.
    pub span_id: Option<SpanId>,
    /// Its envelope.
    pub envelope: i64,
    /// Where its bytes are.
    pub payload: Place,
}

fn span_key(span_id: Option<SpanId>) -> i64 {
    span_id.map_or(0, key)
}

/// Stores a log record; returns its id.
pub(super) fn insert(
    conn: &Connection,
    trace: i64,
    span_id: Option<SpanId>,
    envelope: i64,
    place: Place,
) -> rusqlite::Result<i64> {
    let mut insert = conn.prepare_cached(
        "INSERT INTO logs (trace, span_id, sum, envelope, payload, at, size) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )?;
    let Place { payload, at, size, sum } = place;
    insert.insert(params![trace, span_key(span_id), sum, envelope, payload, at, size])
}

/// Returns where the bytes of log records are that may be the same one.
pub(super) fn alike(
    conn: &Connection,
    trace: i64,
    span_id: Option<SpanId>,
    sum: u32,
    envelope: i64,
) -> rusqlite::Result<Vec<Place>> {
    let mut select = conn.prepare_cached(
        "SELECT payload, at, size, sum FROM logs WHERE trace = ? AND span_id = ? AND sum = ? AND envelope = ?",
    )?;
    select.query_map(params![trace, span_key(span_id), sum, envelope], |row| place(row, 0))?.collect()
}

/// Says whether a span has log records.
pub(super) fn any(conn: &Connection, trace: i64, span_id: SpanId) -> rusqlite::Result<bool> {
    conn.prepare_cached("SELECT 1 FROM logs WHERE trace = ? AND span_id = ?")?.exists(params![trace, key(span_id)])
}

const SELECT: &str =
    "SELECT id, span_id, envelope, payload, at, size, sum FROM logs INDEXED BY logs_by_span WHERE trace = ?1";

fn record(row: &rusqlite::Row<'_>) -> rusqlite::Result<LogRecordRow> {
    let span: i64 = row.get(1)?;
    Ok(LogRecordRow {
        id: row.get(0)?,
        span_id: (span != 0).then(|| from_key(span)),
        envelope: row.get(2)?,
        payload: place(row, 3)?,
    })
}

/// Returns the log records of a trace that name none of its stored spans, in order of arrival.
pub(super) fn beside(conn: &Connection, trace: i64) -> rusqlite::Result<Vec<LogRecordRow>> {
    let named = "SELECT DISTINCT named.span_id FROM logs AS named INDEXED BY logs_by_span WHERE named.trace = ?1
        AND NOT EXISTS (SELECT 1 FROM spans WHERE spans.trace = ?1 AND spans.span_id = named.span_id)";
    let mut select = conn.prepare_cached(&format!("{SELECT} AND span_id IN ({named}) ORDER BY id"))?;
    select.query_map([trace], record)?.collect()
}

/// Returns log records of a trace (of one span of it), in order of arrival, those after `after`.
pub(super) fn page(
    conn: &Connection,
    trace: i64,
    span_id: Option<SpanId>,
    after: i64,
    limit: u32,
) -> rusqlite::Result<Vec<LogRecordRow>> {
    match span_id {
        None => {
            let mut select = conn.prepare_cached(&format!("{SELECT} AND id > ?2 ORDER BY id LIMIT ?3"))?;
            select.query_map(params![trace, after, limit], record)?.collect()
        }
        Some(span_id) => {
            let mut select =
                conn.prepare_cached(&format!("{SELECT} AND span_id = ?4 AND id > ?2 ORDER BY id LIMIT ?3"))?;
            select.query_map(params![trace, after, limit, key(span_id)], record)?.collect()
        }
    }
}

/// Gives the log records of one trace to another; returns the spans they name, one each.
pub(super) fn give(conn: &Connection, from: i64, to: i64) -> rusqlite::Result<Vec<Option<SpanId>>> {
    let mut update = conn.prepare_cached("UPDATE logs SET trace = ? WHERE trace = ? RETURNING span_id")?;
    let span = |row: &rusqlite::Row<'_>| row.get(0).map(|span: i64| (span != 0).then(|| from_key(span)));
    update.query_map(params![to, from], span)?.collect()
}

/// Deletes at most `limit` log records of a trace; returns the envelope of each.
pub(super) fn delete_some(conn: &Connection, trace: i64, limit: u32) -> rusqlite::Result<Vec<i64>> {
    let mut select = conn.prepare_cached("SELECT id, payload, envelope FROM logs WHERE trace = ? LIMIT ?")?;
    let rows: Vec<(i64, i64, i64)> = select
        .query_map(params![trace, limit], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    delete(conn, &rows)?;
    Ok(rows.into_iter().map(|(_, _, envelope)| envelope).collect())
}

/// Returns where `count` log records that belong to no trace end in the order of arrival, or all of them when they are fewer;
/// `None` when there is none. `after` is an id up to which there is none: what is before it is not read again.
pub(super) fn astray(conn: &Connection, after: i64, count: u32) -> rusqlite::Result<Option<i64>> {
    let is_any = "SELECT 1 FROM logs INDEXED BY logs_by_span WHERE trace = ?";
    if !conn.prepare_cached(is_any)?.exists([NO_TRACE])? {
        return Ok(None);
    }
    let mut select = conn.prepare_cached(
        "SELECT max(id) FROM (SELECT id FROM logs NOT INDEXED WHERE trace = ? AND id > ? ORDER BY id LIMIT ?)",
    )?;
    select.query_row(params![NO_TRACE, after, count], |row| row.get(0))
}

/// Deletes log records that belong to no trace, the first ones first: those after `after` and up to `to`, at most `limit` and
/// what is in one block with the last. Returns the envelope of each, and the id of the last.
pub(super) fn delete_astray(conn: &Connection, after: i64, to: i64, limit: usize) -> rusqlite::Result<(Vec<i64>, i64)> {
    let mut select = conn.prepare_cached(
        "SELECT id, payload, envelope FROM logs NOT INDEXED WHERE trace = ? AND id > ? AND id <= ? ORDER BY id",
    )?;
    let mut astray: Vec<(i64, i64, i64)> = Vec::new();
    let mut rows = select.query(params![NO_TRACE, after, to])?;
    while let Some(row) = rows.next()? {
        let (id, payload) = (row.get(0)?, row.get(1)?);
        if astray.len() >= limit && astray.last().is_some_and(|(_, last, _)| *last != payload) {
            break;
        }
        astray.push((id, payload, row.get(2)?));
    }
    drop(rows);
    delete(conn, &astray)?;
    let last = astray.last().map_or(to, |(id, _, _)| *id);
    Ok((astray.into_iter().map(|(_, _, envelope)| envelope).collect(), last))
}

/// Deletes log records by id, with their payloads.
fn delete(conn: &Connection, rows: &[(i64, i64, i64)]) -> rusqlite::Result<()> {
    for (id, payload, _) in rows {
        payloads::delete(conn, *payload)?;
        conn.prepare_cached("DELETE FROM logs WHERE id = ?")?.execute([id])?;
    }
    Ok(())
}

pub(super) fn probe(conn: &Connection) -> rusqlite::Result<()> {
    conn.query_row("SELECT id FROM logs ORDER BY id DESC LIMIT 1", [], |_| Ok(())).optional()?;
    Ok(())
}
