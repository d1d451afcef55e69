//! Builds the index behind the writer, in its own pace: what arrived is read again from the store, a block at a time.
//!
//! While programs send, it works a small part of the time, and on Linux at a lower priority: what is not indexed yet is
//! searched all the same.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::facets;
use super::section::{Block, End, Reached, Section};
use super::shelf::Shelf;
use super::signature::{BITS, Seed, Signature};
use super::texts::{self, SHORT};
use super::vocabulary::Vocabulary;
use crate::query::filter::{Key, fold_into};
use crate::query::raw::{self, Envelopes};
use crate::query::{background, from_logs, rows};
use crate::store::{ArrivedLog, ArrivedSpan, Fault, Order, Reading, WeakStore};

/// A block takes nothing further once an eighth of its bits are set and it has some spans, or at these bounds: few bits
/// rule out much, and few spans are quickly looked through.
const FULL_BITS: usize = BITS / 8;
const FEWEST_SPANS: usize = 32;
const MOST_SPANS: usize = 256;
const MOST_BYTES: usize = 4 << 20;

/// How many rows are read in one go, and how long one pass takes.
const AT_ONCE: u32 = 64;
const PASS: Duration = Duration::from_millis(20);

/// While something arrives, so many times as long as a pass took is rested after it.
const RESTS: u32 = 8;

/// The priority on Linux. A lower one would never get its turn on a machine that compiles.
const NICE: i32 = 5;

/// So many blocks are written at the latest when there is nothing to do: fewer are quickly made again.
const WORTH_SAVING: usize = 16;

/// Starts to keep the index up with a store until that is closed; `changes` says that something changed. The index takes at
/// most `most_bytes` of the disk.
pub(super) fn start(store: WeakStore, shelf: Arc<Shelf>, changes: mpsc::Receiver<()>, most_bytes: u64) {
    let mut work = Work { store, shelf, most_bytes, making: Making::default(), seq: 0 };
    background::start("search-index", changes, || {
        yield_to_others();
        move || work.pass()
    });
}

/// On Linux a priority is a thread's; elsewhere it is the process's, and the rests have to do.
fn yield_to_others() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::debug!(%error, "the search index is built at the usual priority");
    }
}

struct Work {
    store: WeakStore,
    shelf: Arc<Shelf>,
    most_bytes: u64,
    making: Making,
    /// The store's change sequence at the pass before.
    seq: u64,
}

/// The block that is being made.
struct Making {
    signature: Signature,
    block: Block,
    traces: BTreeSet<i64>,
    items: usize,
    bytes: usize,
    said: Said,
    /// How far it has come; `None` = it follows the latest block.
    end: Option<End>,
}

impl Default for Making {
    fn default() -> Self {
        Self {
            signature: Signature::new(),
            block: Block::default(),
            traces: BTreeSet::new(),
            items: 0,
            bytes: 0,
            said: Said::default(),
            end: None,
        }
    }
}

/// The texts that were added to a block last, by where they stood: a conversation grows from span to span, and what it begins with
/// is in the block already.
#[derive(Default)]
struct Said(BTreeMap<String, Vec<String>>);

/// A text of fewer bytes is not worth remembering, and one of more takes too much memory.
const WORTH_COMPARING: std::ops::Range<usize> = 256..1 << 20;

/// So many are remembered of a place: what is JSON within JSON is added as both.
const REMEMBERED: usize = 2;

impl Said {
    /// Returns what of a text is new, with the two characters before it: pieces are of three bytes.
    fn new_part<'t>(&mut self, place: &str, text: &'t str) -> &'t str {
        if !WORTH_COMPARING.contains(&text.len()) {
            return text;
        }
        let known = self.0.entry(place.to_owned()).or_default();
        let same = |known: &str| text.bytes().zip(known.bytes()).take_while(|(one, other)| one == other).count();
        let best = known.iter().enumerate().map(|(at, known)| (same(known), at)).max();
        let (same, at) = best.unwrap_or_default();
        let begin = text.floor_char_boundary(same);
        if known.is_empty() || (begin < text.len() / 2 && known.len() < REMEMBERED) {
            known.push(text.to_owned());
        } else {
            known[at].truncate(begin);
            known[at].push_str(&text[begin..]);
        }
        let from = (0..2).fold(begin, |at, _| text.floor_char_boundary(at.saturating_sub(1)));
        &text[from..]
    }
}

impl Making {
    fn is_full(&self) -> bool {
        self.items >= MOST_SPANS
            || self.bytes >= MOST_BYTES
            || (self.items >= FEWEST_SPANS && self.signature.set() >= FULL_BITS)
    }
}

impl Work {
    /// Indexes some of what arrived; returns how long to rest when there is more.
    fn pass(&mut self) -> Result<Option<Duration>, Fault> {
        let store = self.store.upgrade().ok_or(Fault::Closed)?;
        let begun = Instant::now();
        store.read(|reading| self.settle(reading))?;
        let mut more = true;
        while more && begun.elapsed() < PASS {
            more = store.read(|reading| self.step(reading))?;
            if self.making.is_full() {
                store.read(|reading| self.finish(reading))?;
            }
        }
        let seq = store.seq();
        let busy = std::mem::replace(&mut self.seq, seq) != seq;
        if more {
            return Ok(Some(if busy { begun.elapsed() * RESTS } else { Duration::ZERO }));
        }
        if self.shelf.unsaved() >= WORTH_SAVING {
            self.shelf.save();
        }
        let (spans, logs) = store.read(|reading| Ok((reading.places(Order::Spans)?, reading.places(Order::Logs)?)))?;
        let bytes = self.shelf.trim(self.most_bytes, |section| is_gone(section, spans.0, logs.0));
        store.set_beside(bytes);
        Ok(None)
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
        let spans = reading.arrived_spans(end.spans.id + 1, i64::MAX, AT_ONCE)?;
        let logs = reading.arrived_logs(end.logs.id + 1, i64::MAX, AT_ONCE)?;
        let revisions = reading.arrived_revisions(end.revisions.id + 1, AT_ONCE)?;
        let more = [spans.len(), logs.len(), revisions.len()].contains(&(AT_ONCE as usize));
        let mut envelopes = Envelopes::default();
        for arrived in &spans {
            self.add_span(reading, &mut envelopes, arrived)?;
            end.spans = Reached { id: arrived.span.id, mark: None };
            if self.making.is_full() {
                break;
            }
        }
        if !self.making.is_full() {
            self.add_logs(reading, &mut envelopes, &logs)?;
            end.logs = logs.last().map_or(end.logs, |last| Reached { id: last.log.id, mark: Some(last.mark) });
            for revision in &revisions {
                for arrived in reading.arrived_spans(revision.span, revision.span, 1)? {
                    self.add_span(reading, &mut envelopes, &arrived)?;
                }
                end.revisions = Reached { id: revision.id, mark: Some(revision.mark) };
            }
        }
        if end.spans.mark.is_none() && end.spans.id != 0 {
            end.spans.mark = reading.mark(Order::Spans, end.spans.id)?;
        }
        self.making.end = Some(end);
        Ok(more || self.making.is_full())
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
        let Making { signature, block, traces, items, bytes, said, .. } = &mut self.making;
        self.shelf.learn(|vocabulary| {
            facets::of_digest(&digest, &mut |key, value| add_value(signature, vocabulary, key, value));
            let Ok(span) = &decoded else { return };
            let mut folded = String::new();
            texts::of_span(span, &mut |place, text| {
                *bytes += text.len();
                add_text(signature, &mut folded, said.new_part(place, text))
            });
            let events = span.events.iter().map(|event| &event.attributes);
            for attributes in [&span.attributes, &span.resource.attributes].into_iter().chain(events) {
                texts::attributes(attributes, |name, value| {
                    add_attribute(signature, vocabulary, name, value.as_deref())
                });
            }
        });
        extend(&mut block.spans, span.id);
        traces.insert(*trace);
        *items += 1;
        Ok(())
    }

    /// Indexes log records, and what they change: a span they belong to may mean something else, and a trace may have spans
    /// that are made of them.
    fn add_logs(&mut self, reading: &Reading<'_>, envelopes: &mut Envelopes, logs: &[ArrivedLog]) -> Result<(), Fault> {
        let (mut of_spans, mut of_traces) = (BTreeSet::new(), BTreeSet::new());
        for ArrivedLog { trace, log, .. } in logs {
            if let Some(decoded) = raw::log(reading, envelopes, log)? {
                let Making { signature, bytes, .. } = &mut self.making;
                let mut folded = String::new();
                texts::of_log(&decoded, &mut |_, text| {
                    *bytes += text.len();
                    add_text(signature, &mut folded, text)
                });
                self.shelf.learn(|vocabulary| {
                    texts::attributes(&decoded.attributes, |name, value| {
                        add_attribute(signature, vocabulary, name, value.as_deref());
                    });
                });
            }
            extend(&mut self.making.block.logs, log.id);
            self.making.items += 1;
            if *trace != 0 {
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
            let signature = &mut self.making.signature;
            self.shelf.learn(|vocabulary| {
                let mut add = |key: &Key, value: &str| add_value(signature, vocabulary, key, value);
                facets::of_facts(&facts, &mut add);
                digests.iter().for_each(|digest| {
                    facets::of_digest(digest, &mut add);
                });
            });
        }
        Ok(())
    }

    /// Puts the block on the shelf.
    fn finish(&mut self, reading: &Reading<'_>) -> Result<(), Fault> {
        let Making { signature, mut block, traces, end, .. } = std::mem::take(&mut self.making);
        block.traces = traces.into_iter().collect();
        block.end = end.unwrap_or_default();
        self.shelf.add(block, signature);
        self.settle(reading)
    }
}

/// Says whether nothing is stored of what a section covers, by the first ids that are.
fn is_gone(section: &Section, first_span: i64, first_log: i64) -> bool {
    let last_of = |ranges: &[(i64, i64)]| ranges.iter().map(|range| range.1).max().unwrap_or(0);
    let before = |last: i64, first: i64| last == 0 || first == 0 || last < first;
    section
        .blocks
        .iter()
        .all(|block| before(last_of(&block.spans), first_span) && before(last_of(&block.logs), first_log))
}

/// Adds an id to ranges.
fn extend(ranges: &mut Vec<(i64, i64)>, id: i64) {
    match ranges.last_mut() {
        Some(last) if last.1 + 1 == id => last.1 = id,
        _ => ranges.push((id, id)),
    }
}

fn add_text(signature: &mut Signature, folded: &mut String, text: &str) -> bool {
    folded.clear();
    fold_into(text, folded);
    signature.add(folded);
    false
}

fn add_value(signature: &mut Signature, vocabulary: &mut Vocabulary, key: &Key, value: &str) -> bool {
    let mut folded = String::new();
    fold_into(value, &mut folded);
    signature.add_value(Seed::of(key), &folded);
    vocabulary.count(key.word(), value);
    false
}

fn add_attribute(signature: &mut Signature, vocabulary: &mut Vocabulary, name: &str, value: Option<&str>) {
    let seed = Seed::of_attribute(name);
    vocabulary.count_attribute(name, value);
    match value.filter(|value| value.len() <= SHORT) {
        Some(value) => {
            let mut folded = String::new();
            fold_into(value, &mut folded);
            signature.add_value(seed, &folded);
        }
        None => signature.add_long(seed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_that_grows_sets_the_bits_of_all_of_it() {
        let turn = |n: usize| format!("天気 turn {n} says {}; ", "größe and more ".repeat(n));
        let texts: Vec<String> = (1..12).map(|turns| (1..=turns).map(turn).collect::<String>() + "]").collect();
        let (mut part, mut whole, mut said) = (Signature::new(), Signature::new(), Said::default());
        let (mut folded, mut added) = (String::new(), 0);
        for text in texts.iter().chain([&texts[4]]) {
            let new = said.new_part("messages", text);
            added += new.len();
            add_text(&mut part, &mut folded, new);
            add_text(&mut whole, &mut folded, text);
        }
        assert!((0..=u16::MAX).all(|slot| part.has(slot) == whole.has(slot)));
        assert!(added * 2 < texts.iter().map(String::len).sum(), "{added}");
    }
}
