//! Which spans and missing parents have a row.

use std::collections::BTreeSet;
use std::ops::Range;

use super::alike::Run;
use super::rows::{RowWindow, TimelineIndex};
use crate::span::SpanId;
use crate::views::tree::Tree;

/// What a row stands for. In the order of rows, a missing parent comes right before the first span that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stands {
    /// The span at a place of the tree.
    Span(u32),
    /// One of [`Tree::missing`].
    Missing(u32),
}

impl Stands {
    /// Returns a number by which rows are in order.
    fn order(self, tree: &Tree) -> u64 {
        match self {
            Self::Span(at) => u64::from(at) * 2 + 1,
            Self::Missing(at) => u64::from(tree.missing[at as usize].first) * 2,
        }
    }

    /// Returns how many rows are above it in the tree.
    pub(super) fn depth(self, tree: &Tree) -> u32 {
        match self {
            Self::Span(at) => tree.depth[at as usize] + u32::from(missing_above(tree, at).is_some()),
            Self::Missing(_) => 0,
        }
    }

    /// Returns how many spans are below it.
    pub(super) fn descendants(self, tree: &Tree) -> u32 {
        match self {
            Self::Span(at) => tree.descendants[at as usize],
            Self::Missing(at) => tree.missing[at as usize].end - tree.missing[at as usize].first,
        }
    }

    /// Returns what is above it in the tree, the nearest first.
    pub(super) fn above(self, tree: &Tree) -> impl Iterator<Item = Stands> + '_ {
        let place = match self {
            Self::Span(at) => Some(at),
            Self::Missing(_) => None,
        };
        let spans = place.into_iter().flat_map(|at| tree.ancestors(at as usize)).map(|up| Self::Span(up as u32));
        spans.chain(place.and_then(|at| missing_above(tree, at)).map(Self::Missing))
    }
}

/// Returns the missing parent that the root above a span names.
fn missing_above(tree: &Tree, at: u32) -> Option<u32> {
    let next = tree.missing.partition_point(|missing| missing.first <= at);
    let last = next.checked_sub(1)?;
    (at < tree.missing[last].end).then_some(last as u32)
}

/// What of a trace is folded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fold {
    /// Spans whose children are hidden.
    pub collapsed: Vec<SpanId>,
    /// Hide everything below this depth but what `expanded` names.
    pub max_depth: Option<u32>,
    /// Spans whose children are shown whatever `max_depth` says.
    pub expanded: Vec<SpanId>,
    /// A span that is shown whatever else is said.
    pub reveal: Option<SpanId>,
    /// See [`RowWindow::alike`].
    pub alike: bool,
}

impl Fold {
    /// Returns what a window of rows wants folded.
    pub fn of(window: &RowWindow) -> Self {
        let RowWindow { collapsed, max_depth, expanded, reveal, alike, .. } = window.clone();
        Self { collapsed, max_depth, expanded, reveal, alike }
    }
}

/// The rows of a timeline that is folded.
#[derive(Debug)]
pub struct Shown {
    collapsed: BTreeSet<Stands>,
    expanded: BTreeSet<Stands>,
    revealed: BTreeSet<Stands>,
    max_depth: u32,
    alike: bool,
    /// What has a row, in row order, which is the order in the tree.
    pub(super) rows: Vec<Stands>,
}

impl Shown {
    /// Returns the rows there are when a trace is folded.
    pub fn new(index: &TimelineIndex, fold: &Fold) -> Self {
        let tree = &index.columns.tree;
        let stands = |ids: &[_]| ids.iter().filter_map(|id| index.find(*id)).collect();
        let revealed = fold.reveal.and_then(|span_id| index.find(span_id));
        let mut shown = Self {
            collapsed: stands(&fold.collapsed),
            expanded: stands(&fold.expanded),
            revealed: revealed.iter().flat_map(|row| row.above(tree)).collect(),
            max_depth: fold.max_depth.unwrap_or(u32::MAX),
            alike: fold.alike,
            rows: Vec::new(),
        };
        let run = revealed.and_then(|row| shown.run_of(index, row));
        shown
            .revealed
            .extend(run.filter(|run| revealed != Some(Stands::Span(run.first))).map(|run| Stands::Span(run.first)));
        let (mut at, mut missing) = (0, 0);
        while at < tree.len() as u32 {
            let row = match tree.missing.get(missing) {
                Some(parent) if parent.first == at => Stands::Missing(missing as u32),
                _ => Stands::Span(at),
            };
            // Behind a missing parent comes the span at its place, unless that is below what is not shown.
            match row {
                Stands::Missing(_) => missing += 1,
                Stands::Span(_) => at += 1,
            }
            shown.rows.push(row);
            if let Some(run) = shown.run_of(index, row).filter(|run| !shown.is_open(*run)) {
                at = run.end;
            } else if !shown.is_expanded(tree, row) {
                at += row.descendants(tree);
            }
        }
        shown
    }

    pub(super) fn is_expanded(&self, tree: &Tree, row: Stands) -> bool {
        if row.descendants(tree) == 0 {
            return false;
        }
        let open = row.depth(tree) < self.max_depth || self.expanded.contains(&row);
        (open && !self.collapsed.contains(&row)) || self.revealed.contains(&row)
    }

    /// Returns the run in which a span is shown.
    pub(super) fn run_of(&self, index: &TimelineIndex, row: Stands) -> Option<Run> {
        match row {
            Stands::Span(at) if self.alike => index.run_at(at),
            _ => None,
        }
    }

    /// Says whether the spans of a run are shown one by one.
    pub(super) fn is_open(&self, run: Run) -> bool {
        let first = Stands::Span(run.first);
        self.expanded.contains(&first) || self.revealed.contains(&first)
    }

    /// Returns the places of what is hidden below a folded row, of siblings that are alike the first one too.
    pub(super) fn below(&self, index: &TimelineIndex, row: Stands) -> Range<u32> {
        let tree = &index.columns.tree;
        match (self.run_of(index, row), row) {
            (Some(run), _) => run.places(),
            (None, Stands::Span(at)) => at + 1..at + 1 + tree.descendants[at as usize],
            (None, Stands::Missing(at)) => tree.missing[at as usize].first..tree.missing[at as usize].end,
        }
    }

    /// Returns what is above a row as it is shown, the nearest first.
    pub(super) fn above<'a>(&self, index: &'a TimelineIndex, row: Stands) -> impl Iterator<Item = Stands> + 'a {
        let first = self.run_of(index, row).map(|run| Stands::Span(run.first)).filter(|first| *first != row);
        first.into_iter().chain(row.above(&index.columns.tree))
    }

    pub(super) fn row_of(&self, tree: &Tree, row: Stands) -> Option<u32> {
        self.rows.binary_search_by_key(&row.order(tree), |each| each.order(tree)).ok().map(|at| at as u32)
    }
}
