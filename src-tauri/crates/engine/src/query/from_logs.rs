//! Traces of which only log records were received: read from the spans that those make.

use spanglass_trace::reading::TraceFacts;
use spanglass_trace::span::{LogRecord, TraceId};
use spanglass_trace::views::ReadSpan;
use spanglass_trace::views::summary::Digest;

use super::raw::{self, Envelopes};
use crate::read;
use crate::store::{Fault, Reading, TraceRecord};

/// Says whether a trace's spans must be made of its log records.
pub(super) fn only(record: &TraceRecord) -> bool {
    record.spans == 0 && record.logs > 0
}

/// Returns the spans that log records make, read.
pub(super) fn read(trace_id: TraceId, logs: &[LogRecord]) -> Vec<ReadSpan> {
    let made = read::spans_of(trace_id, logs).into_iter();
    made.map(|span| ReadSpan { reading: read::read(&span, Vec::new()), span, duplicates: 0, from_logs: true }).collect()
}

/// Returns the digests of the spans that a trace's log records make, and what they tell of the trace beside.
pub(super) fn digests(reading: &Reading<'_>, record: &TraceRecord) -> Result<(Vec<Digest>, TraceFacts), Fault> {
    let logs = raw::logs_of_trace(reading, &mut Envelopes::default(), record)?;
    let digests = read(record.trace_id, &logs).iter().map(digest).collect();
    Ok((digests, read::facts(logs)))
}

pub(super) fn digest(made: &ReadSpan) -> Digest {
    read::digest(&made.span, &made.reading, made.duplicates)
}
