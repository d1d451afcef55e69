//! The spans of a trace that were not received but are made of its log records: all of them where only log records were received,
//! else those that programs told of in log records beside.

use spanglass_trace::reading::TraceFacts;
use spanglass_trace::span::{LogRecord, TraceId};
use spanglass_trace::views::ReadSpan;
use spanglass_trace::views::summary::Digest;

use super::logs;
use crate::read;
use crate::store::{Fault, Reading, TraceRecord};

/// Returns the spans that log records make, read; `logs` are those that name none of the received spans, and `beside` says
/// whether there are any.
pub(super) fn read(trace_id: TraceId, logs: &[LogRecord], beside: bool) -> Vec<ReadSpan> {
    let made = read::spans_of(trace_id, logs, beside).into_iter();
    made.map(|span| {
        let mut reading = read::read(&span, Vec::new());
        read::complete(&mut reading, logs);
        ReadSpan { reading, span, duplicates: 0, from_logs: true }
    })
    .collect()
}

/// Returns the spans that a trace's log records make, read.
pub(super) fn spans(reading: &Reading<'_>, record: &TraceRecord) -> Result<Vec<ReadSpan>, Fault> {
    Ok(read(record.trace_id, &logs(reading, record)?, record.spans > 0))
}

/// Returns the digests of the spans that a trace's log records make, and what they tell of the trace beside.
pub(super) fn digests(reading: &Reading<'_>, record: &TraceRecord) -> Result<(Vec<Digest>, TraceFacts), Fault> {
    let logs = logs(reading, record)?;
    let digests = read(record.trace_id, &logs, record.spans > 0).iter().map(digest).collect();
    Ok((digests, read::facts(logs)))
}

/// Returns the digest of a span that was made.
pub(super) fn digest(made: &ReadSpan) -> Digest {
    read::digest(&made.span, &made.reading, made.duplicates)
}

/// Returns the log records of a trace that name none of its received spans.
fn logs(reading: &Reading<'_>, record: &TraceRecord) -> Result<Vec<LogRecord>, Fault> {
    match (record.logs, record.spans) {
        (0, _) => Ok(Vec::new()),
        (_, 0) => logs::of_trace(reading, record),
        _ => logs::beside(reading, record),
    }
}
