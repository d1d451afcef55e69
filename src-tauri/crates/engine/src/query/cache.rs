//! Traces that were opened lately, so that every view of one trace does not read it again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use spanglass_trace::span::TraceId;
use tokio::sync::Mutex as AsyncMutex;

use super::under_way::{ReadSoFar, UnderWay};
use super::{OpenTrace, open};
use crate::prices::PricesNow;
use crate::store::{Fault, Store, TraceRecord};

/// A trace that grows is read again when at most a fifth of the time is spent on it, and at least so often; what takes less than
/// [`CHEAP`] is never old.
const EVERY_AT_LEAST: Duration = Duration::from_secs(3);
const CHEAP: Duration = Duration::from_millis(50);

/// How many traces are kept, and how many bytes of spans (as sent) they may hold together; the last one is kept whatever
/// its size.
const KEPT: usize = 16;
const KEPT_BYTES: u64 = 64 << 20;

/// What was made of more bytes of spans (as sent) than this is given back when nobody asked for it for a while: it may take
/// hundreds of megabytes. A trace as read is there to make views of, one right after the other; views are looked at.
const LARGE_BYTES: u64 = 8 << 20;
pub(super) const TRACE_RESTS: Duration = Duration::from_secs(10);
pub(super) const VIEW_RESTS: Duration = Duration::from_secs(60);

/// Traces that were opened lately.
#[derive(Default)]
pub(super) struct Opened {
    /// The latest last.
    kept: Mutex<Vec<Kept>>,
    opening: Mutex<BTreeMap<TraceId, Weak<AsyncMutex<()>>>>,
    under_way: UnderWay,
}

struct Kept {
    trace_id: TraceId,
    trace: Arc<OpenTrace>,
    asked: Instant,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Opened {
    /// Returns a trace, read: as it was opened lately, if it is of this version and with these prices.
    pub(super) fn open(
        &self,
        store: &Store,
        record: &TraceRecord,
        prices: &PricesNow,
    ) -> Result<Arc<OpenTrace>, Fault> {
        if let Some(trace) = self.get(record.trace_id, record.version, prices.stamp) {
            return Ok(trace);
        }
        let spans = self.under_way.begin(record.trace_id, record.spans);
        let trace = Arc::new(open::open(store, record, prices, &spans)?);
        self.put(record.trace_id, Arc::clone(&trace));
        Ok(trace)
    }

    /// Returns how far the reading of a trace is; `None` when it is not being read.
    pub(super) fn read_so_far(&self, trace_id: TraceId) -> Option<ReadSoFar> {
        self.under_way.of(trace_id)
    }

    fn get(&self, trace_id: TraceId, version: u64, stamp: u32) -> Option<Arc<OpenTrace>> {
        let mut kept = lock(&self.kept);
        let at = kept
            .iter()
            .position(|kept| kept.trace_id == trace_id && kept.trace.version == version && kept.trace.stamp == stamp)?;
        let found = kept.remove(at);
        let trace = Arc::clone(&found.trace);
        kept.push(Kept { asked: Instant::now(), ..found });
        Some(trace)
    }

    fn put(&self, trace_id: TraceId, trace: Arc<OpenTrace>) {
        let mut kept = lock(&self.kept);
        kept.retain(|kept| kept.trace_id != trace_id);
        kept.push(Kept { trace_id, trace, asked: Instant::now() });
        while kept.len() > 1
            && (kept.len() > KEPT || kept.iter().map(|kept| kept.trace.bytes).sum::<u64>() > KEPT_BYTES)
        {
            kept.remove(0);
        }
    }

    /// Gives back the large traces that nobody asked for lately; says whether others are kept.
    pub(super) fn give_back(&self, now: Instant) -> bool {
        give_back(&self.kept, now, TRACE_RESTS, |kept| (kept.trace.bytes, kept.asked))
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

/// Drops what is large and was not asked for since `rests`, without holding others up meanwhile; says whether something large is left.
fn give_back<T>(kept: &Mutex<Vec<T>>, now: Instant, rests: Duration, of: impl Fn(&T) -> (u64, Instant)) -> bool {
    let is_large = |each: &T| of(each).0 > LARGE_BYTES;
    let mut all = lock(kept);
    let (old, left) = std::mem::take(&mut *all)
        .into_iter()
        .partition::<Vec<T>, _>(|each| is_large(each) && now.saturating_duration_since(of(each).1) >= rests);
    *all = left;
    let are_left = all.iter().any(is_large);
    drop(all);
    drop(old);
    are_left
}

/// What was made of traces lately, for windows of it to be answered from; the last one is kept whatever its size.
pub(super) struct Lately<T> {
    /// The latest last.
    kept: Mutex<Vec<Made<T>>>,
    most: usize,
    room: u64,
}

struct Made<T> {
    trace_id: TraceId,
    version: u64,
    stamp: u32,
    size: u64,
    made: Instant,
    /// How long that took.
    cost: Duration,
    asked: Instant,
    value: Arc<T>,
}

impl<T> Lately<T> {
    /// Keeps at most `most`, whose sizes together are at most `room`.
    pub(super) fn new(most: usize, room: u64) -> Self {
        Self { kept: Mutex::default(), most, room }
    }

    /// Returns what was made of a trace with prices of this stamp; of one that grows, what may be a moment old.
    pub(super) fn get(&self, record: &TraceRecord, stamp: u32) -> Option<Arc<T>> {
        let mut kept = lock(&self.kept);
        let at = kept.iter().position(|made| made.trace_id == record.trace_id && made.stamp == stamp)?;
        let Made { version, made, cost, .. } = kept[at];
        let is_recent = cost > CHEAP && made.elapsed() < (cost * 4).min(EVERY_AT_LEAST);
        if version != record.version && !is_recent {
            return None;
        }
        let found = kept.remove(at);
        let value = Arc::clone(&found.value);
        kept.push(Made { asked: Instant::now(), ..found });
        Some(value)
    }

    /// Notes that somebody is still at a trace.
    pub(super) fn touch(&self, trace_id: TraceId) {
        let mut kept = lock(&self.kept);
        kept.iter_mut().filter(|made| made.trace_id == trace_id).for_each(|made| made.asked = Instant::now());
    }

    /// Gives back what was made of large traces that nobody asked for lately; says whether others are kept.
    pub(super) fn give_back(&self, now: Instant) -> bool {
        give_back(&self.kept, now, VIEW_RESTS, |made| (made.size, made.asked))
    }

    /// Keeps what was made of a trace since `begun`.
    pub(super) fn put(&self, record: &TraceRecord, stamp: u32, begun: Instant, size: u64, value: T) -> Arc<T> {
        let (value, cost) = (Arc::new(value), begun.elapsed());
        let mut kept = lock(&self.kept);
        kept.retain(|made| made.trace_id != record.trace_id);
        let (trace_id, version, made) = (record.trace_id, record.version, Instant::now());
        kept.push(Made { trace_id, version, stamp, size, made, cost, asked: made, value: Arc::clone(&value) });
        while kept.len() > 1 && (kept.len() > self.most || kept.iter().map(|made| made.size).sum::<u64>() > self.room) {
            kept.remove(0);
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_large_is_given_back_when_nobody_asked_for_it() {
        let (small, large) = (1, LARGE_BYTES + 1);
        let begun = Instant::now();
        let kept =
            Mutex::new(vec![("small", small, begun), ("left", large, begun), ("asked", large, begun + VIEW_RESTS)]);
        let of = |each: &(&str, u64, Instant)| (each.1, each.2);
        let names = || lock(&kept).iter().map(|each| each.0).collect::<Vec<_>>();
        assert!(give_back(&kept, begun, VIEW_RESTS, of), "nothing rests yet");
        assert_eq!(names(), ["small", "left", "asked"]);
        assert!(give_back(&kept, begun + VIEW_RESTS, VIEW_RESTS, of));
        assert_eq!(names(), ["small", "asked"]);
        assert!(!give_back(&kept, begun + 2 * VIEW_RESTS, VIEW_RESTS, of));
        assert_eq!(names(), ["small"], "what is small stays");
    }
}
