//! What may be asked back on a receiving port: by a client that sent a trace, that trace. Whoever starts the listeners says how
//! it is answered; nothing here reads the store.

use std::pin::Pin;

use bytes::Bytes;
use spanglass_trace::decode::Encoding;
use spanglass_trace::span::{LogRecord, TraceId};

/// An answer to come, or in a sentence why there is none.
pub(crate) type Asked<T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send>>;

/// A page of traces, the newest first, and where the next one begins.
pub(crate) type Page = (Vec<TraceId>, Option<String>);

/// What was kept.
pub(crate) trait Kept: Send + Sync {
    /// Returns a trace's log records in order; `None` when there is no such trace.
    fn told(&self, trace: TraceId) -> Asked<Option<Vec<LogRecord>>>;

    /// Returns a trace's spans as they were received; `None` when they are more than `limit` bytes.
    fn spans(&self, trace: TraceId, limit: usize) -> Asked<Option<Vec<(Encoding, Bytes)>>>;

    /// Returns traces of which a dialect of this name understood anything; `before` is where the last page ended.
    fn page(&self, dialect: &'static str, before: Option<String>) -> Asked<Page>;

    /// Deletes traces and returns how many there were.
    fn delete(&self, traces: Vec<TraceId>) -> Asked<u64>;
}
