//! How much there is, and the numbers that only ever grow. One row, written with every commit that changes anything.

use rusqlite::{Connection, params};

// The schema is compared word for word with what is in the file: its comments stay as they were first written.
pub(super) const TABLE: &str = "
CREATE TABLE counters (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    seq INTEGER NOT NULL,        -- the change sequence
    next_trace INTEGER NOT NULL, -- the id the next trace gets; never given twice
    traces INTEGER NOT NULL,     -- with at least one span
    spans INTEGER NOT NULL,
    logs INTEGER NOT NULL
);
INSERT INTO counters VALUES (1, 0, 1, 0, 0, 0);";

/// The counters as of a commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// The change sequence.
    pub seq: u64,
    pub(super) next_trace: i64,
    /// Traces with at least one span or log record.
    pub traces: u64,
    /// Spans.
    pub spans: u64,
    /// Log records.
    pub logs: u64,
}

pub(super) fn load(conn: &Connection) -> rusqlite::Result<Counters> {
    let mut select = conn.prepare_cached("SELECT seq, next_trace, traces, spans, logs FROM counters WHERE id = 1")?;
    select.query_row([], |row| {
        let count = |at| row.get::<_, i64>(at).map(|n| n.max(0) as u64);
        Ok(Counters { seq: count(0)?, next_trace: row.get(1)?, traces: count(2)?, spans: count(3)?, logs: count(4)? })
    })
}

pub(super) fn save(conn: &Connection, counters: &Counters) -> rusqlite::Result<()> {
    let Counters { seq, next_trace, traces, spans, logs } = *counters;
    let mut update = conn
        .prepare_cached("UPDATE counters SET seq = ?, next_trace = ?, traces = ?, spans = ?, logs = ? WHERE id = 1")?;
    update.execute(params![seq as i64, next_trace, traces as i64, spans as i64, logs as i64])?;
    Ok(())
}

/// Counts the traces again.
pub(super) fn count_traces(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute("UPDATE counters SET traces = (SELECT count(*) FROM traces WHERE trace_id IS NOT NULL)", [])?;
    Ok(())
}
