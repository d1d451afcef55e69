//! What was gathered of spans while they came in, until it is on the shelf: nobody need read them again.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use spanglass_trace::reading::Reading;
use spanglass_trace::span::{Span, TraceId};
use spanglass_trace::views::summary::Digest;

use super::gathering::{Gathering, Words};
use crate::glean::{Gleaner, Gleaning};

/// So many spans wait at most; what does not fit is read again.
const MOST_SPANS: i64 = 1 << 15;

/// Spans that were stored one after the other.
#[derive(Debug)]
pub(super) struct Arrived {
    /// The ids of the first and the last one.
    pub(super) first: i64,
    pub(super) last: i64,
    /// Their traces, and the last one's.
    pub(super) traces: BTreeSet<TraceId>,
    pub(super) last_trace: TraceId,
    /// Their traces have lower numbers: one of that name that has not came later.
    pub(super) next_trace: i64,
    pub(super) gathering: Gathering,
    pub(super) words: Vec<Words>,
}

/// What waits to be indexed, in the order it is stored.
#[derive(Debug, Default)]
pub(super) struct Arriving(Mutex<VecDeque<Arrived>>);

impl Arriving {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<Arrived>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns where what waits begins when all up to `id` is indexed; `None` when nothing waits.
    pub(super) fn begins_after(&self, id: i64) -> Option<i64> {
        let mut waiting = self.waiting();
        while waiting.pop_front_if(|first| first.last <= id).is_some() {}
        waiting.front().map(|first| first.first)
    }

    /// Takes out what waits next if it begins there.
    pub(super) fn take(&self, first: i64) -> Option<Arrived> {
        self.waiting().pop_front_if(|next| next.first == first)
    }

    fn push(&self, arrived: Arrived) {
        let mut waiting = self.waiting();
        // The latest spans were deleted, and their ids given to these.
        while waiting.pop_back_if(|last| last.last >= arrived.first).is_some() {}
        if waiting.front().is_some_and(|first| arrived.last - first.first >= MOST_SPANS) {
            return;
        }
        if let Some(last) = waiting.back_mut()
            && last.last + 1 == arrived.first
            && last.gathering.add_all(&arrived.gathering)
        {
            last.last = arrived.last;
            last.last_trace = arrived.last_trace;
            last.next_trace = arrived.next_trace;
            last.traces.extend(arrived.traces);
            last.words.extend(arrived.words);
        } else {
            waiting.push_back(arrived);
        }
    }
}

impl Gleaner for Arc<Arriving> {
    fn begin(&self) -> Box<dyn Gleaning> {
        Box::new(OfRequest { arriving: Arc::clone(self), gathered: Vec::new() })
    }
}

/// What is gathered of the spans of a request.
struct OfRequest {
    arriving: Arc<Arriving>,
    /// As many as fill blocks.
    gathered: Vec<(Gathering, Vec<TraceId>)>,
}

impl Gleaning for OfRequest {
    fn span(&mut self, span: &Span, reading: &Reading, digest: &Digest) {
        if self.gathered.last().is_none_or(|(gathering, _)| gathering.is_full()) {
            self.gathered.push((Gathering::default(), Vec::new()));
        }
        if let Some((gathering, traces)) = self.gathered.last_mut() {
            gathering.add_span(Some(span), Some(reading), digest);
            traces.push(span.trace_id);
        }
    }

    fn stored(self: Box<Self>, first: i64, next_trace: i64) {
        let mut next = first;
        for (gathering, traces) in self.gathered {
            let Some(last_trace) = traces.last().copied() else { continue };
            let (first, last) = (next, next + traces.len() as i64 - 1);
            next = last + 1;
            let (gathering, words) = gathering.finish();
            let (traces, words) = (traces.into_iter().collect(), vec![words]);
            self.arriving.push(Arrived { first, last, traces, last_trace, next_trace, gathering, words });
        }
    }
}
