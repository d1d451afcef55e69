//! Where what a filter asks for can stand, as far as the index knows.

use std::cell::OnceCell;
use std::io;
use std::sync::Arc;

use spanglass_trace::span::SpanId;

use super::block::{Block, Ranges};
use super::section::Section;
use super::shelf::Snapshot;
use super::sieve::Sieve;
use super::signature::{self, Seed, Slots};
use crate::query::filter::{Asks, Filter, Key, Term};
use crate::store::{Fault, Order, Reading};

/// More traces than this are not gathered: every trace is looked at instead.
const MOST_TRACES: usize = 500_000;

/// More spans than this that arrived again are not told apart.
const MOST_REVISIONS: u32 = 10_000;

/// Where the terms of a filter can hold.
#[derive(Debug)]
pub(super) struct Candidates {
    /// The numbers of the traces where all can, sorted; `None` = any.
    pub(super) traces: Option<Vec<i64>>,
    /// Where each term can hold, in the order of the terms.
    pub(super) places: Vec<Places>,
    /// What rules spans out for each term, in that order.
    pub(super) sieves: Vec<Sieve>,
}

/// Ids of spans and log records, in sorted ranges.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    pub(super) spans: Ranges,
    pub(super) logs: Ranges,
}

impl Places {
    fn everywhere() -> Self {
        Self { spans: vec![(i64::MIN, i64::MAX)], logs: vec![(i64::MIN, i64::MAX)] }
    }

    pub(super) fn has_span(&self, id: i64) -> bool {
        has(&self.spans, id)
    }

    pub(super) fn has_log(&self, id: i64) -> bool {
        has(&self.logs, id)
    }
}

fn has(ranges: &Ranges, id: i64) -> bool {
    let after = ranges.partition_point(|range| range.0 <= id);
    after > 0 && id <= ranges[after - 1].1
}

/// Sorts ranges and joins those that touch.
pub(super) fn join(mut ranges: Ranges) -> Ranges {
    ranges.sort_unstable();
    let mut joined: Ranges = Vec::with_capacity(ranges.len());
    for (from, to) in ranges {
        match joined.last_mut() {
            Some(last) if from <= last.1.saturating_add(1) => last.1 = last.1.max(to),
            _ => joined.push((from, to)),
        }
    }
    joined
}

impl Candidates {
    pub(super) fn of(snapshot: &Snapshot, reading: &Reading<'_>, filter: &Filter) -> Result<Self, Fault> {
        let uncovered = Uncovered::of(snapshot, reading)?;
        let sections: Vec<Opened<'_>> = snapshot.sections.iter().map(|section| Opened::of(section)).collect();
        let (mut traces, mut places): (Option<Vec<i64>>, _) = (None, Vec::new());
        for term in &filter.terms {
            let Some(any) = needs(term) else {
                places.push(Places::everywhere());
                continue;
            };
            let (of_term, at) = look_up(&sections, &any, &uncovered);
            places.push(at);
            if let Some(of_term) = of_term {
                traces = Some(match traces {
                    Some(traces) => common(&traces, &of_term),
                    None => of_term,
                });
            }
        }
        let sieves = filter.terms.iter().map(|term| Sieve::of(&term.asks)).collect();
        Ok(Self { traces, places, sieves })
    }
}

/// Returns the bits of which, in one of these sets, all are set where a term holds; `None` = it can hold anywhere.
fn needs(term: &Term) -> Option<Vec<Slots>> {
    let any = match &term.asks {
        _ if term.not => return None,
        Asks::Text(text) => vec![signature::text(text)],
        Asks::Like(Key::Status, _) | Asks::Within(..) | Asks::CacheBroken => return None,
        Asks::Like(key, pattern) => vec![signature::value(Seed::of(key), pattern)],
        Asks::Attribute(name, pattern) => {
            let seed = Seed::of_attribute(name);
            vec![signature::value(seed, pattern), signature::long_value(seed, pattern)]
        }
    };
    any.iter().all(|slots| !slots.is_empty()).then_some(any)
}

/// A section, and its blocks once they were read: every term of a filter asks for some of them.
struct Opened<'s> {
    section: &'s Section,
    blocks: OnceCell<Vec<Arc<Block>>>,
}

impl<'s> Opened<'s> {
    fn of(section: &'s Section) -> Self {
        Self { section, blocks: OnceCell::new() }
    }

    /// Returns the blocks in which, of one of these sets, all bits are set.
    fn matching(&self, any: &[Slots]) -> io::Result<Vec<&Block>> {
        let mut places = Vec::new();
        for slots in any {
            places.extend(self.section.matching(slots)?);
        }
        if places.is_empty() {
            return Ok(Vec::new());
        }
        places.sort_unstable();
        places.dedup();
        if self.blocks.get().is_none() {
            let _ = self.blocks.set(self.section.blocks()?);
        }
        let blocks = self.blocks.get().map_or(&[][..], Vec::as_slice);
        Ok(places.into_iter().filter_map(|at| blocks.get(at).map(|block| &**block)).collect())
    }
}

fn look_up(sections: &[Opened<'_>], any: &[Slots], uncovered: &Uncovered) -> (Option<Vec<i64>>, Places) {
    let mut places = uncovered.places.clone();
    let mut traces = uncovered.traces.clone();
    for section in sections {
        let blocks = match section.matching(any) {
            Ok(blocks) => blocks,
            Err(error) => {
                tracing::warn!(%error, "a part of the search index cannot be read");
                return (None, Places::everywhere());
            }
        };
        for block in blocks {
            places.spans.extend(&block.spans);
            places.logs.extend(&block.logs);
            if let Some(known) = &mut traces {
                known.extend(&block.traces);
            }
        }
        traces = traces.filter(|known| known.len() <= MOST_TRACES);
    }
    let places = Places { spans: join(places.spans), logs: join(places.logs) };
    let traces = traces.map(|mut traces| {
        traces.sort_unstable();
        traces.dedup();
        traces
    });
    (traces, places)
}

fn common(a: &[i64], b: &[i64]) -> Vec<i64> {
    let (few, many) = if a.len() < b.len() { (a, b) } else { (b, a) };
    few.iter().copied().filter(|trace| many.binary_search(trace).is_ok()).collect()
}

/// What the index does not cover: what arrived since, and what it was too large for.
struct Uncovered {
    places: Places,
    /// `None` = any.
    traces: Option<Vec<i64>>,
}

impl Uncovered {
    fn of(snapshot: &Snapshot, reading: &Reading<'_>) -> Result<Self, Fault> {
        let end = snapshot.reached(reading)?;
        let (first_span, first_log) = snapshot.begins();
        let mut places = Places { spans: vec![(end.spans.id + 1, i64::MAX)], logs: vec![(end.logs.id + 1, i64::MAX)] };
        let mut traces = Some(Vec::new());
        let (stored_spans, stored_logs) = (reading.places(Order::Spans)?, reading.places(Order::Logs)?);
        let before = |stored: (i64, i64), first: i64| stored.0 != 0 && stored.0 < first;
        if before(stored_spans, first_span) || before(stored_logs, first_log) {
            places.spans.push((i64::MIN, first_span - 1));
            places.logs.push((i64::MIN, first_log - 1));
            traces = None;
        }
        let revisions = reading.arrived_revisions(end.revisions.id + 1, MOST_REVISIONS)?;
        if revisions.len() == MOST_REVISIONS as usize || stored_spans.1 - end.spans.id > MOST_TRACES as i64 {
            return Ok(Self { places: Places::everywhere(), traces: None });
        }
        if let Some(traces) = &mut traces {
            traces.extend(reading.traces_arrived_from(end.spans.id + 1, end.logs.id + 1)?);
        }
        // A log record may change what its span means.
        for arrived in reading.arrived_logs(end.logs.id + 1, i64::MAX, MOST_REVISIONS)? {
            let named = arrived.log.span_id.filter(|_| arrived.trace != 0);
            if let Some(span) = named.map(|span_id: SpanId| reading.span(arrived.trace, span_id)).transpose()?.flatten()
            {
                places.spans.push((span.id, span.id));
            }
        }
        for revision in revisions {
            places.spans.push((revision.span, revision.span));
            if let Some(traces) = &mut traces {
                let arrived = reading.arrived_spans(revision.span, revision.span, 1)?;
                traces.extend(arrived.iter().map(|arrived| arrived.trace));
            }
        }
        Ok(Self { places, traces })
    }
}
