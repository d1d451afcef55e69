//! Siblings that are alike: many spans of one name, one after the other, which can be shown as one row.

use std::ops::Range;

use super::columns::Columns;
use crate::reading::Kind;

/// Fewer are shown one by one.
const LEAST: u32 = 5;

/// Spans next to each other in the tree that are alike; the first of them stands for all where they are folded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) first: u32,
    pub(super) end: u32,
}

impl Run {
    /// Returns the places of its spans.
    pub(super) fn places(self) -> Range<u32> {
        self.first..self.end
    }

    /// Returns how many spans there are.
    pub(super) fn count(self) -> u32 {
        self.end - self.first
    }
}

/// Returns the runs of a trace, in tree order. What a model or an agent did is never one of many, nor is what failed, still runs
/// or stands out: those are what somebody comes for.
pub(super) fn runs(columns: &Columns) -> Vec<Run> {
    let tree = &columns.tree;
    let folds = |at: usize| {
        tree.descendants[at] == 0
            && tree.parent[at].is_some()
            && !matches!(columns.kind(at), Kind::Llm | Kind::Agent)
            && !columns.failed(at)
            && !columns.running(at)
    };
    let alike = |a: usize, b: usize| {
        tree.parent[a] == tree.parent[b] && columns.kind(a) == columns.kind(b) && columns.is_named_as(a, b)
    };
    let mut runs = Vec::new();
    let mut first = 0;
    while first < columns.len() {
        let mut end = first + 1;
        if folds(first) {
            while end < columns.len() && alike(first, end) && folds(end) {
                end += 1;
            }
        }
        let run = Run { first: first as u32, end: end as u32 };
        if run.count() >= LEAST && run.places().all(|at| columns.badges(at as usize).is_empty()) {
            runs.push(run);
        }
        first = end;
    }
    runs
}

/// Returns the run a span is in.
pub(super) fn run_at(runs: &[Run], at: u32) -> Option<Run> {
    let next = runs.partition_point(|run| run.first <= at);
    runs[..next].last().copied().filter(|run| at < run.end)
}
