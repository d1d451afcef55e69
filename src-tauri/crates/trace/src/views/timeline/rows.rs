//! The rows of the timeline.

use std::cmp::Reverse;
use std::sync::Arc;

use super::alike::{Run, run_at, runs};
use super::at_once::at_once;
use super::columns::{Columns, Rare};
use super::critical_path::CriticalPath;
use super::minimap::minimap;
use super::self_time::self_times;
use super::shares::shares;
use super::shown::{Fold, Shown, Stands};
use super::{Minimap, Shares, Timeline, TimelineRow};
use crate::reading::Kind;
use crate::span::SpanId;
use crate::views::ReadTrace;
use crate::views::document::StatusCode;

/// The most rows of one answer.
const ROWS_LIMIT: u32 = 2_000;

/// The most ancestors of one answer.
const ANCESTORS_LIMIT: usize = 256;

/// The most pieces of the critical path that are told of spans shown as one row.
const CRITICAL_LIMIT: usize = 2_000;

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
    /// Show siblings that are alike as one row, but those whose first `expanded` names.
    pub alike: bool,
}

/// What every window of a trace's timeline shares: made once per version of the trace, linear but for sorting.
#[derive(Clone, Debug, Default)]
pub struct TimelineIndex {
    pub(super) columns: Columns,
    by_id: Vec<(SpanId, Stands)>,
    pub(super) self_ns: Vec<u64>,
    pub(super) critical: CriticalPath,
    /// Where errors came from.
    pub(super) innermost: Vec<bool>,
    /// Children of each span.
    children: Vec<u32>,
    at_once: Vec<u32>,
    /// Each span's place among its siblings, from 1, and how many they are.
    position: Vec<(u32, u32)>,
    missing: Vec<Gap>,
    runs: Vec<Run>,
    minimap: Minimap,
    shares: Shares,
}

/// How the times of a trace's spans lie to each other.
#[derive(Debug)]
pub struct Times {
    at_once: Vec<u32>,
    self_ns: Vec<u64>,
    critical: CriticalPath,
}

impl Times {
    /// Returns the times of a trace's columns.
    pub fn of(columns: &Columns) -> Self {
        Self { at_once: at_once(columns), self_ns: self_times(columns), critical: CriticalPath::new(columns) }
    }
}

/// Where the spans of a trace stand, and the whole at a glance.
#[derive(Debug)]
pub struct Places {
    by_id: Vec<(SpanId, Stands)>,
    children: Vec<u32>,
    position: Vec<(u32, u32)>,
    missing: Vec<Gap>,
    runs: Vec<Run>,
    innermost: Vec<bool>,
    minimap: Minimap,
    shares: Shares,
}

impl Places {
    /// Returns the places of a trace's columns.
    pub fn of(columns: &Columns) -> Self {
        let tree = &columns.tree;
        let spans = (0..).zip(0..columns.len()).map(|(at, place)| (columns.span_id(place), Stands::Span(at)));
        let missing = (0..).zip(&tree.missing).map(|(at, missing)| (missing.span_id, Stands::Missing(at)));
        let mut by_id: Vec<(SpanId, Stands)> = spans.chain(missing).collect();
        by_id.sort_unstable();
        let children: Vec<u32> = (0..columns.len()).map(|at| tree.children(at).fold(0, |count, _| count + 1)).collect();
        let mut position = vec![(0, 0); columns.len()];
        for (at, &count) in children.iter().enumerate() {
            (1..).zip(tree.children(at)).for_each(|(nth, child)| position[child] = (nth, count));
        }
        let missing = place_roots(columns, &mut position);
        let (innermost, minimap, shares) = (columns.innermost_failures(), minimap(columns), shares(columns));
        Self { by_id, children, position, missing, runs: runs(columns), innermost, minimap, shares }
    }
}

/// What is known of a missing parent's row.
#[derive(Clone, Copy, Debug, Default)]
struct Gap {
    position: (u32, u32),
    start_ns: u64,
    end_ns: u64,
}

impl TimelineIndex {
    /// Returns the index of a trace that was read.
    pub fn new(trace: &ReadTrace) -> Self {
        Self::of(Columns::of(trace))
    }

    /// Returns the index of a trace's columns.
    pub fn of(columns: Columns) -> Self {
        let (times, places) = (Times::of(&columns), Places::of(&columns));
        Self::with(columns, times, places)
    }

    /// Returns the index of a trace's columns and of what was made of them: the two take about as long, and can be made beside
    /// each other.
    pub fn with(columns: Columns, times: Times, places: Places) -> Self {
        let Times { at_once, self_ns, critical } = times;
        let Places { by_id, children, position, missing, runs, innermost, minimap, shares } = places;
        Self {
            columns,
            by_id,
            self_ns,
            critical,
            innermost,
            children,
            at_once,
            position,
            missing,
            runs,
            minimap,
            shares,
        }
    }

    /// Returns the columns it is made of.
    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// Returns how many spans there are.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// Says whether there are no spans.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// Returns a span, what is above it, and what is below it, at most `below` of them; empty when it is not there.
    pub fn around(&self, span_id: SpanId, below: usize) -> Vec<SpanId> {
        let Some(Stands::Span(at)) = self.find(span_id) else { return Vec::new() };
        let (tree, at) = (&self.columns.tree, at as usize);
        let above = tree.ancestors(at).take(ANCESTORS_LIMIT);
        let below = (at..=at + tree.descendants[at] as usize).take(below + 1);
        above.chain(below).map(|place| self.columns.span_id(place)).collect()
    }

    /// Returns the next span after `after`, round to the first, that failed: where a failure began comes before what it made fail,
    /// that is children before their parents.
    pub fn next_failure(&self, after: Option<SpanId>) -> Option<SpanId> {
        let last = |place: usize| place + self.columns.tree.descendants[place] as usize;
        let order = |place: usize| (last(place), Reverse(place));
        let failed = || (0..self.len()).filter(|&place| self.columns.failed(place));
        let next = match after.and_then(|span_id| self.find(span_id)) {
            Some(Stands::Span(at)) => {
                let at = at as usize;
                // From a failed span on; from any other, what failed within it is the nearest.
                let follows = |place: &usize| match self.columns.failed(at) {
                    true => order(*place) > order(at),
                    false => last(*place) >= at,
                };
                failed().filter(follows).min_by_key(|&place| order(place))
            }
            _ => None,
        };
        next.or_else(|| failed().min_by_key(|&place| order(place))).map(|place| self.columns.span_id(place))
    }

    /// Returns a window of rows.
    pub fn window(&self, version: u64, window: &RowWindow) -> Timeline {
        self.among(&Shown::new(self, &Fold::of(window)), version, window)
    }

    /// Returns a window of the rows there are when folded as `shown`.
    pub fn among(&self, shown: &Shown, version: u64, window: &RowWindow) -> Timeline {
        let rows_total = shown.rows.len() as u32;
        let length = window.rows.min(ROWS_LIMIT);
        let tree = &self.columns.tree;
        let revealed = window.reveal.and_then(|span_id| shown.row_of(tree, self.find(span_id)?));
        let from = match revealed {
            Some(row) => row.saturating_sub(length / 2).min(rows_total.saturating_sub(length)),
            None => window.from.min(rows_total),
        };
        let to = from.saturating_add(length).min(rows_total);
        let row = |row: u32| self.row(shown, shown.rows[row as usize], row);
        let mut ancestors: Vec<TimelineRow> = match shown.rows.get(from as usize).filter(|_| from < to) {
            Some(&first) => shown
                .above(self, first)
                .take(ANCESTORS_LIMIT)
                .filter_map(|up| Some(self.row(shown, up, shown.row_of(tree, up)?)))
                .collect(),
            None => Vec::new(),
        };
        ancestors.reverse();
        Timeline {
            version,
            start_time_unix_nano: self.columns.start_time_unix_nano.to_string(),
            duration_ns: self.columns.extent_ns(),
            spans_total: self.columns.len() as u32,
            rows_total,
            rows: (from..to).map(row).collect(),
            ancestors,
            minimap: self.minimap.clone(),
            shares: self.shares,
        }
    }

    /// Returns how long a span ran while none of its children did, in nanoseconds; `None` when it has no children, or is not there.
    pub fn own_ns(&self, span_id: SpanId) -> Option<u64> {
        let Stands::Span(at) = self.find(span_id)? else { return None };
        (self.children[at as usize] > 0).then(|| self.self_ns[at as usize])
    }

    pub(super) fn find(&self, span_id: SpanId) -> Option<Stands> {
        let at = self.by_id.partition_point(|(id, _)| *id < span_id);
        self.by_id.get(at).filter(|(id, _)| *id == span_id).map(|(_, place)| *place)
    }

    fn row(&self, shown: &Shown, stands: Stands, row: u32) -> TimelineRow {
        let at = match stands {
            Stands::Span(at) => at as usize,
            Stands::Missing(at) => return self.row_of_missing(shown, at, row),
        };
        let columns = &self.columns;
        let rare = columns.rare(at);
        let row = TimelineRow {
            row,
            missing: false,
            span_id: columns.span_id(at).to_string(),
            parent_span_id: columns.parent_span_id(at).map(|id| id.to_string()),
            depth: stands.depth(&columns.tree),
            children: self.children[at],
            at_once: self.at_once[at],
            descendants: columns.tree.descendants[at],
            alike: 0,
            expanded: shown.is_expanded(&columns.tree, stands),
            position: self.position[at].0,
            siblings: self.position[at].1,
            name: columns.name(at).to_owned(),
            kind: columns.kind(at),
            status: columns.status(at),
            running: columns.running(at),
            start_ns: columns.start_ns(at),
            duration_ns: columns.duration_ns(at),
            self_ns: self.self_ns[at],
            first_chunk_ns: rare.and_then(|rare| rare.first_chunk_ns),
            critical: self.critical.of(at),
            model: rare.and_then(|rare| rare.model).map(|model| columns.text(model).to_owned()),
            input_tokens: rare.and_then(|rare| rare.input_tokens),
            output_tokens: rare.and_then(|rare| rare.output_tokens),
            error: rare.and_then(|rare| rare.error.as_deref()).map(str::to_owned),
            badges: columns.badges(at),
        };
        match shown.run_of(self, stands) {
            Some(run) => self.row_in_run(row, run, at, shown.is_open(run)),
            None => row,
        }
    }

    /// Returns the first of each lot of siblings that are alike, and how many they are, itself included.
    pub fn alike(&self) -> impl Iterator<Item = (SpanId, u32)> + '_ {
        self.runs.iter().map(|run| (self.columns.span_id(run.first as usize), run.count()))
    }

    /// Returns the run a span is in.
    pub(super) fn run_at(&self, at: u32) -> Option<Run> {
        run_at(&self.runs, at)
    }

    /// Makes of a span's row that of siblings that are alike: the first of them stands for all, or has the others below it.
    fn row_in_run(&self, row: TimelineRow, run: Run, at: usize, open: bool) -> TimelineRow {
        let (first, others) = (run.first as usize, run.count() - 1);
        if at != first {
            return TimelineRow {
                parent_span_id: Some(self.columns.span_id(first).to_string()),
                depth: row.depth + 1,
                position: (at - first) as u32,
                siblings: others,
                ..row
            };
        }
        let row = TimelineRow { alike: run.count(), children: others, descendants: others, expanded: open, ..row };
        if open {
            return row;
        }
        let places = || run.places().map(|at| at as usize);
        let sum = |of: fn(&Rare) -> Option<u64>| {
            self.columns.rare_of(run.places()).filter_map(of).reduce(u64::saturating_add)
        };
        let end = places().map(|at| self.columns.start_ns(at) + self.columns.duration_ns(at)).max().unwrap_or_default();
        TimelineRow {
            duration_ns: end - row.start_ns,
            self_ns: places().map(|at| self.self_ns[at]).sum(),
            first_chunk_ns: None,
            critical: places().flat_map(|at| self.critical.of(at)).take(CRITICAL_LIMIT).collect(),
            input_tokens: sum(|rare| rare.input_tokens),
            output_tokens: sum(|rare| rare.output_tokens),
            ..row
        }
    }

    fn row_of_missing(&self, shown: &Shown, at: u32, row: u32) -> TimelineRow {
        let (missing, gap) = (&self.columns.tree.missing[at as usize], self.missing[at as usize]);
        TimelineRow {
            row,
            missing: true,
            span_id: missing.span_id.to_string(),
            parent_span_id: None,
            depth: 0,
            children: missing.children,
            at_once: 0,
            descendants: missing.end - missing.first,
            alike: 0,
            expanded: shown.is_expanded(&self.columns.tree, Stands::Missing(at)),
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
fn place_roots(columns: &Columns, position: &mut [(u32, u32)]) -> Vec<Gap> {
    let tree = &columns.tree;
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
            let start_ns = columns.start_ns(span);
            gaps[at].start_ns = gaps[at].start_ns.min(start_ns);
            gaps[at].end_ns = gaps[at].end_ns.max(start_ns + columns.duration_ns(span));
        }
    }
    gaps
}

/// Returns a window of rows of a trace's timeline. For many windows of one trace, keep a [`TimelineIndex`].
pub fn timeline(trace: &ReadTrace, version: u64, window: &RowWindow) -> Timeline {
    TimelineIndex::new(trace).window(version, window)
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
