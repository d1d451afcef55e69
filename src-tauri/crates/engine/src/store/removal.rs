//! Deleting what belongs to traces that were taken out of the list, in slices that do not hold up what arrives.

use rusqlite::{Connection, TransactionBehavior};

use super::{logs, payloads, revisions, spans, traces};

/// How many spans (or log records) are deleted at once.
const SLICE: u32 = 250;

/// How many pages are given back to the file system at once.
const PAGES: u32 = 500;

/// Deletes a slice of a detached trace; says whether nothing of it is left.
pub(super) fn delete_slice(conn: &mut Connection, trace: i64) -> rusqlite::Result<bool> {
    let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let some = spans::some(&transaction, trace, SLICE)?;
    for (span, payload) in &some {
        revisions::delete_of_span(&transaction, *span)?;
        payloads::delete(&transaction, *payload)?;
        spans::delete(&transaction, *span)?;
    }
    let deleted = some.len() + if some.is_empty() { logs::delete_some(&transaction, trace, SLICE)? } else { 0 };
    if deleted == 0 {
        traces::delete(&transaction, trace)?;
    }
    transaction.commit()?;
    Ok(deleted == 0)
}

/// Gives some free pages back to the file system; says whether more are free.
pub(super) fn shrink(conn: &Connection) -> rusqlite::Result<bool> {
    let free = |conn: &Connection| conn.query_row("PRAGMA freelist_count", [], |row| row.get::<_, u32>(0));
    let before = free(conn)?;
    if before > 0 {
        conn.execute_batch(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
    }
    let after = free(conn)?;
    // Without progress (a database made without auto-vacuum) there is nothing to wait for.
    Ok(0 < after && after < before)
}

/// Returns how many bytes of the database hold something.
pub(super) fn used_bytes(conn: &Connection) -> rusqlite::Result<u64> {
    let number = |pragma: &str| conn.query_row(pragma, [], |row| row.get::<_, i64>(0)).map(|n| n.max(0) as u64);
    let pages = number("PRAGMA page_count")?.saturating_sub(number("PRAGMA freelist_count")?);
    Ok(pages * number("PRAGMA page_size")?)
}
