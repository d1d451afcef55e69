//! What is drawn, exported and answered: plain data derived from spans and readings.
//!
//! Views know no convention: they see [`crate::reading`] only. All of them start from a [`ReadTrace`]. Times within a trace are
//! offsets in nanoseconds from its start, which a JavaScript number holds exactly for 104 days; absolute times are strings.

pub mod checks;
pub mod compare;
pub mod context;
pub mod conversation;
pub mod document;
#[cfg(test)]
mod drawn;
mod halves;
pub mod json_tree;
pub mod ledger;
pub mod lines;
mod media;
pub mod stream;
pub mod summary;
pub mod timeline;
mod tool_chain;
pub mod tools;
pub mod totals;
pub mod transcript;
pub mod tree;

use crate::reading::{ErrorInfo, FieldGroup, Reading};
use crate::span::{Span, SpanId, TraceId};
use crate::usage::prices::Prices;
use crate::usage::rollup::{Line, RollUp};
use tree::{Placed, Tree};

/// Says whether a span failed: by its status (OTLP's code), or by the error that was read of it, whatever its status says: some
/// set that to "ok" when they begin.
fn failed(status_code: i32, recorded_error: bool) -> bool {
    status_code == 2 || recorded_error
}

/// A span and what it means.
#[derive(Clone, Debug)]
pub struct ReadSpan {
    /// The span as received.
    pub span: Span,
    /// What it means.
    pub reading: Reading,
    /// How many further times the same span was received.
    pub duplicates: u32,
    /// Whether it was not received but made of log records ([`crate::dialects::spans_of`]).
    pub from_logs: bool,
}

impl ReadSpan {
    /// Returns the model that answered, else the one that was asked.
    pub fn model(&self) -> Option<&str> {
        let model = self.reading.model.as_ref()?;
        model.response.as_deref().or(model.request.as_deref())
    }

    /// Says whether the span failed: by its status, or by the error it recorded.
    pub fn failed(&self) -> bool {
        failed(self.span.status.code, self.reading.error.is_some())
    }

    /// Returns what went wrong, in the status's words when the span recorded nothing else; `None` for a span that did not fail.
    pub fn error(&self) -> Option<ErrorInfo> {
        let words = &self.span.status.message;
        let by_status = || ErrorInfo { message: (!words.is_empty()).then(|| words.clone()), ..ErrorInfo::default() };
        self.failed().then(|| self.reading.error.clone().unwrap_or_else(by_status))
    }

    /// Says whether the span has started and not ended.
    pub fn is_running(&self) -> bool {
        is_running(&self.span, &self.reading)
    }
}

/// Says whether a span has started and not ended.
fn is_running(span: &Span, reading: &Reading) -> bool {
    reading.running || span.end_time_unix_nano == 0
}

/// A whole trace, read, in tree order: what every view derives from.
#[derive(Clone, Debug)]
pub struct ReadTrace {
    /// Which trace.
    pub trace_id: TraceId,
    /// Its spans in tree order: parents before children, siblings by start time.
    pub spans: Vec<ReadSpan>,
    /// How they hang together; indexes are places in `spans`.
    pub tree: tree::Tree,
    /// What they used and cost together, line by line.
    pub totals: RollUp,
    /// The earliest start, in nanoseconds since 1970; 0 when no span has one.
    pub start_time_unix_nano: u64,
    /// The latest known time (of an end or, while spans run, of a start), in nanoseconds since 1970; never before the start.
    pub end_time_unix_nano: u64,
}

impl ReadTrace {
    /// Returns the trace of these spans, in whatever order they come. Linear but for sorting, and never deep: a chain of
    /// 100,000 spans, circles of parents and missing parents are placed as [`tree`] says. `prices` say what tokens cost where
    /// the sender did not.
    pub fn new(trace_id: TraceId, mut spans: Vec<ReadSpan>, prices: &Prices) -> Self {
        halves::join(&mut spans);
        let placed: Vec<Placed> = spans
            .iter()
            .map(|ReadSpan { span, .. }| Placed {
                start_time_unix_nano: span.start_time_unix_nano,
                span_id: span.span_id,
                parent_span_id: span.parent_span_id,
            })
            .collect();
        let (tree, order) = Tree::grow(&placed);
        // Moves every span to its place, following the permutation's cycles.
        let mut goes_to = vec![0u32; order.len()];
        for (to, &from) in order.iter().enumerate() {
            goes_to[from as usize] = to as u32;
        }
        for at in 0..spans.len() {
            while goes_to[at] as usize != at {
                let to = goes_to[at] as usize;
                spans.swap(at, to);
                goes_to.swap(at, to);
            }
        }
        let times = spans.iter().map(|ReadSpan { span, .. }| (span.start_time_unix_nano, span.end_time_unix_nano));
        let (start_time_unix_nano, end_time_unix_nano) = extent(times);
        let totals = ledger::totals(&spans, &tree, prices);
        Self { trace_id, spans, tree, totals, start_time_unix_nano, end_time_unix_nano }
    }

    /// Returns what became of a span's usage and cost; `None` when it is no call and reports neither.
    pub fn line(&self, at: usize) -> Option<&Line> {
        let lines = &self.totals.lines;
        lines.binary_search_by_key(&at, |line| line.at as usize).ok().map(|found| &lines[found])
    }

    /// Returns what a span cost: as it reported, else as its tokens are priced.
    pub fn cost_usd(&self, at: usize) -> Option<f64> {
        self.spans[at].reading.cost_usd.or_else(|| self.line(at)?.cost_usd())
    }

    /// Returns where a span's cost was read from: the dialect and key, else the price.
    pub fn cost_source(&self, at: usize) -> Option<&str> {
        let told = self.spans[at].reading.sources.get(&FieldGroup::Cost).map(String::as_str);
        told.or_else(|| self.line(at)?.computed.as_ref().map(|computed| computed.source.as_str()))
    }

    /// Returns the place of a span in tree order.
    pub fn find(&self, span_id: SpanId) -> Option<usize> {
        self.spans.iter().position(|read| read.span.span_id == span_id)
    }

    /// Returns which spans failed without a span below them that did: where an error came from, not whom it passed.
    fn innermost_failures(&self) -> Vec<bool> {
        let mut below = vec![false; self.spans.len()];
        let mut innermost = vec![false; self.spans.len()];
        for at in (0..self.spans.len()).rev() {
            let failed = self.spans[at].failed();
            innermost[at] = failed && !below[at];
            if let Some(up) = self.tree.parent[at] {
                below[up as usize] |= failed || below[at];
            }
        }
        innermost
    }

    /// Returns a span's start in nanoseconds from the trace's start; 0 for a span that gives none.
    pub fn start_ns(&self, at: usize) -> u64 {
        self.spans[at].span.start_time_unix_nano.saturating_sub(self.start_time_unix_nano)
    }

    /// Returns a span's duration in nanoseconds: for a running span up to the latest known time of the trace, 0 where the end
    /// lies before the start.
    pub fn duration_ns(&self, at: usize) -> u64 {
        let read = &self.spans[at];
        let end = if read.is_running() {
            read.span.end_time_unix_nano.max(self.end_time_unix_nano)
        } else {
            read.span.end_time_unix_nano
        };
        if read.span.start_time_unix_nano == 0 { 0 } else { end.saturating_sub(read.span.start_time_unix_nano) }
    }
}

/// Returns the earliest start and the latest known time of spans, given as starts and ends with 0 for unknown.
fn extent(times: impl Iterator<Item = (u64, u64)> + Clone) -> (u64, u64) {
    let start = times.clone().map(|(start, _)| start).filter(|&start| start != 0).min().unwrap_or(0);
    let end = times.map(|(start, end)| start.max(end)).max().unwrap_or(0);
    (start, end.max(start))
}

/// Returns how many there are of something, in words: `1 span`, `2,000 spans`.
pub fn counted(count: impl Into<u64>, one: &str) -> String {
    let count = count.into();
    format!("{} {one}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// Returns a count with its thousands set apart.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
