//! The Datadog agent's port: requests of ddtrace, captured, and what is shown of them.

use serde_json::Value;

use crate::app::App;
use crate::http::{Answer, Request};

const V04: &[u8] = include_bytes!("../fixtures/datadog/v04-llm-observability.msgpack");
const V05: &[u8] = include_bytes!("../fixtures/datadog/v05.msgpack");
const OLD: &[u8] = include_bytes!("../fixtures/datadog/v05-1.14.msgpack");
const OLD_LOGS: &[u8] = include_bytes!("../fixtures/datadog/logs-1.14.json");
const EVALUATION: &[u8] = include_bytes!("../fixtures/datadog/evaluation.json");
const EVENTS: &[u8] = include_bytes!("../fixtures/datadog/llm-observability.json");

fn packed(app: &App, method: &str, path: &str, body: &[u8]) -> Answer {
    let request = Request::new(method, path).header("content-type", "application/msgpack").body(body);
    request.header("datadog-meta-lang", "python").send(app.datadog_port())
}

fn json(app: &App, path: &str, body: &[u8]) -> Answer {
    let request = Request::post(path).header("content-type", "application/json").body(body);
    request.send(app.datadog_port())
}

/// The names of a trace's spans, in tree order.
fn only_trace(app: &App) -> Value {
    let list = app.run_json(&["traces", "--json"]);
    let traces = list["traces"].as_array().expect("a list");
    assert_eq!(traces.len(), 1, "{list}");
    app.run_json(&["show", traces[0]["trace_id"].as_str().expect("an id"), "--json"])
}

fn span<'d>(document: &'d Value, name: &str) -> &'d Value {
    let spans = document["spans"].as_array().expect("a list");
    spans.iter().find(|span| span["name"] == name).unwrap_or_else(|| panic!("no {name} in {document}"))
}

#[test]
fn tracer_is_told_what_is_here() {
    let app = App::start();
    let info = Request::new("GET", "/info").send(app.datadog_port());
    assert_eq!(info.status, 200);
    let endpoints = info.json()["endpoints"].to_string();
    for path in ["/v0.4/traces", "/v0.5/traces", "/evp_proxy/v2/", "/evp_proxy/v4/"] {
        assert!(endpoints.contains(&format!("\"{path}\"")), "{path} in {endpoints}");
    }
    assert_eq!(info.json()["span_meta_structs"], true);
}

#[test]
fn traces_of_each_protocol_are_stored_before_they_are_answered() {
    for (method, path, body, spans) in
        [("POST", "/v0.4/traces", V04, 7), ("PUT", "/v0.3/traces", V04, 7), ("POST", "/v0.5/traces", V05, 4)]
    {
        let app = App::start();
        let answer = packed(&app, method, path, body);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        if path != "/v0.3/traces" {
            assert_eq!(answer.json()["rate_by_service"]["service:,env:"], 1.0);
        }
        assert_eq!(only_trace(&app)["spans"].as_array().map(Vec::len), Some(spans), "{path}");
    }
}

#[test]
fn llm_observability_in_a_trace_is_read() {
    let app = App::start();
    packed(&app, "POST", "/v0.4/traces", V04);
    let document = only_trace(&app);
    let call = span(&document, "createChatCompletion");
    assert_eq!((&call["kind"], &call["usage"]["input_tokens"]), (&"llm".into(), &58.into()));
    assert_eq!(call["tools"][0]["name"], "get_weather");
    assert_eq!(call["output"]["messages"][0]["parts"][0]["arguments"]["city"], "Paris");
    assert_eq!(span(&document, "retrieval")["documents"][0]["content"], "Passage 1");
    assert_eq!(document["trace"]["session_id"], "session-42");
}

#[test]
fn events_through_the_proxy_are_spans() {
    let app = App::start();
    let answer = json(&app, "/evp_proxy/v2/api/v2/llmobs", EVENTS);
    assert_eq!(answer.status, 202, "{answer:?}");
    let document = only_trace(&app);
    assert_eq!(span(&document, "weather_agent")["kind"], "agent");
    assert_eq!(span(&document, "OpenAI.createChatCompletion")["usage"]["output_tokens"], 16);
}

#[test]
fn sampled_log_completes_its_span_whichever_comes_first() {
    for log_first in [false, true] {
        let app = App::start();
        let send = |is_log: bool| match is_log {
            true => assert_eq!(json(&app, "/api/v2/logs", OLD_LOGS).status, 202),
            false => assert_eq!(packed(&app, "PUT", "/v0.5/traces", OLD).status, 200),
        };
        send(log_first);
        send(!log_first);
        let document = only_trace(&app);
        let said = document["spans"][0]["output"]["messages"][0]["parts"][0]["text"].as_str().expect("text");
        assert!(said.ends_with("| latency | ms |"), "whole, not cut as in the tag: {said}");
    }
}

#[test]
fn span_keeps_its_tags_whichever_of_it_and_its_event_comes_first() {
    let app = App::start();
    assert_eq!(packed(&app, "POST", "/v0.5/traces", V05).status, 200);
    let alone = only_trace(&app);
    let traced = &alone["spans"][0];
    let span_id = u64::from_str_radix(traced["span_id"].as_str().expect("an id"), 16).expect("hexadecimal");
    let event = serde_json::json!({"spans": [{
        "trace_id": "6b0340000000000085a2cfe658db49e5",
        "_dd": {"apm_trace_id": alone["trace"]["trace_id"]},
        "span_id": span_id.to_string(),
        "parent_id": "undefined",
        "name": "flow",
        "start_ns": 1_795_176_000_000_000_000_u64,
        "duration": 5_000_000,
        "status": "ok",
        "meta": {"span": {"kind": "workflow"}, "input": {"value": "What was asked"}},
    }]});
    for event_first in [false, true] {
        let app = App::start();
        let send = |is_event: bool| match is_event {
            true => assert_eq!(json(&app, "/evp_proxy/v2/api/v2/llmobs", event.to_string().as_bytes()).status, 202),
            false => assert_eq!(packed(&app, "POST", "/v0.5/traces", V05).status, 200),
        };
        send(event_first);
        send(!event_first);
        let document = only_trace(&app);
        let both = &document["spans"][0];
        assert_eq!(both["attributes"], traced["attributes"], "{event_first}");
        assert_eq!(both["input"]["value"], "What was asked", "{event_first}");
        assert_eq!(document["trace"]["counts"]["duplicates"], 0, "an event is no repetition: {event_first}");
    }
}

#[test]
fn evaluation_is_a_fact_of_its_span_whichever_comes_first() {
    for first in [false, true] {
        let app = App::start();
        let send = |is_evaluation: bool| match is_evaluation {
            true => json(&app, "/evp_proxy/v2/api/intake/llm-obs/v2/eval-metric", EVALUATION),
            false => packed(&app, "POST", "/v0.4/traces", V04),
        };
        assert!(send(first).status < 300);
        assert!(send(!first).status < 300);
        let document = only_trace(&app);
        assert_eq!(span(&document, "workflow")["metadata"]["evaluation.quality"]["value"], 0.8, "{first}");
    }
}

#[test]
fn what_is_exported_comes_back_the_same() {
    let (app, other) = (App::start(), App::start());
    packed(&app, "POST", "/v0.4/traces", V04);
    json(&app, "/evp_proxy/v2/api/intake/llm-obs/v2/eval-metric", EVALUATION);
    let file = app.data_dir.join("t.jsonl");
    let file = file.to_str().expect("a path");
    assert!(app.run(&["export", "--to", file]).status.success());
    assert!(other.run(&["import", file]).status.success());
    assert_eq!(only_trace(&app)["spans"], only_trace(&other)["spans"]);
}

#[test]
fn a_file_that_is_taken_into_the_store_it_came_from_doubles_nothing() {
    let app = App::start();
    packed(&app, "POST", "/v0.5/traces", OLD);
    json(&app, "/api/v2/logs", OLD_LOGS);
    let shown = || {
        let spans = only_trace(&app)["spans"].as_array().expect("a list").clone();
        spans.into_iter().map(|span| [span["input"].clone(), span["output"].clone(), span["metadata"].clone()])
    };
    let export = |name: &str| {
        let file = app.data_dir.join(name);
        assert!(app.run(&["export", "--to", file.to_str().expect("a path")]).status.success());
        file
    };
    let (before, first) = (shown().collect::<Vec<_>>(), export("first.jsonl"));
    assert!(app.run(&["import", first.to_str().expect("a path")]).status.success());
    assert_eq!(shown().collect::<Vec<_>>(), before);
    assert_eq!(std::fs::read(export("second.jsonl")).expect("a file"), std::fs::read(first).expect("a file"));
}

#[test]
fn what_tracers_send_besides_is_thrown_away() {
    let app = App::start();
    for path in ["/telemetry/proxy/api/v2/apmtelemetry", "/v0.6/stats", "/profiling/v1/input", "/v0.7/config"] {
        assert_eq!(packed(&app, "POST", path, b"anything").status, 200, "{path}");
    }
    assert_eq!(app.run_json(&["traces", "--json"])["traces"], Value::Array(vec![]));
    assert_eq!(app.get("/api/status")["received"]["requests"], 4);
}

#[test]
fn what_cannot_be_read_is_refused_with_a_reason() {
    let app = App::start();
    assert_eq!(packed(&app, "POST", "/v1.0/traces", V04).status, 404, "tracers go back to an older protocol");
    assert_eq!(packed(&app, "GET", "/v0.4/traces", b"").status, 405);
    let answer = packed(&app, "POST", "/v0.4/traces", &V04[..100]);
    assert_eq!(answer.status, 400);
    assert!(answer.json()["message"].as_str().is_some_and(|reason| reason.contains("byte ")), "{answer:?}");
    let answer = json(&app, "/v0.4/traces", br#"[[{"name":"n","trace_id":1}]]"#);
    assert_eq!((answer.status, answer.json()["message"].to_string().contains("span_id")), (400, true), "{answer:?}");
    let foreign = Request::post("/v0.4/traces").host("evil.example").body(V04).send(app.datadog_port());
    assert_eq!(foreign.status, 403);
    assert_eq!(app.run_json(&["traces", "--json"])["traces"], Value::Array(vec![]));
}

#[cfg(unix)]
#[test]
fn a_socket_that_is_a_file_takes_the_same() {
    use std::io::{Read, Write};
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixStream;

    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("apm.socket");
    let flags = ["--datadog-socket", path.to_str().expect("text")];
    let app = App::start_with(&flags);
    assert_eq!(app.line["datadog_socket"], format!("unix://{}", path.display()));
    assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o077, 0, "for its owner only");
    let send = |request: &str| {
        let mut stream = UnixStream::connect(&path).expect("it listens");
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        answer
    };
    let span = r#"[[{"trace_id":7,"span_id":1,"name":"chat","start":1800000000000000000,"duration":5}]]"#;
    let head = "content-type: application/json\r\nconnection: close\r\n";
    // What a tracer sends as Host over a file is the file's path, or anything.
    let request = |extra: &str| {
        format!(
            "PUT /v0.4/traces HTTP/1.1\r\nhost: apm.socket\r\n{head}{extra}content-length: {}\r\n\r\n{span}",
            span.len()
        )
    };
    assert!(send(&request("")).starts_with("HTTP/1.1 200"));
    assert!(send(&request("origin: https://evil.test\r\n")).starts_with("HTTP/1.1 403"));
    assert_eq!(app.get("/api/status")["spans"], 1);

    let second = App::start_with(&flags);
    let rows = second.get("/api/status")["endpoints"].clone();
    let row = rows.as_array().expect("rows").iter().find(|row| row["name"] == "datadog_socket").expect("a row").clone();
    assert!(row["problem"].as_str().is_some_and(|problem| problem.contains("another program listens")), "{row}");
    app.kill();
    assert!(path.exists());
    let third = App::start_with(&flags);
    assert_eq!(third.line["datadog_socket"], format!("unix://{}", path.display()), "what a kill left is taken over");
    third.stop();
    assert!(!path.exists());
}
