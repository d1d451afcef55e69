//! What else arrived under the name of a span: the bytes that were replaced, or came too late to replace any.

use rusqlite::{Connection, params};

use super::payloads::{self, Place};
use super::spans::place;

pub(super) const TABLE: &str = "
CREATE TABLE revisions (
    id INTEGER PRIMARY KEY,
    span INTEGER NOT NULL,      -- spans.id
    envelope INTEGER NOT NULL,
    payload INTEGER NOT NULL,   -- payloads.id
    at INTEGER NOT NULL,        -- where its bytes begin in the payload
    size INTEGER NOT NULL,      -- how many there are
    sum INTEGER NOT NULL        -- CRC32C of them and of the envelope's id, eight bytes, little-endian
);
CREATE INDEX revisions_by_span ON revisions (span);";

/// How many of the latest revisions of a span are compared with what comes.
const LOOKED_AT: u32 = 64;

pub(super) fn insert(conn: &Connection, span: i64, envelope: i64, place: Place) -> rusqlite::Result<()> {
    let mut insert = conn
        .prepare_cached("INSERT INTO revisions (span, envelope, payload, at, size, sum) VALUES (?, ?, ?, ?, ?, ?)")?;
    let Place { payload, at, size, sum } = place;
    insert.execute(params![span, envelope, payload, at, size, sum])?;
    Ok(())
}

/// Returns envelope and place of what else arrived for a span, in order of arrival.
pub(super) fn of_span(conn: &Connection, span: i64) -> rusqlite::Result<Vec<(i64, Place)>> {
    let mut select =
        conn.prepare_cached("SELECT envelope, payload, at, size, sum FROM revisions WHERE span = ? ORDER BY id")?;
    select.query_map([span], |row| Ok((row.get(0)?, place(row, 1)?)))?.collect()
}

/// Returns where the bytes of the latest revisions are that may be the same one. Of a span that came in very many states the
/// earlier ones are not looked at again: whoever sends them must not hold up others.
pub(super) fn alike(conn: &Connection, span: i64, envelope: i64, sum: u32) -> rusqlite::Result<Vec<Place>> {
    let mut select = conn.prepare_cached(
        "SELECT payload, at, size, sum FROM
             (SELECT envelope, payload, at, size, sum FROM revisions WHERE span = ? ORDER BY id DESC LIMIT ?)
         WHERE sum = ? AND envelope = ?",
    )?;
    select.query_map(params![span, LOOKED_AT, sum, envelope], |row| place(row, 0))?.collect()
}

/// Deletes what else arrived for a span; returns the envelopes of it.
pub(super) fn delete_of_span(conn: &Connection, span: i64) -> rusqlite::Result<Vec<i64>> {
    let mut delete = conn.prepare_cached("DELETE FROM revisions WHERE span = ? RETURNING payload, envelope")?;
    let deleted: Vec<(i64, i64)> =
        delete.query_map([span], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    deleted.into_iter().map(|(payload, envelope)| payloads::delete(conn, payload).map(|()| envelope)).collect()
}
