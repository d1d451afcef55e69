//! Passing on: what the endpoint gets, in which order, and what becomes of what it does not take.
//!
//! `SPANGLASS_FORWARD_SECONDS` says how long the endpoint stays away under load (2 unless told).

use std::io::Write;
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde_json::{Value, json};

use crate::app::{App, peak_memory};
use crate::grpc::Call;
use crate::http::{Connection, Request};
use crate::otlp;
use crate::upstream::Upstream;

fn forwarding(app: &App) -> Value {
    app.get("/api/status")["forwarding"].clone()
}

/// Waits until the last request was noted as delivered, which is after it was answered.
fn settled(app: &App) -> Value {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let state = forwarding(app);
        if state["waiting_bytes"] == 0 {
            return state;
        }
        assert!(Instant::now() < deadline, "{state}");
        std::thread::yield_now();
    }
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory")
}

#[test]
fn everything_is_passed_on_byte_for_byte() {
    let upstream = Upstream::start();
    upstream.come_up();
    let flags = ["--forward", &upstream.url, "--forward-headers", "authorization=Basic%20YTpi,x-scope=team"];
    let app = App::start_with(&flags);
    let (http, plain) = (app.http_port(), otlp::traces(vec![otlp::span(1)]));
    let json = otlp::json_traces(&[otlp::json_span(2)]);
    let zstd = zstd::encode_all(&plain[..], 1).expect("memory");
    let sent = [
        Request::post("/v1/traces").protobuf(&plain),
        Request::post("/v1/traces").json(&json),
        Request::post("/api/public/otel/v1/traces").protobuf(&gzipped(&plain)).header("content-encoding", "gzip"),
        Request::post("/v1/traces").protobuf(&zstd).header("content-encoding", "zstd"),
        Request::post("/v1/logs").protobuf(&otlp::logs(3)),
        Request::post("/v1/metrics").protobuf(&otlp::metrics()),
    ];
    for request in &sent {
        assert_eq!(request.send(http).status, 200, "{request:?}");
    }
    assert_eq!(Call::export("Trace", &plain).send(app.grpc_port()).status, 0);
    let (protobuf, gzip) = ("application/x-protobuf", Some("gzip"));
    for (path, media_type, encoding, body) in [
        ("/v1/traces", protobuf, None, plain.clone()),
        ("/v1/traces", "application/json", None, json.into_bytes()),
        ("/v1/traces", protobuf, gzip, gzipped(&plain)),
        ("/v1/traces", protobuf, None, plain.clone()),
        ("/v1/logs", protobuf, None, otlp::logs(3)),
        ("/v1/metrics", protobuf, None, otlp::metrics()),
        ("/v1/traces", protobuf, None, plain.clone()),
    ] {
        let came = upstream.next();
        assert_eq!((came.path.as_str(), came.header("content-type")), (path, Some(media_type)));
        assert_eq!((came.header("content-encoding"), &came.body), (encoding, &body));
        assert_eq!((came.header("authorization"), came.header("x-scope")), (Some("Basic YTpi"), Some("team")));
    }
    let state = settled(&app);
    assert_eq!((&state["requests"], &state["delivered"]), (&json!(7), &json!(8)), "{state}");
    assert_eq!((&state["problem"], &state["refused"]), (&Value::Null, &json!(0)));
    assert_eq!((&state["endpoint"], &state["signals"]), (&json!(upstream.url), &json!(["traces", "logs", "metrics"])));
}

#[test]
fn what_came_otherwise_is_passed_on_as_otlp() {
    let upstream = Upstream::start();
    upstream.come_up();
    let app = App::start_with(&["--forward", &upstream.url]);
    let span = |id: u64| json!({"trace_id": 7, "span_id": id, "name": "chat", "start": otlp::START_NS, "duration": 5});
    let traces = json!([[span(1), span(2)]]).to_string();
    assert_eq!(Request::post("/v0.4/traces").json(&traces).send(app.datadog_port()).status, 200);
    let came = upstream.next();
    assert_eq!(came.path, "/v1/traces");
    let request = ExportTraceServiceRequest::decode(&came.body[..]).expect("OTLP");
    let names: Vec<_> = request.resource_spans[0].scope_spans[0].spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["chat", "chat"]);

    let score = json!({"traceId": otlp::trace_id(7), "name": "quality", "value": 1}).to_string();
    assert_eq!(Request::post("/api/public/scores").json(&score).send(app.http_port()).status, 200);
    assert_eq!(upstream.next().path, "/v1/logs");
    assert_eq!(settled(&app)["delivered"], 3);
}

#[test]
fn without_being_asked_nothing_is_passed_on() {
    let app = App::start();
    app.store(&otlp::traces(vec![otlp::span(1)]));
    assert_eq!(forwarding(&app), Value::Null);
    assert!(!app.data_dir.join("forward").exists());

    let upstream = Upstream::start();
    upstream.come_up();
    let app = App::start_with(&["--forward", &upstream.url, "--forward-signals", "logs"]);
    app.store(&otlp::traces(vec![otlp::span(1)]));
    assert_eq!(Request::post("/v1/logs").protobuf(&otlp::logs(1)).send(app.http_port()).status, 200);
    assert_eq!(upstream.next().path, "/v1/logs");
    assert_eq!(settled(&app)["requests"], 1);
    assert!(upstream.is_quiet());
}

#[test]
fn what_the_endpoint_refuses_for_good_is_counted_and_holds_nothing_up() {
    let upstream = Upstream::start();
    upstream.come_up();
    upstream.answer(&[
        "503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n",
        "400 Bad Request\r\ncontent-length: 9\r\n\r\nno thanks",
        "301 Moved\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
        "200 OK\r\ncontent-length: 40\r\n\r\n{\"partialSuccess\":{\"rejectedSpans\":\"1\"}}",
    ]);
    let app = App::start_with(&["--forward", &upstream.url]);
    let bodies: Vec<String> = (0..4).map(|n| otlp::json_traces(&[2 * n + 1, 2 * n + 2].map(otlp::json_span))).collect();
    let asked = Instant::now();
    for body in &bodies {
        assert_eq!(Request::post("/v1/traces").json(body).send(app.http_port()).status, 200);
    }
    let came: Vec<Vec<u8>> = (0..5).map(|_| upstream.next().body).collect();
    assert!(asked.elapsed() >= Duration::from_secs(1), "it waited as long as it was asked to");
    let expected = [0, 0, 1, 2, 3].map(|at| bodies[at].clone().into_bytes());
    assert_eq!(came, expected, "what was answered 503 comes again, and in its place");
    let state = settled(&app);
    assert_eq!(
        (&state["refused"], &state["delivered"], &state["requests"]),
        (&json!(5), &json!(3), &json!(2)),
        "{state}"
    );
    assert_eq!(app.get("/api/status")["spans"], 8, "here all of them are");
}

#[test]
fn the_queue_keeps_its_bound_and_says_what_it_did_not_take() {
    let upstream = Upstream::start();
    let app = App::start_with(&["--forward", &upstream.url, "--forward-queue", "1MB"]);
    for n in 1..=6 {
        // Not compressible: every byte is a byte on disk.
        let noise: String =
            (0..300_000).map(|_| char::from(rand::Rng::random_range(&mut rand::rng(), 33..127_u8))).collect();
        let mut span = otlp::span(n);
        span.attributes = vec![otlp::text_attribute("noise", noise)];
        app.store(&otlp::traces(vec![span]));
    }
    let state = forwarding(&app);
    let waiting = state["waiting_bytes"].as_u64().expect("a number");
    assert!((700_000..=1_000_000).contains(&waiting), "{state}");
    let kept = 6 - state["not_queued"].as_u64().expect("a number");
    assert!((3..=4).contains(&kept), "{state}");
    upstream.come_up();
    (0..kept).for_each(|_| assert_eq!(upstream.next().path, "/v1/traces"));
    settled(&app);
    assert_eq!(app.get("/api/status")["spans"], 6, "here all of them are");
}

#[test]
fn what_comes_back_is_not_passed_on_again() {
    let upstream = Upstream::start();
    upstream.come_up();
    let app = App::start_with(&["--forward", &upstream.url]);
    let send = |n: u64, via: &str| {
        let request = Request::post("/v1/traces").protobuf(&otlp::traces(vec![otlp::span(n)])).header("via", via);
        assert_eq!(request.send(app.http_port()).status, 200);
    };
    send(1, "1.1 proxy");
    let via = upstream.next().header("via").expect("it says where it was").to_owned();
    assert!(via.starts_with("1.1 proxy, 1.1 spanglass-"), "{via}");
    send(2, &via);
    send(3, "1.1 spanglass-0000000000000001");
    let came = ExportTraceServiceRequest::decode(&upstream.next().body[..]).expect("OTLP");
    assert_eq!(
        came.resource_spans[0].scope_spans[0].spans[0].name, "span 3",
        "another Spanglass may be before this one"
    );
    assert_eq!(app.get("/api/status")["spans"], 3);
}

#[test]
fn nothing_is_lost_while_the_endpoint_is_away_and_the_program_is_killed() {
    let seconds = std::env::var("SPANGLASS_FORWARD_SECONDS").map_or(2, |text| text.parse().expect("a number"));
    let upstream = Upstream::start();
    let folder = tempfile::tempdir().expect("a folder");
    let flags = ["--forward", &upstream.url, "--forward-queue", "20GB"];
    let mut acknowledged = 0_u64;
    let mut memory = Vec::new();
    // Histories that grow, as an agent's do: 20 KB a request, of which much repeats.
    let history = "the user asked for the weather in Paris and the tool answered 12 degrees. ".repeat(250);
    let load = |app: &App, acknowledged: &mut u64| {
        let (mut connection, begun) = (Connection::open(app.http_port()), Instant::now());
        while begun.elapsed() < Duration::from_secs(seconds) / 2 {
            let mut span = otlp::span(*acknowledged + 1);
            // All of one trace, so that the order of everything is the order within a trace.
            span.trace_id = vec![1; 16];
            span.attributes = vec![otlp::text_attribute("input.value", format!("{acknowledged} {history}"))];
            let answer = connection.send(&Request::post("/v1/traces").protobuf(&otlp::traces(vec![span])));
            assert_eq!(answer.status, 200);
            *acknowledged += 1;
        }
    };
    let app = App::start_in(folder.path(), &flags);
    load(&app, &mut acknowledged);
    memory.push(peak_memory(app.pid()));
    app.kill();
    let app = App::start_in(folder.path(), &flags);
    load(&app, &mut acknowledged);
    memory.push(peak_memory(app.pid()));
    let waited = forwarding(&app)["waiting_bytes"].as_u64().expect("a number");
    upstream.come_up();
    for n in 1..=acknowledged {
        let came = ExportTraceServiceRequest::decode(&upstream.next().body[..]).expect("OTLP");
        assert_eq!(came.resource_spans[0].scope_spans[0].spans[0].name, format!("span {n}"), "each once and in order");
    }
    let state = settled(&app);
    assert_eq!((&state["refused"], &state["not_queued"]), (&json!(0), &json!(0)), "{state}");
    memory.push(peak_memory(app.pid()));
    let most = memory.iter().max().expect("three") >> 20;
    assert!(most < 256, "{most} MiB");
    println!(
        "safety G26: endpoint away for {seconds} s, one kill: {acknowledged} requests acknowledged, 0 lost, in order; {} KiB waited on disk, memory at most {most} MiB",
        waited >> 10
    );
}

/// Programs that end close their connections with their last request still unanswered.
#[test]
fn what_was_stored_is_passed_on_though_its_sender_hung_up() {
    let upstream = Upstream::start();
    upstream.come_up();
    let app = App::start_with(&["--forward", &upstream.url]);
    for n in 0..40 {
        let spans = (0..100).map(|at| otlp::span(n * 100 + at + 1)).collect();
        let request = Request::post("/v1/traces").protobuf(&otlp::traces(spans));
        Connection::open(app.http_port()).write(&request.bytes(app.http_port()));
    }
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        // What was passed on had been counted before.
        let state = settled(&app);
        let status = app.get("/api/status");
        // A request may come after those who look have looked.
        if status["spans"].as_u64().is_some_and(|spans| spans > 0) && status["spans"] == state["delivered"] {
            assert_eq!(status["received"]["spans"], status["spans"], "what is stored is counted");
            break;
        }
        assert!(Instant::now() < deadline, "{} stored, {state}", status["spans"]);
        std::thread::yield_now();
    }
}
