//! What can be asked of the database.

use std::cell::RefCell;
use std::ops::RangeInclusive;

use bytes::Bytes;
use rusqlite::Connection;
use spanglass_trace::metric::Summary;
use spanglass_trace::span::{SpanId, TraceId};

use super::payloads::Contents;
use super::{
    ArrivedLog, ArrivedRevision, ArrivedSpan, Counters, Damaged, Fault, LogRecordRow, Mark, Order, Place, SeriesRecord,
    SpanRecord, StoredEnvelope, StoredRow, TraceRecord, aliases, arrivals, counters, envelopes, logs, metrics,
    revisions, spans, traces,
};

/// A connection that reads. Each answer is as of its own moment.
pub struct Reading<'a> {
    conn: &'a Connection,
    contents: RefCell<Contents>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(conn: &'a Connection) -> Self {
        Self { conn, contents: RefCell::default() }
    }

    /// Asks something, with the blocks at hand that an earlier question left in `contents`.
    pub(super) fn ask<T>(
        conn: &'a Connection,
        contents: &mut Contents,
        ask: impl FnOnce(&Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let reading = Self { conn, contents: RefCell::new(std::mem::take(contents)) };
        let answer = ask(&reading);
        *contents = reading.contents.into_inner();
        answer
    }

    /// Returns how much there is.
    pub fn counters(&self) -> Result<Counters, Fault> {
        Ok(counters::load(self.conn)?)
    }

    /// Returns a page of the trace list, newest first: those numbered below `before`.
    pub fn traces(&self, before: Option<i64>, limit: u32) -> Result<Vec<TraceRecord>, Fault> {
        Ok(traces::page(self.conn, before, limit)?)
    }

    /// Calls `each` with what is stored of the rows of such a page.
    pub fn each_row(&self, before: Option<i64>, limit: u32, each: impl FnMut(StoredRow<'_>)) -> Result<(), Fault> {
        Ok(traces::each_row(self.conn, before, limit, each)?)
    }

    /// Returns a trace; `None` when it is not there.
    pub fn trace(&self, trace_id: TraceId) -> Result<Option<TraceRecord>, Fault> {
        Ok(traces::get(self.conn, trace_id)?)
    }

    /// Returns the ids of traces that are within a range, at most `limit`.
    pub fn traces_named(&self, ids: &RangeInclusive<TraceId>, limit: u32) -> Result<Vec<TraceId>, Fault> {
        Ok(traces::named(self.conn, ids, limit)?)
    }

    /// Returns traces whose row was not made with this stamp since they last changed: at most `limit` of those that
    /// changed, and of those whose row has a lower and a higher stamp.
    pub fn stale_traces(&self, stamp: u32, limit: u32) -> Result<Vec<TraceRecord>, Fault> {
        Ok(traces::stale(self.conn, stamp, limit)?)
    }

    /// Returns how many traces have a row that another reading version made.
    /// `stamps` are those of this version.
    pub fn traces_of_other_versions(&self, stamps: RangeInclusive<u32>) -> Result<u64, Fault> {
        Ok(traces::of_other_versions(self.conn, stamps)?)
    }

    /// Returns spans of a trace (a [`TraceRecord::id`]) by span id, those after `after`. Sort by [`SpanRecord::id`] for the
    /// order of arrival.
    pub fn spans(&self, trace: i64, after: Option<SpanId>, limit: u32) -> Result<Vec<SpanRecord>, Fault> {
        Ok(spans::page(self.conn, trace, after, limit)?)
    }

    /// Returns the span of a trace that stands `places` after `from` (`None` = its first) by span id; `None` when there are not
    /// so many.
    pub fn span_further(&self, trace: i64, from: Option<SpanId>, places: u32) -> Result<Option<SpanId>, Fault> {
        Ok(spans::further(self.conn, trace, from, places)?)
    }

    /// Calls `each` with span, digest (sealed), its reading version and the envelope of each span of a trace by span id, from
    /// `from` (`None` = the first) up to and without `until` (`None` = to the last).
    pub fn each_digest(
        &self,
        trace: i64,
        from: Option<SpanId>,
        until: Option<SpanId>,
        each: impl FnMut(SpanId, &[u8], i64, i64),
    ) -> Result<(), Fault> {
        Ok(spans::each_digest(self.conn, trace, from, until, each)?)
    }

    /// Returns one span of a trace; `None` when it is not there.
    pub fn span(&self, trace: i64, span_id: SpanId) -> Result<Option<SpanRecord>, Fault> {
        Ok(spans::one(self.conn, trace, span_id)?)
    }

    /// Returns log records of a trace, or of one span of it, in order of arrival: those after `after` (a [`LogRecordRow::id`]).
    pub fn logs(
        &self,
        trace: i64,
        span_id: Option<SpanId>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<LogRecordRow>, Fault> {
        Ok(logs::page(self.conn, trace, span_id, after, limit)?)
    }

    /// Returns the log records of a trace that name none of its stored spans, in order of arrival.
    pub fn logs_beside(&self, trace: i64) -> Result<Vec<LogRecordRow>, Fault> {
        Ok(logs::beside(self.conn, trace)?)
    }

    /// Returns by which ids log records name a trace besides its own.
    pub fn other_ids(&self, trace: TraceId) -> Result<Vec<TraceId>, Fault> {
        Ok(aliases::others(self.conn, trace)?)
    }

    /// Returns stored bytes as they were received, or [`Damaged`].
    pub fn content(&self, payload: Place, envelope: i64) -> Result<Result<Bytes, Damaged>, Fault> {
        Ok(self.contents.borrow_mut().get(self.conn, payload, envelope)?)
    }

    /// Returns an envelope; `None` when it is damaged.
    pub fn envelope(&self, envelope: i64) -> Result<Option<StoredEnvelope>, Fault> {
        Ok(envelopes::get(self.conn, envelope)?)
    }

    /// Returns all metric series, by name.
    pub fn metric_series(&self) -> Result<Vec<SeriesRecord>, Fault> {
        Ok(metrics::all(self.conn)?)
    }

    /// Returns a series' slices from `from` (seconds since 1970) on, each with its start in seconds, oldest first: the latest
    /// `limit` of them.
    pub fn metric_slices(&self, series: i64, from: u64, limit: u32) -> Result<Vec<(u64, Summary)>, Fault> {
        Ok(metrics::slices(self.conn, series, from, limit)?)
    }

    /// Returns envelope and place of what else arrived for a span (a [`SpanRecord::id`]), in order of arrival.
    pub fn revisions(&self, span: i64) -> Result<Vec<(i64, Place)>, Fault> {
        Ok(revisions::of_span(self.conn, span)?)
    }

    /// Returns a trace by its [`TraceRecord::id`]; `None` when it is not there.
    pub fn trace_numbered(&self, trace: i64) -> Result<Option<TraceRecord>, Fault> {
        Ok(traces::numbered(self.conn, trace)?)
    }

    /// Returns the [`TraceRecord::id`] of a trace; `None` when it is not there.
    pub fn trace_number(&self, trace_id: TraceId) -> Result<Option<i64>, Fault> {
        Ok(traces::standing(self.conn, trace_id)?.map(|standing| standing.id))
    }

    /// Returns spans of any trace in order of arrival: those with ids from `from` to `to`, at most `limit`.
    pub fn arrived_spans(&self, from: i64, to: i64, limit: u32) -> Result<Vec<ArrivedSpan>, Fault> {
        Ok(arrivals::spans(self.conn, from, to, limit)?)
    }

    /// Returns log records of any trace in order of arrival: those with ids from `from` to `to`, at most `limit`.
    pub fn arrived_logs(&self, from: i64, to: i64, limit: u32) -> Result<Vec<ArrivedLog>, Fault> {
        Ok(arrivals::logs(self.conn, from, to, limit)?)
    }

    /// Returns spans that arrived again with other content, in that order: from `from` on, at most `limit`.
    pub fn arrived_revisions(&self, from: i64, limit: u32) -> Result<Vec<ArrivedRevision>, Fault> {
        Ok(arrivals::revisions(self.conn, from, limit)?)
    }

    /// Returns what tells the row of a place from others; `None` when nothing is there.
    pub fn mark(&self, order: Order, id: i64) -> Result<Option<Mark>, Fault> {
        Ok(arrivals::mark(self.conn, order, id)?)
    }

    /// Returns the first and the latest place; zeros when there is none.
    pub fn places(&self, order: Order) -> Result<(i64, i64), Fault> {
        Ok((arrivals::first(self.conn, order)?, arrivals::last(self.conn, order)?))
    }

    /// Returns the [`SpanRecord::id`]s of a trace's spans, without reading the spans.
    pub fn span_ids(&self, trace: i64) -> Result<Vec<i64>, Fault> {
        Ok(arrivals::span_ids(self.conn, trace)?)
    }

    /// Returns the [`TraceRecord::id`]s of what arrived from a place on, each once.
    pub fn traces_arrived_from(&self, span: i64, log: i64) -> Result<Vec<i64>, Fault> {
        let mut traces = arrivals::traces_from(self.conn, span)?;
        traces.extend(arrivals::traces_of_logs_from(self.conn, log)?);
        Ok(traces)
    }
}
