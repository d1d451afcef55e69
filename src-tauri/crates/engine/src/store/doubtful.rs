//! Envelopes that may be named by nothing: those of what was deleted. To find which of them nothing names, spans, revisions and
//! log records are gone through from the latest on, in slices; most are found at once, and what is left is deleted.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

/// How many rows are looked at in one go, and how many envelopes are deleted.
const ROWS: usize = 5_000;
const SLICE: usize = 500;

/// So many are kept in mind at most. A further one is found again when it is looked for after a start.
const MOST: usize = 200_000;

/// The tables that name envelopes, in the order in which they are gone through: what a span was goes from the first to the second.
const TABLES: [&str; 3] = ["spans", "revisions", "logs"];

/// Envelopes in doubt, and the search for what names them.
#[derive(Default)]
pub(super) struct Doubtful {
    /// Those that something deleted named, and how many bytes each takes.
    ids: HashMap<i64, u64>,
    bytes: u64,
    /// Whether what was deleted before the start is in doubt too.
    is_whole: bool,
    sweep: Option<Sweep>,
}

/// A search under way.
struct Sweep {
    /// Those that nothing was found to name so far.
    ids: HashMap<i64, u64>,
    /// The place in [`TABLES`]; behind the last one what is left is deleted.
    table: usize,
    /// From here on it was looked.
    before: i64,
}

impl Doubtful {
    /// Says that something that named an envelope was deleted.
    pub(super) fn doubt(&mut self, conn: &Connection, id: i64) -> rusqlite::Result<()> {
        if self.ids.len() < MOST && !self.ids.contains_key(&id) {
            let mut select =
                conn.prepare_cached("SELECT length(resource) + length(scope) FROM envelopes WHERE id = ?")?;
            if let Some(bytes) = select.query_row([id], |row| row.get::<_, i64>(0)).optional()? {
                self.add(id, bytes);
            }
        }
        Ok(())
    }

    fn add(&mut self, id: i64, bytes: i64) {
        let bytes = bytes.max(0) as u64;
        self.bytes += bytes;
        self.ids.insert(id, bytes);
    }

    /// Says that something new names an envelope.
    pub(super) fn trust(&mut self, id: i64) {
        if let Some(sweep) = &mut self.sweep {
            sweep.ids.remove(&id);
        }
        if let Some(bytes) = self.ids.remove(&id) {
            self.bytes -= bytes;
        }
    }

    /// Says whether a search is under way.
    pub(super) fn is_sweeping(&self) -> bool {
        self.sweep.is_some()
    }

    /// Begins a search when those in doubt take `bytes` or more, or are too many; says whether it does.
    pub(super) fn sweep(&mut self, conn: &Connection, bytes: u64) -> rusqlite::Result<bool> {
        if self.is_sweeping() {
            return Ok(false);
        }
        if !self.is_whole {
            let mut select = conn.prepare("SELECT id, length(resource) + length(scope) FROM envelopes LIMIT ?")?;
            let mut rows = select.query([MOST as i64])?;
            while let Some(row) = rows.next()? {
                let id = row.get(0)?;
                if !self.ids.contains_key(&id) {
                    self.add(id, row.get(1)?);
                }
            }
            self.is_whole = true;
        }
        if self.ids.is_empty() || (self.bytes < bytes && self.ids.len() < MOST) {
            return Ok(false);
        }
        self.bytes = 0;
        self.sweep = Some(Sweep { ids: std::mem::take(&mut self.ids), table: 0, before: i64::MAX });
        Ok(true)
    }

    /// Goes on with the search; says how many envelopes were deleted with this step.
    pub(super) fn step(&mut self, conn: &mut Connection) -> rusqlite::Result<usize> {
        let Some(sweep) = &mut self.sweep else { return Ok(0) };
        let mut looked = 0;
        while looked < ROWS
            && !sweep.ids.is_empty()
            && let Some(table) = TABLES.get(sweep.table)
        {
            looked += sweep.look(conn, table)?;
        }
        let deleted = if sweep.table < TABLES.len() { 0 } else { sweep.delete(conn)? };
        if sweep.ids.is_empty() {
            self.sweep = None;
        }
        Ok(deleted)
    }

    /// Gives a search up; what it was for stays in doubt.
    pub(super) fn give_up(&mut self) {
        if let Some(sweep) = self.sweep.take() {
            self.bytes += sweep.ids.values().sum::<u64>();
            self.ids.extend(sweep.ids);
        }
    }
}

impl Sweep {
    /// Looks at rows of a table, and goes on to the next when there are no more; says how many they were.
    fn look(&mut self, conn: &Connection, table: &str) -> rusqlite::Result<usize> {
        let mut select = conn.prepare_cached(&format!(
            "SELECT id, envelope FROM {table} NOT INDEXED WHERE id < ? ORDER BY id DESC LIMIT {ROWS}"
        ))?;
        let mut rows = select.query([self.before])?;
        let mut looked = 0;
        while let Some(row) = rows.next()?
            && !self.ids.is_empty()
        {
            self.before = row.get(0)?;
            self.ids.remove(&row.get(1)?);
            looked += 1;
        }
        if looked < ROWS {
            self.table += 1;
            self.before = i64::MAX;
        }
        Ok(looked)
    }

    fn delete(&mut self, conn: &mut Connection) -> rusqlite::Result<usize> {
        let some: Vec<i64> = self.ids.keys().copied().take(SLICE).collect();
        let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut deleted = 0;
        for id in &some {
            // The latest stays: its id would be given again, and whoever has read a span's row would take another for it.
            let delete = "DELETE FROM envelopes WHERE id = ? AND id < (SELECT max(id) FROM envelopes)";
            deleted += transaction.prepare_cached(delete)?.execute([id])?;
        }
        transaction.commit()?;
        some.iter().for_each(|id| _ = self.ids.remove(id));
        Ok(deleted)
    }
}
