//! Batches to store, and questions asked of them; used by every other file here.

use std::sync::mpsc;

use bytes::Bytes;
use spanglass_engine::store::{Batch, Fault, NewLog, NewSpan, Store, StoredEnvelope, TraceRecord, Written, seal};
use spanglass_trace::span::{SpanId, TraceId};

pub(crate) fn trace(n: u64) -> TraceId {
    let mut id = [0x5a; 16];
    id[8..].copy_from_slice(&n.to_be_bytes());
    TraceId(id)
}

pub(crate) fn span(n: u64) -> SpanId {
    SpanId((n + 1).to_be_bytes())
}

/// A batch with one envelope and nothing in it.
pub(crate) fn batch() -> Batch {
    Batch { envelopes: vec![envelope("a service")], ..Batch::default() }
}

pub(crate) fn envelope(resource: &str) -> StoredEnvelope {
    StoredEnvelope {
        encoding: 0,
        resource: Bytes::copy_from_slice(resource.as_bytes()),
        scope: Bytes::from_static(b"a scope"),
    }
}

pub(crate) fn new_span(trace_id: TraceId, span_id: SpanId, content: &[u8]) -> NewSpan {
    let content = Bytes::copy_from_slice(content);
    NewSpan { trace_id, span_id, envelope: 0, content, ended: 1, reading: 1, digest: seal(b"{}") }
}

pub(crate) fn new_log(trace_id: TraceId, span_id: SpanId, content: &[u8]) -> NewLog {
    NewLog { trace_id: Some(trace_id), span_id: Some(span_id), envelope: 0, content: Bytes::copy_from_slice(content) }
}

/// Stores a batch and waits until it is on disk.
pub(crate) fn write(store: &Store, batch: Batch) -> Result<Written, Fault> {
    let (done, answer) = mpsc::channel();
    store.write(store.pack(batch), move |written| done.send(written).unwrap());
    answer.recv().unwrap()
}

/// Stores these spans, each with its place in the list as content.
pub(crate) fn write_spans(store: &Store, spans: &[(TraceId, SpanId)]) -> Written {
    let spans =
        spans.iter().enumerate().map(|(n, (trace, span))| new_span(*trace, *span, format!("span {n}").as_bytes()));
    write(store, Batch { spans: spans.collect(), ..batch() }).unwrap()
}

pub(crate) fn delete(store: &Store, traces: &[TraceId]) -> u64 {
    let (done, answer) = mpsc::channel();
    store.delete(traces.to_vec(), move |deleted| done.send(deleted).unwrap());
    answer.recv().unwrap().unwrap()
}

pub(crate) fn record(store: &Store, trace: TraceId) -> Option<TraceRecord> {
    store.read(|reading| reading.trace(trace)).unwrap()
}

/// Returns what is stored of a span: its content (`None` = damaged), how often it came again, and the digest's reading version.
pub(crate) fn stored(store: &Store, trace_id: TraceId, span_id: SpanId) -> (Option<Vec<u8>>, u32, i64) {
    let record = record(store, trace_id).unwrap();
    let ask = |reading: &spanglass_engine::store::Reading<'_>| {
        let spans = reading.spans(record.id, None, u32::MAX)?;
        let span = spans.into_iter().find(|span| span.span_id == span_id).unwrap();
        let content = reading.content(span.payload, span.envelope)?;
        Ok((content.ok().map(Vec::from), span.duplicates, span.reading))
    };
    store.read(ask).unwrap()
}
