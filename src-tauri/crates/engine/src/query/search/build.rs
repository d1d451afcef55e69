//! Builds the index behind the writer: of what was gathered while spans came in ([`super::arriving`]), and of what was not, in its
//! own pace, by reading it again from the store.
//!
//! Reading again takes a small part of the time while programs send, and on Linux a lower priority: what is not indexed yet is
//! searched all the same.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::arriving::{Arrived, Arriving};
use super::block::{Block, End, Reached};
use super::gathering::Gathering;
use super::section::{BLOCKS, Section};
use super::shelf::Shelf;
use crate::query::logs;
use crate::query::questions::Questions;
use crate::query::raw::{self, Envelopes};
use crate::query::{background, from_logs, rows};
use crate::store::{self, ArrivedLog, ArrivedSpan, Fault, Order, Reading, WeakStore};

/// How many rows are read in one go, and how long one pass takes.
const AT_ONCE: u32 = 64;
const PASS: Duration = Duration::from_millis(20);

/// While something arrives, so many times as long as a pass took is rested after it.
const RESTS: u32 = 8;

/// So many blocks are written at the latest when there is nothing to do: fewer are quickly made again. While something arrives
/// it is a good part of a section.
const WORTH_SAVING: usize = 16;
const WORTH_SAVING_MEANWHILE: usize = BLOCKS / 4;

/// After so long it is looked whether there is nothing to do.
const PAUSE: Duration = Duration::from_secs(1);

/// Starts to keep the index up with a store until that is closed; `changes` says that something changed. The index takes at
/// most `most_bytes` of the disk.
pub(super) fn start(
    store: WeakStore,
    shelf: Arc<Shelf>,
    arriving: Arc<Arriving>,
    changes: mpsc::Receiver<()>,
    questions: Arc<Questions>,
    most_bytes: u64,
) {
    let mut work = Work { store, shelf, arriving, questions, most_bytes, making: Making::default(), seq: 0 };
    background::start("search-index", changes, || move || work.pass());
}

struct Work {
    store: WeakStore,
    shelf: Arc<Shelf>,
    arriving: Arc<Arriving>,
    questions: Arc<Questions>,
    most_bytes: u64,
    making: Making,
    /// The store's change sequence at the pass before.
    seq: u64,
}

/// The block that is being made.
#[derive(Default)]
struct Making {
    gathering: Gathering,
    block: Block,
    traces: BTreeSet<i64>,
    /// How far it has come; `None` = it follows the latest block.
    end: Option<End>,
}

impl Work {
    /// Indexes some of what arrived; returns how long to rest when there is more.
    fn pass(&mut self) -> Result<Option<Duration>, Fault> {
        self.questions.give_way();
        let store = self.store.upgrade().ok_or(Fault::Closed)?;
        let begun = Instant::now();
        store.read(|reading| self.settle(reading))?;
        let mut more = true;
        while more && begun.elapsed() < PASS {
            more = store.read(|reading| self.step(reading))?;
            if self.making.gathering.is_full() {
                store.read(|reading| self.finish(reading))?;
            }
        }
        let seq = store.seq();
        let busy = std::mem::replace(&mut self.seq, seq) != seq;
        if more {
            return Ok(Some(if busy { begun.elapsed() * RESTS } else { Duration::ZERO }));
        }
        if self.shelf.unsaved() >= if busy { WORTH_SAVING_MEANWHILE } else { WORTH_SAVING } {
            self.shelf.save();
        }
        let (spans, logs) = store.read(|reading| Ok((reading.places(Order::Spans)?, reading.places(Order::Logs)?)))?;
        let bytes = self.shelf.trim(self.most_bytes, |section| is_gone(section, spans.0, logs.0));
        store.set_beside(bytes);
        Ok((busy && self.shelf.unsaved() >= WORTH_SAVING).then_some(PAUSE))
    }

    /// Begins the block again when what it ended at was deleted: its ids may have been given to others.
    fn settle(&mut self, reading: &Reading<'_>) -> Result<(), Fault> {
        let is_there = |order, reached: Reached| -> Result<bool, Fault> {
            Ok(reached.id == 0 || reading.mark(order, reached.id)? == reached.mark && reached.mark.is_some())
        };
        if let Some(end) = self.making.end
            && is_there(Order::Spans, end.spans)?
            && is_there(Order::Logs, end.logs)?
            && is_there(Order::Revisions, end.revisions)?
        {
            return Ok(());
        }
        let end = self.shelf.snapshot().reached(reading)?;
        self.making = Making { end: Some(end), ..Making::default() };
        Ok(())
    }

    /// Indexes a few spans, log records and revisions; says whether there may be more.
    fn step(&mut self, reading: &Reading<'_>) -> Result<bool, Fault> {
        let mut end = self.making.end.unwrap_or_default();
        let logs = reading.arrived_logs(end.logs.id + 1, i64::MAX, AT_ONCE)?;
        let revisions = reading.arrived_revisions(end.revisions.id + 1, AT_ONCE)?;
        let mut more = [logs.len(), revisions.len()].contains(&(AT_ONCE as usize));
        // What is stored before that was not gathered, or not yet.
        let begins = self.arriving.begins_after(end.spans.id);
        let spans = reading.arrived_spans(end.spans.id + 1, begins.map_or(i64::MAX, |first| first - 1), AT_ONCE)?;
        more |= spans.len() == AT_ONCE as usize || begins.is_some();
        let mut envelopes = Envelopes::default();
        for arrived in &spans {
            self.add_span(reading, &mut envelopes, arrived)?;
            end.spans = Reached { id: arrived.span.id, mark: None };
            if self.making.gathering.is_full() {
                break;
            }
        }
        if let Some(arrived) = begins.filter(|_| spans.is_empty()).and_then(|first| self.arriving.take(first)) {
            self.add_arrived(reading, arrived)?;
            end = self.making.end.unwrap_or_default();
        }
        if !self.making.gathering.is_full() {
            self.add_logs(reading, &mut envelopes, &logs)?;
            end.logs = logs.last().map_or(end.logs, |last| Reached { id: last.log.id, mark: Some(last.mark) });
            // A span that came in many states is read once.
            for span in revisions.iter().map(|revision| revision.span).collect::<BTreeSet<_>>() {
                for arrived in reading.arrived_spans(span, span, 1)? {
                    self.add_span(reading, &mut envelopes, &arrived)?;
                }
            }
            end.revisions =
                revisions.last().map_or(end.revisions, |last| Reached { id: last.id, mark: Some(last.mark) });
        }
        if end.spans.mark.is_none() && end.spans.id != 0 {
            end.spans.mark = reading.mark(Order::Spans, end.spans.id)?;
        }
        self.making.end = Some(end);
        self.shelf.learn(|vocabulary| self.making.gathering.take_words().teach(vocabulary));
        Ok(more || self.making.gathering.is_full())
    }

    /// Adds what was gathered of spans when they came in, unless others stand in their places now.
    fn add_arrived(&mut self, reading: &Reading<'_>, arrived: Arrived) -> Result<(), Fault> {
        let number = reading.trace_number(arrived.last_trace)?.filter(|number| *number < arrived.next_trace);
        let mark = number.map(|number| store::mark_of_span(number, arrived.last_trace));
        if mark.is_none() || reading.mark(Order::Spans, arrived.last)? != mark {
            return Ok(());
        }
        let mut traces = Vec::with_capacity(arrived.traces.len());
        for trace_id in &arrived.traces {
            traces.extend(reading.trace_number(*trace_id)?);
        }
        self.shelf.learn(|vocabulary| arrived.words.iter().for_each(|words| words.teach(vocabulary)));
        if !self.making.gathering.add_all(&arrived.gathering) {
            self.finish(reading)?;
            self.making.gathering.add_all(&arrived.gathering);
        }
        let end = self.making.end.get_or_insert_default();
        extend(&mut self.making.block.spans, arrived.first.max(end.spans.id + 1), arrived.last);
        end.spans = Reached { id: arrived.last, mark };
        self.making.traces.extend(traces);
        Ok(())
    }

    fn add_span(
        &mut self,
        reading: &Reading<'_>,
        envelopes: &mut Envelopes,
        arrived: &ArrivedSpan,
    ) -> Result<(), Fault> {
        let ArrivedSpan { trace, span } = arrived;
        let Some(record) = reading.trace_numbered(*trace)? else { return Ok(()) };
        let digest = rows::digest(reading, envelopes, &record, span)?;
        let decoded = raw::span(reading, envelopes, &record, span)?;
        self.making.gathering.add_span(decoded.as_ref().ok(), None, &digest);
        extend(&mut self.making.block.spans, span.id, span.id);
        self.making.traces.insert(*trace);
        Ok(())
    }

    /// Indexes log records, and what they change: a span they belong to may mean something else, and a trace may have spans
    /// that are made of them.
    fn add_logs(&mut self, reading: &Reading<'_>, envelopes: &mut Envelopes, logs: &[ArrivedLog]) -> Result<(), Fault> {
        let (mut of_spans, mut of_traces) = (BTreeSet::new(), BTreeSet::new());
        for ArrivedLog { trace, log, .. } in logs {
            extend(&mut self.making.block.logs, log.id, log.id);
            if *trace != 0 {
                self.making.gathering.add_log(logs::one(reading, envelopes, log)?.as_ref());
                self.making.traces.insert(*trace);
                of_traces.insert(*trace);
                of_spans.extend(log.span_id.map(|span_id| (*trace, span_id)));
            }
        }
        for (trace, span_id) in of_spans {
            if let Some(span) = reading.span(trace, span_id)? {
                self.add_span(reading, envelopes, &ArrivedSpan { trace, span })?;
            }
        }
        for trace in of_traces {
            let Some(record) = reading.trace_numbered(trace)? else { continue };
            let (digests, facts) = from_logs::digests(reading, &record)?;
            self.making.gathering.add_facts(&facts, &digests);
        }
        Ok(())
    }

    /// Puts the block on the shelf.
    fn finish(&mut self, reading: &Reading<'_>) -> Result<(), Fault> {
        let Making { gathering, mut block, traces, end } = std::mem::take(&mut self.making);
        block.traces = traces.into_iter().collect();
        block.end = end.unwrap_or_default();
        self.shelf.add(block, gathering.into_signature());
        self.settle(reading)
    }
}

/// Says whether nothing is stored of what a section covers, by the first ids that are.
fn is_gone(section: &Section, first_span: i64, first_log: i64) -> bool {
    let before = |last: i64, first: i64| last == 0 || first == 0 || last < first;
    let (last_span, last_log) = section.covers.last;
    before(last_span, first_span) && before(last_log, first_log)
}

/// Adds ids to ranges.
fn extend(ranges: &mut Vec<(i64, i64)>, from: i64, to: i64) {
    match ranges.last_mut() {
        Some(last) if last.1 + 1 == from => last.1 = to,
        _ => ranges.push((from, to)),
    }
}
