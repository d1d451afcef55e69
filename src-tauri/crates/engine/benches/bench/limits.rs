//! What the machine and the libraries below us allow: the same bytes, the same rows, and nothing else done.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use rusqlite::{Connection, params};
use spanglass_trace::decode::{Budget, Received, otlp_protobuf};

use crate::load::Load;

/// Returns what the requests of a load hold.
pub(crate) fn received(load: &Load) -> Vec<Received> {
    let decode = |request| otlp_protobuf::traces(request, Budget::default()).expect("a valid request");
    load.requests().map(decode).collect()
}

/// Inserts the spans as they were sent, uncompressed, with nothing but their ids beside them: so many requests in one
/// transaction, as are under way at once.
pub(crate) fn insert(path: &Path, received: &[Received], at_once: usize) -> Result<Duration> {
    let mut conn = Connection::open(path)?;
    conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    conn.execute_batch(
        "PRAGMA synchronous = FULL;
         CREATE TABLE spans (id INTEGER PRIMARY KEY, trace_id BLOB, span_id BLOB, bytes BLOB);
         CREATE UNIQUE INDEX spans_by_id ON spans (trace_id, span_id);",
    )?;
    let start = Instant::now();
    for requests in received.chunks(at_once) {
        let transaction = conn.transaction()?;
        {
            let mut insert = transaction.prepare_cached("INSERT INTO spans VALUES (NULL, ?, ?, ?)")?;
            for span in requests.iter().flat_map(|request| &request.spans) {
                insert.execute(params![&span.span.trace_id.0[..], &span.span.span_id.0[..], &span.raw[..]])?;
            }
        }
        transaction.commit()?;
    }
    Ok(start.elapsed())
}

/// Writes the spans' bytes one after the other, with a sync for as many requests.
pub(crate) fn write(path: &Path, received: &[Received], at_once: usize) -> Result<Duration> {
    let mut file = File::create(path)?;
    let start = Instant::now();
    for requests in received.chunks(at_once) {
        for span in requests.iter().flat_map(|request| &request.spans) {
            file.write_all(&span.raw)?;
        }
        file.sync_data()?;
    }
    Ok(start.elapsed())
}
