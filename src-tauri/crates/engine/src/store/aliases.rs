//! Other ids by which traces are named. Log records that name a trace so are the trace's, whichever of the two comes first.

use rusqlite::{Connection, OptionalExtension, params};
use spanglass_trace::span::TraceId;

pub(super) const TABLE: &str = "
CREATE TABLE aliases (
    other BLOB PRIMARY KEY,     -- sixteen bytes
    trace BLOB NOT NULL         -- the trace_id it stands for
) WITHOUT ROWID;
CREATE INDEX aliases_by_trace ON aliases (trace);";

/// Keeps an alias; says whether it is new.
pub(super) fn insert(conn: &Connection, other: TraceId, trace: TraceId) -> rusqlite::Result<bool> {
    let mut insert = conn.prepare_cached("INSERT OR IGNORE INTO aliases (other, trace) VALUES (?, ?)")?;
    Ok(insert.execute(params![other.0, trace.0])? > 0)
}

/// Returns the trace an id stands for; `None` = itself.
pub(super) fn get(conn: &Connection, other: TraceId) -> rusqlite::Result<Option<TraceId>> {
    let mut select = conn.prepare_cached("SELECT trace FROM aliases WHERE other = ?")?;
    Ok(select.query_row([other.0], |row| row.get::<_, [u8; 16]>(0)).optional()?.map(TraceId))
}

/// Returns the other ids of a trace.
pub(super) fn others(conn: &Connection, trace: TraceId) -> rusqlite::Result<Vec<TraceId>> {
    let mut select = conn.prepare_cached("SELECT other FROM aliases WHERE trace = ?")?;
    select.query_map([trace.0], |row| row.get::<_, [u8; 16]>(0).map(TraceId))?.collect()
}

/// Forgets the other ids of a trace.
pub(super) fn delete(conn: &Connection, trace: TraceId) -> rusqlite::Result<()> {
    conn.prepare_cached("DELETE FROM aliases WHERE trace = ?")?.execute([trace.0])?;
    Ok(())
}

pub(super) fn probe(conn: &Connection) -> rusqlite::Result<()> {
    conn.query_row("SELECT trace FROM aliases LIMIT 1", [], |_| Ok(())).optional()?;
    Ok(())
}
