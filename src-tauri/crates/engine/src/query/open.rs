//! A trace, read: every span decoded from the bytes it was sent in and read anew, so that no reading is ever out of date.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::resume_unwind;
use std::sync::Arc;

use spanglass_trace::decode::Envelope;
use spanglass_trace::reading::TraceFacts;
use spanglass_trace::reading::{ErrorInfo, Reading};
use spanglass_trace::span::{LogRecord, Span, SpanId, TraceId};
use spanglass_trace::views::summary::{Digest, TraceRow};
use spanglass_trace::views::{ReadSpan, ReadTrace};

use super::raw::{CONTENTS, RawLog, RawSpan, RawTrace, Stored};
use super::under_way::Spans;
use super::{from_logs, logs, raw, rows};
use crate::prices::PricesNow;
use crate::read::{self, Surroundings};
use crate::store::{Fault, SpanRecord, Store, TraceRecord};

/// A span whose stored bytes are not the ones that were received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The span.
    pub span_id: SpanId,
    /// What is wrong with it, in a sentence.
    pub reason: String,
}

/// A trace, read.
#[derive(Clone, Debug)]
pub struct OpenTrace {
    /// The trace.
    pub trace: ReadTrace,
    /// The trace in one row.
    pub row: TraceRow,
    /// Its version; equal to `row.version`.
    pub version: u64,
    /// The stamp of the prices it was made with.
    pub stamp: u32,
    /// How many bytes its spans and log records were sent in.
    pub bytes: u64,
    /// How many the largest of its spans was sent in.
    pub largest: u64,
    /// Spans that could not be read from disk; what is left of them stands in `trace` without content.
    pub damaged: Vec<Damage>,
}

/// On how many processors a large trace is read.
const MOST_THREADS: usize = 4;

/// Returns a trace, read; a large one on several processors at once, a share of what arrived each.
pub(super) fn open(
    store: &Store,
    record: &TraceRecord,
    prices: &PricesNow,
    under_way: &Spans,
) -> Result<OpenTrace, Fault> {
    // A row that is up to date is not made again, nor are the digests it is made of: of a large trace they take a tenth of a gigabyte.
    let known = rows::current(record, prices);
    let sums_up = known.is_none();
    let mut opening = Opening::new(record.trace_id, record.version, known);
    logs::each_read(store, record, |bytes, span_id, log| {
        opening.read.bytes += bytes as u64;
        opening.log(span_id, Some(log));
    })?;
    opening.logs_are_there();
    let mut rows: Vec<(SpanRecord, Vec<LogRecord>)> = Vec::new();
    raw::each_record(store, record, |row| {
        let logs = opening.logs.remove(&Some(row.span_id)).unwrap_or_default();
        rows.push((SpanRecord { digest: Vec::new(), ..row }, logs));
    })?;
    rows.sort_unstable_by_key(|(row, _)| row.id);
    let threads = match rows.len() > CONTENTS {
        true => std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS),
        false => 1,
    };
    let (spans, share) = (rows.len(), rows.len().div_ceil(threads).max(1));
    // The first has room for the others.
    let shares = rows.chunks_mut(share).zip(std::iter::once(spans).chain(std::iter::repeat(share)));
    let whole = &opening.whole;
    let shares: Vec<_> = if threads < 2 {
        shares
            .map(|(share, room)| Share::with_room(room, sums_up).read(store, record, whole, share, under_way))
            .collect()
    } else {
        std::thread::scope(|scope| {
            let reading: Vec<_> = shares
                .map(|(rows, room)| {
                    scope.spawn(move || Share::with_room(room, sums_up).read(store, record, whole, rows, under_way))
                })
                .collect();
            reading.into_iter().map(|share| share.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
        })
    };
    for share in shares {
        opening.read.append(share?);
    }
    Ok(opening.finish(prices))
}

/// What was read of some spans.
#[derive(Default)]
struct Share {
    bytes: u64,
    largest: u64,
    spans: Vec<ReadSpan>,
    /// `None` = nothing is to be summed up.
    digests: Option<Vec<Digest>>,
    damaged: Vec<Damage>,
}

impl Share {
    /// Returns an empty share with room for so many spans. Of over a kilobyte each, they are not to be moved while it grows.
    fn with_room(spans: usize, sums_up: bool) -> Self {
        let digests = sums_up.then(|| Vec::with_capacity(spans));
        Self { spans: Vec::with_capacity(spans), digests, ..Self::default() }
    }

    /// Reads the spans of these rows, which have no digests.
    fn read(
        mut self,
        store: &Store,
        record: &TraceRecord,
        whole: &[LogRecord],
        rows: &mut [(SpanRecord, Vec<LogRecord>)],
        under_way: &Spans,
    ) -> Result<Self, Fault> {
        let mut unreadable = Vec::new();
        raw::each_content(
            store,
            rows,
            |(row, _)| row,
            |(row, logs), stored| {
                if let Err(reason) = self.stored(record, row, &stored, std::mem::take(logs), whole) {
                    unreadable.push((row.span_id, reason));
                }
                under_way.pass();
            },
        )?;
        for (span_id, reason) in unreadable {
            if let Some(row) = store.read(|reading| reading.span(record.id, span_id))? {
                self.damaged(record, &row, reason);
            }
        }
        Ok(self)
    }

    /// Reads a span from what is stored of it; else says why it cannot be read.
    fn stored(
        &mut self,
        record: &TraceRecord,
        row: &SpanRecord,
        stored: &Stored,
        logs: Vec<LogRecord>,
        whole: &[LogRecord],
    ) -> Result<(), String> {
        self.count(stored.as_ref().map_or(0, |(raw, _)| raw.len()));
        let span = raw::decode(record.trace_id, row.span_id, stored)?;
        self.span(span, row.duplicates, logs, whole);
        Ok(())
    }

    fn count(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        self.largest = self.largest.max(bytes as u64);
    }

    fn span(&mut self, span: Span, duplicates: u32, logs: Vec<LogRecord>, whole: &[LogRecord]) {
        let mut reading = read::read(&span, logs);
        read::complete(&mut reading, whole);
        if let Some(digests) = &mut self.digests {
            digests.push(read::digest(&span, &reading, duplicates));
        }
        self.spans.push(ReadSpan { span, reading, duplicates, from_logs: false });
    }

    fn damaged(&mut self, record: &TraceRecord, row: &SpanRecord, reason: String) {
        self.damaged.push(Damage { span_id: row.span_id, reason: reason.clone() });
        let (digest, remains) = remains(record, row, reason);
        self.digests.iter_mut().for_each(|digests| digests.push(digest.clone()));
        self.spans.push(remains);
    }

    fn append(&mut self, more: Self) {
        self.bytes += more.bytes;
        self.largest = self.largest.max(more.largest);
        append(&mut self.spans, more.spans);
        if let (Some(digests), Some(more)) = (&mut self.digests, more.digests) {
            append(digests, more);
        }
        self.damaged.extend(more.damaged);
    }

    /// Adds spans that were made of log records.
    fn made(&mut self, made: Vec<ReadSpan>) {
        if let Some(digests) = &mut self.digests {
            digests.extend(made.iter().map(from_logs::digest));
        }
        self.spans.extend(made);
    }
}

/// Returns a trace that was received so, read; what of it cannot be read is left out.
pub(super) fn of_raw(raw: &RawTrace, prices: &PricesNow) -> OpenTrace {
    let mut opening = Opening::new(raw.trace_id, raw.version, None);
    let mut around: BTreeMap<*const Envelope, Surroundings> = BTreeMap::new();
    for RawLog { span_id, raw, envelope } in &raw.logs {
        let around = around.entry(Arc::as_ptr(envelope)).or_insert_with(|| Surroundings::of(envelope));
        opening.read.bytes += raw.len() as u64;
        opening.log(*span_id, around.log(raw).ok());
    }
    opening.logs_are_there();
    let mut share = Share::with_room(raw.spans.len(), true);
    for RawSpan { raw, envelope, duplicates, .. } in &raw.spans {
        let around = around.entry(Arc::as_ptr(envelope)).or_insert_with(|| Surroundings::of(envelope));
        share.count(raw.len());
        if let Ok(span) = around.span(raw) {
            let span = read::started(&span).unwrap_or(span);
            let logs = opening.logs.remove(&Some(span.span_id)).unwrap_or_default();
            share.span(span, *duplicates, logs, &opening.whole);
        }
    }
    opening.read.append(share);
    opening.read.damaged.clone_from(&raw.damaged);
    opening.finish(prices)
}

/// A trace of which not everything was read yet: first its log records, then its spans.
struct Opening {
    trace_id: TraceId,
    version: u64,
    /// The log records whose span was not met yet.
    logs: BTreeMap<Option<SpanId>, Vec<LogRecord>>,
    /// The log records that name no span.
    whole: Vec<LogRecord>,
    /// Its bytes are those of log records, too.
    read: Share,
    /// The trace in one row, where that is known.
    row: Option<TraceRow>,
}

impl Opening {
    fn new(trace_id: TraceId, version: u64, row: Option<TraceRow>) -> Self {
        let read = Share::with_room(0, row.is_none());
        Self { trace_id, version, logs: BTreeMap::new(), whole: Vec::new(), read, row }
    }

    fn log(&mut self, span_id: Option<SpanId>, log: Option<LogRecord>) {
        self.logs.entry(span_id).or_default().extend(log);
    }

    fn logs_are_there(&mut self) {
        self.whole = self.logs.remove(&None).unwrap_or_default();
    }

    fn finish(mut self, prices: &PricesNow) -> OpenTrace {
        let beside = !self.read.spans.is_empty() || !self.read.damaged.is_empty();
        self.whole.extend(self.logs.into_values().flatten());
        self.read.made(from_logs::read(self.trace_id, &self.whole, beside));
        let Share { bytes, largest, spans, digests, damaged } = self.read;
        let mut row = self.row.unwrap_or_else(|| {
            read::row(self.trace_id, &digests.unwrap_or_default(), read::facts(self.whole), &prices.prices)
        });
        row.version = self.version;
        let trace = ReadTrace::new(self.trace_id, spans, &prices.prices);
        OpenTrace { trace, row, version: self.version, stamp: prices.stamp, bytes, largest, damaged }
    }
}

/// Appends values without moving those that come first.
fn append<T>(values: &mut Vec<T>, more: Vec<T>) {
    if values.is_empty() {
        *values = more;
    } else {
        values.extend(more);
    }
}

/// Returns these spans of a trace, read as one; totals are theirs alone.
pub(super) fn open_some(
    store: &Store,
    record: &TraceRecord,
    prices: &PricesNow,
    spans: &[SpanId],
) -> Result<OpenTrace, Fault> {
    let mut share = Share::with_room(spans.len(), true);
    let (mut envelopes, mut not_received) = (raw::Envelopes::default(), BTreeSet::new());
    for &span_id in spans {
        store.read(|reading| {
            let Some(row) = reading.span(record.id, span_id)? else {
                not_received.insert(span_id);
                return Ok(());
            };
            let logs = logs::of_span(reading, record, span_id)?;
            let stored = raw::bytes(reading, &mut envelopes, &row)?;
            if let Err(reason) = share.stored(record, &row, &stored, logs, &[]) {
                share.damaged(record, &row, reason);
            }
            Ok(())
        })?;
    }
    if !not_received.is_empty() {
        let mut made = store.read(|reading| from_logs::spans(reading, record))?;
        made.retain(|made| not_received.contains(&made.span.span_id));
        share.made(made);
    }
    let Share { bytes, largest, spans, digests, damaged } = share;
    let mut row = read::row(record.trace_id, &digests.unwrap_or_default(), TraceFacts::default(), &prices.prices);
    row.version = record.version;
    let trace = ReadTrace::new(record.trace_id, spans, &prices.prices);
    Ok(OpenTrace { trace, row, version: record.version, stamp: prices.stamp, bytes, largest, damaged })
}

/// Returns what the digest tells of a span whose bytes are lost: its place and name, and an error that says so.
fn remains(record: &TraceRecord, row: &SpanRecord, reason: String) -> (Digest, ReadSpan) {
    let digest: Digest = read::from_stored(&row.digest).unwrap_or_else(|| read::unknown(row.span_id));
    let span = Span {
        parent_span_id: digest.parent_span_id,
        name: digest.name.clone(),
        start_time_unix_nano: digest.start_time_unix_nano,
        end_time_unix_nano: digest.end_time_unix_nano,
        ..Span::new(record.trace_id, row.span_id, Arc::default(), Arc::default())
    };
    let error = ErrorInfo { kind: Some("damaged".to_owned()), message: Some(reason), stacktrace: None };
    let reading = Reading { kind: digest.kind, error: Some(error), ..Reading::default() };
    let digest = Digest { duplicates: row.duplicates, ..digest };
    (digest, ReadSpan { span, reading, duplicates: row.duplicates, from_logs: false })
}
