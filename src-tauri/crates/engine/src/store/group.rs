//! One transaction: requests that waited together, stored together.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use spanglass_trace::span::TraceId;

use super::counters::{self, Counters};
use super::traces::{self, Standing};
use super::{Batch, NewLog, NewSpan, Payload, Remade, RemadeRow, Written, envelopes, logs, payloads, revisions, spans};

/// How many traces the writer remembers.
const REMEMBERED: usize = 8_192;

/// What the writer remembers between transactions so that it need not ask the database. Nothing but memory is lost when it
/// is emptied, which a transaction that failed makes necessary.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) counters: Counters,
    pub(super) next_payload: i64,
    envelopes: envelopes::Known,
    traces: HashMap<TraceId, Standing>,
}

impl Memory {
    pub(super) fn load(conn: &Connection) -> rusqlite::Result<Self> {
        let (counters, next_payload) = (counters::load(conn)?, payloads::next_id(conn)?);
        Ok(Self { counters, next_payload, ..Self::default() })
    }

    pub(super) fn forget(&mut self, trace_id: TraceId) {
        self.traces.remove(&trace_id);
    }

    /// Forgets everything that could stem from a transaction that failed.
    pub(super) fn forget_all(&mut self) {
        self.envelopes.forget();
        self.traces.clear();
    }
}

struct Touched {
    standing: Standing,
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
}

impl<'a> Group<'a> {
    pub(super) fn begin(conn: &'a mut Connection, memory: &'a mut Memory) -> rusqlite::Result<Self> {
        let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (counters, next_payload) = (memory.counters, memory.next_payload);
        Ok(Self { transaction, memory, counters, next_payload, touched: HashMap::new(), announced: Vec::new() })
    }

    /// Stores a request's spans and log records. The answer's sequence is the one the transaction will have.
    pub(super) fn write(&mut self, batch: &Batch) -> rusqlite::Result<Written> {
        let mut envelopes = Vec::with_capacity(batch.envelopes.len());
        for envelope in &batch.envelopes {
            envelopes.push(self.memory.envelopes.id(&self.transaction, envelope)?);
        }
        let mut written = Written { seq: self.counters.seq + 1, ..Written::default() };
        for span in &batch.spans {
            match self.write_span(span, envelopes[span.envelope])? {
                true => written.spans += 1,
                false => written.duplicates += 1,
            }
        }
        for log in &batch.logs {
            written.logs += u64::from(self.write_log(log, envelopes[log.envelope])?);
        }
        Ok(written)
    }

    /// Stores a span; says whether it was not there.
    fn write_span(&mut self, span: &NewSpan, envelope: i64) -> rusqlite::Result<bool> {
        let standing = self.touch(span.trace_id)?;
        // A log record that came first may change what the span means.
        let outdated = standing.has_logs && logs::any(&self.transaction, standing.id, span.span_id)?;
        let row = spans::Row {
            trace: standing.id,
            span_id: span.span_id,
            envelope,
            payload: self.next_payload,
            ended: span.ended,
            reading: if outdated { 0 } else { span.reading },
            digest: &span.digest,
        };
        if spans::insert(&self.transaction, &row)? {
            self.write_payload(&span.payload, envelope)?;
            self.counters.spans += 1;
            if let Some(touched) = self.touched.get_mut(&span.trace_id) {
                touched.spans += 1;
            }
            return Ok(true);
        }
        let stored = spans::stored(&self.transaction, standing.id, span.span_id)?;
        // What was sent of a span while it ran is no repetition of it.
        if stored.ended && span.ended {
            spans::count_duplicate(&self.transaction, stored.id)?;
        }
        let content = payloads::content(&self.transaction, stored.payload, stored.envelope)?;
        if stored.envelope == envelope && content == span.payload.unpack() {
            return Ok(false);
        }
        let payload = self.write_payload(&span.payload, envelope)?;
        if stored.ended && !span.ended && content.is_ok() {
            revisions::insert(&self.transaction, stored.id, envelope, payload)?;
        } else {
            revisions::insert(&self.transaction, stored.id, stored.envelope, stored.payload)?;
            spans::replace(&self.transaction, stored.id, &row)?;
        }
        Ok(false)
    }

    /// Stores a log record; says whether it was not there.
    fn write_log(&mut self, log: &NewLog, envelope: i64) -> rusqlite::Result<bool> {
        let trace = match log.trace_id {
            Some(trace_id) => self.touch(trace_id)?.id,
            None => logs::NO_TRACE,
        };
        for payload in logs::alike(&self.transaction, trace, log.span_id, log.sum, envelope)? {
            if payloads::content(&self.transaction, payload, envelope)? == log.payload.unpack() {
                return Ok(false);
            }
        }
        let payload = self.write_payload(&log.payload, envelope)?;
        logs::insert(&self.transaction, trace, log.span_id, log.sum, envelope, payload)?;
        self.counters.logs += 1;
        if let Some(touched) = log.trace_id.and_then(|trace_id| self.touched.get_mut(&trace_id)) {
            touched.logs += 1;
            touched.standing.has_logs = true;
        }
        if let Some(span_id) = log.span_id {
            spans::outdate(&self.transaction, trace, span_id)?;
        }
        Ok(true)
    }

    fn write_payload(&mut self, payload: &Payload, envelope: i64) -> rusqlite::Result<i64> {
        let id = self.next_payload;
        payloads::insert(&self.transaction, id, payload, envelope)?;
        self.next_payload += 1;
        Ok(id)
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
        entry.insert(Touched { standing, spans: 0, logs: 0 });
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
                ids.push(id);
            }
        }
        if !ids.is_empty() {
            self.counters.seq += 1;
        }
        Ok(ids)
    }

    /// Commits. Returns the traces that changed, sorted; the memory is up to date after it.
    pub(super) fn commit(mut self) -> rusqlite::Result<Vec<TraceId>> {
        if !self.touched.is_empty() || !self.announced.is_empty() {
            self.counters.seq += 1;
        }
        for Touched { standing, spans, logs } in self.touched.values() {
            traces::change(&self.transaction, standing.id, self.counters.seq, *spans, *logs)?;
        }
        if self.counters != self.memory.counters {
            counters::save(&self.transaction, &self.counters)?;
        }
        self.transaction.commit()?;
        if self.memory.traces.len() + self.touched.len() > REMEMBERED {
            self.memory.traces.clear();
        }
        let mut changed: Vec<TraceId> = self.touched.keys().chain(&self.announced).copied().collect();
        changed.sort_unstable();
        changed.dedup();
        let standings = self.touched.into_iter().map(|(trace_id, touched)| (trace_id, touched.standing));
        self.memory.traces.extend(standings.take(REMEMBERED));
        self.memory.counters = self.counters;
        self.memory.next_payload = self.next_payload;
        Ok(changed)
    }
}
