//! What may be asked back on a receiving port: by a client that sent a trace, that trace. Whoever starts the listeners says how
//! it is answered; nothing here reads the store.

use std::collections::VecDeque;
use std::pin::Pin;

use bytes::Bytes;
use spanglass_trace::decode::Encoding;
use spanglass_trace::span::{LogRecord, Span, TraceId};

/// An answer to come, or in a sentence why there is none.
pub(crate) type Asked<T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send>>;

/// A page of traces, the newest first, each with where one begins that goes on behind it, and where the next one begins.
pub(crate) type Page = (VecDeque<(TraceId, String)>, Option<String>);

/// Looks at a log record and says whether it is asked for.
pub(crate) type Wanted = Box<dyn FnMut(&LogRecord) -> bool + Send>;

/// Says whether a span is one of those that are asked for.
pub(crate) type Ours = fn(&Span) -> bool;

/// What was kept.
pub(crate) trait Kept: Send + Sync {
    /// Returns those of a trace's log records that are wanted, in order; none when there is no such trace, `None` when they are more
    /// than `limit` bytes. One at a time is read, in the order they came: of the others nothing stays in memory.
    fn told(&self, trace: TraceId, limit: usize, wanted: Wanted) -> Asked<Option<Vec<LogRecord>>>;

    /// Returns those of a trace's spans that are `ours` as they were received; `None` when they are more than `limit` bytes.
    fn spans(&self, trace: TraceId, limit: usize, ours: Ours) -> Asked<Option<Vec<(Encoding, Bytes)>>>;

    /// Says whether a trace has spans or log records that are not `ours`.
    fn has_others(&self, trace: TraceId, ours: Ours, our_logs: fn(&LogRecord) -> bool) -> Asked<bool>;

    /// Returns traces of which a dialect of this name understood anything; `before` is where the last page ended.
    fn page(&self, dialect: &'static str, before: Option<String>) -> Asked<Page>;

    /// Deletes traces and returns how many there were.
    fn delete(&self, traces: Vec<TraceId>) -> Asked<u64>;
}
