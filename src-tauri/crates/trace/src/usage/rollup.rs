//! Totals of a trace in which each call counts once.
//!
//! Libraries repeat each other: an agent reports the sum of its calls (or of its lifetime), a framework's span wraps the span
//! of the client it uses, callbacks and patches report one call side by side. The rule, for tokens and cost each by itself:
//!
//! * Calls with the same response id ([`super::same_answer`]) are one call, counted where it is innermost with the most each reports: what wraps several
//!   attempts has the id of the last one, and the others add.
//! * A call counts the most of what it reports and what calls of its kind inside it add up to (equal: a wrapped client; less:
//!   retries inside; more: only part of it is instrumented inside). Calls of another kind, and calls that a tool or an agent
//!   inside it makes, are other calls and add.
//! * What any other span reports counts only when no call below it reports anything, and then the most of what it reports and
//!   what spans below it do.
//!
//! A total is the sum of what each span *added*, so it can be followed line by line. The order of arrival plays no role, and
//! taking away a root that is no call changes nothing.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::prices::{Prices, exact};
pub use super::pricing::Computed;
use super::pricing::price;
use super::same_answer::{Named, same_answers};
use crate::reading::{Kind, Usage};

/// What the roll-up needs to know of a span.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reported<'a> {
    /// The place of its parent, which is lower than its own; `None` for a root.
    pub parent: Option<u32>,
    /// From when to when, in nanoseconds since anything; an end of 0 = it has not ended, or nobody knows.
    pub times: (u64, u64),
    /// What kind of work it did.
    pub kind: Kind,
    /// What it recorded of token counts.
    pub usage: Option<Usage>,
    /// Whether that repeats or sums up other spans by the sender's own word.
    pub usage_is_aggregate: bool,
    /// The id the provider gave the answer.
    pub response_id: Option<&'a str>,
    /// What it cost in US dollars, as reported.
    pub cost_usd: Option<f64>,
    /// The names its model may be priced by: that which answered, that which was asked.
    pub models: [Option<&'a str>; 2],
    /// Who runs the model, as recorded.
    pub provider: Option<&'a str>,
}

impl Reported<'_> {
    pub(super) fn is_call(&self) -> bool {
        self.kind.is_call() && !self.usage_is_aggregate
    }
}

/// How an amount a span reported entered the total.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Entry<A> {
    /// What the span recorded.
    pub own: Option<A>,
    /// What it added to the total.
    pub added: Option<A>,
    /// What spans below it had added that describes the same work.
    pub below: Option<A>,
    /// The innermost span of the same call, when that is where it is counted.
    pub same_as: Option<u32>,
}

/// What became of one span.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// The span's place.
    pub at: u32,
    /// Whether it is a call of a model by itself, not a further report of one.
    pub is_own_call: bool,
    /// Whether nothing that reports this call reports its usage.
    pub usage_unknown: bool,
    /// Whether a span above that is no call reports usage, which is counted for want of its calls'.
    pub usage_counted_above: bool,
    /// Its token counts.
    pub usage: Entry<Usage>,
    /// Its cost, as reported.
    pub cost: Entry<f64>,
    /// What the price table says its tokens cost.
    pub computed: Option<Computed>,
    /// Whether its tokens are in the total and nobody knows what they cost.
    pub is_unpriced: bool,
}

impl Line {
    /// Returns what the span cost: as it reported, else as its tokens are priced.
    pub fn cost_usd(&self) -> Option<f64> {
        self.cost.own.or_else(|| self.computed.as_ref()?.own)
    }

    /// Says whether more was paid for it than anybody knows: its tokens are counted and have no price, or it is a call that went
    /// well (`failed` says that it did not) and of which neither tokens nor a cost are told, above it neither.
    pub fn cost_is_missing(&self, failed: bool) -> bool {
        self.is_unpriced || self.is_silent(failed) && self.cost_usd().is_none()
    }

    /// Says whether it is a call that did not fail and whose tokens are in no number: nothing that reports it tells any, and no span
    /// above it does. What failed had none.
    pub fn is_silent(&self, failed: bool) -> bool {
        self.is_own_call && self.usage_unknown && !self.usage_counted_above && !failed
    }

    /// Returns what the span adds to the trace's cost.
    pub fn cost_added(&self) -> Option<f64> {
        self.cost.added.or_else(|| self.computed.as_ref()?.added)
    }
}

/// A trace's totals.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RollUp {
    /// All tokens; `None` = nobody reported any.
    pub usage: Option<Usage>,
    /// All cost in US dollars that is known, reported or computed; `None` = none is.
    pub cost_usd: Option<f64>,
    /// The spans that are calls or report usage or cost, by place.
    pub lines: Vec<Line>,
}

/// Returns the totals of spans given in tree order, parents before children.
pub fn roll_up(spans: &[Reported<'_>], prices: &Prices) -> RollUp {
    let same_call = same_calls(spans);
    let usage = count(spans, &same_call, |span| span.usage.map(complete_total).filter(Amount::is_known));
    let cost = count(spans, &same_call, |span| span.cost_usd.filter(|cost| cost.is_finite() && *cost >= 0.0));
    let calls = own_calls(spans, &same_call, &usage.entries);
    let pricing = price(spans, &same_call, &usage.entries, &cost.entries, prices);
    let computed = pricing.lines.iter().filter_map(|(_, computed)| computed.added);
    // Added in the order of the places, so that the last digits do not depend on the order of arrival.
    let cost_usd = cost.total.into_iter().chain(computed).fold(None, |sum, cost| plus(sum, Some(cost))).map(exact);

    let mut lines: BTreeMap<u32, Line> = BTreeMap::new();
    let mut all = None;
    for (at, mut usage) in usage.entries {
        // Only now: whether two spans report the same call is told by what they report.
        if spans[at as usize].kind == Kind::Embedding {
            (usage.own, usage.added) = (usage.own.map(total_of_vectors), usage.added.map(total_of_vectors));
        }
        all = plus(all, usage.added);
        lines.entry(at).or_insert(Line { at, ..Line::default() }).usage = usage;
    }
    for (at, cost) in cost.entries {
        lines.entry(at).or_insert(Line { at, ..Line::default() }).cost = cost;
    }
    for (at, computed) in pricing.lines {
        lines.entry(at).or_insert(Line { at, ..Line::default() }).computed = Some(computed);
    }
    for at in pricing.unpriced {
        lines.entry(at).or_insert(Line { at, ..Line::default() }).is_unpriced = true;
    }
    for (at, call) in calls {
        let line = lines.entry(at).or_insert(Line { at, ..Line::default() });
        (line.is_own_call, line.usage_unknown) = (call.is_own, call.is_own && !call.usage_known);
        line.usage_counted_above = call.counted_above;
    }
    RollUp { usage: all, cost_usd, lines: lines.into_values().collect() }
}

/// Returns usage with the total filled in where input and output are known and it is not.
fn complete_total(mut usage: Usage) -> Usage {
    if usage.total_tokens.is_none()
        && let (Some(input), Some(output)) = (usage.input_tokens, usage.output_tokens)
    {
        usage.total_tokens = Some(input.saturating_add(output));
    }
    usage
}

/// Returns usage of a call that answers with vectors: no tokens come out, so what went in is the total.
fn total_of_vectors(usage: Usage) -> Usage {
    match (usage.output_tokens, usage.total_tokens) {
        (None, None) => Usage { total_tokens: usage.input_tokens, ..usage },
        _ => usage,
    }
}

/// Returns, for each call that shares its answer with another one, the innermost of them (of several the first).
fn same_calls(spans: &[Reported<'_>]) -> BTreeMap<u32, u32> {
    let mut depth: Vec<u32> = Vec::with_capacity(spans.len());
    for span in spans {
        depth.push(span.parent.map_or(0, |up| depth[up as usize] + 1));
    }
    let named = (0..).zip(spans).filter(|(_, span)| span.is_call()).filter_map(|(at, span)| {
        let Reported { response_id, times, usage, .. } = *span;
        Some(Named { at, response_id: response_id?, times, usage })
    });
    let mut same = BTreeMap::new();
    for copies in same_answers(named) {
        let innermost = copies.iter().copied().min_by_key(|&at| (Reverse(depth[at as usize]), at));
        same.extend(copies.into_iter().map(|at| (at, innermost.unwrap_or(at))));
    }
    same
}

/// Something that is counted: it may be unknown, it adds, and the more of two can be taken.
pub(crate) trait Amount: Copy {
    fn is_known(&self) -> bool;
    fn plus(self, other: Self) -> Self;
    fn most(self, other: Self) -> Self;
    /// What is missing from `covered` to the most of both; `None` when nothing is.
    fn beyond(self, covered: Self) -> Option<Self>;
}

impl Amount for Usage {
    fn is_known(&self) -> bool {
        self.fields().iter().any(Option::is_some)
    }

    fn plus(self, other: Self) -> Self {
        self.with(other, |a, b| match (a, b) {
            (Some(a), Some(b)) => Some(a.saturating_add(b)),
            (a, b) => a.or(b),
        })
    }

    fn most(self, other: Self) -> Self {
        self.with(other, |a, b| a.max(b))
    }

    fn beyond(self, covered: Self) -> Option<Self> {
        // A field that is 0 and covered by nothing is known all the same: it must not become unknown in the sum.
        let rest = self.with(covered, |own, covered| match (own, covered) {
            (Some(own), Some(covered)) => own.checked_sub(covered).filter(|rest| *rest > 0),
            (own, None) => own,
            (None, _) => None,
        });
        rest.is_known().then_some(rest)
    }
}

impl Usage {
    /// Returns the counts for a line of text: `54 in + 47 out tokens`, with `?` for what is unknown.
    pub fn in_words(&self) -> String {
        let count = |count: Option<u64>| count.map_or("?".to_owned(), |count| count.to_string());
        format!("{} in + {} out tokens", count(self.input_tokens), count(self.output_tokens))
    }

    fn fields(&self) -> [Option<u64>; 7] {
        [
            self.input_tokens,
            self.output_tokens,
            self.total_tokens,
            self.cache_read_tokens,
            self.cache_write_tokens,
            self.cache_write_1h_tokens,
            self.reasoning_tokens,
        ]
    }

    fn with(self, other: Self, join: impl Fn(Option<u64>, Option<u64>) -> Option<u64>) -> Self {
        let (a, b) = (self.fields(), other.fields());
        let [
            input_tokens,
            output_tokens,
            total_tokens,
            cache_read_tokens,
            cache_write_tokens,
            cache_write_1h_tokens,
            reasoning_tokens,
        ] = std::array::from_fn(|field| join(a[field], b[field]));
        Self {
            input_tokens,
            output_tokens,
            total_tokens,
            cache_read_tokens,
            cache_write_tokens,
            cache_write_1h_tokens,
            reasoning_tokens,
        }
    }
}

impl Amount for f64 {
    fn is_known(&self) -> bool {
        true
    }

    fn plus(self, other: Self) -> Self {
        self + other
    }

    fn most(self, other: Self) -> Self {
        self.max(other)
    }

    fn beyond(self, covered: Self) -> Option<Self> {
        // Sums of the same prices in another order differ in the last digits.
        (self - covered > 1e-9 * self).then_some(self - covered)
    }
}

/// Returns the sum of two amounts; one that is unknown adds nothing.
pub(crate) fn plus<A: Amount>(a: Option<A>, b: Option<A>) -> Option<A> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.plus(b)),
        (a, b) => a.or(b),
    }
}

/// What the spans below a span have added, sorted by what it means to that span.
#[derive(Clone, Copy)]
struct Below<A> {
    /// Calls by kind that may be the very call the span reports.
    same: [Option<A>; 3],
    /// Calls by kind that a tool or agent in between makes.
    nested: [Option<A>; 3],
    /// Reports of spans that are no calls, without a call below them; through a tool or agent and not.
    opaque: [Option<A>; 2],
}

impl<A: Amount> Below<A> {
    const NOTHING: Self = Self { same: [None; 3], nested: [None; 3], opaque: [None; 2] };

    fn add(&mut self, other: Self) {
        for kind in 0..3 {
            self.same[kind] = plus(self.same[kind], other.same[kind]);
            self.nested[kind] = plus(self.nested[kind], other.nested[kind]);
        }
        self.opaque = [plus(self.opaque[0], other.opaque[0]), plus(self.opaque[1], other.opaque[1])];
    }

    fn calls(&self) -> Option<A> {
        self.same.iter().chain(&self.nested).copied().fold(None, plus)
    }

    /// The same, seen from above a tool or agent: everything is another call.
    fn nested(self) -> Self {
        Self {
            same: [None; 3],
            nested: std::array::from_fn(|kind| plus(self.same[kind], self.nested[kind])),
            opaque: [None, plus(self.opaque[0], self.opaque[1])],
        }
    }
}

struct Counted<A> {
    total: Option<A>,
    entries: Vec<(u32, Entry<A>)>,
}

/// Counts one amount over the forest, leaves first.
fn count<A: Amount>(
    spans: &[Reported<'_>],
    same_call: &BTreeMap<u32, u32>,
    amount: impl Fn(&Reported<'_>) -> Option<A>,
) -> Counted<A> {
    let mut merged: BTreeMap<u32, A> = BTreeMap::new();
    for (&at, &innermost) in same_call {
        if let Some(own) = amount(&spans[at as usize]) {
            merged.entry(innermost).and_modify(|most| *most = most.most(own)).or_insert(own);
        }
    }
    let mut entries = Vec::new();
    let mut total = None;
    // A span's entry is taken away as soon as it was added to its parent's, so this stays small on a long chain. Boxed, most of a
    // kilobyte is not moved when another comes between.
    let mut below: BTreeMap<u32, Box<Below<A>>> = BTreeMap::new();
    for (at, span) in (0..spans.len() as u32).zip(spans).rev() {
        let own = amount(span);
        let same_as = same_call.get(&at).copied().filter(|&innermost| innermost != at);
        let own_to_count = match same_call.get(&at) {
            Some(_) => merged.get(&at).copied(),
            None => own,
        };
        let under = below.remove(&at);
        // Nothing is known of most spans, nor of what is below them.
        if under.is_none() && own.is_none() && own_to_count.is_none() {
            continue;
        }
        let mut under = under.map_or(Below::NOTHING, |under| *under);
        let describes = if span.is_call() {
            plus(under.same[call_index(span.kind)], under.opaque[0])
        } else {
            plus(under.calls(), plus(under.opaque[0], under.opaque[1]))
        };
        let added = if !span.is_call() && under.calls().is_some() {
            None
        } else {
            own_to_count.and_then(|own| describes.map_or(Some(own), |describes| own.beyond(describes)))
        };
        if span.is_call() {
            let call = &mut under.same[call_index(span.kind)];
            *call = plus(plus(*call, under.opaque[0].take()), added);
        } else {
            under.opaque[0] = plus(under.opaque[0], added);
        }
        total = plus(total, added);
        if own.is_some() || added.is_some() || (span.is_call() && describes.is_some()) {
            entries.push((at, Entry { own, added, below: describes, same_as }));
        }
        if separates(span.kind) {
            under = under.nested();
        }
        if let Some(up) = span.parent {
            below.entry(up).or_insert_with(|| Box::new(Below::NOTHING)).add(under);
        }
    }
    Counted { total, entries }
}

/// What is known of one call span.
struct Call {
    is_own: bool,
    usage_known: bool,
    counted_above: bool,
}

/// Tells calls from further reports of them: a call is one by itself when no other call of its kind is inside it (tools and
/// agents apart) and it is not counted as another span's.
fn own_calls(
    spans: &[Reported<'_>],
    same_call: &BTreeMap<u32, u32>,
    usage: &[(u32, Entry<Usage>)],
) -> Vec<(u32, Call)> {
    const COUNTED_ABOVE: u8 = 1 << 7;
    let mut reported = vec![0u8; spans.len()];
    for (at, entry) in usage {
        let span = &spans[*at as usize];
        if !span.is_call() && entry.added.is_some() {
            reported[*at as usize] |= COUNTED_ABOVE;
        }
        if span.is_call() && (entry.own.is_some() || entry.below.is_some()) {
            let counted_at = same_call.get(at).copied().unwrap_or(*at);
            for at in [*at, counted_at] {
                reported[at as usize] |= 1 << call_index(span.kind);
            }
        }
    }
    // What a wrapper reports is known of the calls inside it; what a call reports is known of its wrappers.
    for (at, span) in spans.iter().enumerate() {
        if let Some(up) = span.parent.map(|up| up as usize) {
            let passed_on = if separates(spans[up].kind) { COUNTED_ABOVE } else { u8::MAX };
            reported[at] |= reported[up] & passed_on;
        }
    }
    let mut inside = vec![0u8; spans.len()];
    let mut calls = Vec::new();
    for (at, span) in spans.iter().enumerate().rev() {
        if span.is_call() {
            let kind = 1 << call_index(span.kind);
            let is_copy = same_call.get(&(at as u32)).is_some_and(|&innermost| innermost as usize != at);
            let is_own = !is_copy && inside[at] & kind == 0;
            if is_own {
                inside[at] |= kind;
            }
            let call = Call {
                is_own,
                usage_known: reported[at] & kind != 0,
                counted_above: reported[at] & COUNTED_ABOVE != 0,
            };
            calls.push((at as u32, call));
        }
        if let Some(up) = span.parent.filter(|_| !separates(span.kind)) {
            inside[up as usize] |= inside[at];
        }
    }
    calls
}

/// Says whether calls below a span of this kind are other calls than those above it.
pub(super) fn separates(kind: Kind) -> bool {
    matches!(kind, Kind::Tool | Kind::Agent)
}

pub(super) fn call_index(kind: Kind) -> usize {
    match kind {
        Kind::Embedding => 1,
        Kind::Reranker => 2,
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
