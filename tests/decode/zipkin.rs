//! Zipkin v2 JSON: a captured request of OpenTelemetry's exporter for Python (1.45), and what other senders write.

use serde_json::{Value, json};
use spanglass_trace::decode::{Budget, DecodeError, Received, stored, zipkin};
use spanglass_trace::span::{AnyValue, Span};

const OPENTELEMETRY: &[u8] = include_bytes!("../fixtures/forms/zipkin-opentelemetry-python.json");

fn decoded(sent: &Value) -> Received {
    zipkin::spans(sent.to_string().as_bytes(), Budget::default()).expect("a request")
}

/// Decodes a span of this trace and id, with these fields.
fn one(fields: Value) -> Span {
    let mut span = json!({"traceId": "463ac35c9f6413ad48485a3953bb6124", "id": "a2fb4a1d1a96d312", "timestamp": 1});
    span.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let received = decoded(&json!([span]));
    assert_eq!(received.complaints, []);
    received.spans[0].span.clone()
}

#[test]
fn what_opentelemetry_wrote_becomes_what_it_was() {
    let received = zipkin::spans(OPENTELEMETRY, Budget::default()).expect("a request");
    assert_eq!((received.spans.len(), &received.complaints[..]), (3, &[][..]));
    for sent in &received.spans {
        let (resource, scope) = (stored::resource(&sent.envelope), stored::scope(&sent.envelope));
        let read = stored::span(sent.envelope.encoding, &sent.raw, &resource.into(), &scope.into()).expect("a span");
        assert_eq!(read, sent.span);
    }
    let [chat, tool, agent] = [0, 1, 2].map(|at| &received.spans[at].span);
    assert_eq!((agent.name.as_str(), agent.parent_span_id), ("invoke_agent", None));
    assert_eq!((chat.parent_span_id, tool.parent_span_id), (Some(agent.span_id), Some(agent.span_id)));
    assert_eq!((chat.kind, chat.start_time_unix_nano, chat.duration_ns()), (3, 1_795_288_507_336_199_000, 29_000));
    assert_eq!((chat.scope.name.as_str(), chat.scope.version.as_str()), ("weather", "1.2.0"));
    let producer: Vec<_> = chat.resource.attributes.iter().map(|(key, _)| key.as_str()).collect();
    let told = ["telemetry.sdk.language", "telemetry.sdk.name", "telemetry.sdk.version", "service.instance.id"];
    assert_eq!((producer, chat.resource.service()), ([&told[..], &["service.name"]].concat(), "weather-agent"));
    let events: Vec<_> = chat.events.iter().map(|event| (event.name.as_str(), &event.attributes[..])).collect();
    assert_eq!(events, [("first token", &[("index".to_owned(), AnyValue::Int(0))][..]), ("done", &[][..])]);
    assert_eq!((tool.status.code, tool.status.message.as_str()), (2, "no such city"));
}

#[test]
fn a_client_and_its_server_that_share_an_id_are_two_spans() {
    let client = json!({"traceId": "48485a3953bb6124", "id": "a2", "kind": "CLIENT", "timestamp": 10, "duration": 5});
    let server = json!({"traceId": "48485a3953bb6124", "id": "a2", "kind": "SERVER", "timestamp": 11, "shared": true});
    let received = decoded(&json!([[client, server]]));
    let [client, server] = [0, 1].map(|at| &received.spans[at].span);
    assert_eq!(client.trace_id.to_string(), "000000000000000048485a3953bb6124");
    assert_eq!(client.span_id.to_string(), "00000000000000a2");
    assert_ne!(server.span_id, client.span_id);
    assert_eq!(server.parent_span_id, Some(client.span_id));
    assert_eq!(server.end_time_unix_nano, 0, "it has not ended");
}

#[test]
fn endpoints_annotations_and_errors_are_kept() {
    let span = one(json!({
        "name": "get /", "localEndpoint": {"serviceName": "front", "ipv4": "10.0.0.1", "port": 80},
        "remoteEndpoint": {"serviceName": "back", "ipv6": "2001:db8::1"}, "tags": {"error": "true", "http.path": "/"},
        "annotations": [{"timestamp": 7, "value": "cache \"miss\""}, {"timestamp": 8, "value": "{broken"}],
    }));
    let told = |key: &str| span.attribute(key).map(AnyValue::to_json);
    assert_eq!(span.resource.service(), "front");
    assert_eq!((told("network.local.address"), told("network.local.port")), (Some(json!("10.0.0.1")), Some(json!(80))));
    assert_eq!((told("peer.service"), told("network.peer.address")), (Some(json!("back")), Some(json!("2001:db8::1"))));
    assert_eq!((told("http.path"), span.status.code, span.status.message.as_str()), (Some(json!("/")), 2, ""));
    let events: Vec<_> = span.events.iter().map(|event| (event.time_unix_nano, event.name.as_str())).collect();
    assert_eq!(events, [(7_000, "cache \"miss\""), (8_000, "{broken")]);
    assert_eq!(one(json!({"tags": {"error": "false"}})).status.code, 0);
}

#[test]
fn a_bad_span_costs_itself_and_other_json_is_refused() {
    let good = json!({"traceId": "1", "id": "2", "timestamp": 1});
    for bad in [
        json!({"traceId": "xyz", "id": "2"}),
        json!({"traceId": "1", "id": "0"}),
        json!({"traceId": "1"}),
        json!({"traceId": "1", "id": "2", "timestamp": "soon"}),
        json!(7),
    ] {
        let received = decoded(&json!([good, bad]));
        assert_eq!((received.spans.len(), received.rejected, received.complaints.len()), (1, 1, 1), "{bad}");
    }
    assert!(decoded(&json!([])).spans.is_empty());
    for other in [json!({}), json!([{}]), json!([{"traceId": 1, "id": 2}]), json!([{"resourceSpans": []}])] {
        let refused = zipkin::spans(other.to_string().as_bytes(), Budget::default());
        assert!(matches!(refused, Err(DecodeError::Malformed { .. })), "{other}");
    }
    let tight = Budget { items: 3, ..Budget::default() };
    assert!(matches!(zipkin::spans(OPENTELEMETRY, tight), Err(DecodeError::TooManyItems { .. })));
}
