//! The ends of the blocks that were stored last, one for each trace: what comes next of a trace repeats much of it.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use spanglass_trace::span::TraceId;

use super::payloads::{Base, LONGEST_CHAIN};

/// How many bytes are kept.
const BYTES: usize = 8 << 20;

/// Shared by those who pack and the writer, who alone knows what is stored.
#[derive(Default)]
pub(super) struct Recent(Mutex<Bases>);

#[derive(Default)]
struct Bases {
    of_trace: HashMap<TraceId, Base>,
    /// The traces in the order their bases came, the oldest first; one may stand there again.
    order: VecDeque<(TraceId, i64)>,
    bytes: usize,
}

impl Recent {
    /// Returns what the next block of a trace may be compressed against.
    pub(super) fn base(&self, trace_id: TraceId) -> Option<Base> {
        super::lock(&self.0).of_trace.get(&trace_id).filter(|base| base.depth + 1 < LONGEST_CHAIN).cloned()
    }

    /// Keeps the end of a block that was committed.
    pub(super) fn keep(&self, trace_id: TraceId, base: Base) {
        let mut bases = super::lock(&self.0);
        bases.bytes += base.end.len();
        bases.order.push_back((trace_id, base.payload));
        if let Some(older) = bases.of_trace.insert(trace_id, base) {
            bases.bytes -= older.end.len();
        }
        while bases.bytes > BYTES
            && let Some((trace_id, payload)) = bases.order.pop_front()
        {
            // One that was exchanged since is not the oldest.
            if bases.of_trace.get(&trace_id).is_some_and(|base| base.payload == payload)
                && let Some(base) = bases.of_trace.remove(&trace_id)
            {
                bases.bytes -= base.end.len();
            }
        }
        if bases.order.len() > 2 * bases.of_trace.len() + 64 {
            let Bases { of_trace, order, .. } = &mut *bases;
            order.retain(|(trace_id, payload)| of_trace.get(trace_id).is_some_and(|base| base.payload == *payload));
        }
    }

    /// Forgets everything: the database is another one.
    pub(super) fn forget(&self) {
        *super::lock(&self.0) = Bases::default();
    }
}
