//! What a Datadog agent is sent: captured requests of ddtrace, and broken ones.

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Value, json};
use spanglass_trace::decode::datadog::events::{self, Format};
use spanglass_trace::decode::datadog::{self, Layout, Sender};
use spanglass_trace::decode::{Budget, DecodeError, Received, stored};
use spanglass_trace::msgpack;
use spanglass_trace::span::{AnyValue, Span};

const V04: &[u8] = include_bytes!("../fixtures/datadog/v04-llm-observability.msgpack");
const V05: &[u8] = include_bytes!("../fixtures/datadog/v05.msgpack");
const EVENTS: &[u8] = include_bytes!("../fixtures/datadog/llm-observability.json");
const EVALUATION: &[u8] = include_bytes!("../fixtures/datadog/evaluation.json");
const LOGS: &[u8] = include_bytes!("../fixtures/datadog/logs-1.14.json");

fn sender() -> Sender {
    Sender { language: "python".into(), version: "4.16.0".into() }
}

fn traces(body: &[u8], layout: Layout) -> Result<Received, DecodeError> {
    datadog::traces(&Bytes::copy_from_slice(body), layout, &sender(), Budget::default())
}

fn packed(traces_of: Value) -> Received {
    traces(&msgpack::from_json(&traces_of), Layout::Maps).expect("a request")
}

fn text<'s>(span: &'s Span, key: &str) -> &'s str {
    span.attribute(key).and_then(AnyValue::as_str).unwrap_or_default()
}

/// What is stored is read as what was received, of every span and log record.
fn assert_stored(received: &Received) {
    for sent in &received.spans {
        let (resource, scope) = (stored::resource(&sent.envelope), stored::scope(&sent.envelope));
        let read = stored::span(sent.envelope.encoding, &sent.raw, &resource.into(), &scope.into()).expect("a span");
        assert_eq!(read, sent.span);
    }
    for sent in &received.logs {
        let (resource, scope) = (stored::resource(&sent.envelope), stored::scope(&sent.envelope));
        let read = stored::log(sent.envelope.encoding, &sent.raw, &resource.into(), &scope.into()).expect("a log");
        assert_eq!(read, sent.log);
    }
}

#[test]
fn captured_request_of_maps_becomes_a_tree() {
    let received = traces(V04, Layout::Maps).expect("a request");
    assert_eq!((received.spans.len(), &received.complaints[..]), (7, &[][..]));
    assert_stored(&received);
    let spans: Vec<&Span> = received.spans.iter().map(|sent| &sent.span).collect();
    let root = spans[0];
    assert_eq!(root.trace_id.to_string(), "6b0033d1000000006dcedb666e20c5d4");
    assert!(spans.iter().all(|span| span.trace_id == root.trace_id), "the high half stands on the first span only");
    assert_eq!(
        (root.name.as_str(), text(root, "operation.name"), root.parent_span_id),
        ("workflow", "chat_turn", None)
    );
    assert_eq!(spans[1].parent_span_id, Some(root.span_id));
    assert_eq!(root.end_time_unix_nano - root.start_time_unix_nano, 659_933_333);
    assert_eq!(root.resource.service(), "demo-app");
    assert!(matches!(root.attribute("_llmobs"), Some(AnyValue::Bytes(_))), "kept as sent");
    assert_eq!(root.attribute("process_id"), Some(&AnyValue::Double(27399.0)));
    let alias = received.aliases[0];
    assert_eq!((alias.0.to_string().as_str(), alias.1), ("6b0033d1000000008a37f3a9164e77cd", root.trace_id));
}

#[test]
fn captured_request_with_a_table_becomes_a_tree() {
    let received = traces(V05, Layout::Table).expect("a request");
    assert_eq!((received.spans.len(), &received.complaints[..]), (4, &[][..]));
    assert_stored(&received);
    let names: Vec<&str> = received.spans.iter().map(|sent| sent.span.name.as_str()).collect();
    assert_eq!(names, ["weather question", "get_weather", "createChatCompletion", "http.request"]);
    let services: Vec<&str> = received.spans.iter().map(|sent| sent.span.resource.service()).collect();
    assert_eq!(services[0], "demo-agent");
    assert_eq!(text(&received.spans[3].span, "http.method"), "POST");
    assert_eq!(received.spans[3].span.kind, 3);
}

#[test]
fn every_field_of_a_span_has_its_place() {
    let received = packed(json!([[{
        "service": "s", "name": "op", "resource": "r", "type": "web", "trace_id": u64::MAX, "span_id": 1, "parent_id": 0,
        "start": 10, "duration": 5, "error": 1, "future": {"deep": [1, null]},
        "meta": {"error.message": "broke", "span.kind": "server", "nothing": null,
            "_dd.span_links": "[{\"trace_id\": \"1f\", \"span_id\": \"2\", \"flags\": 1, \"attributes\": {\"a\": \"b\"}}]"},
        "metrics": {"n": 7, "x": 1.5},
        "span_events": [{"name": "e", "time_unix_nano": 11, "attributes": {
            "t": {"type": 0, "string_value": "v"},
            "l": {"type": 4, "array_value": {"values": [{"type": 2, "int_value": 3}]}}}}],
    }]]));
    assert_eq!(received.complaints, []);
    assert_stored(&received);
    let span = &received.spans[0].span;
    assert_eq!(span.trace_id.to_string(), "0000000000000000ffffffffffffffff");
    assert_eq!((span.start_time_unix_nano, span.end_time_unix_nano, span.kind), (10, 15, 2));
    assert_eq!((span.status.code, span.status.message.as_str()), (2, "broke"));
    assert_eq!(span.links[0].trace_id.to_string(), format!("{:032x}", 0x1f));
    assert_eq!((span.links[0].flags, span.attribute("_dd.span_links")), (1, None));
    let event = &span.events[0];
    assert_eq!(event.attributes[0], ("t".into(), AnyValue::Str("v".into())));
    assert_eq!(event.attributes[1], ("l".into(), AnyValue::Array(vec![AnyValue::Int(3)])));
    assert_eq!((span.attribute("n"), span.attribute("nothing")), (Some(&AnyValue::Int(7)), None));
    assert!(span.attribute("datadog.future").is_some(), "a field nobody knows is kept");
}

#[test]
fn snapshot_of_a_span_that_runs_has_no_end() {
    let span = |metrics: Value| {
        let sent =
            json!([[{"name": "n", "trace_id": 1, "span_id": 2, "start": 10, "duration": 5, "metrics": metrics}]]);
        packed(sent).spans[0].span.end_time_unix_nano
    };
    assert_eq!(span(json!({"_dd.partial_version": 1})), 0);
    assert_eq!(span(json!({"_dd.partial_version": 2, "_dd.was_long_running": 1})), 15);
}

#[test]
fn bad_span_costs_itself_and_says_where_and_why() {
    let good = json!({"name": "good", "trace_id": 1, "span_id": 2});
    let bad = [
        (json!({"name": "a", "trace_id": 1}), "span_id is all zero"),
        (json!({"name": "b", "trace_id": {}, "span_id": 1}), "`trace_id` is not a number"),
        (json!({"name": "c", "trace_id": 1, "span_id": 1, "meta": []}), "`meta` is not a map"),
        (json!("d"), "the span is not a map"),
    ];
    let mut chunk = vec![good.clone()];
    chunk.extend(bad.iter().map(|(span, _)| span.clone()));
    chunk.push(good);
    let received = packed(json!([chunk]));
    assert_eq!((received.spans.len(), received.rejected), (2, 4));
    for (complaint, (_, reason)) in received.complaints.iter().zip(&bad) {
        assert_eq!((&complaint.reason[..], complaint.rejected), (*reason, true));
    }
    assert_eq!(received.complaints[0].place, "traces[0][1] (a)");
}

#[test]
fn table_is_not_reached_beyond_its_end() {
    let span = json!([0, 9, 0, 1, 2, 0, 0, 0, 0, {}, {}, 0]);
    let received = traces(&msgpack::from_json(&json!([[""], [[span]]])), Layout::Table).expect("a request");
    assert_eq!(received.complaints[0].reason, "`name` refers to a text that is not in the table");
}

#[test]
fn long_text_used_often_is_over_the_budget() {
    let text = "x".repeat(1 << 20);
    let span = |id: u32| json!([0, 0, 0, 1, id, 0, 0, 0, 0, {}, {}, 0]);
    let spans: Vec<Value> = (1..1000).map(span).collect();
    let body = msgpack::from_json(&json!([[text], [spans]]));
    assert_eq!(traces(&body, Layout::Table).map(|_| ()), Err(DecodeError::TooManyItems { limit: 4_000_000 }));
}

#[test]
fn what_is_no_request_is_refused_with_the_place() {
    for (body, layout) in [(&[0x01][..], Layout::Maps), (&[0x91, 0x01], Layout::Maps), (&[0x90], Layout::Table)] {
        let refused = traces(body, layout).expect_err("refused").to_string();
        assert!(refused.starts_with("byte ") && refused.contains("MessagePack"), "{refused}");
    }
    let many = [&[0xdd, 0xff, 0xff, 0xff, 0xff][..]].concat();
    assert!(matches!(traces(&many, Layout::Maps), Err(DecodeError::TooManyItems { .. })));
    assert_eq!(traces(b"", Layout::Maps).map(|received| received.spans.len()), Ok(0));
}

#[test]
fn json_is_read_as_its_messagepack_is() {
    let sent = json!([[{"name": "n", "trace_id": 1, "span_id": 2, "meta": {"a": "b"}}]]);
    let received = datadog::traces_json(&sent.to_string().into(), &sender(), Budget::default()).expect("a request");
    assert_eq!(received.spans[0].span, packed(sent).spans[0].span);
}

#[test]
fn captured_events_are_spans_with_the_whole_event_beside() {
    let received = events::llm_obs(EVENTS, Format::Json, &sender(), Budget::default()).expect("events");
    assert_stored(&received);
    assert_eq!((received.spans.len(), received.logs.len(), &received.complaints[..]), (6, 6, &[][..]));
    let (root, log) = (&received.spans[0].span, &received.logs[0].log);
    assert_eq!(root.trace_id.to_string(), "6b00359e00000000e3e60906736e8ca4", "the trace's own id");
    assert_eq!((root.name.as_str(), root.resource.service(), root.parent_span_id), ("chat_turn", "demo-app", None));
    assert_eq!((log.event(), log.span_id), (events::LLM_OBS, Some(root.span_id)));
    let whole: Value = serde_json::from_slice(EVENTS).expect("JSON");
    let AnyValue::Bytes(event) = &log.body else { panic!("bytes") };
    assert_eq!(serde_json::from_slice::<Value>(event).expect("JSON"), whole[0]["spans"][0]);
}

#[test]
fn captured_evaluation_and_log_name_their_span() {
    let received = events::evaluations(EVALUATION, Format::Json, &sender(), Budget::default()).expect("evaluations");
    assert_stored(&received);
    let log = &received.logs[0].log;
    assert_eq!(log.event(), events::EVALUATION);
    assert_eq!(log.trace_id.expect("named").to_string(), "6b0033d1000000008a37f3a9164e77cd");
    let received = events::logs(LOGS, Format::Json, &sender(), Budget::default()).expect("logs");
    assert_stored(&received);
    let log = &received.logs[0].log;
    assert_eq!(log.span_id.expect("named").to_string(), format!("{:016x}", 11_551_108_661_063_624_130_u64));
    assert_eq!(log.body, AnyValue::Str("sampled chat completion".into()));
}

proptest! {
    #[test]
    fn hostile_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), at in 0..2000_usize, flipped: u8) {
        let _ = traces(&bytes, Layout::Maps);
        let _ = traces(&bytes, Layout::Table);
        for (whole, layout) in [(V04, Layout::Maps), (V05, Layout::Table)] {
            let mut damaged = whole.to_vec();
            damaged[at] ^= flipped;
            let _ = traces(&damaged, layout).map(|received| assert_stored(&received));
            let _ = traces(&whole[..at], layout);
        }
        let _ = events::llm_obs(&bytes, Format::MsgPack, &sender(), Budget::default());
    }
}
