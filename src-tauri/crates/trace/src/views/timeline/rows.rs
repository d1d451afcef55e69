//! The rows of the timeline.

use std::sync::Arc;

use super::critical_path::CriticalPath;
use super::minimap::minimap;
use super::self_time::self_times;
use super::shares::shares;
use super::shown::{Shown, Stands};
use super::{Minimap, RowBadge, Shares, Timeline, TimelineRow};
use crate::reading::Kind;
use crate::span::SpanId;
use crate::views::ReadTrace;
use crate::views::document::{Dropped, StatusCode};
use crate::views::summary::error_line;

/// The most rows of one answer.
const ROWS_LIMIT: u32 = 2_000;

/// The most ancestors of one answer.
const ANCESTORS_LIMIT: usize = 256;

/// Which rows of a timeline to answer with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowWindow {
    /// The first row.
    pub from: u32,
    /// How many rows, at most 2,000.
    pub rows: u32,
    /// Spans whose children are hidden.
    pub collapsed: Vec<SpanId>,
    /// Hide everything below this depth but what `expanded` names.
    pub max_depth: Option<u32>,
    /// Spans whose children are shown whatever `max_depth` says.
    pub expanded: Vec<SpanId>,
    /// Answer with the window around this span and not from `from`; its ancestors are expanded.
    pub reveal: Option<SpanId>,
}

/// What every window of a trace's timeline shares: made once per version of the trace, linear but for sorting.
#[derive(Clone, Debug, Default)]
pub struct TimelineIndex {
    by_id: Vec<(SpanId, Stands)>,
    self_ns: Vec<u64>,
    critical: CriticalPath,
    /// Children of each span.
    children: Vec<u32>,
    /// Each span's place among its siblings, from 1, and how many they are.
    position: Vec<(u32, u32)>,
    missing: Vec<Gap>,
    minimap: Minimap,
    shares: Shares,
}

/// What is known of a missing parent's row.
#[derive(Clone, Copy, Debug, Default)]
struct Gap {
    position: (u32, u32),
    start_ns: u64,
    end_ns: u64,
}

impl TimelineIndex {
    /// Returns the index of a trace.
    pub fn new(trace: &ReadTrace) -> Self {
        let spans = (0..).zip(&trace.spans).map(|(at, read)| (read.span.span_id, Stands::Span(at)));
        let missing = (0..).zip(&trace.tree.missing).map(|(at, missing)| (missing.span_id, Stands::Missing(at)));
        let mut by_id: Vec<(SpanId, Stands)> = spans.chain(missing).collect();
        by_id.sort_unstable();
        let children: Vec<u32> =
            (0..trace.spans.len()).map(|at| trace.tree.children(at).fold(0, |count, _| count + 1)).collect();
        let mut position = vec![(0, 0); trace.spans.len()];
        for (at, &count) in children.iter().enumerate() {
            (1..).zip(trace.tree.children(at)).for_each(|(nth, child)| position[child] = (nth, count));
        }
        let missing = place_roots(trace, &mut position);
        Self {
            by_id,
            self_ns: self_times(trace),
            critical: CriticalPath::new(trace),
            children,
            position,
            missing,
            minimap: minimap(trace),
            shares: shares(trace),
        }
    }

    /// Returns a window of rows of the trace the index was made of.
    pub fn window(&self, trace: &ReadTrace, version: u64, window: &RowWindow) -> Timeline {
        let shown = Shown::new(self, trace, window);
        let rows_total = shown.rows.len() as u32;
        let length = window.rows.min(ROWS_LIMIT);
        let tree = &trace.tree;
        let revealed = window.reveal.and_then(|span_id| shown.row_of(tree, self.find(span_id)?));
        let from = match revealed {
            Some(row) => row.saturating_sub(length / 2).min(rows_total.saturating_sub(length)),
            None => window.from.min(rows_total),
        };
        let to = from.saturating_add(length).min(rows_total);
        let row = |row: u32| self.row(trace, &shown, shown.rows[row as usize], row);
        let mut ancestors: Vec<TimelineRow> = match shown.rows.get(from as usize).filter(|_| from < to) {
            Some(&first) => first
                .above(tree)
                .take(ANCESTORS_LIMIT)
                .filter_map(|up| Some(self.row(trace, &shown, up, shown.row_of(tree, up)?)))
                .collect(),
            None => Vec::new(),
        };
        ancestors.reverse();
        Timeline {
            version,
            start_time_unix_nano: trace.start_time_unix_nano.to_string(),
            duration_ns: trace.end_time_unix_nano - trace.start_time_unix_nano,
            spans_total: trace.spans.len() as u32,
            rows_total,
            rows: (from..to).map(row).collect(),
            ancestors,
            minimap: self.minimap.clone(),
            shares: self.shares,
        }
    }

    pub(super) fn find(&self, span_id: SpanId) -> Option<Stands> {
        let at = self.by_id.partition_point(|(id, _)| *id < span_id);
        self.by_id.get(at).filter(|(id, _)| *id == span_id).map(|(_, place)| *place)
    }

    fn row(&self, trace: &ReadTrace, shown: &Shown, stands: Stands, row: u32) -> TimelineRow {
        let at = match stands {
            Stands::Span(at) => at as usize,
            Stands::Missing(at) => return self.row_of_missing(trace, shown, at, row),
        };
        let read = &trace.spans[at];
        let usage = read.reading.usage;
        TimelineRow {
            row,
            missing: false,
            span_id: read.span.span_id.to_string(),
            parent_span_id: read.span.parent_span_id.map(|id| id.to_string()),
            depth: stands.depth(&trace.tree),
            children: self.children[at],
            descendants: trace.tree.descendants[at],
            expanded: shown.is_expanded(&trace.tree, stands),
            position: self.position[at].0,
            siblings: self.position[at].1,
            name: read.span.name.clone(),
            kind: read.reading.kind,
            status: if read.failed() { StatusCode::Error } else { StatusCode::of(read.span.status.code) },
            running: read.is_running(),
            start_ns: trace.start_ns(at),
            duration_ns: trace.duration_ns(at),
            self_ns: self.self_ns[at],
            first_chunk_ns: read.reading.stream.as_ref().and_then(|stream| stream.time_to_first_chunk_ns),
            critical: self.critical.of(at),
            model: read.model().map(str::to_owned),
            input_tokens: usage.and_then(|usage| usage.input_tokens),
            output_tokens: usage.and_then(|usage| usage.output_tokens),
            error: error_line(&read.span, read.reading.error.as_ref()),
            badges: badges(trace, at),
        }
    }

    fn row_of_missing(&self, trace: &ReadTrace, shown: &Shown, at: u32, row: u32) -> TimelineRow {
        let (missing, gap) = (&trace.tree.missing[at as usize], self.missing[at as usize]);
        TimelineRow {
            row,
            missing: true,
            span_id: missing.span_id.to_string(),
            parent_span_id: None,
            depth: 0,
            children: missing.children,
            descendants: missing.end - missing.first,
            expanded: shown.is_expanded(&trace.tree, Stands::Missing(at)),
            position: gap.position.0,
            siblings: gap.position.1,
            name: "Parent not received".to_owned(),
            kind: Kind::Other,
            status: StatusCode::Unset,
            running: false,
            start_ns: gap.start_ns,
            duration_ns: gap.end_ns - gap.start_ns,
            self_ns: 0,
            first_chunk_ns: None,
            critical: Vec::new(),
            model: None,
            input_tokens: None,
            output_tokens: None,
            error: None,
            badges: Vec::new(),
        }
    }
}

/// Numbers the rows without a row above them, and the spans below each missing parent; returns what is known of those.
fn place_roots(trace: &ReadTrace, position: &mut [(u32, u32)]) -> Vec<Gap> {
    let tree = &trace.tree;
    let named: u32 = tree.missing.iter().map(|missing| missing.children).sum();
    let count = tree.roots().count() as u32 - named + tree.missing.len() as u32;
    let mut gaps: Vec<Gap> = Vec::with_capacity(tree.missing.len());
    let (mut nth, mut below) = (0, 0);
    for root in tree.roots() {
        if !tree.parent_missing[root] {
            nth += 1;
            position[root] = (nth, count);
            continue;
        }
        let at = tree.missing.partition_point(|missing| missing.first as usize <= root) - 1;
        if gaps.len() == at {
            (nth, below) = (nth + 1, 0);
            gaps.push(Gap { position: (nth, count), start_ns: u64::MAX, end_ns: 0 });
        }
        below += 1;
        position[root] = (below, tree.missing[at].children);
        for span in root..=root + tree.descendants[root] as usize {
            let start_ns = trace.start_ns(span);
            gaps[at].start_ns = gaps[at].start_ns.min(start_ns);
            gaps[at].end_ns = gaps[at].end_ns.max(start_ns + trace.duration_ns(span));
        }
    }
    gaps
}

/// Returns a window of rows of a trace's timeline. For many windows of one trace, keep a [`TimelineIndex`].
pub fn timeline(trace: &ReadTrace, version: u64, window: &RowWindow) -> Timeline {
    TimelineIndex::new(trace).window(trace, version, window)
}

fn badges(trace: &ReadTrace, at: usize) -> Vec<RowBadge> {
    let span = &trace.spans[at].span;
    let marks = [
        (RowBadge::MissingParent, trace.tree.parent_missing[at]),
        (RowBadge::NegativeDuration, ends_before_start(trace, at)),
        (RowBadge::ClockSkew, is_skewed(trace, at)),
        (RowBadge::Dropped, Dropped::of(span) != Dropped::default()),
        (RowBadge::Cycle, trace.tree.cut[at]),
    ];
    marks.into_iter().filter(|(_, applies)| *applies).map(|(badge, _)| badge).collect()
}

/// Says whether a span ends before it starts.
pub(in crate::views) fn ends_before_start(trace: &ReadTrace, at: usize) -> bool {
    let span = &trace.spans[at].span;
    span.end_time_unix_nano != 0 && span.end_time_unix_nano < span.start_time_unix_nano
}

/// Says whether the clocks of a span and its parent disagree: they come from different processes, and the span starts before
/// its parent or, as the server's side of a request, after its parent ended. Work that goes on after the parent ended is nothing
/// odd, and a server ends its span when the client has read the answer already.
pub(in crate::views) fn is_skewed(trace: &ReadTrace, at: usize) -> bool {
    const SERVER: i32 = 2;
    let Some(parent) = trace.tree.parent[at].map(|up| &trace.spans[up as usize]) else { return false };
    let (span, up) = (&trace.spans[at].span, &parent.span);
    let start = span.start_time_unix_nano;
    let starts_early = start != 0 && start < up.start_time_unix_nano;
    let starts_late = span.kind == SERVER && !parent.is_running() && start > up.end_time_unix_nano;
    (starts_early || starts_late) && !Arc::ptr_eq(&span.resource, &up.resource) && span.resource != up.resource
}
