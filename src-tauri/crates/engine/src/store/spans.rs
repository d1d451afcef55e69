//! One row per span: where its bytes are, and the digest that was made of them. Rows are appended as spans arrive; a span's
//! name within its trace is a unique index.

use rusqlite::{Connection, OptionalExtension, params};
use spanglass_trace::span::SpanId;

use super::RemadeDigest;
use super::payloads::Place;

pub(super) const TABLE: &str = "
CREATE TABLE spans (
    id INTEGER PRIMARY KEY,
    trace INTEGER NOT NULL,      -- traces.id
    span_id INTEGER NOT NULL,    -- its eight bytes, big-endian
    envelope INTEGER NOT NULL,   -- envelopes.id
    payload INTEGER NOT NULL,    -- payloads.id
    at INTEGER NOT NULL,         -- where its bytes begin in the payload
    size INTEGER NOT NULL,       -- how many there are
    sum INTEGER NOT NULL,        -- CRC32C of them and of the envelope's id, eight bytes, little-endian
    ended INTEGER NOT NULL,      -- whether it has an end time
    duplicates INTEGER NOT NULL, -- how many further times it was received
    reading INTEGER NOT NULL,    -- the reading version of the digest; 0 = it must be made again
    digest BLOB NOT NULL         -- sealed
);
CREATE UNIQUE INDEX spans_by_trace ON spans (trace, span_id);";

/// A span's row without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanRecord {
    /// Its place in the order of arrival.
    pub id: i64,
    /// The span.
    pub span_id: SpanId,
    /// How many further times it was received.
    pub duplicates: u32,
    /// The reading version of the digest; 0 or less = what the span means changed since, and it must be made again.
    pub reading: i64,
    /// The digest, sealed.
    pub digest: Vec<u8>,
    /// Its envelope.
    pub envelope: i64,
    /// Where its bytes are.
    pub payload: Place,
}

/// Returns a span id as SQLite keeps it.
pub(super) fn key(span_id: SpanId) -> i64 {
    i64::from_be_bytes(span_id.0)
}

/// Returns the span id SQLite keeps as this number.
pub(super) fn from_key(key: i64) -> SpanId {
    SpanId(key.to_be_bytes())
}

/// A span to be stored.
pub(super) struct Row<'a> {
    pub(super) trace: i64,
    pub(super) span_id: SpanId,
    pub(super) envelope: i64,
    pub(super) place: Place,
    pub(super) ended: u64,
    pub(super) reading: u32,
    pub(super) digest: &'a [u8],
}

/// Stores a span that is not there yet; says whether it was not.
pub(super) fn insert(conn: &Connection, row: &Row<'_>) -> rusqlite::Result<bool> {
    let mut insert = conn.prepare_cached(
        "INSERT INTO spans (trace, span_id, envelope, payload, at, size, sum, ended, duplicates, reading, digest)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?) ON CONFLICT (trace, span_id) DO NOTHING",
    )?;
    let Row { trace, span_id, envelope, place, ended, reading, digest } = *row;
    let Place { payload, at, size, sum } = place;
    let row = params![trace, key(span_id), envelope, payload, at, size, sum, to_number(ended), reading, digest];
    Ok(insert.execute(row)? == 1)
}

/// What must be known of a stored span when it arrives again.
pub(super) struct Stored {
    pub(super) id: i64,
    pub(super) envelope: i64,
    pub(super) place: Place,
    /// When it ended; 0 = not yet, 1 = it is not known when.
    pub(super) ended: u64,
    pub(super) duplicates: i64,
}

impl Stored {
    /// Says whether it is what is shown when a row comes later: it ended later, or at the same time and is larger.
    pub(super) fn outranks(&self, row: &Row<'_>) -> bool {
        (self.ended, self.place.size) > (row.ended, row.place.size)
    }

    /// Says whether it may be what a row is: sizes and checksums are the same.
    pub(super) fn may_be(&self, row: &Row<'_>) -> bool {
        let Place { size, sum, .. } = self.place;
        (self.envelope, size, sum) == (row.envelope, row.place.size, row.place.sum)
    }
}

/// Returns when a span ended as SQLite keeps it.
fn to_number(ended: u64) -> i64 {
    ended.min(i64::MAX as u64) as i64
}

pub(super) fn stored(conn: &Connection, trace: i64, span_id: SpanId) -> rusqlite::Result<Stored> {
    let mut select = conn.prepare_cached(
        "SELECT id, envelope, payload, at, size, sum, ended, duplicates FROM spans WHERE trace = ? AND span_id = ?",
    )?;
    select.query_row(params![trace, key(span_id)], |row| {
        let ended = row.get::<_, i64>(6)?.max(0) as u64;
        let (id, envelope, place, duplicates) = (row.get(0)?, row.get(1)?, place(row, 2)?, row.get(7)?);
        Ok(Stored { id, envelope, place, ended, duplicates })
    })
}

pub(super) fn count_duplicate(conn: &Connection, id: i64) -> rusqlite::Result<()> {
    conn.prepare_cached("UPDATE spans SET duplicates = duplicates + 1 WHERE id = ?")?.execute([id])?;
    Ok(())
}

/// Points a span at other bytes.
pub(super) fn replace(conn: &Connection, id: i64, row: &Row<'_>) -> rusqlite::Result<()> {
    let mut update = conn.prepare_cached(
        "UPDATE spans SET envelope = ?, payload = ?, at = ?, size = ?, sum = ?, ended = ?, reading = ?, digest = ? WHERE id = ?",
    )?;
    let Row { envelope, place: Place { payload, at, size, sum }, ended, reading, digest, .. } = *row;
    update.execute(params![envelope, payload, at, size, sum, to_number(ended), reading, digest, id])?;
    Ok(())
}

/// Marks a span's digest as one to be made again, if the span is there. Every mark is another one, so that a digest that is
/// being made meanwhile is not kept ([`save_digest`]).
pub(super) fn outdate(conn: &Connection, trace: i64, span_id: SpanId) -> rusqlite::Result<()> {
    let mut update = conn.prepare_cached(
        "UPDATE spans SET reading = CASE WHEN reading > 0 THEN 0 ELSE reading - 1 END WHERE trace = ? AND span_id = ?",
    )?;
    update.execute(params![trace, key(span_id)])?;
    Ok(())
}

/// Keeps a digest that was made again, if the span is as it was when the digest was made: not deleted, not replaced, and no
/// log record of it arrived.
pub(super) fn save_digest(conn: &Connection, reading: u32, remade: &RemadeDigest) -> rusqlite::Result<()> {
    let mut update = conn.prepare_cached(
        "UPDATE spans SET reading = ?, digest = ? WHERE id = ? AND payload = ? AND at = ? AND reading = ?",
    )?;
    let RemadeDigest { span, payload: Place { payload, at, .. }, was_reading, digest } = remade;
    update.execute(params![reading, digest, span, payload, at, was_reading])?;
    Ok(())
}

/// Returns spans of a trace by span id, those after `after`; callers that need the order of arrival sort by [`SpanRecord::id`].
pub(super) fn page(
    conn: &Connection,
    trace: i64,
    after: Option<SpanId>,
    limit: u32,
) -> rusqlite::Result<Vec<SpanRecord>> {
    let mut select = conn.prepare_cached(
        "SELECT id, span_id, duplicates, reading, digest, envelope, payload, at, size, sum FROM spans
         WHERE trace = ?1 AND span_id >= ?2 ORDER BY span_id LIMIT ?3",
    )?;
    let Some(from) = after.map_or(Some(i64::MIN), |after| key(after).checked_add(1)) else { return Ok(Vec::new()) };
    select.query_map(params![trace, from, limit], record)?.collect()
}

/// Returns the span of a trace that stands `places` after `from` (`None` = its first) by span id; `None` when there are not so
/// many. The spans themselves are not looked at.
pub(super) fn further(
    conn: &Connection,
    trace: i64,
    from: Option<SpanId>,
    places: u32,
) -> rusqlite::Result<Option<SpanId>> {
    let mut select = conn.prepare_cached(
        "SELECT span_id FROM spans WHERE trace = ?1 AND span_id >= ?2 ORDER BY span_id LIMIT 1 OFFSET ?3",
    )?;
    select.query_row(params![trace, from.map_or(i64::MIN, key), places], |row| Ok(from_key(row.get(0)?))).optional()
}

/// Calls `each` with span, digest (sealed), its reading version and the envelope of each span of a trace by span id, from
/// `from` (`None` = the first) up to and without `until` (`None` = to the last).
pub(super) fn each_digest(
    conn: &Connection,
    trace: i64,
    from: Option<SpanId>,
    until: Option<SpanId>,
    mut each: impl FnMut(SpanId, &[u8], i64, i64),
) -> rusqlite::Result<()> {
    let mut select = conn.prepare_cached(
        "SELECT span_id, digest, reading, envelope FROM spans WHERE trace = ?1 AND span_id BETWEEN ?2 AND ?3",
    )?;
    // A span before the first of all keys is none: an end there leaves nothing.
    let Some(last) = until.map_or(Some(i64::MAX), |until| key(until).checked_sub(1)) else { return Ok(()) };
    let mut rows = select.query(params![trace, from.map_or(i64::MIN, key), last])?;
    while let Some(row) = rows.next()? {
        each(from_key(row.get(0)?), row.get_ref(1)?.as_blob().unwrap_or_default(), row.get(2)?, row.get(3)?);
    }
    Ok(())
}

/// Returns one span of a trace.
pub(super) fn one(conn: &Connection, trace: i64, span_id: SpanId) -> rusqlite::Result<Option<SpanRecord>> {
    let mut select = conn.prepare_cached(
        "SELECT id, span_id, duplicates, reading, digest, envelope, payload, at, size, sum FROM spans
         WHERE trace = ? AND span_id = ?",
    )?;
    select.query_row(params![trace, key(span_id)], record).optional()
}

fn record(row: &rusqlite::Row<'_>) -> rusqlite::Result<SpanRecord> {
    Ok(SpanRecord {
        id: row.get(0)?,
        span_id: from_key(row.get(1)?),
        duplicates: row.get::<_, i64>(2)?.clamp(0, i64::from(u32::MAX)) as u32,
        reading: row.get(3)?,
        digest: row.get(4)?,
        envelope: row.get(5)?,
        payload: place(row, 6)?,
    })
}

/// Reads a place from four columns. What a damaged cell holds is no place: nothing is found there.
pub(super) fn place(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<Place> {
    let number = |n: usize| row.get::<_, i64>(at + n).map(|number| u32::try_from(number).unwrap_or(u32::MAX));
    Ok(Place { payload: row.get(at)?, at: number(1)?, size: number(2)?, sum: number(3)? })
}

/// Returns ids, payloads and envelopes of at most `limit` spans of a trace.
pub(super) fn some(conn: &Connection, trace: i64, limit: u32) -> rusqlite::Result<Vec<(i64, i64, i64)>> {
    let mut select = conn.prepare_cached("SELECT id, payload, envelope FROM spans WHERE trace = ? LIMIT ?")?;
    select.query_map(params![trace, limit], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
}

pub(super) fn delete(conn: &Connection, id: i64) -> rusqlite::Result<()> {
    conn.prepare_cached("DELETE FROM spans WHERE id = ?")?.execute([id])?;
    Ok(())
}

/// Says whether a table that cannot be read fails here and not at the first insert.
pub(super) fn probe(conn: &Connection) -> rusqlite::Result<()> {
    conn.query_row("SELECT id FROM spans ORDER BY id DESC LIMIT 1", [], |_| Ok(())).optional()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_span_id_survives() {
        for id in [[1; 8], [0xff; 8], [0x80, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 1]] {
            assert_eq!(from_key(key(SpanId(id))), SpanId(id));
        }
    }
}
