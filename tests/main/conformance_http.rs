//! OTLP/HTTP as the specification has it, in both encodings.

use prost::Message;
use serde_json::{Value, json};

use crate::app::App;
use crate::http::{Answer, Connection, Request};
use crate::otlp::{self, Compression, ExportResponse, Status};

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

/// What an answer says, whichever encoding it is in.
#[derive(Debug, PartialEq)]
enum Said {
    Stored,
    /// How many items were left out, and why.
    Partly(i64, String),
    Refused(i32, String),
}

fn said(answer: &Answer) -> Said {
    match answer.header("content-type") {
        Some(PROTOBUF) if answer.status == 200 => {
            match ExportResponse::decode(&answer.body[..]).expect("a response").partial_success {
                None => Said::Stored,
                Some(partial) => Said::Partly(partial.rejected, partial.error_message),
            }
        }
        Some(PROTOBUF) => {
            let status = Status::decode(&answer.body[..]).expect("a status");
            Said::Refused(status.code, status.message)
        }
        Some(JSON) if answer.status == 200 => match answer.json() {
            empty if empty == json!({}) => Said::Stored,
            response => {
                let partial = &response["partialSuccess"];
                let fields = ["rejectedSpans", "rejectedLogRecords", "rejectedDataPoints"];
                let rejected =
                    fields.iter().find_map(|field| partial[*field].as_str()).map_or(0, |n| n.parse().expect("a count"));
                Said::Partly(rejected, partial["errorMessage"].as_str().unwrap_or_default().into())
            }
        },
        Some(JSON) => {
            let status = answer.json();
            Said::Refused(
                status["code"].as_i64().expect("a code") as i32,
                status["message"].as_str().expect("a message").into(),
            )
        }
        other => panic!("an answer of type {other:?}: {answer:?}"),
    }
}

fn in_both_encodings(check: impl Fn(&App, &str, &dyn Fn(&str, u64) -> Request)) {
    let app = App::start();
    check(&app, PROTOBUF, &|path, n| Request::post(path).protobuf(&otlp::traces(vec![otlp::span(n)])));
    check(&app, JSON, &|path, n| Request::post(path).json(&otlp::json_traces(&[otlp::json_span(n)])));
}

#[test]
fn what_is_well_formed_is_stored_and_answered_in_kind() {
    let app = App::start();
    for (path, body) in [
        ("/v1/traces", otlp::traces(vec![otlp::span(1)])),
        ("/v1/logs", otlp::logs(1)),
        ("/v1/metrics", otlp::metrics()),
    ] {
        let answer = Request::post(path).protobuf(&body).send(app.http_port());
        assert_eq!((answer.status, said(&answer)), (200, Said::Stored), "{path}");
        assert!(answer.body.is_empty(), "a full success sets nothing");
    }
    let logs = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1","body":{"stringValue":"x"}}]}]}]}"#;
    let metrics =
        r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","gauge":{"dataPoints":[{"asInt":"1"}]}}]}]}]}"#;
    for (path, body) in [
        ("/v1/traces", otlp::json_traces(&[otlp::json_span(2)])),
        ("/v1/logs", logs.into()),
        ("/v1/metrics", metrics.into()),
    ] {
        let answer = Request::post(path).json(&body).send(app.http_port());
        assert_eq!((answer.status, said(&answer)), (200, Said::Stored), "{path}");
    }
    let status = app.get("/api/status");
    let received = &status["received"];
    assert_eq!(
        (&received["requests"], &received["spans"], &received["logs"], &received["metric_points"]),
        (&json!(6), &json!(2), &json!(2), &json!(3))
    );
    assert_eq!(app.get("/api/traces")["total"], 2);
}

#[test]
fn an_empty_request_is_well_formed() {
    let app = App::start();
    for path in ["/v1/traces", "/v1/logs", "/v1/metrics"] {
        for request in [Request::post(path).protobuf(b""), Request::post(path).json("{}")] {
            let answer = request.send(app.http_port());
            assert_eq!((answer.status, said(&answer)), (200, Said::Stored), "{request:?}");
        }
    }
}

#[test]
fn unknown_fields_are_ignored() {
    let app = App::start();
    // Field 999, varint 1.
    let request = [otlp::traces(vec![otlp::span(1)]), vec![0xb8, 0x3e, 0x01]].concat();
    let answer = Request::post("/v1/traces").protobuf(&request).send(app.http_port());
    assert_eq!(said(&answer), Said::Stored);
    let request = otlp::json_traces(&[otlp::json_span(2)]).replacen('{', r#"{"somethingNew":{"a":[1]},"#, 1);
    let answer = Request::post("/v1/traces").json(&request).send(app.http_port());
    assert_eq!(said(&answer), Said::Stored);
    assert_eq!(app.get("/api/traces")["total"], 2);
}

#[test]
fn what_can_never_be_read_is_400_with_a_status_in_kind() {
    in_both_encodings(|app, encoding, _| {
        let whole = match encoding {
            JSON => otlp::json_traces(&[otlp::json_span(1)]).into_bytes(),
            _ => otlp::traces(vec![otlp::span(1)]),
        };
        for body in [&b"\xff\xff\xff\xff"[..], &whole[..whole.len() - 3], b"<html></html>"] {
            let answer = Request::post("/v1/traces").header("content-type", encoding).body(body).send(app.http_port());
            assert_eq!((answer.status, answer.header("content-type")), (400, Some(encoding)), "{body:?}");
            assert!(matches!(said(&answer), Said::Refused(3, message) if !message.is_empty()), "{answer:?}");
        }
    });
}

#[test]
fn one_bad_span_costs_itself_and_is_named() {
    let app = App::start();
    let mut spans: Vec<_> = (1..=100).map(otlp::span).collect();
    spans[41].span_id = vec![0; 8];
    spans[41].name = "the bad one".into();
    let answer = Request::post("/v1/traces").protobuf(&otlp::traces(spans)).send(app.http_port());
    let Said::Partly(1, message) = said(&answer) else { panic!("{answer:?}") };
    assert_eq!(answer.status, 200);
    assert!(message.contains("spans[41]") && message.contains("the bad one"), "{message}");

    let bad = otlp::json_span(0).replace("\"name\":\"span 0\"", "\"name\":\"the bad one\"");
    let spans: Vec<String> = (101..=141).map(otlp::json_span).chain([bad]).collect();
    let answer = Request::post("/v1/traces").json(&otlp::json_traces(&spans)).send(app.http_port());
    let Said::Partly(1, message) = said(&answer) else { panic!("{answer:?}") };
    assert!(message.contains("spans[41]") && message.contains("the bad one"), "{message}");

    let status = app.get("/api/status");
    assert_eq!((&status["received"]["spans"], &status["received"]["rejected_spans"]), (&json!(140), &json!(2)));
}

#[test]
fn every_compression_is_understood_and_no_other() {
    in_both_encodings(|app, encoding, request| {
        let plain = request("/v1/traces", 7);
        for compression in Compression::ALL {
            let bytes = plain.bytes(0);
            let body = &bytes[bytes.windows(4).position(|end| end == b"\r\n\r\n").expect("a head") + 4..];
            let compressed = compression.of(body);
            let request = |body: &[u8]| {
                let request = Request::post("/v1/traces").header("content-type", encoding).body(body);
                request.header("content-encoding", compression.name()).send(app.http_port())
            };
            assert_eq!(said(&request(&compressed)), Said::Stored, "{compression:?}");
            for broken in [&compressed[..compressed.len() - 2], body] {
                let answer = request(broken);
                assert_eq!(answer.status, 400, "{compression:?}: {answer:?}");
                assert!(matches!(said(&answer), Said::Refused(3, _)));
            }
        }
        assert_eq!(said(&plain.clone().header("content-encoding", "identity").send(app.http_port())), Said::Stored);
        for unknown in ["br", "gzip, gzip", "snappy", "gzip,identity"] {
            let answer = plain.clone().header("content-encoding", unknown).send(app.http_port());
            assert_eq!((answer.status, answer.header("content-type")), (415, Some(encoding)), "{unknown}");
        }
        let twice = plain.clone().header("content-encoding", "gzip").header("content-encoding", "gzip");
        assert_eq!(twice.send(app.http_port()).status, 415);
        assert_eq!(app.get("/api/traces")["total"], 1, "the same span, sent again and again");
    });
}

#[test]
fn media_types_other_than_ours_are_415() {
    let app = App::start();
    let body = otlp::traces(vec![otlp::span(1)]);
    for media_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/octet-stream",
        "application/xml",
        "application/x-protobuf-but-not",
        "",
    ] {
        let answer = Request::post("/v1/traces").header("content-type", media_type).body(&body).send(app.http_port());
        assert_eq!(answer.status, 415, "{media_type:?}");
        assert!(matches!(said(&answer), Said::Refused(..)));
    }
    assert_eq!(Request::post("/v1/traces").body(&body).send(app.http_port()).status, 415, "none at all");
    let twice =
        Request::post("/v1/traces").header("content-type", PROTOBUF).header("content-type", "text/plain").body(&body);
    assert_eq!(twice.send(app.http_port()).status, 415);
    assert_eq!(app.get("/api/traces")["total"], 0);
    for media_type in [
        "application/x-protobuf",
        "application/protobuf",
        "application/x-protobuf; charset=utf-8",
        "Application/X-Protobuf",
    ] {
        let answer = Request::post("/v1/traces").header("content-type", media_type).body(&body).send(app.http_port());
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(PROTOBUF)), "{media_type}");
    }
}

#[test]
fn paths_of_vendors_and_any_authorization_are_taken() {
    in_both_encodings(|app, _, request| {
        for (n, path) in (1..).zip([
            "/",
            "/v1/traces",
            "/v1/traces/",
            "/api/public/otel/v1/traces",
            "/api/public/otel",
            "/otel/v1/traces",
            "/agents/otel/v1/traces",
            "/api/v1/private/otel/v1/traces",
            "/v1/traces?project=x",
        ]) {
            let answer = request(path, n).header("authorization", "Basic cGs6c2s=").send(app.http_port());
            assert_eq!(said(&answer), Said::Stored, "{path}");
        }
        assert_eq!(app.get("/api/traces")["total"], 9);
    });
}

#[test]
fn other_paths_are_404_and_other_methods_405() {
    in_both_encodings(|app, encoding, request| {
        for path in [
            "/v1/trace",
            "/v1/traces/1",
            "/v1/profiles",
            "/api/traces",
            "/api/status",
            "/index.html",
            "/metrics",
            "/.env",
        ] {
            let answer = request(path, 1).send(app.http_port());
            assert_eq!((answer.status, answer.header("content-type")), (404, Some(encoding)), "{path}");
            assert!(matches!(said(&answer), Said::Refused(12, _)));
        }
        for method in ["GET", "PUT", "DELETE", "PATCH", "TRACE"] {
            let answer = Request::new(method, "/v1/traces").header("content-type", encoding).send(app.http_port());
            assert_eq!((answer.status, answer.header("content-type")), (405, Some(encoding)), "{method}");
            assert_eq!(answer.header("allow"), Some("POST, OPTIONS"));
        }
        assert_eq!(Request::new("HEAD", "/v1/traces").send(app.grpc_port()).status, 405);
    });
}

#[test]
fn nothing_but_healthz_can_be_read_and_it_says_nothing() {
    let app = App::start();
    app.store(&otlp::traces(vec![otlp::span(1)]));
    for port in [app.http_port(), app.grpc_port()] {
        let answer = Request::new("GET", "/healthz").send(port);
        assert_eq!((answer.status, answer.body.len()), (200, 0));
        assert!(answer.header("x-spanglass").is_some(), "a second start recognises the first by it");
        for path in ["/", "/api/status", "/api/traces", "/index.html", "/v1/traces", "/healthz/x", "/debug/pprof"] {
            for method in ["GET", "HEAD", "OPTIONS"] {
                let answer = Request::new(method, path).send(port);
                assert!(
                    answer.status == 404 || answer.status == 405 || (method == "OPTIONS" && answer.status == 204),
                    "{method} {path}: {answer:?}"
                );
                assert!(!answer.text().contains("span 1"));
            }
        }
    }
}

#[test]
fn http_is_taken_on_the_grpc_port_and_chunked_and_on_one_connection() {
    let app = App::start();
    let body = otlp::traces(vec![otlp::span(1)]);
    assert_eq!(said(&Request::post("/v1/traces").protobuf(&body).send(app.grpc_port())), Said::Stored);
    let mut connection = Connection::open(app.http_port());
    for n in 2..5 {
        let body = otlp::traces(vec![otlp::span(n)]);
        let chunked = [format!("{:x}\r\n", body.len()).as_bytes(), &body, b"\r\n0\r\n\r\n"].concat();
        let request = Request::post("/v1/traces").header("transfer-encoding", "chunked").protobuf(&chunked);
        assert_eq!(said(&connection.send(&request)), Said::Stored);
    }
    assert_eq!(app.get("/api/traces")["total"], 4);
}

#[test]
fn refusals_are_counted_and_remembered() {
    let app = App::start();
    for n in 0..25 {
        Request::post(&format!("/nowhere/{n}")).protobuf(b"").send(app.http_port());
    }
    Request::post("/v1/traces").protobuf(b"\xff").send(app.http_port());
    let status = app.get("/api/status");
    let refusals = status["refusals"].as_array().expect("a list");
    assert_eq!((&status["received"]["refused"], refusals.len()), (&Value::from(26), 20));
    assert_eq!(
        (&refusals[0]["request"], &refusals[0]["status"]),
        (&json!("POST /v1/traces"), &json!("400 Bad Request"))
    );
    assert_eq!(refusals[1]["request"], "POST /nowhere/24");
}
