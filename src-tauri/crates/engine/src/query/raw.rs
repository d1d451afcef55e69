//! A trace as it was received: for export, and to be read again.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use spanglass_trace::decode::Envelope;
use spanglass_trace::span::{Span, SpanId, TraceId};

use super::Damage;
use super::logs::{self, Sent};
use crate::read::{self, Surroundings};
use crate::store::{Contents, Damaged, Fault, Place, Reading, SpanRecord, Store, TraceRecord};

/// How many rows are read at once.
const PAGE: u32 = 1_000;

/// How many payloads are read in one go: no question to the database takes long, however large the trace.
pub(super) const CONTENTS: usize = 100;

/// A span as it was received.
#[derive(Clone, Debug)]
pub struct RawSpan {
    /// The span.
    pub span_id: SpanId,
    /// Its `Span` message as sent, in the envelope's encoding.
    pub raw: Bytes,
    /// What surrounded it; spans that were surrounded by the same share it.
    pub envelope: Arc<Envelope>,
    /// How many further times it was received.
    pub duplicates: u32,
}

/// A log record as it was received.
#[derive(Clone, Debug)]
pub struct RawLog {
    /// The span it belongs to, when it says so.
    pub span_id: Option<SpanId>,
    /// Its `LogRecord` message as sent, in the envelope's encoding.
    pub raw: Bytes,
    /// What surrounded it; log records that were surrounded by the same share it.
    pub envelope: Arc<Envelope>,
}

/// A trace as received, in order of arrival.
#[derive(Clone, Debug)]
pub struct RawTrace {
    /// The trace.
    pub trace_id: TraceId,
    /// Its spans.
    pub spans: Vec<RawSpan>,
    /// Its log records.
    pub logs: Vec<RawLog>,
    /// Spans that could not be read from disk; they are not in `spans`.
    pub damaged: Vec<Damage>,
    /// Its version when it was read.
    pub version: u64,
}

impl RawTrace {
    /// Returns a trace of which nothing was read yet.
    pub(super) fn of(record: &TraceRecord) -> Self {
        let (spans, logs, damaged) = (Vec::new(), Vec::new(), Vec::new());
        Self { trace_id: record.trace_id, spans, logs, damaged, version: record.version }
    }

    /// Adds what was stored of a span.
    pub(super) fn take(&mut self, span: &SpanRecord, stored: Stored) {
        let SpanRecord { span_id, duplicates, .. } = *span;
        match stored {
            Ok((raw, surroundings)) => {
                let envelope = Arc::clone(&surroundings.envelope);
                self.spans.push(RawSpan { span_id, raw, envelope, duplicates });
            }
            Err(reason) => self.damaged.push(Damage { span_id, reason: reason.to_string() }),
        }
    }

    /// Says of spans that could not be read that the trace was deleted meanwhile, where it was: nothing is wrong with the disk.
    pub(super) fn explain(&mut self, store: &Store, record: &TraceRecord) -> Result<(), Fault> {
        if !self.damaged.is_empty() && !is_there(store, record)? {
            self.damaged.iter_mut().for_each(|damage| damage.reason = "the trace was deleted meanwhile".to_owned());
        }
        Ok(())
    }

    /// Adds log records of the trace.
    pub(super) fn take_logs(&mut self, logs: Vec<Sent>) {
        let received = |Sent { span_id, raw, around }| RawLog { span_id, raw, envelope: Arc::clone(&around.envelope) };
        self.logs.extend(logs.into_iter().map(received));
    }
}

/// Envelopes by their id, each read once.
#[derive(Default)]
pub(super) struct Envelopes(BTreeMap<i64, Option<Arc<Surroundings>>>);

impl Envelopes {
    pub(super) fn get(&mut self, reading: &Reading<'_>, id: i64) -> Result<Result<Arc<Surroundings>, Damaged>, Fault> {
        if let Some(known) = self.0.get(&id) {
            return Ok(known.clone().ok_or(Damaged));
        }
        let envelope = reading.envelope(id)?.and_then(Surroundings::read).map(Arc::new);
        self.0.insert(id, envelope.clone());
        Ok(envelope.ok_or(Damaged))
    }
}

/// What was stored of one span or log record.
pub(super) type Stored = Result<(Bytes, Arc<Surroundings>), Damaged>;

pub(super) fn stored(
    reading: &Reading<'_>,
    envelopes: &mut Envelopes,
    payload: Place,
    envelope: i64,
) -> Result<Stored, Fault> {
    let content = reading.content(payload, envelope)?;
    let envelope = envelopes.get(reading, envelope)?;
    Ok(content.and_then(|content| Ok((content, envelope?))))
}

/// Calls `each` with the row of every span of a trace, in no order.
pub(super) fn each_record(store: &Store, record: &TraceRecord, mut each: impl FnMut(SpanRecord)) -> Result<(), Fault> {
    let mut after = None;
    loop {
        let page = store.read(|reading| reading.spans(record.id, after, PAGE))?;
        let is_last = page.len() < PAGE as usize;
        after = page.last().map(|span| span.span_id);
        page.into_iter().for_each(&mut each);
        if is_last {
            return Ok(());
        }
    }
}

/// Calls `each` with what was stored of each span, `row` being its row; those that arrived together stand together.
pub(super) fn each_content<T>(
    store: &Store,
    spans: &mut [T],
    row: impl Fn(&T) -> &SpanRecord,
    mut each: impl FnMut(&mut T, Stored),
) -> Result<(), Fault> {
    let (mut envelopes, mut contents) = (Envelopes::default(), Contents::default());
    for spans in spans.chunks_mut(CONTENTS) {
        store.read_on(&mut contents, |reading| {
            for span in spans {
                let SpanRecord { payload, envelope, .. } = *row(span);
                let stored = stored(reading, &mut envelopes, payload, envelope)?;
                each(span, stored);
            }
            Ok(())
        })?;
    }
    Ok(())
}

/// Says whether a trace was not deleted since its row was read.
pub(super) fn is_there(store: &Store, record: &TraceRecord) -> Result<bool, Fault> {
    Ok(store.read(|reading| reading.trace_numbered(record.id))?.is_some())
}

/// Returns a trace as received.
pub(super) fn load(store: &Store, record: &TraceRecord) -> Result<RawTrace, Fault> {
    let mut trace = RawTrace::of(record);
    let mut spans: Vec<SpanRecord> = Vec::new();
    each_record(store, record, |span| spans.push(span))?;
    spans.sort_unstable_by_key(|span| span.id);
    each_content(store, &mut spans, |span| span, |span, stored| trace.take(span, stored))?;
    trace.take_logs(logs::of(store, record)?);
    trace.explain(store, record)?;
    Ok(trace)
}

/// Returns one span as received, or that it cannot be read; `None` when it is not there.
pub(super) fn one(
    store: &Store,
    record: &TraceRecord,
    span_id: SpanId,
) -> Result<Option<Result<RawSpan, Damage>>, Fault> {
    store.read(|reading| {
        let Some(span) = reading.span(record.id, span_id)? else { return Ok(None) };
        let mut trace = RawTrace::of(record);
        trace.take(&span, bytes(reading, &mut Envelopes::default(), &span)?);
        Ok(trace.spans.pop().map(Ok).or_else(|| trace.damaged.pop().map(Err)))
    })
}

/// Returns the bytes of one span.
pub(super) fn bytes(reading: &Reading<'_>, envelopes: &mut Envelopes, span: &SpanRecord) -> Result<Stored, Fault> {
    stored(reading, envelopes, span.payload, span.envelope)
}

/// Returns one span, decoded; or, in a sentence, why it cannot be.
pub(super) fn span(
    reading: &Reading<'_>,
    envelopes: &mut Envelopes,
    record: &TraceRecord,
    span: &SpanRecord,
) -> Result<Result<Span, String>, Fault> {
    let stored = stored(reading, envelopes, span.payload, span.envelope)?;
    Ok(decode(record.trace_id, span.span_id, &stored))
}

/// Returns a stored span, decoded; or, in a sentence, why it cannot be.
pub(super) fn decode(trace_id: TraceId, span_id: SpanId, stored: &Stored) -> Result<Span, String> {
    let (raw, surroundings) = stored.as_ref().map_err(Damaged::to_string)?;
    let received = surroundings.span(raw).map_err(|error| error.to_string())?;
    let span = read::started(&received).unwrap_or(received);
    // The bytes are whole and yet another span's: the row that points to them is damaged.
    if (span.trace_id, span.span_id) != (trace_id, span_id) {
        return Err(Damaged.to_string());
    }
    Ok(span)
}
