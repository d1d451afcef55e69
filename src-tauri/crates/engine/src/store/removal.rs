//! Deleting what belongs to traces that were taken out of the list, in slices that do not hold up what arrives.

use std::collections::{BTreeSet, VecDeque};

use rusqlite::{Connection, TransactionBehavior};

use super::{logs, payloads, revisions, spans, traces};

/// How many spans and log records are deleted at once.
const SLICE: u32 = 500;

/// How many pages are given back to the file system at once.
const PAGES: u32 = 500;

/// Deletes a slice of detached traces, the first ones first. Those of which nothing is left are no longer in `detached`
/// afterwards. Returns the envelopes of what was deleted.
pub(super) fn delete_slice(conn: &mut Connection, detached: &mut VecDeque<i64>) -> rusqlite::Result<BTreeSet<i64>> {
    let mut envelopes = BTreeSet::new();
    let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (mut left, mut finished) = (SLICE, 0);
    for trace in detached.iter() {
        // A trace costs something even when it is small.
        left = left.saturating_sub(1 + delete_some(&transaction, *trace, left, &mut envelopes)?);
        if left == 0 {
            break;
        }
        traces::delete(&transaction, *trace)?;
        finished += 1;
    }
    transaction.commit()?;
    detached.drain(..finished);
    Ok(envelopes)
}

/// Deletes at most `limit` spans and log records of a trace and says how many.
fn delete_some(conn: &Connection, trace: i64, limit: u32, envelopes: &mut BTreeSet<i64>) -> rusqlite::Result<u32> {
    let some = spans::some(conn, trace, limit)?;
    for (span, _, envelope) in &some {
        envelopes.insert(*envelope);
        envelopes.extend(revisions::delete_of_span(conn, *span)?);
        spans::delete(conn, *span)?;
    }
    // Spans that arrived together share one; nobody reads those of it that are deleted later.
    let payloads: BTreeSet<i64> = some.iter().map(|(_, payload, _)| *payload).collect();
    payloads.into_iter().try_for_each(|payload| payloads::delete(conn, payload))?;
    let spans = some.len() as u32;
    let logs = logs::delete_some(conn, trace, limit - spans)?;
    envelopes.extend(&logs);
    Ok(spans + logs.len() as u32)
}

/// Gives some free pages back to the file system; says whether more are free.
pub(super) fn shrink(conn: &Connection) -> rusqlite::Result<bool> {
    let free = |conn: &Connection| conn.query_row("PRAGMA freelist_count", [], |row| row.get::<_, u32>(0));
    let before = free(conn)?;
    if before > 0 {
        // It answers with a row for each page, and goes on when the next is asked for.
        let mut vacuum = conn.prepare(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
        let mut pages = vacuum.query([])?;
        while pages.next()?.is_some() {}
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
