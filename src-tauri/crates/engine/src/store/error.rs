//! Why a store cannot be opened, read or written, in sentences that say what to do.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another program has the data folder open for writing.
    #[error("{} is in use by another Spanglass; close that one, or choose another folder with --data-dir", .data_dir.display())]
    InUse {
        /// The folder.
        data_dir: PathBuf,
    },
    /// The database was written by a newer version; it was not touched.
    #[error(
        "{} was written by a newer Spanglass (schema {found}, this one knows {known}); update this one, or choose another folder with --data-dir",
        .path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema version.
        found: u32,
        /// The newest schema version this program knows.
        known: u32,
    },
    /// The database was written by an older version, and only reading was asked for.
    #[error("{} was written by an older Spanglass (schema {found}); start this one once to bring it up to date", .path.display())]
    Older {
        /// The database.
        path: PathBuf,
        /// Its schema version.
        found: u32,
    },
    /// There is no database to read.
    #[error("there are no traces yet: {} does not exist; start Spanglass, or name its folder with --data-dir", .path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The folder or the database cannot be used.
    #[error("{} cannot be used: {reason}", .path.display())]
    Unusable {
        /// The folder or file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The folder may be read and not written.
    #[error("{} cannot be written: {reason}", .path.display())]
    ReadOnly {
        /// The folder or a file in it.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// SQLite itself is too old to be trusted with the data.
    #[error("SQLite {found} has a bug that can lose data; 3.51.3 or newer is needed")]
    SqliteTooOld {
        /// Its version.
        found: String,
    },
}

impl StoreError {
    pub(super) fn unusable(path: &Path, reason: impl ToString) -> Self {
        Self::Unusable { path: path.to_owned(), reason: reason.to_string() }
    }
}

/// Why a store that is open did not do what it was asked to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No room on the disk, or the file may not grow.
    #[error("the disk is full or the database file may not grow; free some space, then sending again works")]
    Full,
    /// Another program keeps the database locked.
    #[error("another program keeps the database locked; close it, then sending again works")]
    Locked,
    /// The database is damaged.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// The store was closed, or opened for reading only.
    #[error("the store is closed for writing")]
    Closed,
    /// Anything else the disk or SQLite says.
    #[error("the database cannot be used: {0}")]
    Broken(String),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        let said = error.to_string();
        match error.sqlite_error().map(|e| (e.code, e.extended_code)) {
            Some((ErrorCode::DiskFull, _) | (ErrorCode::SystemIoFailure, rusqlite::ffi::SQLITE_IOERR_WRITE)) => {
                Self::Full
            }
            Some((ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _)) => Self::Locked,
            // Only closing interrupts.
            Some((ErrorCode::OperationInterrupted, _)) => Self::Closed,
            Some((ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase, _)) => Self::Damaged(said),
            _ => Self::Broken(said),
        }
    }
}
