//! A trace, read: every span decoded from the bytes it was sent in and read anew, so that no reading is ever out of date.

use std::collections::BTreeMap;
use std::sync::Arc;

use spanglass_trace::reading::{ErrorInfo, Reading};
use spanglass_trace::span::{LogRecord, Span, SpanId};
use spanglass_trace::views::summary::{Digest, TraceRow, add_facts, summarise};
use spanglass_trace::views::{ReadSpan, ReadTrace};

use super::{from_logs, raw};
use crate::prices::PricesNow;
use crate::read;
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
    /// Spans that could not be read from disk; what is left of them stands in `trace` without content.
    pub damaged: Vec<Damage>,
}

/// Returns a trace, read, and how many bytes its spans were sent in.
pub(super) fn open(store: &Store, record: &TraceRecord, prices: &PricesNow) -> Result<(OpenTrace, u64), Fault> {
    let (mut spans, mut damaged, mut digests) = (Vec::new(), Vec::new(), Vec::new());
    let mut bytes = 0;
    let mut logs: BTreeMap<Option<SpanId>, Vec<LogRecord>> = BTreeMap::new();
    raw::each_log(store, record, |span_id, raw, surroundings| {
        bytes += raw.len() as u64;
        let span_id = span_id.filter(|_| !from_logs::only(record));
        logs.entry(span_id).or_default().extend(surroundings.log(&raw));
    })?;
    let whole = logs.remove(&None).unwrap_or_default();
    if from_logs::only(record) {
        spans = from_logs::read(record, &whole);
        digests = spans.iter().map(from_logs::digest).collect();
    }
    raw::each_span(store, record, |row, stored| {
        bytes += stored.as_ref().map_or(0, |(raw, _)| raw.len() as u64);
        let logs = logs.remove(&Some(row.span_id)).unwrap_or_default();
        let read_span = match raw::decode(record.trace_id, row.span_id, &stored) {
            Ok(span) => {
                let mut reading = read::read(&span, logs);
                read::complete(&mut reading, &whole);
                digests.push(read::digest(&span, &reading, row.duplicates));
                ReadSpan { span, reading, duplicates: row.duplicates, from_logs: false }
            }
            Err(reason) => {
                damaged.push(Damage { span_id: row.span_id, reason: reason.clone() });
                let (digest, remains) = remains(record, &row, reason);
                digests.push(digest);
                remains
            }
        };
        spans.push(read_span);
    })?;
    let mut row = summarise(record.trace_id, &digests, &prices.prices);
    add_facts(&mut row.summary, read::facts(whole));
    row.version = record.version;
    let trace = ReadTrace::new(record.trace_id, spans, &prices.prices);
    Ok((OpenTrace { trace, row, version: record.version, stamp: prices.stamp, damaged }, bytes))
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
