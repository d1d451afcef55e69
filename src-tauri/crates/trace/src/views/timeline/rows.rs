//! The rows of the timeline.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::critical_path::CriticalPath;
use super::minimap::minimap;
use super::self_time::self_times;
use super::shares::shares;
use super::{Minimap, RowBadge, Shares, Timeline, TimelineRow};
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
    by_id: Vec<(SpanId, u32)>,
    self_ns: Vec<u64>,
    critical: CriticalPath,
    /// Children of each span.
    children: Vec<u32>,
    /// Each span's place among its siblings, from 1, and how many they are.
    position: Vec<(u32, u32)>,
    minimap: Minimap,
    shares: Shares,
}

impl TimelineIndex {
    /// Returns the index of a trace.
    pub fn new(trace: &ReadTrace) -> Self {
        let mut by_id: Vec<(SpanId, u32)> = (0..).zip(&trace.spans).map(|(at, read)| (read.span.span_id, at)).collect();
        by_id.sort_unstable();
        let children: Vec<u32> =
            (0..trace.spans.len()).map(|at| trace.tree.children(at).fold(0, |count, _| count + 1)).collect();
        let mut position = vec![(0, 0); trace.spans.len()];
        let mut place = |siblings: &mut dyn Iterator<Item = usize>, count: u32| {
            (1..).zip(siblings).for_each(|(nth, at)| position[at] = (nth, count));
        };
        place(&mut trace.tree.roots(), trace.tree.roots().count() as u32);
        for (at, &count) in children.iter().enumerate() {
            place(&mut trace.tree.children(at), count);
        }
        Self {
            by_id,
            self_ns: self_times(trace),
            critical: CriticalPath::new(trace),
            children,
            position,
            minimap: minimap(trace),
            shares: shares(trace),
        }
    }

    /// Returns a window of rows of the trace the index was made of.
    pub fn window(&self, trace: &ReadTrace, version: u64, window: &RowWindow) -> Timeline {
        let shown = Shown::new(self, trace, window);
        let rows_total = shown.rows.len() as u32;
        let length = window.rows.min(ROWS_LIMIT);
        let revealed = window.reveal.and_then(|span_id| shown.row_of(self.find(span_id)?));
        let from = match revealed {
            Some(row) => row.saturating_sub(length / 2).min(rows_total.saturating_sub(length)),
            None => window.from.min(rows_total),
        };
        let to = from.saturating_add(length).min(rows_total);
        let row = |row: u32| self.row(trace, &shown, shown.rows[row as usize], row);
        let mut ancestors: Vec<TimelineRow> = match shown.rows.get(from as usize).filter(|_| from < to) {
            Some(&first) => trace
                .tree
                .ancestors(first as usize)
                .take(ANCESTORS_LIMIT)
                .filter_map(|up| Some(self.row(trace, &shown, up as u32, shown.row_of(up as u32)?)))
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

    fn find(&self, span_id: SpanId) -> Option<u32> {
        let at = self.by_id.partition_point(|(id, _)| *id < span_id);
        self.by_id.get(at).filter(|(id, _)| *id == span_id).map(|(_, place)| *place)
    }

    fn row(&self, trace: &ReadTrace, shown: &Shown, place: u32, row: u32) -> TimelineRow {
        let at = place as usize;
        let read = &trace.spans[at];
        let usage = read.reading.usage;
        TimelineRow {
            row,
            span_id: read.span.span_id.to_string(),
            parent_span_id: read.span.parent_span_id.map(|id| id.to_string()),
            depth: trace.tree.depth[at],
            children: self.children[at],
            descendants: trace.tree.descendants[at],
            expanded: shown.is_expanded(trace, at),
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
}

/// Returns a window of rows of a trace's timeline. For many windows of one trace, keep a [`TimelineIndex`].
pub fn timeline(trace: &ReadTrace, version: u64, window: &RowWindow) -> Timeline {
    TimelineIndex::new(trace).window(trace, version, window)
}

/// Which spans have a row.
struct Shown {
    collapsed: BTreeSet<u32>,
    expanded: BTreeSet<u32>,
    revealed: BTreeSet<u32>,
    max_depth: u32,
    /// The spans with a row, in row order, which is their order in the tree.
    rows: Vec<u32>,
}

impl Shown {
    fn new(index: &TimelineIndex, trace: &ReadTrace, window: &RowWindow) -> Self {
        let places = |ids: &[SpanId]| ids.iter().filter_map(|id| index.find(*id)).collect::<BTreeSet<u32>>();
        let revealed = window.reveal.and_then(|span_id| index.find(span_id));
        let mut shown = Self {
            collapsed: places(&window.collapsed),
            expanded: places(&window.expanded),
            revealed: revealed.iter().flat_map(|&at| trace.tree.ancestors(at as usize)).map(|up| up as u32).collect(),
            max_depth: window.max_depth.unwrap_or(u32::MAX),
            rows: Vec::new(),
        };
        let mut at = 0;
        while at < trace.spans.len() {
            shown.rows.push(at as u32);
            at += 1;
            if !shown.is_expanded(trace, at - 1) {
                at += trace.tree.descendants[at - 1] as usize;
            }
        }
        shown
    }

    fn is_expanded(&self, trace: &ReadTrace, at: usize) -> bool {
        if trace.tree.descendants[at] == 0 {
            return false;
        }
        let place = at as u32;
        let open = trace.tree.depth[at] < self.max_depth || self.expanded.contains(&place);
        (open && !self.collapsed.contains(&place)) || self.revealed.contains(&place)
    }

    fn row_of(&self, place: u32) -> Option<u32> {
        self.rows.binary_search(&place).ok().map(|row| row as u32)
    }
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
