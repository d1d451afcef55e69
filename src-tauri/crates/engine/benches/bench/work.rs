//! The work that is measured.

use std::hint::black_box;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::Result;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use spanglass_engine::ingest::Ingest;
use spanglass_engine::live::Live;
use spanglass_engine::query::Query;
use spanglass_engine::read;
use spanglass_engine::store::{Batch, NewSpan, Options, Payload, Store};
use spanglass_trace::decode::{Budget, Received, otlp_json, otlp_protobuf};
use spanglass_trace::reading::READING_VERSION;
use spanglass_trace::span::AnyValue;

use crate::limits::{self, Row};
use crate::load::Load;
use crate::report::{Report, best};

/// Requests that are under way at once, as many exporters make.
const AT_ONCE: usize = 8;

fn received(load: &Load) -> Vec<Received> {
    let decode = |request| otlp_protobuf::traces(request, Budget::default()).expect("a valid request");
    load.requests.iter().map(decode).collect()
}

pub(crate) fn decode(load: &Load, report: &mut Report) -> Result<()> {
    let ours = best(|| {
        for request in &load.requests {
            black_box(otlp_protobuf::traces(request, Budget::default())).expect("a valid request");
        }
    });
    let prost = best(|| {
        for request in &load.requests {
            black_box(ExportTraceServiceRequest::decode(request.clone())).expect("a valid request");
        }
    });
    report.add("decode protobuf", load.spans, ours, "prost decodes the same bytes", prost);

    let spans = load.spans * load.json_requests.len() as u64 / load.requests.len() as u64;
    let ours = best(|| {
        for request in &load.json_requests {
            black_box(otlp_json::traces(request, Budget::default())).expect("a valid request");
        }
    });
    let serde = best(|| {
        for request in &load.json_requests {
            black_box(serde_json::from_slice::<serde_json::Value>(request)).expect("valid JSON");
        }
    });
    report.add("decode JSON", spans, ours, "serde_json parses the same text", serde);
    Ok(())
}

pub(crate) fn read(load: &Load, report: &mut Report) -> Result<()> {
    let received = received(load);
    let spans = || received.iter().flat_map(|received| &received.spans).map(|received| &received.span);
    let ours = best(|| {
        for span in spans() {
            let reading = read::read(span, Vec::new());
            black_box(read::digest(span, &reading, 0));
        }
    });
    let parse = best(|| {
        for text in spans().flat_map(|span| &span.attributes).filter_map(|(_, value)| AnyValue::as_str(value)) {
            if text.starts_with(['[', '{']) {
                black_box(serde_json::from_str::<serde_json::Value>(text)).expect("valid JSON");
            }
        }
    });
    report.add("read", load.spans, ours, "serde_json parses their messages once", parse);
    Ok(())
}

pub(crate) fn insert_and_open(load: &Load, report: &mut Report) -> Result<()> {
    // Beside the build and not in the system's temporary folder, which is memory on many machines.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let received = received(load);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let _inside = runtime.enter();

    // As the store commits: what arrives while a commit is under way makes the next.
    let rows: Vec<Vec<Row>> =
        received.iter().enumerate().map(|(trace, received)| limits::rows(trace, received)).collect();
    let mut batches: Vec<Vec<Row>> = Vec::new();
    for (index, rows) in rows.into_iter().enumerate() {
        if index % AT_ONCE == 0 {
            batches.push(Vec::new());
        }
        batches.last_mut().expect("one was pushed").extend(rows);
    }
    let raw = folder.path().join("raw.db");
    let sqlite = limits::insert(&raw, &batches)?;
    let disk = limits::write(&folder.path().join("raw"), &batches)?;

    let store = Store::open(&folder.path().join("insert"), Options::default())?;
    let insert = insert(&store, received.iter().map(batch).collect())?;
    store.close();
    report.add("insert", load.spans, insert, "rusqlite inserts the same rows", sqlite);
    report.add("insert", load.spans, insert, "the disk takes the same bytes", disk);

    let store = Store::open(&folder.path().join("whole"), Options::default())?;
    let ingest = Ingest::new(&store, &Live::new(store.seq()));
    let whole = runtime.block_on(receive(&ingest, load))?;
    report.add("decode, read, pack, insert", load.spans, whole, "rusqlite inserts the same rows", sqlite);

    let query = Query::new(&store);
    let trace_ids: Vec<_> = received.iter().map(|received| received.spans[0].span.trace_id).collect();
    let start = Instant::now();
    for trace_id in &trace_ids {
        let open = runtime.block_on(query.open(*trace_id))?.expect("what was stored");
        assert_eq!(open.trace.spans.len(), received[0].spans.len());
    }
    let open = start.elapsed();
    report.add("open", load.spans, open, "rusqlite reads, zstd unpacks them", limits::read(&raw, trace_ids.len())?);
    store.close();
    Ok(())
}

/// Reads and packs a request as ingest does.
fn batch(received: &Received) -> Batch {
    let envelopes = vec![read::envelope_to_stored(&received.spans[0].envelope)];
    let spans = received.spans.iter().map(|received| {
        let reading = read::read(&received.span, Vec::new());
        NewSpan {
            trace_id: received.span.trace_id,
            span_id: received.span.span_id,
            envelope: 0,
            payload: Payload::pack(&received.raw),
            ended: true,
            reading: READING_VERSION,
            digest: read::to_stored(&read::digest(&received.span, &reading, 0)),
        }
    });
    Batch { spans: spans.collect(), envelopes, ..Batch::default() }
}

fn insert(store: &Store, batches: Vec<Batch>) -> Result<Duration> {
    let (done, answers) = mpsc::channel();
    let start = Instant::now();
    let mut under_way = 0;
    for batch in batches {
        if under_way == AT_ONCE {
            answers.recv()?;
            under_way -= 1;
        }
        let done = done.clone();
        store.write(batch, move |written| {
            written.expect("a store that can be written");
            let _ = done.send(());
        });
        under_way += 1;
    }
    for _ in 0..under_way {
        answers.recv()?;
    }
    Ok(start.elapsed())
}

/// Takes every request as the receiver does, several at once.
async fn receive(ingest: &Ingest, load: &Load) -> Result<Duration> {
    let start = Instant::now();
    let mut senders = tokio::task::JoinSet::new();
    for sender in 0..AT_ONCE {
        let requests: Vec<_> = load.requests.iter().skip(sender).step_by(AT_ONCE).cloned().collect();
        let ingest = ingest.clone();
        senders.spawn(async move {
            for request in requests {
                let received = otlp_protobuf::traces(&request, Budget::default()).expect("a valid request");
                ingest.submit(received).await.expect("a store that can be written");
            }
        });
    }
    while let Some(sender) = senders.join_next().await {
        sender?;
    }
    Ok(start.elapsed())
}
