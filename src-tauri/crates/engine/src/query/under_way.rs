//! How far the reading of traces is that are being opened: whoever waits for a large one is told.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use serde::{Deserialize, Serialize};
use spanglass_trace::span::TraceId;
use ts_rs::TS;

/// How far the reading of a trace is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReadSoFar {
    /// Spans that were read.
    #[ts(type = "number")]
    pub read: u64,
    /// Spans that are to be read, those included.
    #[ts(type = "number")]
    pub of: u64,
}

/// The traces that are being read.
#[derive(Default)]
pub(super) struct UnderWay {
    traces: Mutex<BTreeMap<TraceId, Weak<Spans>>>,
}

/// The spans of a trace that is being read, for as long as this is held.
pub(super) struct Spans {
    read: AtomicU64,
    of: u64,
}

impl Spans {
    /// Notes that one more was read.
    pub(super) fn pass(&self) {
        self.read.fetch_add(1, Ordering::Relaxed);
    }
}

impl UnderWay {
    /// Begins to read a trace of so many spans.
    pub(super) fn begin(&self, trace_id: TraceId, of: u64) -> Arc<Spans> {
        let spans = Arc::new(Spans { read: AtomicU64::new(0), of });
        let mut traces = self.traces.lock().unwrap_or_else(PoisonError::into_inner);
        traces.retain(|_, spans| spans.strong_count() > 0);
        traces.insert(trace_id, Arc::downgrade(&spans));
        spans
    }

    /// Returns how far a trace is; `None` when it is not being read.
    pub(super) fn of(&self, trace_id: TraceId) -> Option<ReadSoFar> {
        let traces = self.traces.lock().unwrap_or_else(PoisonError::into_inner);
        let spans = traces.get(&trace_id)?.upgrade()?;
        Some(ReadSoFar { read: spans.read.load(Ordering::Relaxed).min(spans.of), of: spans.of })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_under_way_while_it_is_read() {
        let (all, trace_id) = (UnderWay::default(), TraceId([1; 16]));
        assert_eq!(all.of(trace_id), None);
        let spans = all.begin(trace_id, 2);
        spans.pass();
        assert_eq!(all.of(trace_id), Some(ReadSoFar { read: 1, of: 2 }));
        drop(spans);
        assert_eq!(all.of(trace_id), None);
    }
}
