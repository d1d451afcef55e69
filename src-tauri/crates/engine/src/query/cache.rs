//! Traces that were opened lately, so that every view of one trace does not read it again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use spanglass_trace::span::TraceId;
use tokio::sync::Mutex as AsyncMutex;

use super::OpenTrace;

/// How many traces are kept, and how many bytes of spans (as sent) they may hold together; the last one is kept whatever
/// its size.
const KEPT: usize = 16;
const KEPT_BYTES: u64 = 64 << 20;

/// Traces that were opened lately.
#[derive(Default)]
pub(super) struct Opened {
    /// The latest last.
    kept: Mutex<Vec<Kept>>,
    opening: Mutex<BTreeMap<TraceId, Weak<AsyncMutex<()>>>>,
}

struct Kept {
    trace_id: TraceId,
    bytes: u64,
    trace: Arc<OpenTrace>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Opened {
    /// Returns the trace if it was opened at this version, with these prices.
    pub(super) fn get(&self, trace_id: TraceId, version: u64, stamp: u32) -> Option<Arc<OpenTrace>> {
        let mut kept = lock(&self.kept);
        let at = kept
            .iter()
            .position(|kept| kept.trace_id == trace_id && kept.trace.version == version && kept.trace.stamp == stamp)?;
        let found = kept.remove(at);
        let trace = Arc::clone(&found.trace);
        kept.push(found);
        Some(trace)
    }

    pub(super) fn put(&self, trace_id: TraceId, trace: Arc<OpenTrace>, bytes: u64) {
        let mut kept = lock(&self.kept);
        kept.retain(|kept| kept.trace_id != trace_id);
        kept.push(Kept { trace_id, bytes, trace });
        while kept.len() > 1 && (kept.len() > KEPT || kept.iter().map(|kept| kept.bytes).sum::<u64>() > KEPT_BYTES) {
            kept.remove(0);
        }
    }

    /// Returns what is locked while a trace is being opened.
    pub(super) fn opening(&self, trace_id: TraceId) -> Arc<AsyncMutex<()>> {
        let mut opening = lock(&self.opening);
        opening.retain(|_, lock| lock.strong_count() > 0);
        if let Some(lock) = opening.get(&trace_id).and_then(Weak::upgrade) {
            return lock;
        }
        let lock = Arc::new(AsyncMutex::new(()));
        opening.insert(trace_id, Arc::downgrade(&lock));
        lock
    }
}
