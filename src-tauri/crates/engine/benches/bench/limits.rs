//! What the machine and the libraries below us allow: the same bytes, the same rows, and nothing else done.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};
use spanglass_trace::decode::Received;

/// A row as it is stored.
pub(crate) struct Row {
    trace: i64,
    span_id: i64,
    size: usize,
    bytes: Vec<u8>,
    digest: Vec<u8>,
}

/// Packs spans as the store does; not part of what is measured.
pub(crate) fn rows(trace: usize, received: &Received) -> Vec<Row> {
    let spans = received.spans.iter().map(|received| Row {
        trace: trace as i64 + 1,
        span_id: i64::from_be_bytes(received.span.span_id.0),
        size: received.raw.len(),
        bytes: zstd::bulk::compress(&received.raw, 1).expect("memory to compress"),
        digest: vec![b'x'; 300],
    });
    spans.collect()
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let conn = Connection::open(path)?;
    conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    conn.execute_batch(
        "PRAGMA synchronous = FULL;
         CREATE TABLE payloads (id INTEGER PRIMARY KEY, codec INTEGER, size INTEGER, crc INTEGER, bytes BLOB);
         CREATE TABLE spans (id INTEGER PRIMARY KEY, trace INTEGER, span_id INTEGER, envelope INTEGER, payload INTEGER, digest BLOB);
         CREATE UNIQUE INDEX spans_by_id ON spans (trace, span_id);",
    )?;
    Ok(conn)
}

/// Inserts rows in one transaction per batch, and leaves the database there.
pub(crate) fn insert(path: &Path, batches: &[Vec<Row>]) -> rusqlite::Result<Duration> {
    let mut conn = open(path)?;
    let start = Instant::now();
    let mut id = 0_i64;
    for batch in batches {
        let transaction = conn.transaction()?;
        {
            let mut payload = transaction.prepare_cached("INSERT INTO payloads VALUES (?, 1, ?, 0, ?)")?;
            let mut span = transaction.prepare_cached("INSERT INTO spans VALUES (?, ?, ?, 1, ?, ?)")?;
            for row in batch {
                id += 1;
                payload.execute(params![id, row.size as i64, row.bytes])?;
                span.execute(params![id, row.trace, row.span_id, id, row.digest])?;
            }
        }
        transaction.commit()?;
    }
    Ok(start.elapsed())
}

/// Reads all payloads of each trace and decompresses them.
pub(crate) fn read(path: &Path, traces: usize) -> rusqlite::Result<Duration> {
    let conn = Connection::open(path)?;
    let start = Instant::now();
    let mut select = conn.prepare(
        "SELECT size, bytes FROM spans JOIN payloads ON payloads.id = spans.payload WHERE trace = ? ORDER BY spans.id",
    )?;
    for trace in 1..=traces as i64 {
        let mut rows = select.query([trace])?;
        while let Some(row) = rows.next()? {
            let (size, bytes): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
            std::hint::black_box(zstd::bulk::decompress(&bytes, size as usize).expect("what was compressed"));
        }
    }
    Ok(start.elapsed())
}

/// Writes the bytes of the rows one after the other, with a sync for each batch.
pub(crate) fn write(path: &Path, batches: &[Vec<Row>]) -> std::io::Result<Duration> {
    let mut file = File::create(path)?;
    let start = Instant::now();
    for batch in batches {
        for row in batch {
            file.write_all(&row.bytes)?;
            file.write_all(&row.digest)?;
        }
        file.sync_data()?;
    }
    Ok(start.elapsed())
}
