//! What was received and refused since the program started.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::api::types::{Received, Refusal};

/// How many refused requests are remembered.
const REMEMBERED: usize = 20;
/// How much of a refusal's reason is remembered, in bytes.
const LONGEST_REASON: usize = 2_000;

/// Counts requests and remembers the latest refusals.
#[derive(Debug, Default)]
pub(crate) struct Record {
    inner: Mutex<(Received, VecDeque<Refusal>)>,
}

impl Record {
    /// Counts an accepted request and what was in it.
    pub(crate) fn accept(&self, of_it: Received) {
        self.count(Received { requests: 1, ..of_it });
    }

    /// Counts what came otherwise than by requests.
    pub(crate) fn count(&self, of_it: Received) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let sums = &mut inner.0;
        sums.requests += of_it.requests;
        sums.spans += of_it.spans;
        sums.rejected_spans += of_it.rejected_spans;
        sums.logs += of_it.logs;
        sums.metric_points += of_it.metric_points;
        sums.dropped_metric_points += of_it.dropped_metric_points;
    }

    /// Counts and remembers a refused request.
    pub(crate) fn refuse(&self, request: String, status: String, reason: &str) {
        let time_unix_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64);
        let reason = reason[..reason.floor_char_boundary(LONGEST_REASON)].to_owned();
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.0.refused += 1;
        inner.1.truncate(REMEMBERED - 1);
        inner.1.push_front(Refusal { time_unix_ms, request, status, reason });
    }

    /// Returns the sums and the latest refusals, newest first.
    pub(crate) fn read(&self) -> (Received, Vec<Refusal>) {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        (inner.0, inner.1.iter().cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_twenty_refusals_are_remembered_newest_first() {
        let record = Record::default();
        for n in 0..30 {
            record.refuse(format!("POST /{n}"), "404".into(), &"é".repeat(5_000));
        }
        let (sums, refusals) = record.read();
        assert_eq!((sums.refused, refusals.len()), (30, 20));
        assert_eq!((refusals[0].request.as_str(), refusals[19].request.as_str()), ("POST /29", "POST /10"));
        assert!(refusals[0].reason.len() <= LONGEST_REASON);
    }
}
