//! Time in a span itself: its duration without the time in which a child was running.

use super::columns::Columns;

/// Returns each span's own time in nanoseconds, by place.
pub(super) fn self_times(columns: &Columns) -> Vec<u64> {
    (0..columns.len())
        .map(|at| {
            let from = columns.start_ns(at);
            let duration = columns.duration_ns(at);
            let end = from.saturating_add(duration);
            let mut covered = 0;
            let mut until = from;
            // Siblings stand by start, so one sweep finds what their union covers.
            for child in columns.tree.children(at) {
                let start = columns.start_ns(child);
                let stop = start.saturating_add(columns.duration_ns(child)).min(end);
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
