//! Zipkin's API v2, on the OTLP port and on its own.

use crate::app::App;
use crate::http::Request;

/// Sent by OpenTelemetry's exporter for Zipkin.
const SPANS: &str = include_str!("../fixtures/forms/zipkin-opentelemetry-python.json");

#[test]
fn spans_are_taken_on_the_otlp_port_and_on_zipkins_own() {
    let app = App::start_with(&["--zipkin", "0"]);
    let own = app.line["zipkin"].as_str().and_then(|url| url.rsplit(':').next()?.parse().ok()).expect("it listens");
    for port in [app.http_port(), own] {
        let answer = Request::post("/api/v2/spans").json(SPANS).send(port);
        assert_eq!((answer.status, answer.body.len()), (202, 0), "{answer:?}");
        assert_eq!(Request::post("/api/v2/spans").json("[]").send(port).status, 202);
    }
    let sent = serde_json::from_str::<Vec<serde_json::Value>>(SPANS).expect("JSON").len();
    assert_eq!(app.get("/api/status")["spans"], sent, "the same spans twice are there once");
    assert_eq!(App::start().line["zipkin"], serde_json::Value::Null, "its own port only where it is asked for");
}

#[test]
fn what_is_no_list_of_spans_is_refused_and_a_page_may_not_send() {
    let app = App::start();
    let port = app.http_port();
    let nowhere = Request::post("/api/v2/spans").json(r#"[{"traceId":"zz","id":"1","timestamp":1}]"#).send(port);
    assert_eq!(nowhere.status, 400, "{nowhere:?}");
    assert_eq!(Request::post("/api/v2/spans").json("{}").send(port).status, 400);
    assert_eq!(Request::post("/api/v2/spans").header("content-type", "text/plain").body(b"[]").send(port).status, 415);
    assert_eq!(Request::post("/api/v2/spans").protobuf(b"").send(port).status, 415);
    assert_eq!(Request::post("/api/v2/spans").json(SPANS).header("origin", "https://evil.test").send(port).status, 403);
    assert_eq!(Request::new("GET", "/api/v2/spans").send(port).status, 405);
    assert_eq!(app.get("/api/status")["spans"], 0);
}
