//! How connections are made, and the pool of those that read.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{Fault, StoreError, files};

/// Readers that are kept open.
const IDLE_READERS: usize = 4;

/// The write-ahead log is cut to this many bytes when it starts anew.
const WAL_LIMIT: u64 = 64 << 20;

/// Below this version a checkpoint that meets a write can lose pages (sqlite.org/wal.html, "the WAL-reset bug").
const OLDEST_SQLITE: i32 = 3_051_003;

/// Refuses an SQLite that cannot be trusted with the data.
pub(super) fn check_sqlite() -> Result<(), StoreError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(StoreError::SqliteTooOld { found: rusqlite::version().to_owned() });
    }
    Ok(())
}

/// Opens the one connection that writes, without touching what is in the file.
pub(super) fn writer(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(Duration::from_secs(5))?;
    distrust(&conn)?;
    Ok(conn)
}

/// Makes commits last: write-ahead log, synced before a commit is answered.
pub(super) fn make_durable(conn: &Connection) -> rusqlite::Result<()> {
    conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    // The writer copies the log into the database itself, between commits; SQLite's own threshold is for when that fails.
    conn.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA cache_size = -16000; PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 16000;",
    )?;
    conn.query_row(&format!("PRAGMA journal_size_limit = {WAL_LIMIT}"), [], |_| Ok(()))?;
    // Only F_FULLFSYNC reaches the platter of a Mac.
    #[cfg(target_os = "macos")]
    conn.execute_batch("PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;")?;
    conn.set_prepared_statement_cache_capacity(64);
    Ok(())
}

/// Returns how many bytes the write-ahead log may keep: no more than a part of what the database may take.
pub(super) fn log_limit(max_bytes: Option<u64>) -> u64 {
    max_bytes.map_or(WAL_LIMIT, |max| (max / 16).clamp(256 << 10, WAL_LIMIT))
}

/// Bounds the write-ahead log.
pub(super) fn bound_log(conn: &Connection, max_bytes: Option<u64>) -> rusqlite::Result<()> {
    let limit = log_limit(max_bytes);
    conn.query_row(&format!("PRAGMA journal_size_limit = {limit}"), [], |_| Ok(()))
}

/// The file may have been written by anybody (sqlite.org/security.html).
fn distrust(conn: &Connection) -> rusqlite::Result<()> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    // Else a statement is planned again for each value that is bound to it.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;")?;
    conn.query_row("PRAGMA mmap_size = 0", [], |_| Ok(()))
}

fn reader(path: &Path) -> rusqlite::Result<Connection> {
    // Reading a write-ahead log takes a place in the shared-memory file beside it; no page of the database is written.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_with_flags(path, flags)?;
    if needs_what_it_cannot_make(&conn) && files::log_size(path) == 0 {
        // In a folder nobody may write to, without a log to read, the file is what it is.
        let name = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
        conn = Connection::open_with_flags(format!("file:{name}?immutable=1"), flags | OpenFlags::SQLITE_OPEN_URI)?;
    }
    conn.busy_timeout(Duration::from_secs(2))?;
    distrust(&conn)?;
    conn.set_prepared_statement_cache_capacity(32);
    Ok(conn)
}

/// Says whether the file beside the log is missing and cannot be made.
fn needs_what_it_cannot_make(conn: &Connection) -> bool {
    let read = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
    let code = read.err().and_then(|error| error.sqlite_error_code());
    matches!(code, Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

/// Lets go of the pages a connection keeps in memory.
pub(super) fn shrink(conn: &Connection) {
    if let Err(error) = conn.execute_batch("PRAGMA shrink_memory") {
        tracing::debug!(%error, "pages stay in memory");
    }
}

/// Connections that read. As many as are asked for at once; a few are kept.
pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    /// Held for reading by every read, for writing while the file is exchanged or closed.
    gate: RwLock<bool>,
}

impl Readers {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, idle: Mutex::new(Vec::new()), gate: RwLock::new(true) }
    }

    pub(super) fn read<T>(&self, ask: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, Fault> {
        let open = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        if !*open {
            return Err(Fault::Closed);
        }
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let conn = match idle {
            Some(conn) => conn,
            None => reader(&self.path)?,
        };
        let answer = ask(&conn)?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_READERS {
            idle.push(conn);
        }
        Ok(answer)
    }

    /// Lets go of what those that are idle keep in memory.
    pub(super) fn shrink(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(shrink);
    }

    /// Waits for the reads under way, closes every connection and does something before the next read.
    pub(super) fn without<T>(&self, act: impl FnOnce() -> T) -> T {
        let _closed = self.gate.write().unwrap_or_else(PoisonError::into_inner);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
        act()
    }

    /// Lets no further read begin and closes every connection.
    pub(super) fn close(&self) {
        *self.gate.write().unwrap_or_else(PoisonError::into_inner) = false;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
