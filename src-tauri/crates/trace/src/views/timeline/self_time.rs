//! Time in a span itself: its duration without the time in which a child was running.

use crate::views::ReadTrace;

/// Returns each span's own time in nanoseconds, by place.
pub(super) fn self_times(trace: &ReadTrace) -> Vec<u64> {
    (0..trace.spans.len())
        .map(|at| {
            let from = trace.start_ns(at);
            let duration = trace.duration_ns(at);
            let end = from.saturating_add(duration);
            let mut covered = 0;
            let mut until = from;
            // Siblings stand by start, so one sweep finds what their union covers.
            for child in trace.tree.children(at) {
                let start = trace.start_ns(child);
                let stop = start.saturating_add(trace.duration_ns(child)).min(end);
                let start = start.max(until);
                if start < stop {
                    covered += stop - start;
                    until = stop;
                }
            }
            duration - covered
        })
        .collect()
}
