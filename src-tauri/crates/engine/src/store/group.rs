//! One transaction: requests that waited together, stored together.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use rusqlite::{Connection, Transaction, TransactionBehavior, ffi};
use spanglass_trace::span::TraceId;

use super::counters::{self, Counters};
use super::pack::{Packed, PackedLog, PackedSpan, Piece};
use super::payloads::{self, Base, Block, Contents, Damaged, Place};
use super::recent::Recent;
use super::traces::{self, Standing};
use super::{Remade, RemadeRow, Written, aliases, envelopes, logs, metrics, revisions, spans};

/// How many traces the writer remembers.
const REMEMBERED: usize = 8_192;

/// How many log records that belong to no trace are deleted at once.
const SLICE: usize = 500;

/// What the writer remembers between transactions so that it need not ask the database. Nothing but memory is lost when it
/// is emptied, which a transaction that failed makes necessary.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) counters: Counters,
    pub(super) next_payload: i64,
    /// Up to here no log record belongs to no trace.
    pub(super) astray_after: i64,
    pub(super) envelopes: envelopes::Known,
    metrics: metrics::Known,
    /// How many slices of metrics are kept.
    most_slices: u64,
    traces: HashMap<TraceId, Standing>,
}

impl Memory {
    /// Loads what is remembered of a database that may take so many bytes.
    pub(super) fn load(conn: &Connection, max_bytes: Option<u64>) -> rusqlite::Result<Self> {
        let (counters, next_payload) = (counters::load(conn)?, payloads::next_id(conn)?);
        let most_slices = metrics::most_slices(max_bytes);
        Ok(Self { counters, next_payload, most_slices, ..Self::default() })
    }

    pub(super) fn forget(&mut self, trace_id: TraceId) {
        self.traces.remove(&trace_id);
    }

    /// Forgets everything that could stem from a transaction that failed.
    pub(super) fn forget_all(&mut self) {
        self.astray_after = 0;
        self.envelopes.forget();
        self.metrics.forget();
        self.traces.clear();
    }
}

struct Touched {
    standing: Standing,
    /// Whether anything of it did change: what is sent again mostly changes nothing.
    changed: bool,
    spans: u64,
    logs: u64,
}

/// A transaction under way.
pub(super) struct Group<'a> {
    transaction: Transaction<'a>,
    memory: &'a mut Memory,
    counters: Counters,
    next_payload: i64,
    touched: HashMap<TraceId, Touched>,
    /// Traces that did not change and of which a newer row is there.
    announced: Vec<TraceId>,
    recent: &'a Recent,
    /// Set when nobody waits any longer for what is not committed.
    hurry: &'a AtomicBool,
    /// What later blocks may be compressed against once this is committed.
    bases: Vec<(TraceId, Base)>,
    contents: Contents,
}

/// A span's row that was made.
struct NewRow {
    id: i64,
    /// Whether the digest must be made again.
    outdated: bool,
}

/// A span that seems to be what is stored: size and checksum are the same.
struct Again<'a> {
    /// Where that is.
    stored: Place,
    envelope: i64,
    span: &'a PackedSpan,
    row: spans::Row<'a>,
}

/// The blocks of one batch: which of them are stored, and what is in those that had to be looked into.
struct Blocks<'a> {
    blocks: &'a [Block],
    ids: Vec<Option<i64>>,
    contents: HashMap<usize, Result<Vec<u8>, Damaged>>,
}

impl<'a> Blocks<'a> {
    fn new(blocks: &'a [Block]) -> Self {
        Self { blocks, ids: vec![None; blocks.len()], contents: HashMap::new() }
    }

    /// Says whether stored bytes are those of a piece.
    fn is(&mut self, piece: Piece, stored: &Result<Bytes, Damaged>) -> bool {
        let content = self.contents.entry(piece.block).or_insert_with(|| self.blocks[piece.block].content());
        let at = piece.at as usize;
        let bytes = content.as_ref().ok().and_then(|content| content.get(at..at + piece.size as usize));
        bytes.is_some() && bytes == stored.as_deref().ok()
    }
}

impl<'a> Group<'a> {
    pub(super) fn begin(
        conn: &'a mut Connection,
        memory: &'a mut Memory,
        recent: &'a Recent,
        hurry: &'a AtomicBool,
    ) -> rusqlite::Result<Self> {
        let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (counters, next_payload) = (memory.counters, memory.next_payload);
        Ok(Self {
            transaction,
            memory,
            counters,
            next_payload,
            touched: HashMap::new(),
            announced: Vec::new(),
            recent,
            hurry,
            bases: Vec::new(),
            contents: Contents::default(),
        })
    }

    /// Fails when the store is closed meanwhile, and was for a while.
    fn go_on(&self) -> rusqlite::Result<()> {
        match self.hurry.load(Ordering::Relaxed) {
            true => Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_INTERRUPT), None)),
            false => Ok(()),
        }
    }

    /// Stores a request's spans and log records. The answer's sequence is known once the transaction is committed.
    pub(super) fn write(&mut self, batch: &Packed) -> rusqlite::Result<Written> {
        let mut envelopes = Vec::with_capacity(batch.envelopes.len());
        for envelope in &batch.envelopes {
            envelopes.push(self.memory.envelopes.id(&self.transaction, envelope)?);
        }
        let mut blocks = Blocks::new(&batch.blocks);
        let mut written = Written::default();
        for (other, trace) in &batch.aliases {
            if aliases::insert(&self.transaction, *other, *trace)? {
                self.take_logs(*other, *trace)?;
            }
        }
        for sample in &batch.metrics {
            self.go_on()?;
            self.memory.metrics.write(&self.transaction, sample, self.memory.most_slices)?;
        }
        let mut in_order = true;
        let mut again = Vec::new();
        for span in &batch.spans {
            self.go_on()?;
            let Some(new) = self.write_span(span, envelopes[span.envelope], &mut blocks, &mut again)? else {
                written.duplicates += 1;
                continue;
            };
            if written.spans == 0 {
                written.first_span = new.id;
            }
            in_order &= !new.outdated && new.id == written.first_span + written.spans as i64;
            written.spans += 1;
        }
        if !in_order || written.duplicates > 0 {
            written.first_span = 0;
        }
        self.compare(again, &mut blocks)?;
        for log in &batch.logs {
            self.go_on()?;
            written.logs += u64::from(self.write_log(log, envelopes[log.envelope], &mut blocks)?);
        }
        written.next_trace = self.counters.next_trace;
        Ok(written)
    }

    /// Stores a span; returns its row when it was not there. One that seems to be what is stored is put to those to be compared.
    fn write_span<'b>(
        &mut self,
        span: &'b PackedSpan,
        envelope: i64,
        blocks: &mut Blocks<'_>,
        again: &mut Vec<Again<'b>>,
    ) -> rusqlite::Result<Option<NewRow>> {
        let standing = self.touch(span.trace_id)?;
        // A log record that came first may change what the span means.
        let outdated = standing.has_logs && logs::any(&self.transaction, standing.id, span.span_id)?;
        let row = spans::Row {
            trace: standing.id,
            span_id: span.span_id,
            envelope,
            place: self.place(span.piece, envelope, blocks),
            ended: span.ended,
            reading: if outdated { 0 } else { span.reading },
            digest: &span.digest,
        };
        if spans::insert(&self.transaction, &row)? {
            let id = self.transaction.last_insert_rowid();
            self.write_block(span.piece.block, standing.id, blocks)?;
            self.counters.spans += 1;
            if let Some(touched) = self.touched.get_mut(&span.trace_id) {
                touched.spans += 1;
                touched.changed = true;
            }
            return Ok(Some(NewRow { id, outdated }));
        }
        let stored = spans::stored(&self.transaction, standing.id, span.span_id)?;
        // What was sent of a span while it ran is no repetition of it.
        if stored.ended != 0 && span.ended != 0 {
            spans::count_duplicate(&self.transaction, stored.id)?;
            // That a span came again is told once; how often, with what changes next.
            if stored.duplicates == 0 {
                self.change(span.trace_id);
            }
        }
        if stored.may_be(&row) {
            again.push(Again { stored: stored.place, envelope, span, row });
        } else {
            self.write_state(span, row, &stored, false, blocks)?;
        }
        Ok(None)
    }

    /// Compares what seems to be stored with what is: those that are stored together stand together, so that each block is
    /// decompressed once.
    fn compare(&mut self, mut again: Vec<Again<'_>>, blocks: &mut Blocks<'_>) -> rusqlite::Result<()> {
        again.sort_by_key(|again| (again.stored.payload, again.stored.at));
        for Again { stored, envelope, span, row } in again {
            self.go_on()?;
            let content = self.contents.get(&self.transaction, stored, envelope)?;
            if !blocks.is(span.piece, &content) {
                let stored = spans::stored(&self.transaction, row.trace, row.span_id)?;
                self.write_state(span, row, &stored, content.is_err(), blocks)?;
            }
        }
        Ok(())
    }

    /// Stores another state of a span that is there: in its place, or as a revision of it.
    fn write_state(
        &mut self,
        span: &PackedSpan,
        mut row: spans::Row<'_>,
        stored: &spans::Stored,
        is_damaged: bool,
        blocks: &mut Blocks<'_>,
    ) -> rusqlite::Result<()> {
        let outranked = !is_damaged
            && stored.outranks(&row)
            && self.contents.get(&self.transaction, stored.place, stored.envelope)?.is_ok();
        // What was there before is there: a request that is sent again may hold earlier states of a span.
        if !is_damaged {
            for alike in revisions::alike(&self.transaction, stored.id, row.envelope, row.place.sum)? {
                if blocks.is(span.piece, &self.contents.get(&self.transaction, alike, row.envelope)?) {
                    return Ok(());
                }
            }
        }
        row.place = self.place(span.piece, row.envelope, blocks);
        self.write_block(span.piece.block, row.trace, blocks)?;
        self.change(span.trace_id);
        if outranked {
            return revisions::insert(&self.transaction, stored.id, row.envelope, row.place);
        }
        revisions::insert(&self.transaction, stored.id, stored.envelope, stored.place)?;
        spans::replace(&self.transaction, stored.id, &row)
    }

    fn change(&mut self, trace_id: TraceId) {
        if let Some(touched) = self.touched.get_mut(&trace_id) {
            touched.changed = true;
        }
    }

    /// Gives a trace the log records that named it otherwise and came before; what stood for it then goes.
    fn take_logs(&mut self, other: TraceId, trace_id: TraceId) -> rusqlite::Result<()> {
        let touched = self.touched.get(&other).map(|touched| (touched.standing, touched.spans));
        let known = match touched {
            Some(known) => Some(known),
            None => traces::standing(&self.transaction, other)?.map(|standing| (standing, 0)),
        };
        let Some((from, new_spans)) = known else { return Ok(()) };
        // A trace with spans of its own stays one.
        if new_spans > 0 || traces::has_spans(&self.transaction, from.id)? {
            return Ok(());
        }
        let to = self.touch(trace_id)?;
        let spans = logs::give(&self.transaction, from.id, to.id)?;
        if let Some(touched) = self.touched.get_mut(&trace_id) {
            touched.logs += spans.len() as u64;
            touched.changed = true;
            touched.standing.has_logs = true;
        }
        for span_id in spans.into_iter().flatten() {
            spans::outdate(&self.transaction, to.id, span_id)?;
        }
        traces::delete(&self.transaction, from.id)?;
        self.counters.traces = self.counters.traces.saturating_sub(1);
        self.touched.remove(&other);
        self.memory.forget(other);
        self.announced.push(other);
        Ok(())
    }

    /// Stores a log record; says whether it was not there.
    fn write_log(&mut self, log: &PackedLog, envelope: i64, blocks: &mut Blocks<'_>) -> rusqlite::Result<bool> {
        let trace_id = match log.trace_id {
            Some(named) => aliases::get(&self.transaction, named)?.or(Some(named)),
            None => None,
        };
        let trace = match trace_id {
            Some(trace_id) => self.touch(trace_id)?.id,
            None => logs::NO_TRACE,
        };
        let place = self.place(log.piece, envelope, blocks);
        for alike in logs::alike(&self.transaction, trace, log.span_id, place.sum, envelope)? {
            if blocks.is(log.piece, &self.contents.get(&self.transaction, alike, envelope)?) {
                return Ok(false);
            }
        }
        self.write_block(log.piece.block, trace, blocks)?;
        let id = logs::insert(&self.transaction, trace, log.span_id, envelope, place)?;
        // The ids of the latest rows are given again once those are deleted.
        self.memory.astray_after = self.memory.astray_after.min(id - 1);
        self.counters.logs += 1;
        if let Some(touched) = trace_id.and_then(|trace_id| self.touched.get_mut(&trace_id)) {
            touched.logs += 1;
            touched.changed = true;
            touched.standing.has_logs = true;
        }
        if let Some(span_id) = log.span_id {
            spans::outdate(&self.transaction, trace, span_id)?;
        }
        Ok(true)
    }

    /// Returns where a piece is once its block is stored: the next block to be stored, if it is not yet.
    fn place(&self, piece: Piece, envelope: i64, blocks: &Blocks<'_>) -> Place {
        let payload = blocks.ids[piece.block].unwrap_or(self.next_payload);
        Place { payload, at: piece.at, size: piece.size, sum: payloads::bind(piece.crc, envelope) }
    }

    /// Stores a block unless it is: one of which everything was there before is not stored at all.
    fn write_block(&mut self, index: usize, trace: i64, blocks: &mut Blocks<'_>) -> rusqlite::Result<()> {
        if blocks.ids[index].is_some() {
            return Ok(());
        }
        let id = self.next_payload;
        self.next_payload += 1;
        blocks.ids[index] = Some(id);
        let block = &blocks.blocks[index];
        let mut depth = block.depth();
        if block.base.as_ref().is_some_and(|base| base.trace != trace) {
            // The trace was deleted since it was packed, its blocks with it.
            let alone = block.alone().map_err(|damaged| rusqlite::Error::ToSqlConversionFailure(damaged.into()))?;
            payloads::insert(&self.transaction, id, &alone)?;
            depth = 0;
        } else {
            payloads::insert(&self.transaction, id, block)?;
        }
        if let (Some(trace_id), Some(end)) = (block.trace_id, &block.end) {
            self.bases.push((trace_id, Base { trace, payload: id, depth, end: Arc::clone(end) }));
        }
        Ok(())
    }

    /// Returns what is known of a trace that is about to change, making its row when there is none.
    fn touch(&mut self, trace_id: TraceId) -> rusqlite::Result<Standing> {
        let entry = match self.touched.entry(trace_id) {
            Entry::Occupied(touched) => return Ok(touched.get().standing),
            Entry::Vacant(entry) => entry,
        };
        let known = match self.memory.traces.get(&trace_id) {
            Some(standing) => Some(*standing),
            None => traces::standing(&self.transaction, trace_id)?,
        };
        let standing = match known {
            Some(standing) => standing,
            None => {
                let id = self.counters.next_trace;
                traces::insert(&self.transaction, id, trace_id)?;
                self.counters.next_trace += 1;
                self.counters.traces += 1;
                Standing { id, has_logs: false }
            }
        };
        entry.insert(Touched { standing, changed: known.is_none(), spans: 0, logs: 0 });
        Ok(standing)
    }

    /// Keeps rows and digests that were made again. What is older than the span or the trace by now is left out.
    pub(super) fn keep(&mut self, remade: &Remade) -> rusqlite::Result<()> {
        for digest in &remade.digests {
            spans::save_digest(&self.transaction, remade.reading, digest)?;
        }
        for RemadeRow { trace_id, trace, version, row, announce } in &remade.rows {
            traces::save_row(&self.transaction, *trace, *version, remade.stamp, row)?;
            if *announce {
                self.announced.push(*trace_id);
            }
        }
        Ok(())
    }

    /// Takes traces out of the list. Returns the ids of their rows, to be deleted.
    pub(super) fn detach(&mut self, trace_ids: &[TraceId]) -> rusqlite::Result<Vec<i64>> {
        let mut ids = Vec::new();
        for trace_id in trace_ids {
            if let Some((id, spans, logs)) = traces::detach(&self.transaction, *trace_id)? {
                self.counters.traces = self.counters.traces.saturating_sub(1);
                self.counters.spans = self.counters.spans.saturating_sub(spans);
                self.counters.logs = self.counters.logs.saturating_sub(logs);
                self.memory.forget(*trace_id);
                aliases::delete(&self.transaction, *trace_id)?;
                ids.push(id);
            }
        }
        if !ids.is_empty() {
            self.counters.seq += 1;
        }
        Ok(ids)
    }

    /// Deletes some of the log records up to an id that belong to no trace; says whether more of them are there.
    pub(super) fn delete_astray(&mut self, to: i64) -> rusqlite::Result<bool> {
        let (deleted, last) = logs::delete_astray(&self.transaction, self.memory.astray_after, to, SLICE)?;
        self.memory.astray_after = last;
        self.counters.logs = self.counters.logs.saturating_sub(deleted.len() as u64);
        for envelope in deleted {
            self.memory.envelopes.doubtful.doubt(&self.transaction, envelope)?;
        }
        Ok(last < to)
    }

    /// Deletes some of the slices of metrics that are too many; says whether there were any.
    pub(super) fn trim_metrics(&mut self) -> rusqlite::Result<bool> {
        self.memory.metrics.make_room(&self.transaction, self.memory.most_slices)
    }

    /// Commits. Returns the traces that changed, sorted; the memory is up to date after it.
    pub(super) fn commit(mut self) -> rusqlite::Result<Vec<TraceId>> {
        let touched = self.touched.iter().filter(|(_, touched)| touched.changed);
        let mut changed: Vec<TraceId> = touched.map(|(trace_id, _)| *trace_id).chain(self.announced).collect();
        if !changed.is_empty() {
            self.counters.seq += 1;
        }
        for Touched { standing, spans, logs, .. } in self.touched.values().filter(|touched| touched.changed) {
            traces::change(&self.transaction, standing.id, self.counters.seq, *spans, *logs)?;
        }
        if self.counters != self.memory.counters {
            counters::save(&self.transaction, &self.counters)?;
        }
        self.transaction.commit()?;
        self.bases.into_iter().for_each(|(trace_id, base)| self.recent.keep(trace_id, base));
        if self.memory.traces.len() + self.touched.len() > REMEMBERED {
            self.memory.traces.clear();
        }
        changed.sort_unstable();
        changed.dedup();
        let standings = self.touched.into_iter().map(|(trace_id, touched)| (trace_id, touched.standing));
        self.memory.traces.extend(standings.take(REMEMBERED));
        self.memory.counters = self.counters;
        self.memory.next_payload = self.next_payload;
        Ok(changed)
    }
}
