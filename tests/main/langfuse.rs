//! What Langfuse's SDKs send beside OTLP: recorded batches of an older one, and scores of the current one.

use base64::Engine as _;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::http::{Answer, Request};
use crate::otlp;

/// Sent by the Python SDK 2.60: a trace, a span, a generation and an event, a score, and updates of them.
const BATCH: &str = include_str!("../fixtures/langfuse/ingestion-2.60.json");
const TRACE: &str = "09895d0930d44847884338f956e0078a";

fn post(app: &App, path: &str, body: &Value) -> Answer {
    Request::post(path).header("authorization", "Basic cGs6c2s=").json(&body.to_string()).send(app.http_port())
}

fn batch() -> Value {
    serde_json::from_str(BATCH).expect("JSON")
}

fn only_document(app: &App) -> Value {
    let id = app.get("/api/traces")["rows"][0]["summary"]["trace_id"].as_str().expect("a trace").to_owned();
    assert_eq!(id, TRACE, "a UUID is the trace's id");
    app.get(&format!("/api/traces/{id}/document"))
}

#[test]
fn a_batch_of_an_older_sdk_is_a_trace() {
    let app = App::start();
    let answer = post(&app, "/api/public/ingestion", &batch());
    assert_eq!(answer.status, 207, "{answer:?}");
    assert_eq!((answer.json()["successes"].as_array().map(Vec::len), &answer.json()["errors"]), (Some(8), &json!([])));
    let document = only_document(&app);
    let trace = &document["trace"];
    assert_eq!(
        (&trace["name"], &trace["session_id"], &trace["user_id"]),
        (&json!("support"), &json!("session-42"), &json!("user-123"))
    );
    assert_eq!((&trace["tags"], &trace["metadata"]["feature"]), (&json!(["staging", "demo"]), &json!("refunds")));
    assert_eq!(trace["metadata"]["score.quality"], json!({"value": 0.8}));
    assert_eq!((&trace["usage"]["input_tokens"], &trace["usage"]["output_tokens"]), (&json!(10), &json!(6)));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let spans = document["spans"].as_array().expect("spans");
    let rows: Vec<_> = spans.iter().map(|span| (text(&span["name"]), text(&span["kind"]))).collect();
    let wanted = [("support", "other"), ("search-docs", "other"), ("answer", "llm"), ("cache-miss", "other")];
    assert_eq!(rows, wanted.map(|(name, kind)| (name.to_owned(), kind.to_owned())));
    let (root, call) = (&document["spans"][0], &document["spans"][2]);
    assert_eq!((&root["input"]["value"], &root["output"]["value"]), (&json!("refund?"), &json!("Yes")));
    assert_eq!((&call["parent_span_id"], &call["from_logs"]), (&root["span_id"], &json!(true)));
    assert_eq!(call["input"]["messages"][0]["parts"][0]["text"], "refund?");
    assert_eq!(call["output"]["messages"][0]["parts"][0]["text"], "Yes, within 30 days.");
    assert_eq!(document["spans"][3]["metadata"]["level"], "WARNING");
}

#[test]
fn events_make_the_same_trace_in_every_order() {
    let events = batch()["batch"].as_array().expect("events").clone();
    let read = |order: &mut dyn Iterator<Item = &Value>| {
        let app = App::start();
        order.for_each(|event| assert_eq!(post(&app, "/api/public/ingestion", &json!({"batch": [event]})).status, 207));
        only_document(&app)
    };
    let forwards = read(&mut events.iter());
    assert_eq!(read(&mut events.iter().rev()), forwards);
    assert_eq!(read(&mut events.iter().chain(&events)), forwards, "and when they are sent again");
}

#[test]
fn scores_stand_on_what_they_judge() {
    let app = App::start();
    let (trace, span) = (otlp::trace_id(1), otlp::span_id(1));
    let scores = json!([
        {"id": "a", "traceId": trace, "observationId": span, "name": "helpful", "value": 1.0, "dataType": "BOOLEAN"},
        {"id": "b", "traceId": trace, "name": "quality", "value": 0.8, "comment": "fine"},
    ]);
    assert_eq!(post(&app, "/api/public/scores", &scores).status, 200);
    app.store(&otlp::traces(vec![otlp::span(1)]));
    let document = app.get(&format!("/api/traces/{trace}/document"));
    assert_eq!(document["spans"][0]["metadata"]["score.helpful"], json!({"value": 1.0, "dataType": "BOOLEAN"}));
    assert_eq!(document["trace"]["metadata"], json!({"score.quality": {"value": 0.8, "comment": "fine"}}));
}

#[test]
fn what_is_wrong_costs_itself_and_is_said() {
    let app = App::start();
    let events = json!({"batch": [
        {"id": "1", "type": "surprise", "timestamp": "2026-11-21T17:06:19Z", "body": {}},
        {"id": "2", "type": "trace-create", "timestamp": "2026-11-21T17:06:19Z", "body": {"id": "a trace", "name": "kept"}},
        {"id": "3", "type": "score-create", "timestamp": "2026-11-21T17:06:19Z", "body": {"name": "of a session"}},
    ]});
    let answer = post(&app, "/api/public/ingestion", &events).json();
    assert_eq!(answer["successes"], json!([{"id": "2", "status": 201}]));
    let failed: Vec<_> = answer["errors"].as_array().expect("errors").iter().map(|error| &error["id"]).collect();
    assert_eq!(failed, ["1", "3"]);
    assert_eq!(app.get("/api/traces")["rows"][0]["summary"]["name"], "kept");
    assert_eq!(post(&app, "/api/public/ingestion", &json!({})).status, 400);
    assert_eq!(post(&app, "/api/public/scores", &json!([{"value": 1}])).status, 400);
    let get = |path: &str| Request::new("GET", path).send(app.http_port());
    assert_eq!(get("/api/public/health").json()["status"], "OK");
    assert_eq!(get("/api/public/projects").json()["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(get("/api/public/ingestion").status, 405);
}

#[test]
fn a_picture_that_was_cut_out_and_uploaded_is_put_back() {
    let app = App::start();
    let picture = include_bytes!("../../icons/16x16.png");
    let sum = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(picture));
    let id = sum[..22].replace('+', "-").replace('/', "_");
    let reference = format!("@@@langfuseMedia:type=image/png|id={id}|source=bytes@@@");
    let content =
        json!([{"type": "image_url", "image_url": {"url": reference}}, {"type": "text", "text": "What is it?"}]);
    let input = json!([{"role": "user", "content": content}]).to_string();
    let mut span = otlp::span(7);
    span.attributes = [("type", "generation".to_owned()), ("input", input)]
        .map(|(key, said)| otlp::text_attribute(&format!("langfuse.observation.{key}"), said))
        .into();
    app.store(&otlp::traces(vec![span]));

    let asked = json!({"traceId": otlp::trace_id(7), "contentType": "image/png", "sha256Hash": sum, "field": "input"});
    let answer = post(&app, "/api/public/media", &asked);
    assert_eq!((answer.status, &answer.json()["mediaId"]), (201, &json!(id)));
    let url = answer.json()["uploadUrl"].as_str().expect("a place").to_owned();
    let path = url.strip_prefix(&format!("http://127.0.0.1:{}", app.http_port())).expect("this program").to_owned();
    let put = |bytes: &[u8]| {
        let request =
            Request::new("PUT", &path).header("content-type", "image/png").header("x-ms-blob-type", "BlockBlob");
        request.body(bytes).send(app.http_port()).status
    };
    assert_eq!(put(b"something else"), 400);
    assert_eq!(put(picture), 200);
    let told = Request::new("PATCH", &format!("/api/public/media/{id}")).json(r#"{"uploadHttpStatus":200}"#);
    assert_eq!(told.send(app.http_port()).status, 200);

    let document = app.get(&format!("/api/traces/{}/document", otlp::trace_id(7)));
    let part = &document["spans"][0]["input"]["messages"][0]["parts"][0];
    let expected = json!(["image", "image/png", picture.len()]);
    assert_eq!(json!([part["type"], part["mime"], part["bytes"]]), expected, "{part}");
    assert_eq!(document["spans"].as_array().map(Vec::len), Some(1), "the upload is no row of its own");
    // A medium of a data set belongs to no trace.
    let asked = json!({"datasetId": "d", "contentType": "image/png", "sha256Hash": sum});
    assert_eq!(post(&app, "/api/public/media", &asked).json()["uploadUrl"], Value::Null);
}

/// Two observations and two scores that an older SDK adds to the trace of [`otlp::span`] 1: the first stands beneath the span
/// that came over OTLP, the second beneath the first.
fn added() -> Vec<Value> {
    let (trace, received) = (otlp::trace_id(1), otlp::span_id(1));
    let time = |ms: u32| format!("2027-01-15T08:00:00.{ms:03}Z");
    let event = |n: u32, kind: &str, body: Value| json!({"id": n.to_string(), "type": kind, "timestamp": time(n), "body": body});
    vec![
        event(
            2,
            "span-create",
            json!({"id": "look-up", "traceId": trace, "parentObservationId": received, "name": "look up", "startTime": time(2), "endTime": time(9)}),
        ),
        event(
            3,
            "generation-create",
            json!({"id": "answer", "traceId": trace, "parentObservationId": "look-up", "name": "answer", "model": "beside-1",
                "startTime": time(3), "endTime": time(8), "input": [{"role": "user", "content": "hidden treasure?"}],
                "output": {"role": "assistant", "content": "Under the oak."}, "usage": {"input": 10, "output": 6}}),
        ),
        event(4, "score-create", json!({"traceId": trace, "observationId": "answer", "name": "true", "value": 1.0})),
        event(5, "score-create", json!({"traceId": trace, "observationId": received, "name": "fast", "value": 0.5})),
    ]
}

fn add(app: &App, events: &[Value]) {
    let answer = post(app, "/api/public/ingestion", &json!({"batch": events}));
    assert_eq!((answer.status, &answer.json()["errors"]), (207, &json!([])), "{answer:?}");
}

#[test]
fn observations_stand_beside_spans_that_came_otherwise() {
    let app = App::start();
    let trace = otlp::trace_id(1);
    app.store(&otlp::traces(vec![otlp::span(1)]));
    add(&app, &added());

    let document = app.get(&format!("/api/traces/{trace}/document"));
    let [received, look_up, answer] = [0, 1, 2].map(|at| &document["spans"][at]);
    assert_eq!(document["spans"].as_array().map(Vec::len), Some(3), "{document}");
    assert_eq!([&received["name"], &look_up["name"], &answer["name"]], ["span 1", "look up", "answer"]);
    assert_eq!((&look_up["parent_span_id"], &answer["parent_span_id"]), (&received["span_id"], &look_up["span_id"]));
    assert_eq!([received, look_up, answer].map(|span| span["from_logs"] == json!(true)), [false, true, true]);
    assert_eq!(answer["output"]["messages"][0]["parts"][0]["text"], "Under the oak.");
    assert_eq!(answer["metadata"]["score.true"], json!({"value": 1.0}));
    assert_eq!(received["metadata"]["score.fast"], json!({"value": 0.5}));
    let notes = app.get(&format!("/api/traces/{trace}"))["notes"].clone();
    assert!(notes.to_string().contains("Put together from log records: 2 spans"), "{notes}");

    // The list, the timeline, the transcript and one span tell of the same spans as the document.
    let row = &app.get("/api/traces")["rows"][0]["summary"];
    assert_eq!((&row["counts"]["spans"], &row["counts"]["llm_calls"]), (&json!(3), &json!(1)));
    assert_eq!((&row["usage"]["input_tokens"], &row["models"]), (&json!(10), &json!(["beside-1"])));
    let drawn = app.ask("POST", &format!("/api/traces/{trace}/timeline"), br#"{"from": 0, "rows": 10}"#).json();
    let rows = drawn["rows"].as_array().expect("rows").iter().map(|row| json!([row["name"], row["depth"]]));
    assert!(rows.eq([json!(["span 1", 0]), json!(["look up", 1]), json!(["answer", 2])]), "{drawn}");
    let said = app.get(&format!("/api/traces/{trace}/conversation")).to_string();
    assert!(said.contains("hidden treasure?") && said.contains("Under the oak."), "{said}");
    let span = answer["span_id"].as_str().expect("an id");
    assert_eq!(app.get(&format!("/api/traces/{trace}/spans/{span}"))["value"]["name"], "answer");
    for (filter, traces) in [("model:beside-1", 1), ("name:answer", 1), ("treasure", 1), ("name:other", 0)] {
        let found = app.get(&format!("/api/traces?filter={filter}"))["rows"].as_array().map(Vec::len);
        assert_eq!(found, Some(traces), "{filter}");
    }

    // As a file it is the same trace elsewhere.
    let file = app.data_dir.with_file_name("t.jsonl");
    let file = file.to_str().expect("a name");
    assert!(app.run(&["export", &trace, "--to", file]).status.success());
    let other = App::start();
    assert!(other.run(&["import", file]).status.success());
    assert_eq!(other.get(&format!("/api/traces/{trace}/document"))["spans"], document["spans"]);
}

#[test]
fn observations_and_spans_make_the_same_trace_in_every_order() {
    let read = |order: &dyn Fn(&App)| {
        let app = App::start();
        order(&app);
        let document = app.get(&format!("/api/traces/{}/document", otlp::trace_id(1)));
        (document["spans"].clone(), app.get("/api/traces")["rows"][0]["summary"]["counts"].clone())
    };
    let span = || otlp::traces(vec![otlp::span(1)]);
    let first = read(&|app| {
        app.store(&span());
        add(app, &added());
    });
    let last = read(&|app| {
        added().iter().rev().for_each(|event| add(app, std::slice::from_ref(event)));
        app.store(&span());
    });
    assert_eq!(last, first);
    let between = read(&|app| {
        add(app, &added()[..2]);
        app.store(&span());
        add(app, &added()[2..]);
    });
    assert_eq!(between, first);
}

#[test]
fn an_observation_of_a_large_trace_is_shown() {
    let app = App::start();
    let trace = otlp::trace_id(1);
    let mut spans: Vec<_> = (1..=20_001).map(otlp::span).collect();
    spans.iter_mut().for_each(|span| span.trace_id = otlp::span(1).trace_id);
    app.store(&otlp::traces(spans));
    add(&app, &added());
    let drawn = app.ask("POST", &format!("/api/traces/{trace}/timeline"), br#"{"from": 0, "rows": 2}"#).json();
    assert_eq!((&drawn["rows"][1]["name"], &drawn["spans_total"]), (&json!("look up"), &json!(20_003)), "{drawn}");
    let span = drawn["rows"][1]["span_id"].as_str().expect("an id");
    let shown = app.get(&format!("/api/traces/{trace}/spans/{span}"));
    assert_eq!(shown["value"]["name"], "look up", "{shown}");
}

/// A form of a page can be sent without asking first, but not as JSON.
#[test]
fn what_a_form_can_send_is_refused() {
    let app = App::start();
    let body = batch().to_string();
    for path in ["/api/public/ingestion", "/api/public/scores", "/api/public/v2/scores", "/api/public/media"] {
        for media_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""] {
            let request = Request::post(path).body(body.as_bytes());
            let request = if media_type.is_empty() { request } else { request.header("content-type", media_type) };
            assert_eq!(request.send(app.http_port()).status, 415, "{path} {media_type:?}");
        }
    }
    assert_eq!(app.get("/api/traces")["total"], 0);
}
