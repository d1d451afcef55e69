//! Where the wall time of a trace went.

use super::{Lane, Shares, lane};
use crate::views::ReadTrace;

/// Returns the shares of model calls, of tools while no model call ran, and of neither.
pub(super) fn shares(trace: &ReadTrace) -> Shares {
    let total = trace.end_time_unix_nano - trace.start_time_unix_nano;
    if total == 0 {
        return Shares::default();
    }
    let model = time_in(trace, |lane| lane == Lane::Model);
    let both = time_in(trace, |lane| matches!(lane, Lane::Model | Lane::Tools));
    let share = |ns: u64| ns as f64 / total as f64;
    Shares { model: share(model), tools: share(both - model), gap: share(total - both) }
}

/// Returns how long some span of these lanes was running.
fn time_in(trace: &ReadTrace, wanted: impl Fn(Lane) -> bool) -> u64 {
    let spans = (0..trace.spans.len()).filter(|&at| wanted(lane(trace.spans[at].reading.kind)));
    let mut stretches: Vec<(u64, u64)> =
        spans.map(|at| (trace.start_ns(at), trace.start_ns(at).saturating_add(trace.duration_ns(at)))).collect();
    stretches.sort_unstable();
    let mut covered = 0;
    let mut until = 0;
    for (start, end) in stretches {
        let start = start.max(until);
        if start < end {
            covered += end - start;
            until = end;
        }
    }
    covered
}
