//! The spans of a trace as columns in tree order: some hundred bytes a span, whatever was said in it.

use std::collections::BTreeMap;
use std::ops::Range;

use super::RowBadge;
use super::facts::SpanFacts;
use crate::reading::{Half, Kind};
use crate::span::SpanId;
use crate::views::document::{Dropped, StatusCode};
use crate::views::summary::{Marks, digest};
use crate::views::tree::{Placed, Tree};
use crate::views::{ReadTrace, extent, halves};

/// Plain facts of a span in a byte.
const RUNNING: u8 = 1;
const FAILED: u8 = 1 << 1;
const OK: u8 = 1 << 2;
const DROPPED: u8 = 1 << 3;
const SERVER: u8 = 1 << 4;
const STREAMED: u8 = 1 << 5;
const ANSWERS: u8 = 1 << 6;
const OFFERS_TOOLS: u8 = 1 << 7;

/// A head names at most so many streams.
const STREAMS_LIMIT: usize = 10_000;

/// The spans of a trace, each fact a column.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    pub(super) tree: Tree,
    pub(super) start_time_unix_nano: u64,
    pub(super) end_time_unix_nano: u64,
    span_id: Vec<SpanId>,
    /// The parents that roots name.
    named: BTreeMap<u32, SpanId>,
    start: Vec<u64>,
    end: Vec<u64>,
    process: Vec<u32>,
    kind: Vec<Kind>,
    flags: Vec<u8>,
    name: Vec<u32>,
    texts: Texts,
    /// What few spans have; by place.
    rare: Vec<(u32, Rare)>,
}

/// What calls of models and failures have beside.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rare {
    pub(super) model: Option<u32>,
    pub(super) input_tokens: Option<u64>,
    pub(super) output_tokens: Option<u64>,
    pub(super) first_chunk_ns: Option<u64>,
    pub(super) error: Option<Box<str>>,
}

/// Texts that many spans share, each kept once.
#[derive(Clone, Debug, Default)]
struct Texts {
    known: BTreeMap<Box<str>, u32>,
    all: Vec<Box<str>>,
}

impl Texts {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.known.get(text) {
            return *number;
        }
        let number = self.all.len() as u32;
        self.all.push(text.into());
        self.known.insert(text.into(), number);
        number
    }
}

/// Takes the spans of a trace in any order.
#[derive(Debug, Default)]
pub struct Gathering {
    placed: Vec<Placed>,
    end: Vec<u64>,
    process: Vec<u32>,
    kind: Vec<Kind>,
    flags: Vec<u8>,
    name: Vec<u32>,
    texts: Texts,
    processes: BTreeMap<u64, u32>,
    rare: Vec<(u32, Rare)>,
    halves: Vec<(usize, Half)>,
}

impl Gathering {
    /// Adds a span; `process` stands for the process it comes from.
    pub fn add(&mut self, span: &SpanFacts<'_>, process: u64) {
        let at = self.placed.len();
        self.placed.push(Placed {
            start_time_unix_nano: span.start_time_unix_nano,
            span_id: span.span_id,
            parent_span_id: span.parent_span_id,
        });
        self.end.push(span.end_time_unix_nano);
        let processes = self.processes.len() as u32;
        self.process.push(*self.processes.entry(process).or_insert(processes));
        self.kind.push(span.kind);
        let flags = [
            (RUNNING, span.running),
            (FAILED, span.failed()),
            (OK, span.status_code == 1),
            (DROPPED, span.dropped != Dropped::default()),
            (SERVER, span.marks.has(Marks::SERVER)),
            (STREAMED, span.marks.has(Marks::STREAMED)),
            (ANSWERS, span.marks.has(Marks::ANSWERS)),
            (OFFERS_TOOLS, span.marks.has(Marks::OFFERS_TOOLS)),
        ];
        self.flags.push(flags.into_iter().filter(|(_, holds)| *holds).fold(0, |all, (flag, _)| all | flag));
        let tool = span.tool_name.as_deref().filter(|tool| !span.name.contains(*tool));
        self.name.push(match tool {
            Some(tool) => self.texts.number(&format!("{} {tool}", span.name)),
            None => self.texts.number(&span.name),
        });
        let rare = Rare {
            model: span.model.as_deref().map(|model| self.texts.number(model)),
            input_tokens: span.usage.and_then(|usage| usage.input_tokens),
            output_tokens: span.usage.and_then(|usage| usage.output_tokens),
            first_chunk_ns: span.first_chunk_ns,
            error: span.error.as_deref().map(Box::from),
        };
        if rare != Rare::default() {
            self.rare.push((at as u32, rare));
        }
        self.halves.extend(span.half.map(|half| (at, half)));
    }

    /// Adds the spans that another gathering took.
    pub fn append(&mut self, other: Gathering) {
        let before = self.placed.len();
        let texts: Vec<u32> = other.texts.all.iter().map(|text| self.texts.number(text)).collect();
        let mut processes = vec![0; other.processes.len()];
        for (process, number) in other.processes {
            let next = self.processes.len() as u32;
            processes[number as usize] = *self.processes.entry(process).or_insert(next);
        }
        self.placed.extend(other.placed);
        self.end.extend(other.end);
        self.process.extend(other.process.into_iter().map(|number| processes[number as usize]));
        self.kind.extend(other.kind);
        self.flags.extend(other.flags);
        self.name.extend(other.name.into_iter().map(|number| texts[number as usize]));
        self.rare.extend(other.rare.into_iter().map(|(at, rare)| {
            let model = rare.model.map(|number| texts[number as usize]);
            (at + before as u32, Rare { model, ..rare })
        }));
        self.halves.extend(other.halves.into_iter().map(|(at, half)| (at + before, half)));
    }

    /// Returns the columns in tree order.
    pub fn columns(mut self) -> Columns {
        self.join_halves();
        let times = self.placed.iter().zip(&self.end).map(|(placed, end)| (placed.start_time_unix_nano, *end));
        let (start_time_unix_nano, end_time_unix_nano) = extent(times);
        let (tree, order) = Tree::grow(&self.placed);
        let mut place = vec![0u32; order.len()];
        (0..).zip(&order).for_each(|(to, &from)| place[from as usize] = to);
        let named = (0..order.len()).filter(|&at| tree.parent[at].is_none());
        let named = named.filter_map(|at| Some((at as u32, self.placed[order[at] as usize].parent_span_id?))).collect();
        let mut rare: Vec<(u32, Rare)> = self.rare.into_iter().map(|(at, rare)| (place[at as usize], rare)).collect();
        rare.sort_unstable_by_key(|(at, _)| *at);
        fn in_order<T: Copy>(order: &[u32], column: &[T]) -> Vec<T> {
            order.iter().map(|&at| column[at as usize]).collect()
        }
        Columns {
            start_time_unix_nano,
            end_time_unix_nano,
            span_id: order.iter().map(|&at| self.placed[at as usize].span_id).collect(),
            named,
            start: order.iter().map(|&at| self.placed[at as usize].start_time_unix_nano).collect(),
            end: in_order(&order, &self.end),
            process: in_order(&order, &self.process),
            kind: in_order(&order, &self.kind),
            flags: in_order(&order, &self.flags),
            name: in_order(&order, &self.name),
            texts: self.texts,
            rare,
            tree,
        }
    }

    /// Moves what the half of a call that tells the answer says to the half that asked.
    fn join_halves(&mut self) {
        let halves = std::mem::take(&mut self.halves);
        let placed = halves.into_iter().map(|(at, half)| halves::Placed {
            at,
            span_id: self.placed[at].span_id,
            parent: self.placed[at].parent_span_id,
            end_time_unix_nano: self.end[at],
            half,
        });
        for (call, answer) in halves::pair(placed.collect()) {
            let Some(told) = self.rare_of(answer) else { continue };
            let error = told.error.take();
            let moved = std::mem::replace(told, Rare { error, ..Rare::default() });
            if self.rare_of(call).is_none() {
                let next = self.rare.partition_point(|(at, _)| (*at as usize) < call);
                self.rare.insert(next, (call as u32, Rare::default()));
            }
            if let Some(whole) = self.rare_of(call) {
                let (model, error) = (moved.model.or(whole.model), whole.error.take());
                *whole = Rare { model, error, ..moved };
            }
        }
    }

    fn rare_of(&mut self, place: usize) -> Option<&mut Rare> {
        let found = self.rare.binary_search_by_key(&(place as u32), |(at, _)| *at).ok()?;
        Some(&mut self.rare[found].1)
    }
}

impl Columns {
    /// Returns the columns of a trace that was read.
    pub fn of(trace: &ReadTrace) -> Self {
        let mut gathering = Gathering::default();
        for read in &trace.spans {
            let digest = digest(&read.span, &read.reading, read.duplicates);
            gathering.add(&SpanFacts::from(&digest), read.span.resource.process());
        }
        gathering.columns()
    }

    /// Returns how many spans there are.
    pub fn len(&self) -> usize {
        self.span_id.len()
    }

    /// Says whether there are no spans.
    pub fn is_empty(&self) -> bool {
        self.span_id.is_empty()
    }

    /// Returns what lies between the earliest start and the latest known time.
    pub(super) fn extent_ns(&self) -> u64 {
        self.end_time_unix_nano - self.start_time_unix_nano
    }

    pub(super) fn span_id(&self, at: usize) -> SpanId {
        self.span_id[at]
    }

    /// Returns the parent a span names, whether or not it is there.
    pub(super) fn parent_span_id(&self, at: usize) -> Option<SpanId> {
        match self.tree.parent[at] {
            Some(up) => Some(self.span_id[up as usize]),
            None => self.named.get(&(at as u32)).copied(),
        }
    }

    /// Returns a span's start from the trace's start; 0 for a span that gives none.
    pub(super) fn start_ns(&self, at: usize) -> u64 {
        self.start[at].saturating_sub(self.start_time_unix_nano)
    }

    /// Returns a span's duration: for a running span up to the latest known time of the trace, 0 where the end lies before the
    /// start.
    pub(super) fn duration_ns(&self, at: usize) -> u64 {
        let end = if self.running(at) { self.end[at].max(self.end_time_unix_nano) } else { self.end[at] };
        if self.start[at] == 0 { 0 } else { end.saturating_sub(self.start[at]) }
    }

    pub(super) fn kind(&self, at: usize) -> Kind {
        self.kind[at]
    }

    pub(super) fn name(&self, at: usize) -> &str {
        &self.texts.all[self.name[at] as usize]
    }

    /// Says whether two spans have one name.
    pub(super) fn is_named_as(&self, at: usize, other: usize) -> bool {
        self.name[at] == self.name[other]
    }

    pub(super) fn text(&self, number: u32) -> &str {
        &self.texts.all[number as usize]
    }

    pub(super) fn running(&self, at: usize) -> bool {
        self.flags[at] & RUNNING != 0
    }

    pub(super) fn failed(&self, at: usize) -> bool {
        self.flags[at] & FAILED != 0
    }

    pub(super) fn status(&self, at: usize) -> StatusCode {
        match self.flags[at] & (FAILED | OK) {
            0 => StatusCode::Unset,
            OK => StatusCode::Ok,
            _ => StatusCode::Error,
        }
    }

    pub(super) fn rare(&self, at: usize) -> Option<&Rare> {
        self.rare.binary_search_by_key(&(at as u32), |(at, _)| *at).ok().map(|found| &self.rare[found].1)
    }

    /// Returns what few spans have, of those at some places.
    pub(super) fn rare_of(&self, places: Range<u32>) -> impl Iterator<Item = &Rare> {
        let place = |place: u32| self.rare.partition_point(|(at, _)| *at < place);
        self.rare[place(places.start)..place(places.end)].iter().map(|(_, rare)| rare)
    }

    /// Returns which spans failed without a span below them that did: where an error came from, not whom it passed.
    pub(super) fn innermost_failures(&self) -> Vec<bool> {
        let mut below = vec![false; self.len()];
        let mut innermost = vec![false; self.len()];
        for at in (0..self.len()).rev() {
            let failed = self.failed(at);
            innermost[at] = failed && !below[at];
            if let Some(up) = self.tree.parent[at] {
                below[up as usize] |= failed || below[at];
            }
        }
        innermost
    }

    /// Returns a span's id as it is written.
    pub(in crate::views) fn id_of(&self, at: usize) -> String {
        self.span_id[at].to_string()
    }

    /// Returns the place of the first span that stands out for this.
    pub(in crate::views) fn first_with(&self, badge: RowBadge) -> Option<usize> {
        (0..self.len()).find(|&at| self.has_badge(at, badge))
    }

    /// Returns the spans whose answer was streamed, in start order; at most 10,000.
    pub(in crate::views) fn streams(&self) -> Vec<String> {
        let mut streams: Vec<usize> = (0..self.len()).filter(|&at| self.flags[at] & STREAMED != 0).collect();
        streams.sort_by_key(|&at| self.start[at]);
        streams.into_iter().take(STREAMS_LIMIT).map(|at| self.id_of(at)).collect()
    }

    /// Says whether there are calls of a model or messages.
    pub(in crate::views) fn talks(&self) -> bool {
        self.flags.iter().zip(&self.kind).any(|(flags, kind)| flags & ANSWERS != 0 || *kind == Kind::Llm)
    }

    /// Says whether tools were offered or executed.
    pub(in crate::views) fn has_tools(&self) -> bool {
        self.flags.iter().zip(&self.kind).any(|(flags, kind)| flags & OFFERS_TOOLS != 0 || *kind == Kind::Tool)
    }

    pub(super) fn badges(&self, at: usize) -> Vec<RowBadge> {
        RowBadge::ALL.into_iter().filter(|badge| self.has_badge(at, *badge)).collect()
    }

    fn has_badge(&self, at: usize, badge: RowBadge) -> bool {
        match badge {
            RowBadge::MissingParent => self.tree.parent_missing[at],
            RowBadge::NegativeDuration => self.end[at] != 0 && self.end[at] < self.start[at],
            RowBadge::ClockSkew => self.is_skewed(at),
            RowBadge::Dropped => self.flags[at] & DROPPED != 0,
            RowBadge::Cycle => self.tree.cut[at],
        }
    }

    /// Says whether the clocks of a span and its parent disagree; see [`super::is_skewed`].
    fn is_skewed(&self, at: usize) -> bool {
        let Some(up) = self.tree.parent[at].map(|up| up as usize) else { return false };
        let start = self.start[at];
        let starts_early = start != 0 && start < self.start[up];
        let starts_late = self.flags[at] & SERVER != 0 && !self.running(up) && start > self.end[up];
        (starts_early || starts_late) && self.process[at] != self.process[up]
    }
}
