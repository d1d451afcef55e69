//! Traces as MLflow's clients before 3.0 tell of them: begin, a file of spans, end; and what they ask back.

use serde_json::{Value, json};

use crate::app::App;
use crate::http::{Answer, Request};

fn call(app: &App, method: &str, path: &str, body: &Value) -> Answer {
    Request::new(method, path).json(&body.to_string()).send(app.http_port())
}

fn spans(request_id: &str) -> Value {
    let span = |name: &str, id: &str, parent: Value, kind: &str| {
        json!({
            "name": name, "context": {"span_id": id, "trace_id": "0x8a1f0000000000000000000000000001"}, "parent_id": parent,
            "start_time": 1_795_175_050_327_000_000_u64, "end_time": 1_795_175_051_327_000_000_u64,
            "status_code": "OK", "status_message": "",
            "attributes": {
                "mlflow.traceRequestId": format!("\"{request_id}\""), "mlflow.spanType": format!("\"{kind}\""),
                "mlflow.spanInputs": "{\"city\": \"Paris\"}", "mlflow.spanOutputs": "\"sunny\"",
            },
            "events": [{"name": "noted", "timestamp": 1_795_175_050_400_000_000_u64, "attributes": {"n": 1}}],
        })
    };
    let root = span("flow", "0x0a00000000000001", Value::Null, "AGENT");
    let child = span("get_weather", "0x0a00000000000002", json!("0x0a00000000000001"), "TOOL");
    json!({"spans": [root, child], "request": "{}", "response": "\"sunny\""})
}

#[test]
fn a_trace_of_a_client_before_3_is_shown_and_given_back() {
    let app = App::start();
    call(&app, "POST", "/api/2.0/mlflow/experiments/create", &json!({"name": "tries"}));
    let begin = json!({
        "experiment_id": "1", "timestamp_ms": 1_795_175_050_327_u64,
        "request_metadata": [{"key": "mlflow.trace.session", "value": "s-1"}],
        "tags": [{"key": "mlflow.traceName", "value": "flow"}],
    });
    let begun = call(&app, "POST", "/api/2.0/mlflow/traces", &begin).json()["trace_info"].clone();
    assert_eq!((&begun["status"], &begun["experiment_id"]), (&json!("IN_PROGRESS"), &json!("1")), "{begun}");
    let id = begun["request_id"].as_str().expect("a name");
    let tags = begun["tags"].as_array().expect("tags");
    let place = tags.iter().find(|tag| tag["key"] == "mlflow.artifactLocation").expect("where the file goes");
    assert_eq!(place["value"], format!("mlflow-artifacts:/1/traces/{id}/artifacts"));

    let file = format!("/api/2.0/mlflow-artifacts/artifacts/1/traces/{id}/artifacts/traces.json");
    assert_eq!(call(&app, "PUT", &file, &spans(id)).status, 200);
    let end = json!({
        "request_id": id, "timestamp_ms": 1_795_175_051_327_u64, "status": "OK",
        "request_metadata": [{"key": "mlflow.traceInputs", "value": "{}"}], "tags": [{"key": "env", "value": "test"}],
    });
    let ended = call(&app, "PATCH", &format!("/api/2.0/mlflow/traces/{id}"), &end).json()["trace_info"].clone();
    assert_eq!((&ended["status"], &ended["execution_time_ms"]), (&json!("OK"), &json!(1000)), "{ended}");

    let trace = id.trim_start_matches("tr-");
    let document = app.get(&format!("/api/traces/{trace}/document"));
    let named: Vec<&Value> =
        document["spans"].as_array().into_iter().flatten().flat_map(|span| [&span["name"], &span["kind"]]).collect();
    assert_eq!(named, ["flow", "agent", "get_weather", "tool"], "{document}");
    assert_eq!(document["spans"][1]["parent_span_id"], "0a00000000000001");
    assert_eq!(document["trace"]["session_id"], "s-1");
    assert_eq!(document["trace"]["metadata"]["experiment"], "tries");

    let info = call(&app, "GET", &format!("/api/2.0/mlflow/traces/{id}/info"), &Value::Null).json();
    assert_eq!(info["trace_info"], ended);
    let found = call(&app, "GET", "/api/2.0/mlflow/traces?experiment_ids=1&max_results=5", &Value::Null).json();
    assert_eq!(found["traces"], json!([ended]));
    let elsewhere = call(&app, "GET", "/api/2.0/mlflow/traces?experiment_ids=7", &Value::Null).json();
    assert_eq!(elsewhere["traces"], json!([]));
    let mut sent = spans(id)["spans"].as_array().cloned().unwrap_or_default();
    for span in &mut sent {
        // The trace is known by the name it was given here, and every value is a text.
        span["context"]["trace_id"] = format!("0x{trace}").into();
        span["events"][0]["attributes"]["n"] = "1".into();
    }
    let given = call(&app, "GET", &file, &Value::Null).json();
    let mut given = given["spans"].as_array().cloned().unwrap_or_default();
    given.sort_by_key(|span| span["context"]["span_id"].to_string());
    assert_eq!(Value::Array(given), Value::Array(sent));
}

#[test]
fn a_file_that_holds_no_spans_is_refused() {
    let app = App::start();
    let file = "/api/2.0/mlflow-artifacts/artifacts/0/traces/tr-8a1f0000000000000000000000000001/artifacts/traces.json";
    let refused = call(&app, "PUT", file, &json!({"request": "{}"}));
    assert_eq!(refused.status, 400, "{refused:?}");
    assert_eq!(refused.json()["error_code"], "INVALID_PARAMETER_VALUE");
    assert_eq!(call(&app, "GET", file, &Value::Null).status, 404);
}
