//! The schema, its version, and how a database of an older version becomes one of today's.
//!
//! `page_size` and `auto_vacuum` cannot be changed cheaply once a table is there, so they come first.

use rusqlite::{Connection, TransactionBehavior};

use super::{aliases, counters, envelopes, logs, metrics, payloads, revisions, spans, traces};

/// Says in the file's header that it is ours: "SPGL".
const APPLICATION_ID: u32 = 0x5350_474c;

/// The schema version this program writes. An older one is brought up to it (`upgrade.rs`).
pub(super) const SCHEMA: u32 = 2;

/// The size of a page of every database of ours.
pub(super) const PAGE_BYTES: usize = 4096;

const TABLES: [&str; 9] = [
    counters::TABLE,
    traces::TABLE,
    spans::TABLE,
    payloads::TABLE,
    envelopes::TABLE,
    logs::TABLE,
    revisions::TABLE,
    aliases::TABLE,
    metrics::TABLE,
];

/// What a database file turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// One without anything in it.
    Empty,
    /// One of ours, of this schema version.
    Ours(u32),
    /// One of another program.
    Foreign,
}

/// Looks at a database without changing it.
pub(super) fn inspect(conn: &Connection) -> rusqlite::Result<Found> {
    let number = |pragma: &str| conn.query_row(pragma, [], |row| row.get::<_, u32>(0));
    let application = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    Ok(match (application, tables) {
        (APPLICATION_ID, 1..) if version > 0 => Found::Ours(version),
        (0 | APPLICATION_ID, 0) => Found::Empty,
        _ => Found::Foreign,
    })
}

/// Sets what must be set before the first table is there. Has no effect on a database that has tables.
pub(super) fn prepare(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute_batch(&format!("PRAGMA page_size = {PAGE_BYTES}; PRAGMA auto_vacuum = INCREMENTAL;"))
}

/// Makes the tables of a new database.
pub(super) fn create(conn: &mut Connection) -> rusqlite::Result<()> {
    let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    TABLES.iter().try_for_each(|table| transaction.execute_batch(table))?;
    mark(&transaction)?;
    transaction.commit()
}

/// Says in the file whose it is and what schema it has.
pub(super) fn mark(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute_batch(&format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA};"))
}

/// Says whether tables and indexes are, word for word, those [`create`] makes: the schema is text in the file, and damage to
/// it may still be SQL.
pub(super) fn is_whole(conn: &Connection) -> rusqlite::Result<bool> {
    let schema = |conn: &Connection| {
        let mut select = conn.prepare("SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY 1")?;
        select.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()
    };
    let fresh = Connection::open_in_memory()?;
    TABLES.iter().try_for_each(|table| fresh.execute_batch(table))?;
    Ok(schema(conn)? == schema(&fresh)?)
}

/// Reads a row of every table that is written to, so that a damaged one shows at the start.
pub(super) fn probe(conn: &Connection) -> rusqlite::Result<()> {
    counters::load(conn)?;
    payloads::next_id(conn)?;
    traces::page(conn, None, 1)?;
    traces::stale(conn, 0, 1)?;
    traces::detached(conn, 1)?;
    spans::probe(conn)?;
    logs::probe(conn)?;
    aliases::probe(conn)?;
    metrics::probe(conn)
}
