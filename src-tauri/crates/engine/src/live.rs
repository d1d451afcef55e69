//! Which traces changed, for whoever waits: one sequence, one bounded ring, one long-poll.
//!
//! Nothing is stored here and nothing is read from the store: a change is a sequence number and a trace.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use spanglass_trace::span::TraceId;
use tokio::sync::watch;
use ts_rs::TS;

/// How many changes are remembered; whoever is further behind is told to read everything again.
const REMEMBERED: usize = 8_192;

/// How long an answer is held back so that changes close together come as one: at most ten answers a second.
const GATHER: Duration = Duration::from_millis(80);

/// The longest wait for a change.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What changed after a sequence number.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Changes {
    /// Pass as `since` the next time.
    #[ts(type = "number")]
    pub seq: u64,
    /// The traces that changed, each once; empty when nothing did within the wait.
    pub traces: Vec<String>,
    /// Too many changed to name: read everything again.
    pub all: bool,
}

/// Says which traces changed. Clones share the same sequence.
#[derive(Clone, Debug)]
pub struct Live {
    ring: Arc<Mutex<Ring>>,
    seq: watch::Sender<u64>,
}

#[derive(Debug)]
struct Ring {
    /// Everything after this sequence number is in `changes`.
    complete_after: u64,
    changes: VecDeque<(u64, TraceId)>,
}

impl Live {
    /// Returns a sequence that stands at `seq` and knows nothing of what came before.
    pub fn new(seq: u64) -> Self {
        let ring = Ring { complete_after: seq, changes: VecDeque::new() };
        Self { ring: Arc::new(Mutex::new(ring)), seq: watch::Sender::new(seq) }
    }

    /// Tells everyone who waits that these traces changed and the sequence stands at `seq`.
    pub fn changed(&self, seq: u64, traces: &[TraceId]) {
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.changes.extend(traces.iter().map(|trace| (seq, *trace)));
        while ring.changes.len() > REMEMBERED {
            if let Some((seq, _)) = ring.changes.pop_front() {
                ring.complete_after = seq;
            }
        }
        drop(ring);
        self.seq.send_if_modified(|current| {
            let newer = seq > *current;
            *current = seq.max(*current);
            newer
        });
    }

    /// Returns where the sequence stands.
    pub fn seq(&self) -> u64 {
        *self.seq.borrow()
    }

    /// Waits until something changed after `since`, at most `max_wait` (capped at a minute), and says what.
    ///
    /// An unknown `since` (of another store, or too long ago) is answered at once with `all`.
    pub async fn changes(&self, since: u64, max_wait: Duration) -> Changes {
        if self.has(since) {
            let mut seq = self.seq.subscribe();
            let changed = seq.wait_for(|seq| *seq > since);
            if tokio::time::timeout(max_wait.min(LONGEST_WAIT), changed).await.is_ok_and(|changed| changed.is_ok()) {
                tokio::time::sleep(GATHER).await;
            }
        }
        self.after(since)
    }

    fn has(&self, since: u64) -> bool {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        (ring.complete_after..=self.seq()).contains(&since)
    }

    fn after(&self, since: u64) -> Changes {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        // Read under the lock: a change is in the ring before the sequence names it.
        let seq = self.seq();
        if !(ring.complete_after..=seq).contains(&since) {
            return Changes { seq, traces: Vec::new(), all: true };
        }
        let newest_first = ring.changes.iter().rev().take_while(|(at, _)| *at > since);
        let traces: BTreeSet<TraceId> = newest_first.filter(|(at, _)| *at <= seq).map(|(_, trace)| *trace).collect();
        Changes { seq, traces: traces.iter().map(TraceId::to_string).collect(), all: false }
    }
}
