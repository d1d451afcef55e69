//! The critical path: the spans that, had they been shorter, would have made the trace shorter.
//!
//! Walked backwards as Jaeger's overlay and Uber's CRISP do: from a span's end to the child that finished last, from that
//! child's start to the child that finished last before it, and so on; the time in between is the span's own. A child that
//! outlasts its parent counts up to the parent's end; one that ran beside the chosen child is not on the path. Several roots
//! are walked like the children of a span as long as the trace, but one that overlaps the next counts up to its start.

use super::columns::Columns;

/// Pieces of the critical path by span.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CriticalPath {
    /// Span, start and end in nanoseconds from the trace's start; by span, then by time.
    pieces: Vec<(u32, u64, u64)>,
}

/// A span with the time in which it may be on the path.
type Stretch = (u32, u64, u64);

impl CriticalPath {
    pub(super) fn new(columns: &Columns) -> Self {
        let mut pieces = Vec::new();
        let mut waiting: Vec<Stretch> = Vec::new();
        let end = columns.extent_ns();

        let mut until = end;
        for (root, start, stop) in last_first(columns, columns.tree.roots(), 0, end) {
            if start < until {
                waiting.push((root, start, stop.min(until)));
                until = start;
            }
        }
        while let Some((at, from, to)) = waiting.pop() {
            let mut until = to;
            for (child, start, stop) in last_first(columns, columns.tree.children(at as usize), from, to) {
                if stop <= until {
                    push(&mut pieces, (at, stop, until));
                    waiting.push((child, start, stop));
                    until = start;
                }
            }
            push(&mut pieces, (at, from, until));
        }
        pieces.sort_unstable();
        Self { pieces }
    }

    /// Returns a span's pieces as start and end from the trace's start. Pieces nearer to each other than a thousandth of the
    /// span are joined when there are very many.
    pub(super) fn of(&self, at: usize) -> Vec<(u64, u64)> {
        const MANY: usize = 512;
        let first = self.pieces.partition_point(|(span, ..)| (*span as usize) < at);
        let length = self.pieces[first..].partition_point(|(span, ..)| *span as usize == at);
        let pieces = self.pieces[first..first + length].iter().map(|&(_, start, end)| (start, end));
        if length <= MANY {
            return pieces.collect();
        }
        let extent = self.pieces[first + length - 1].2 - self.pieces[first].1;
        let mut joined: Vec<(u64, u64)> = Vec::new();
        for (start, end) in pieces {
            match joined.last_mut() {
                Some(last) if start - last.1 <= extent / 1_000 => last.1 = end,
                _ => joined.push((start, end)),
            }
        }
        joined
    }

    /// Returns the pieces of a span that lie in a stretch of time, those nearer to each other than `gap_ns` joined.
    pub(super) fn within(&self, at: usize, from_ns: u64, to_ns: u64, gap_ns: u64) -> Vec<(u64, u64)> {
        let first = self.pieces.partition_point(|&(span, _, end)| (span as usize, end) < (at, from_ns));
        let pieces = self.pieces[first..].iter().take_while(|&&(span, start, _)| span as usize == at && start <= to_ns);
        let mut joined: Vec<(u64, u64)> = Vec::new();
        for &(_, start, end) in pieces {
            match joined.last_mut() {
                Some(last) if start - last.1 < gap_ns => last.1 = end,
                _ => joined.push((start, end)),
            }
        }
        joined
    }
}

fn push(pieces: &mut Vec<Stretch>, piece: Stretch) {
    if piece.1 < piece.2 {
        pieces.push(piece);
    }
}

/// Returns siblings cut to a time, those outside it and those without duration left out: latest end first, of equal ends the
/// longest.
fn last_first(columns: &Columns, siblings: impl Iterator<Item = usize>, from: u64, to: u64) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = siblings
        .filter_map(|at| {
            let start = columns.start_ns(at);
            let (start, end) = (start.max(from), start.saturating_add(columns.duration_ns(at)).min(to));
            (start < end).then_some((at as u32, start, end))
        })
        .collect();
    stretches.sort_unstable_by_key(|&(at, start, end)| (std::cmp::Reverse(end), start, at));
    stretches
}
