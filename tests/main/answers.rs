//! The API's answers about traces that came in by the front door.

use std::collections::BTreeSet;

use opentelemetry_proto::tonic::trace::v1::{Span, Status};
use serde_json::{Value, json};

use crate::app::App;
use crate::http::{Connection, Request};
use crate::otlp;

#[test]
fn the_test_trace_shows_in_every_view() {
    let app = App::start();
    let created = app.ask("POST", "/api/test-trace", b"");
    assert_eq!(created.status, 200, "{created:?}");
    let id = created.json()["trace_id"].as_str().expect("an id").to_owned();
    let at = |rest: &str| app.get(&format!("/api/traces/{id}{rest}"));

    let list = app.get("/api/traces");
    let row = &list["rows"][0]["summary"];
    assert_eq!(
        (&row["trace_id"], &row["counts"]["spans"], &row["counts"]["tool_calls"]),
        (&json!(id), &json!(4), &json!(1))
    );
    assert_eq!((&row["usage"]["input_tokens"], &row["usage"]["output_tokens"]), (&json!(218), &json!(43)));

    let head = at("");
    assert_eq!(head["streams"].as_array().map(Vec::len), Some(2));
    for view in ["timeline", "conversation", "stream", "tools", "tokens", "raw"] {
        assert!(head["views"].as_array().is_some_and(|views| views.contains(&json!(view))), "{view}: {head}");
    }
    let rows = app.ask("POST", &format!("/api/traces/{id}/timeline"), br#"{"from":1,"rows":2}"#).json();
    assert_eq!((&rows["rows_total"], rows["rows"].as_array().map(Vec::len)), (&json!(4), Some(2)));
    let conversation = at("/conversation").to_string();
    for text in ["Do I need an umbrella in Paris today?", "get_weather", "Yes, take an umbrella"] {
        assert!(conversation.contains(text), "{text}");
    }
    let streams = at("/streams");
    let span = streams[1]["span_id"].as_str().expect("a span");
    let stream = at(&format!("/streams/{span}"));
    assert!(stream["text"].as_str().is_some_and(|text| text.starts_with("Yes, take an umbrella")), "{stream}");
    let tools = at("/tools");
    let call = &tools["value"]["rows"][1];
    assert_eq!((&call["row"], &call["call"]["state"]), (&json!("call"), &json!("ok")));
    assert_eq!(at("/ledger")["total"]["output_tokens"], 43);
    let window = at("/ledger?from=1&rows=1");
    assert_eq!((window["rows"].as_array().map(Vec::len), &window["from"]), (Some(1), &json!(1)));
    assert_eq!(at("/ledger/sum?column=output")["sum"], 43.0);
    assert_eq!(at("/ledger/chart")["bars"].as_array().map(Vec::len), Some(2));
    assert_eq!(at("/reading"), json!(null), "nobody reads it now");
    assert_eq!(at("/document")["format"], "spanglass.trace/v1");
    assert_eq!(at(&format!("/spans/{span}"))["value"]["span_id"], span);
    assert_eq!(app.run_json(&["show", &id, "--json"]), at("/document"), "the command line says the same");
}

#[test]
fn a_document_of_many_pieces_is_whole() {
    let app = App::start();
    let spans = (1..=1_500).map(|n| {
        let attributes = vec![otlp::text_attribute("input.value", format!("{n} ").repeat(200))];
        Span { trace_id: otlp::span(1).trace_id, attributes, ..otlp::span(n) }
    });
    app.store(&otlp::traces(spans.collect()));
    let id = otlp::trace_id(1);
    let document = app.get(&format!("/api/traces/{id}/document"));
    let spans = document["spans"].as_array().expect("spans");
    let told: BTreeSet<&str> = spans.iter().filter_map(|span| span["attributes"]["input.value"].as_str()).collect();
    assert_eq!((spans.len(), told.len()), (1_500, 1_500));
    assert_eq!(app.run_json(&["show", &id, "--json"]), document, "the command line says the same");
}

#[test]
fn the_test_trace_needs_no_listener() {
    let app = App::start_with(&["--otlp-http", "off", "--otlp-grpc", "off"]);
    assert_eq!(app.ask("POST", "/api/test-trace", b"").status, 200);
    assert_eq!(app.get("/api/traces")["total"], 1);
}

#[test]
fn a_change_wakes_who_waits() {
    let app = App::start();
    let seq = app.get("/api/traces")["seq"].clone();
    let mut waiting = Connection::open(app.ui_port());
    let request = Request::new("GET", &format!("/api/changes?since={seq}&wait_ms=25000"));
    waiting.write(&request.header("authorization", &format!("Bearer {}", app.token())).bytes(app.ui_port()));
    app.store(&otlp::traces(vec![otlp::span(7)]));
    let changes = waiting.read().json();
    assert_eq!((&changes["traces"], &changes["all"]), (&json!([otlp::trace_id(7)]), &json!(false)));
    let again = app.get(&format!("/api/changes?since={}&wait_ms=1", changes["seq"]));
    assert_eq!((&again["traces"], &again["seq"]), (&json!([]), &changes["seq"]));
    assert_eq!(
        app.get("/api/changes?since=999999&wait_ms=25000")["all"],
        true,
        "an unknown sequence is answered at once"
    );
}

#[test]
fn the_last_good_run_of_a_name_is_the_one_that_began_before() {
    let app = App::start();
    let run = |n: u64, name: &str, began_s: u64, failed: bool| {
        let mut span = otlp::span(n);
        span.name = name.to_owned();
        span.start_time_unix_nano += began_s * 1_000_000_000;
        span.end_time_unix_nano += began_s * 1_000_000_000;
        span.status = failed.then(|| Status { code: 2, ..Status::default() });
        app.store(&otlp::traces(vec![span]));
    };
    // In the order of arrival, which is not that of their times.
    for (n, name, began_s, failed) in [
        (1, "say \"hi\" \\", 30, false),
        (2, "say \"hi\" \\", 10, false),
        (3, "say \"hi\" \\", 40, true),
        (4, "Say \"hi\" \\", 45, false),
        (5, "say \"hi\" \\", 50, true),
        (6, "say \"hi\" \\", 60, false),
    ] {
        run(n, name, began_s, failed);
    }
    let before = |n: u64| app.get(&format!("/api/traces/{}/good-before", otlp::trace_id(n)));
    assert_eq!([before(5), before(1)], [json!(otlp::trace_id(1)), json!(otlp::trace_id(2))]);
    assert_eq!([before(2), before(4)], [Value::Null, Value::Null]);
    assert_eq!(app.ask("GET", &format!("/api/traces/{}/good-before", otlp::trace_id(9)), b"").status, 404);
}

#[test]
fn pages_of_the_list_follow_each_other() {
    let app = App::start();
    for n in 1..=25 {
        app.store(&otlp::traces(vec![otlp::span(n)]));
    }
    let mut seen = Vec::new();
    let mut before = String::new();
    loop {
        let page = app.get(&format!("/api/traces?limit=10{before}"));
        seen.extend(page["rows"].as_array().expect("rows").iter().map(|row| row["summary"]["trace_id"].clone()));
        match page["next"].as_str() {
            Some(next) => before = format!("&before={next}"),
            None => break,
        }
    }
    let expected: Vec<Value> = (1..=25).rev().map(|n| json!(otlp::trace_id(n))).collect();
    assert_eq!(seen, expected);
}

#[test]
fn long_texts_are_cut_and_found_whole() {
    let app = App::start();
    let long = "ö".repeat(100_000);
    let mut span = otlp::span(1);
    span.attributes = vec![otlp::text_attribute("a/long~one", long.clone())];
    app.store(&otlp::traces(vec![span]));
    let address = format!("/api/traces/{}/spans/{}", otlp::trace_id(1), otlp::span_id(1));
    let bounded = app.get(&address);
    let pointer = "/attributes/a~1long~0one";
    assert_eq!(bounded["cut"], json!({ (pointer): 200_000 }));
    assert_eq!(bounded["value"]["attributes"]["a/long~one"].as_str().map(str::len), Some(16 * 1024));
    let encoded = pointer.replace('~', "%7E").replace('/', "%2F");
    let text = app.ask("GET", &format!("{address}/text?pointer={encoded}"), b"");
    assert_eq!(text.header("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(text.text(), long);
    assert_eq!(app.ask("GET", &format!("{address}/text?pointer=/nowhere"), b"").status, 404);
    let whole: Value = serde_json::from_str(&app.ask("GET", &format!("{address}/text"), b"").text()).expect("JSON");
    assert_eq!(whole["attributes"]["a/long~one"].as_str(), Some(long.as_str()));
    let lines = app.get(&format!("{address}/text?pointer={encoded}&line=499&lines=5"));
    assert_eq!(lines, json!({"from": 499, "lines": ["ö".repeat(200)], "total": 500}));
}

#[test]
fn a_long_transcript_is_answered_in_windows() {
    let app = App::start();
    let long = "word ".repeat(20_000);
    let said =
        |n: usize| json!({"role": "user", "parts": [{"type": "text", "content": format!("message {n} {long}")}]});
    let mut span = otlp::span(1);
    let chat = Value::from((0..300).map(|n| if n == 250 { said(n) } else { short(n) }).collect::<Vec<_>>());
    span.attributes = vec![
        otlp::text_attribute("gen_ai.operation.name", "chat".to_owned()),
        otlp::text_attribute("gen_ai.input.messages", chat.to_string()),
    ];
    app.store(&otlp::traces(vec![span]));
    let at = format!("/api/traces/{}/conversation", otlp::trace_id(1));
    let first = app.get(&at);
    // The call's bar, 300 messages, and that no answer was recorded.
    let value = &first["value"];
    assert_eq!((&value["rows_total"], &value["messages"], &value["from"]), (&json!(302), &json!(300), &json!(0)));
    assert_eq!((value["rows"].as_array().map(Vec::len), &first["cut"]), (Some(200), &json!({})));

    let key = format!("{}:in:250", otlp::span_id(1));
    let around = app.get(&format!("{at}?rows=10&around={key}"));
    assert_eq!((&around["value"]["found"], &around["value"]["from"]), (&json!(251), &json!(246)));
    assert_eq!(around["cut"], json!({"/rows/5/message/parts/0/part/text": 100_012}));
    let text = format!("{at}/text?row={key}&pointer=/message/parts/0/part/text");
    assert_eq!(app.ask("GET", &text, b"").text(), format!("message 250 {long}"));
    assert_eq!(app.get(&format!("{text}&line=0&lines=1"))["total"], 251);
    assert_eq!(app.ask("GET", &format!("{at}/text?row=nobody&pointer=/message"), b"").status, 404);

    assert_eq!(app.get(&format!("{at}/find?text=MESSAGE%20299"))["rows"], json!([300]));
    assert_eq!(app.get(&format!("{at}/find?text=word%20word"))["rows"], json!([251]));
}

fn short(n: usize) -> Value {
    json!({"role": "user", "parts": [{"type": "text", "content": format!("message {n}")}]})
}

#[test]
fn traces_are_exported_together_and_what_would_be_taken_out_is_said_before() {
    let app = App::start();
    let ids =
        [1, 2].map(|_| app.ask("POST", "/api/test-trace", b"").json()["trace_id"].as_str().expect("an id").to_owned());
    let span = serde_json::json!({
        "traceId": ids[0], "spanId": "00000000000000ee", "name": "ada@example.org", "startTimeUnixNano": "1", "endTimeUnixNano": "2",
        "attributes": [{"key": "app.key", "value": {"stringValue": "ghp_0123456789abcdefghij0123456789abcdef"}}],
    });
    let request = serde_json::json!({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).to_string();
    assert_eq!(Request::post("/v1/traces").json(&request).send(app.http_port()).status, 200);
    let ask = |path: &str, asked: serde_json::Value| app.ask("POST", path, asked.to_string().as_bytes());
    let asked = serde_json::json!({"traces": [ids[0]], "redact": "secrets,emails"});
    let preview = ask("/api/export/preview", asked.clone()).json();
    assert_eq!(preview["traces"], 1);
    let found: Vec<_> =
        preview["findings"].as_array().expect("a list").iter().map(|found| found["rule"].as_str()).collect();
    assert_eq!(found, [Some("github-token"), Some("email")]);
    assert_eq!(preview["findings"][0]["places"][0]["place"], "span app.key");
    let exported = ask("/api/export", asked).text();
    assert!(
        exported.contains("‹github-token·1›") && exported.contains("‹email·1›") && !exported.contains("ada@"),
        "{exported}"
    );
    // A filter, and both traces in one file.
    let both = ask("/api/export", serde_json::json!({"filter": ""}));
    assert_eq!(both.header("content-disposition"), Some("attachment; filename=\"traces-2.jsonl\""));
    assert!(ids.iter().all(|id| both.text().contains(id)) && both.text().contains("ada@example.org"));
    for refused in [
        serde_json::json!({"redact": "all"}),
        serde_json::json!({"traces": ["x"]}),
        serde_json::json!({"format": "chrome"}),
        serde_json::json!({"format": "word"}),
    ] {
        assert_eq!(ask("/api/export", refused.clone()).status, 400, "{refused}");
    }
    let misread = ask("/api/export", serde_json::json!({"filter": "name:a colour:red"}));
    assert_eq!((misread.status, &misread.json()["place"]), (400, &serde_json::json!([7, 17])));
    assert!(app.ask("GET", "/api/export/nothing", b"").json().is_null(), "it may just be done");
    assert_eq!(app.ask("DELETE", "/api/export/nothing", b"").status, 204, "what is done need not be stopped");
}

#[test]
fn samples_are_added_once_marked_and_deleted_again() {
    let app = App::start();
    let shown = app.ask("POST", "/api/samples", b"").json()["trace_id"].as_str().expect("an id").to_owned();
    let list = || app.get("/api/traces")["rows"].as_array().expect("a list").clone();
    let rows = list();
    assert!(rows.len() >= 6);
    assert_eq!(rows[0]["summary"]["trace_id"], shown.as_str(), "the one to look at first is listed first");
    assert!(rows.iter().all(|row| row["summary"]["services"][0] == "Spanglass sample"));
    for view in ["conversation", "tools", "ledger", "streams"] {
        assert_eq!(app.ask("GET", &format!("/api/traces/{shown}/{view}"), b"").status, 200);
    }
    assert_eq!(app.ask("POST", "/api/samples", b"").status, 200);
    assert!(list().iter().all(|row| row["summary"]["counts"]["duplicates"] == 0), "they are not sent twice");
    let told = app.run(&["samples"]);
    assert_eq!(String::from_utf8_lossy(&told.stdout), "0 sample traces added\n");
    assert_eq!(app.ask("DELETE", "/api/samples", b"").status, 204);
    assert_eq!(list().len(), 0);
}

#[test]
fn a_trace_goes_out_as_it_came_and_comes_in_again() {
    let app = App::start();
    let id = app.ask("POST", "/api/test-trace", b"").json()["trace_id"].as_str().expect("an id").to_owned();
    let before = app.get(&format!("/api/traces/{id}/document"));
    let exported = app.ask("GET", &format!("/api/traces/{id}/export"), b"");
    let name = format!("attachment; filename=\"trace-{id}.jsonl\"");
    assert_eq!((exported.status, exported.header("content-disposition")), (200, Some(name.as_str())));

    let other = App::start();
    for line in exported.text().lines() {
        assert_eq!(Request::post("/v1/traces").json(line).send(other.http_port()).status, 200);
    }
    assert_eq!(other.get(&format!("/api/traces/{id}/document")), before);
    assert_eq!(other.ask("GET", &format!("/api/traces/{id}/export"), b"").body, exported.body);

    let span = before["spans"][0]["span_id"].as_str().expect("an id");
    let one = app.get(&format!("/api/traces/{id}/spans/{span}/otlp"));
    assert_eq!(one["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["spanId"], span);
    assert_eq!(app.ask("GET", &format!("/api/traces/{}/export", otlp::trace_id(9)), b"").status, 404);
}

#[test]
fn a_parent_that_was_not_received_has_a_row_until_it_comes() {
    let app = App::start();
    let child = |n: u64, up: Vec<u8>| opentelemetry_proto::tonic::trace::v1::Span {
        trace_id: otlp::span(1).trace_id,
        parent_span_id: up,
        ..otlp::span(n)
    };
    let parent = || otlp::span(1).span_id;
    app.store(&otlp::traces(vec![child(2, parent()), child(3, parent()), child(4, otlp::span(3).span_id)]));
    let trace = format!("/api/traces/{}", otlp::trace_id(1));
    let drawn = || {
        let answer = app.ask("POST", &format!("{trace}/timeline"), br#"{"from":0,"rows":10}"#).json();
        let rows = answer["rows"].as_array().expect("rows").iter();
        rows.map(|row| format!("{} {} {}", row["depth"], row["span_id"].as_str().unwrap_or("?"), row["missing"]))
            .collect::<Vec<_>>()
    };
    let under = |missing: bool| {
        let row = |depth: u64, n: u64, missing: bool| format!("{depth} {} {missing}", otlp::span_id(n));
        vec![row(0, 1, missing), row(1, 2, false), row(1, 3, false), row(2, 4, false)]
    };
    assert_eq!(drawn(), under(true));
    let said = app.ask("GET", &format!("{trace}/spans/{}", otlp::span_id(1)), b"");
    assert_eq!((said.status, said.json()["code"].as_str()), (404, Some("not_found")));
    assert!(said.text().contains("others name it as their parent"), "{}", said.text());
    assert_eq!(app.get(&format!("{trace}/document"))["spans"].as_array().map(Vec::len), Some(3), "no span is invented");

    app.store(&otlp::traces(vec![otlp::span(1)]));
    assert_eq!(drawn(), under(false));
    assert_eq!(app.get(&format!("{trace}/spans/{}", otlp::span_id(1)))["value"]["name"], "span 1");
}

#[test]
fn what_is_deleted_is_gone() {
    let app = App::start();
    app.store(&otlp::traces(vec![otlp::span(1)]));
    app.store(&otlp::traces(vec![otlp::span(2)]));
    let path = format!("/api/traces/{}", otlp::trace_id(1));
    assert_eq!(app.ask("DELETE", &path, b"").status, 204);
    assert_eq!(app.ask("GET", &path, b"").status, 404);
    assert_eq!(app.ask("DELETE", &path, b"").status, 404);
    assert_eq!(app.get("/api/traces")["total"], 1);
}

#[test]
fn questions_that_make_no_sense_are_said_so() {
    let app = App::start();
    app.store(&otlp::traces(vec![otlp::span(1)]));
    let trace = format!("/api/traces/{}", otlp::trace_id(1));
    for (method, path, body, status, code) in [
        ("GET", "/api/traces/zz".to_owned(), "", 400, "bad_request"),
        ("GET", format!("/api/traces/{}", otlp::trace_id(9)), "", 404, "not_found"),
        ("GET", format!("{trace}/spans/zz"), "", 400, "bad_request"),
        ("GET", format!("{trace}/spans/{}", otlp::span_id(9)), "", 404, "not_found"),
        ("GET", format!("{trace}/streams/{}", otlp::span_id(1)), "", 404, "not_found"),
        ("GET", format!("{trace}/nowhere"), "", 404, "not_found"),
        ("GET", "/api/traces?limit=x".to_owned(), "", 400, "bad_request"),
        ("GET", "/api/traces?before=x".to_owned(), "", 400, "bad_request"),
        ("GET", "/api/traces?filter=colour:red".to_owned(), "", 400, "bad_request"),
        ("GET", "/api/changes?since=-1".to_owned(), "", 400, "bad_request"),
        ("POST", format!("{trace}/timeline"), "{", 400, "bad_request"),
        ("POST", format!("{trace}/timeline"), r#"{"reveal":"x"}"#, 400, "bad_request"),
    ] {
        let answer = app.ask(method, &path, body.as_bytes());
        assert_eq!((answer.status, &answer.json()["code"]), (status, &json!(code)), "{method} {path}");
        assert!(answer.json()["message"].as_str().is_some_and(|message| !message.is_empty()));
    }
}
