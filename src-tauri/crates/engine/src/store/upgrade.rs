//! How a database of an older schema becomes one of today's: a copy is kept, then everything happens in one transaction.

use std::path::{Path, PathBuf};

use rusqlite::types::Value;
use rusqlite::{Connection, Row, TransactionBehavior};

use super::{aliases, codec, counters, logs, metrics, migrate, payloads, revisions, spans, traces};

/// Brings a database of schema 1 up to date. Returns where it is kept as it was.
///
/// Schema 1 had a payload for each span and log record, checked as a whole: each stays a block of its own. It did not
/// list traces of log records alone.
pub(super) fn from_1(conn: &mut Connection, database: &Path) -> rusqlite::Result<PathBuf> {
    let kept = copy(conn, database)?;
    let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(
        "DROP INDEX traces_listed; DROP INDEX traces_by_reading;
         DROP INDEX spans_by_trace; DROP INDEX logs_by_span; DROP INDEX revisions_by_span;
         ALTER TABLE traces RENAME TO old_traces; ALTER TABLE payloads RENAME TO old_payloads; ALTER TABLE spans RENAME TO old_spans;
         ALTER TABLE logs RENAME TO old_logs; ALTER TABLE revisions RENAME TO old_revisions;",
    )?;
    for table in
        [traces::TABLE, payloads::TABLE, spans::TABLE, logs::TABLE, revisions::TABLE, aliases::TABLE, metrics::TABLE]
    {
        transaction.execute_batch(table)?;
    }
    transaction.execute_batch(
        "INSERT INTO traces SELECT * FROM old_traces;
         INSERT INTO payloads SELECT id, codec, size, 0, bytes FROM old_payloads;",
    )?;
    for (select, insert) in [
        (
            "SELECT s.id, trace, span_id, ended, duplicates, reading, digest FROM old_spans s",
            "INSERT INTO spans (id, trace, span_id, ended, duplicates, reading, digest, envelope, payload, at, size, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
        ),
        (
            "SELECT s.id, trace, span_id FROM old_logs s",
            "INSERT INTO logs (id, trace, span_id, envelope, payload, at, size, sum) VALUES (?, ?, ?, ?, ?, 0, ?, ?)",
        ),
        (
            "SELECT s.id, span FROM old_revisions s",
            "INSERT INTO revisions (id, span, envelope, payload, at, size, sum) VALUES (?, ?, ?, ?, 0, ?, ?)",
        ),
    ] {
        move_rows(&transaction, select, insert)?;
    }
    transaction.execute_batch(
        "DROP TABLE old_traces; DROP TABLE old_payloads; DROP TABLE old_spans; DROP TABLE old_logs; DROP TABLE old_revisions;",
    )?;
    counters::count_traces(&transaction)?;
    migrate::mark(&transaction)?;
    transaction.commit()?;
    Ok(kept)
}

/// Copies the database beside itself. A copy that was not finished is none.
fn copy(conn: &Connection, database: &Path) -> rusqlite::Result<PathBuf> {
    let beside = |suffix: &str| {
        let mut name = database.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let (unfinished, kept) = (beside(".schema-1.part"), beside(".schema-1"));
    let _ = std::fs::remove_file(&unfinished);
    conn.execute("VACUUM INTO ?", [unfinished.to_string_lossy()])?;
    std::fs::rename(&unfinished, &kept).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))?;
    Ok(kept)
}

/// Moves rows that refer to a payload; `insert` takes what `select` names, then envelope, payload, size and checksum.
fn move_rows(conn: &Connection, select: &str, insert: &str) -> rusqlite::Result<()> {
    let (columns, table) = select.split_once(" FROM ").unwrap_or((select, ""));
    let mut select = conn.prepare(&format!(
        "{columns}, s.envelope, s.payload, p.codec, p.size, p.crc, p.bytes FROM {table} LEFT JOIN old_payloads p ON p.id = s.payload
         ORDER BY s.id"
    ))?;
    let own = select.column_count() - 6;
    let mut insert = conn.prepare(insert)?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        for column in 0..own + 2 {
            insert.raw_bind_parameter(column + 1, row.get::<_, Value>(column)?)?;
        }
        let (size, sum) = measure(row, own)?;
        insert.raw_bind_parameter(own + 3, size)?;
        insert.raw_bind_parameter(own + 4, sum)?;
        insert.raw_execute()?;
    }
    Ok(())
}

/// Returns size and checksum of a row's content. What was damaged gets a checksum that it does not have.
fn measure(row: &Row<'_>, at: usize) -> rusqlite::Result<(u32, u32)> {
    let envelope: i64 = row.get(at)?;
    let cells = row.get(at + 2).ok().zip(row.get(at + 3).ok()).zip(row.get(at + 4).ok()).zip(row.get(at + 5).ok());
    let Some((((codec, size), told), bytes)) = cells else { return Ok((0, !payloads::bind(0, envelope))) };
    let (codec, size, told, bytes): (u8, i64, u32, Vec<u8>) = (codec, size, told, bytes);
    let crc = crc32c::crc32c(&[codec]);
    let crc = crc32c::crc32c_append(crc, &size.to_le_bytes());
    let is_whole = payloads::bind(crc32c::crc32c_append(crc, &bytes), envelope) == told;
    let content = codec::decompress(codec, &bytes, size as usize, &[]).unwrap_or_default();
    let sum = payloads::bind(crc32c::crc32c(&content), envelope);
    Ok((content.len() as u32, if is_whole { sum } else { !sum }))
}
