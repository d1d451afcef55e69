//! How many of a span's children ran at once.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::columns::Columns;

/// Returns for each span, by place, the most of its children that were running at one time; 0 where it has none.
pub(super) fn at_once(columns: &Columns) -> Vec<u32> {
    let mut ends = BinaryHeap::new();
    (0..columns.len())
        .map(|at| {
            ends.clear();
            let mut most = 0;
            // Siblings stand by start: whatever ended by then is over.
            for child in columns.tree.children(at) {
                let start = columns.start_ns(child);
                while ends.peek().is_some_and(|Reverse(end)| *end <= start) {
                    ends.pop();
                }
                ends.push(Reverse(start.saturating_add(columns.duration_ns(child))));
                most = most.max(ends.len());
            }
            most as u32
        })
        .collect()
}
