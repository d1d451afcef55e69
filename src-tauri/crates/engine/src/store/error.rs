//! Why a store cannot be opened.

use std::path::PathBuf;

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
    #[error("{} was written by a newer Spanglass (schema {found}, this one knows {known}); update this one, or choose another folder with --data-dir", .path.display())]
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
    /// SQLite itself is too old to be trusted with the data.
    #[error("SQLite {found} has a bug that can lose data; 3.51.3 or newer is needed")]
    SqliteTooOld {
        /// Its version.
        found: String,
    },
}
