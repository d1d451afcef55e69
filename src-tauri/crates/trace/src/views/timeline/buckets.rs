//! What is hidden below a folded row, drawn in that row: stretches of time in which spans below it were running.

use std::ops::Range;

use super::rows::TimelineIndex;
use super::{Lane, lane};
use crate::reading::Kind;

/// Stretches of a folded row are told apart in at most so many bins.
const BINS_LIMIT: usize = 2_000;

/// The lanes whose spans are drawn in place of those that only contain others, the most telling first.
const TELLING: [Lane; 3] = [Lane::Model, Lane::Tools, Lane::Wire];

/// A stretch of time in which spans below a folded row were running.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bucket {
    pub(super) from_ns: u64,
    pub(super) to_ns: u64,
    pub(super) kind: Kind,
    /// Whether one of them is where an error came from.
    pub(super) error: bool,
    /// How many of them start in it, or ran into the whole from before.
    pub(super) count: u32,
}

#[derive(Clone, Copy, Default)]
struct Bin {
    /// The most telling kind: its rank (lower is more telling) plus 1; 0 = nothing runs.
    rank: u8,
    kind: Kind,
    error: bool,
    starts: u32,
}

/// Returns the stretches below a row between two times, cut into `bins` of equal length: neighbouring bins with the same most
/// telling kind and the same presence of errors are one. Linear in the spans below the row.
pub(super) fn buckets(index: &TimelineIndex, below: Range<u32>, from_ns: u64, to_ns: u64, bins: usize) -> Vec<Bucket> {
    let tree = &index.columns.tree;
    let bins = bins.clamp(1, BINS_LIMIT);
    let span_ns = to_ns.saturating_sub(from_ns).max(1);
    let mut found = vec![Bin::default(); bins];
    // Spans are told by rank, so that each bin is written by the most telling one that runs in it.
    for at in below {
        let at = at as usize;
        let start = index.columns.start_ns(at);
        let end = start.saturating_add(index.columns.duration_ns(at));
        if end < from_ns || start > to_ns {
            continue;
        }
        let kind = index.columns.kind(at);
        let Some(rank) = rank(kind, tree.descendants[at] == 0) else { continue };
        let bin = |ns: u64| {
            let into = u128::from(ns.saturating_sub(from_ns).min(span_ns));
            ((into * bins as u128 / u128::from(span_ns)) as usize).min(bins - 1)
        };
        let (first, last) = (bin(start), bin(end));
        found[first].starts += 1;
        for bin in &mut found[first..=last] {
            if bin.rank == 0 || rank < bin.rank {
                (bin.rank, bin.kind) = (rank, kind);
            }
            bin.error |= index.innermost[at];
        }
    }
    let edge = |bin: usize| from_ns + (u128::from(span_ns) * bin as u128 / bins as u128) as u64;
    let mut buckets: Vec<Bucket> = Vec::new();
    for (at, bin) in found.iter().enumerate().filter(|(_, bin)| bin.rank > 0) {
        match buckets.last_mut() {
            Some(last) if (last.to_ns, last.kind, last.error) == (edge(at), bin.kind, bin.error) => {
                last.to_ns = edge(at + 1);
                last.count += bin.starts;
            }
            _ => buckets.push(Bucket {
                from_ns: edge(at),
                to_ns: edge(at + 1),
                kind: bin.kind,
                error: bin.error,
                count: bin.starts,
            }),
        }
    }
    buckets
}

/// Returns how telling a kind is; `None` for what only contains others.
fn rank(kind: Kind, is_leaf: bool) -> Option<u8> {
    let telling = TELLING.iter().position(|each| *each == lane(kind));
    telling.map(|rank| rank as u8 + 1).or(is_leaf.then_some(TELLING.len() as u8 + 1))
}
