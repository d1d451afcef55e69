//! An answer of 200 means "on disk": the program is killed at a random moment under load, again and again, and every span it
//! acknowledged is there afterwards.
//!
//! `SPANGLASS_KILLS` says how often (20 unless told).

#![cfg(unix)]
#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use rand::Rng;
use spanglass_engine::store::{Store, TraceRecord};
use spanglass_trace::span::TraceId;

/// Clients that send at the same time, each one request after the other.
const CLIENTS: usize = 4;

/// A request is one trace, so that half a request would show as a trace with spans missing.
fn trace_id(request: u64) -> TraceId {
    let mut id = [0x11; 16];
    id[8..].copy_from_slice(&request.to_be_bytes());
    TraceId(id)
}

/// Between 1 and 64 spans of about a kilobyte.
fn spans_of(request: u64) -> u64 {
    1 + request.wrapping_mul(0x9e37_79b9_7f4a_7c15) % 64
}

fn body(request: u64) -> Vec<u8> {
    let text = format!("request {request} ").repeat(70);
    let span = |n: u64| Span {
        trace_id: trace_id(request).0.to_vec(),
        span_id: (n + 1).to_be_bytes().to_vec(),
        name: format!("span {n}"),
        start_time_unix_nano: 1_767_225_600_000_000_000 + n,
        end_time_unix_nano: 1_767_225_600_000_001_000 + n,
        attributes: vec![KeyValue {
            key: "input.value".to_owned(),
            value: Some(AnyValue { value: Some(Value::StringValue(text.clone())) }),
            ..KeyValue::default()
        }],
        ..Span::default()
    };
    let scope_spans = vec![ScopeSpans { spans: (0..spans_of(request)).map(span).collect(), ..ScopeSpans::default() }];
    let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
    ExportTraceServiceRequest { resource_spans }.encode_to_vec()
}

/// Starts the program; returns it and its OTLP/HTTP address once it accepts.
fn serve(folder: &Path) -> (Child, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_spanglass"))
        .args(["serve", "--json", "--otlp-http", "127.0.0.1:0", "--otlp-grpc", "off", "--datadog", "off"])
        .args(["--dogstatsd", "off", "--ui", "off", "--data-dir"])
        .arg(folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(program.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let addresses: serde_json::Value = serde_json::from_str(&line).unwrap();
    (program, addresses["otlp_http"].as_str().unwrap().to_owned())
}

/// Sends until the program is gone, and notes every request that was answered with 200.
async fn send(address: String, next: Arc<AtomicU64>, ledger: Arc<Mutex<Vec<u64>>>) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    loop {
        let request = next.fetch_add(1, Ordering::Relaxed);
        let post = client.post(format!("{address}/v1/traces")).header("content-type", "application/x-protobuf");
        match post.body(body(request)).send().await {
            Ok(answer) if answer.status() == 200 => ledger.lock().unwrap().push(request),
            Ok(answer) => panic!("request {request} was answered {}", answer.status()),
            Err(_) => return,
        }
    }
}

/// Returns the records of all traces.
fn all_traces(store: &Store) -> Vec<TraceRecord> {
    let mut all: Vec<TraceRecord> = Vec::new();
    loop {
        let page = store.read(|reading| reading.traces(all.last().map(|record| record.id), 1_000)).unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_by_a_kill() {
    let kills: u32 = std::env::var("SPANGLASS_KILLS").map_or(20, |count| count.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let next = Arc::new(AtomicU64::new(0));
    let ledger = Arc::new(Mutex::new(Vec::new()));
    let (mut slowest_start, mut checked) = (Duration::ZERO, 0);
    for kill in 1..=kills {
        let start = Instant::now();
        let (mut program, address) = serve(folder.path());
        slowest_start = slowest_start.max(start.elapsed());
        let mut clients = tokio::task::JoinSet::new();
        for _ in 0..CLIENTS {
            clients.spawn(send(address.clone(), Arc::clone(&next), Arc::clone(&ledger)));
        }
        tokio::time::sleep(Duration::from_millis(rand::rng().random_range(20..=250))).await;
        program.kill().unwrap();
        program.wait().unwrap();
        clients.join_all().await;

        let store = Store::open_reader(folder.path()).unwrap();
        let traces = all_traces(&store);
        let counters = store.read(|reading| reading.counters()).unwrap();
        assert_eq!(counters.traces, traces.len() as u64);
        assert_eq!(counters.spans, traces.iter().map(|record| record.spans).sum::<u64>());
        let acknowledged = ledger.lock().unwrap().clone();
        for request in &acknowledged {
            let stored = traces.iter().find(|record| record.trace_id == trace_id(*request)).map(|record| record.spans);
            assert_eq!(stored, Some(spans_of(*request)), "kill {kill}: request {request} was acknowledged");
        }
        for record in &traces {
            let request = u64::from_be_bytes(record.trace_id.0[8..].try_into().unwrap());
            assert_eq!(record.spans, spans_of(request), "kill {kill}: request {request} is there in part");
        }
        // The bytes themselves, of what is new since the last kill.
        for request in &acknowledged[checked..] {
            let record = traces.iter().find(|record| record.trace_id == trace_id(*request)).unwrap();
            let spans = store.read(|reading| {
                let spans = reading.spans(record.id, None, 1_000)?;
                spans.iter().map(|span| reading.content(span.payload, span.envelope)).collect::<Result<Vec<_>, _>>()
            });
            let whole = spans.unwrap().iter().filter(|content| content.is_ok()).count() as u64;
            assert_eq!(whole, spans_of(*request), "kill {kill}: request {request}");
        }
        checked = acknowledged.len();
    }
    let spans: u64 = ledger.lock().unwrap().iter().map(|request| spans_of(*request)).sum();
    assert!(spans > 0, "nothing was ever acknowledged");
    let sound: String = rusqlite::Connection::open(folder.path().join("traces.db"))
        .and_then(|conn| conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)))
        .unwrap();
    assert_eq!(sound, "ok");
    println!(
        "safety G01 G04: {kills} kills: {spans} spans in {checked} requests acknowledged, 0 lost; slowest start {slowest_start:?}"
    );
}
