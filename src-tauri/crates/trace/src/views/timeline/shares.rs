//! Where the wall time of a trace went.

use super::columns::Columns;
use super::{Lane, Shares, lane};

/// Returns the shares of model calls, of tools while no model call ran, and of neither.
pub(in crate::views) fn shares(columns: &Columns) -> Shares {
    let total = columns.extent_ns();
    if total == 0 {
        return Shares::default();
    }
    let model = time_in(columns, |lane| lane == Lane::Model);
    let both = time_in(columns, |lane| matches!(lane, Lane::Model | Lane::Tools));
    let share = |ns: u64| ns as f64 / total as f64;
    Shares { model: share(model), tools: share(both - model), gap: share(total - both) }
}

/// Returns how long some span of these lanes was running.
fn time_in(columns: &Columns, wanted: impl Fn(Lane) -> bool) -> u64 {
    let spans = (0..columns.len()).filter(|&at| wanted(lane(columns.kind(at))));
    let mut stretches: Vec<(u64, u64)> =
        spans.map(|at| (columns.start_ns(at), columns.start_ns(at).saturating_add(columns.duration_ns(at)))).collect();
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
