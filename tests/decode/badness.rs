//! One bad span among a hundred costs one span, and says why.

use spanglass_trace::decode::{Budget, Received, otlp_json, otlp_protobuf};

use super::requests::{attribute, decode_json, field, good_span, request_of};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

fn among_ninety_nine(bad: Vec<u8>) -> Received {
    let mut spans: Vec<Vec<u8>> = (0..99).map(|n| good_span(n).encode_to_vec()).collect();
    spans.insert(42, bad);
    otlp_protobuf::traces(&request_of(&spans), Budget::default()).unwrap()
}

fn check(received: &Received, reason: &str) {
    assert_eq!((received.spans.len(), received.rejected), (99, 1), "{reason}");
    let complaints: Vec<_> = received.complaints.iter().filter(|complaint| complaint.rejected).collect();
    assert_eq!(complaints.len(), 1, "{reason}");
    assert!(complaints[0].reason.contains(reason), "{} is not about: {reason}", complaints[0].reason);
    assert!(complaints[0].place.contains("[42]"), "{}", complaints[0].place);
}

#[test]
fn a_bad_span_in_protobuf_costs_itself() {
    let good = || good_span(500);
    let with = |more: &[u8]| [good().encode_to_vec(), more.to_vec()].concat();
    let bad: Vec<(Vec<u8>, &str)> = vec![
        (vec![], "trace_id is missing"),
        (Span { trace_id: vec![], ..good() }.encode_to_vec(), "trace_id is missing"),
        (Span { trace_id: vec![0; 16], ..good() }.encode_to_vec(), "trace_id is all zero"),
        (Span { trace_id: vec![1; 8], ..good() }.encode_to_vec(), "trace_id is 8 bytes long, not 16"),
        (Span { trace_id: vec![1; 32], ..good() }.encode_to_vec(), "trace_id is 32 bytes long, not 16"),
        (Span { span_id: vec![], ..good() }.encode_to_vec(), "span_id is missing"),
        (Span { span_id: vec![0; 8], ..good() }.encode_to_vec(), "span_id is all zero"),
        (Span { span_id: vec![1; 7], ..good() }.encode_to_vec(), "span_id is 7 bytes long, not 8"),
        (Span { span_id: vec![1; 16], ..good() }.encode_to_vec(), "span_id is 16 bytes long, not 8"),
        (Span { parent_span_id: vec![1; 9], ..good() }.encode_to_vec(), "parent_span_id is 9 bytes long, not 8"),
        (with(&[0x0a, 0x7f]), "a length reaches past the end"),
        (with(&[0x30]), "the bytes end within a number"),
        (with(&[0x30, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), "a number over 64 bits"),
        (with(&[0x39, 1, 2, 3]), "the bytes end within a number"),
        (with(&[0x00]), "field number 0"),
        (with(&[0x37]), "an unknown wire type"),
        (with(&[0x34]), "a group ends that did not begin"),
        (with(&[0x33, 0x30, 0x01]), "a group does not end"),
        (with(&[0x08, 0x01]), "trace_id: field 1 has the wrong wire type"),
        (with(&[0x38, 0x01]), "start_time_unix_nano: field 7 has the wrong wire type"),
        (with(&[0x28, 0x01]), "name: field 5 has the wrong wire type"),
        (with(&field(6, b"client")), "kind: field 6 has the wrong wire type"),
        (with(&[0x48, 0x01]), "an attribute: field 9 has the wrong wire type"),
        (with(&field(9, &[0x12, 0x05])), "an attribute is not protobuf"),
        (with(&field(9, &field(2, &[0x0a]))), "a value is not protobuf"),
        (with(&field(9, &field(2, &[0x0d, 0, 0, 0, 0]))), "a text value: field 1 has the wrong wire type"),
        (with(&field(9, &field(2, &field(5, &[0x08, 0x01])))), "a list's value: field 1 has the wrong wire type"),
        (with(&field(11, &[0xff])), "an event is not protobuf"),
        (with(&field(11, &[0x08, 0x01])), "an event's time_unix_nano: field 1 has the wrong wire type"),
        (with(&field(13, &field(4, b"x"))), "an attribute is not protobuf"),
        (with(&field(15, &field(3, b"x"))), "the status code: field 3 has the wrong wire type"),
        (with(&[0x80, 0x01, 0x01]), "flags: field 16 has the wrong wire type"),
    ];
    assert!(bad.len() >= 25);
    for (bad, reason) in bad {
        check(&among_ninety_nine(bad), reason);
    }
}

#[test]
fn a_bad_span_in_json_costs_itself() {
    let ids = r#""traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174""#;
    let with = |members: &str| format!("{{{ids},{members}}}");
    let bad = [
        ("{}".to_owned(), "trace_id is missing"),
        (r#"{"traceId":null,"spanId":"eee19b7ec3c1b174"}"#.to_owned(), "trace_id is missing"),
        (r#"{"traceId":"5b8efff798038103d269b633813fc60c"}"#.to_owned(), "span_id is missing"),
        (with(r#""traceId":"00000000000000000000000000000000""#), "trace_id is all zero"),
        (with(r#""traceId":"5b8e""#), "32 hexadecimal digits"),
        (with(r#""traceId":"5b8efff798038103d269b633813fc60z""#), "32 hexadecimal digits"),
        (with(r#""spanId":"""#), "span_id is missing"),
        (with(r#""spanId":"eee19b7ec3c1b174eee19b7ec3c1b174""#), "16 hexadecimal digits"),
        (with(r#""spanId":12"#), "must be a text"),
        (with(r#""parentSpanId":"xyz""#), "16 hexadecimal digits"),
        (with(r#""name":["a"]"#), "name must be a text"),
        (with(r#""kind":{}"#), "kind must be"),
        (with(r#""kind":"KIND""#), "kind is"),
        (with(r#""startTimeUnixNano":"yesterday""#), "startTimeUnixNano is"),
        (with(r#""startTimeUnixNano":18446744073709551616"#), "startTimeUnixNano is"),
        (with(r#""endTimeUnixNano":-5"#), "endTimeUnixNano is"),
        (with(r#""endTimeUnixNano":0.5"#), "endTimeUnixNano is"),
        (with(r#""flags":-1"#), "flags is"),
        (with(r#""droppedEventsCount":true"#), "droppedEventsCount must be"),
        (with(r#""attributes":"x""#), "attributes must be a list"),
        (with(r#""attributes":[{"key":1}]"#), "key must be a text"),
        (
            with(r#""attributes":[{"key":"k","value":{"kvlistValue":{"values":[1]}}}]"#),
            "an attribute must be an object",
        ),
        (with(r#""events":7"#), "events must be a list"),
        (with(r#""events":[{"attributes":false}]"#), "an event's attributes must be a list"),
        (with(r#""links":[[]]"#), "a link must be an object"),
        (with(r#""status":"OK""#), "status must be an object"),
        ("\"a span\"".to_owned(), "a span must be an object"),
    ];
    assert!(bad.len() >= 25);
    for (bad, reason) in bad {
        let mut spans: Vec<String> = (0..99).map(|_| format!("{{{ids}}}")).collect();
        spans.insert(42, bad);
        let body = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, spans.join(","));
        check(&decode_json(body).unwrap(), reason);
    }
}

#[test]
fn what_is_odd_but_readable_costs_nothing() {
    let long = good_span(500).encode_to_vec();
    let odd: Vec<(Vec<u8>, Option<&str>)> = vec![
        // A text that is not UTF-8 is repaired, wherever it stands.
        ([&long[..], &field(5, b"a\xffb")].concat(), Some("name is not UTF-8")),
        ([&long[..], &field(9, &field(1, b"\xc3"))].concat(), Some("an attribute's key is not UTF-8")),
        ([&long[..], &field(11, &field(2, b"\xff"))].concat(), Some("an event's name is not UTF-8")),
        // A link to nowhere.
        ([&long[..], &field(13, &field(1, &[1; 4]))].concat(), Some("a link points nowhere")),
        // An unknown field, an unknown group, a parent of zeros, an end before the start.
        ([&long[..], &field(99, b"later")].concat(), None),
        ([&long[..], &[0xfb, 0x06, 0x08, 0x01, 0xfc, 0x06]].concat(), None),
        (Span { parent_span_id: vec![0; 8], ..good_span(500) }.encode_to_vec(), None),
        (Span { start_time_unix_nano: u64::MAX, end_time_unix_nano: 0, ..good_span(500) }.encode_to_vec(), None),
        (
            Span { attributes: vec![attribute("", Value::IntValue(i64::MIN)); 2], ..good_span(500) }.encode_to_vec(),
            None,
        ),
    ];
    for (span, note) in odd {
        let received = among_ninety_nine(span.clone());
        assert_eq!((received.spans.len(), received.rejected), (100, 0));
        assert_eq!(received.spans[42].raw, span);
        let notes: Vec<&str> = received.complaints.iter().map(|complaint| complaint.reason.as_str()).collect();
        assert_eq!(notes.len(), usize::from(note.is_some()), "{notes:?}");
        assert!(note.is_none_or(|note| notes[0].contains(note)), "{notes:?}");
    }
}

#[test]
fn what_is_broken_around_spans_keeps_them() {
    // A resource that cannot be read to its end.
    let resource = field(1, &[field(1, &[field(1, b"a"), field(2, &field(1, b"b"))].concat()), vec![0xff]].concat());
    let scopes = field(2, &field(2, &good_span(1).encode_to_vec()));
    let received = otlp_protobuf::traces(&field(1, &[resource, scopes].concat()).into(), Budget::default()).unwrap();
    assert_eq!(received.spans[0].span.resource.attributes.len(), 1);
    assert_eq!(received.complaints[0].place, "resource_spans[0].resource");
    assert_eq!(received.rejected, 0);
}

#[test]
fn a_request_that_is_cut_is_refused_with_the_place() {
    let body = request_of(&[good_span(1).encode_to_vec(), good_span(2).encode_to_vec()]);
    for length in 1..body.len() {
        let error = otlp_protobuf::traces(&body.slice(..length), Budget::default()).unwrap_err();
        assert!(error.to_string().starts_with("byte "), "{error}");
    }
}

#[test]
fn requests_sent_to_the_wrong_place_are_told_where_to_go() {
    let log = [vec![0x09, 1, 0, 0, 0, 0, 0, 0, 0], field(5, &field(1, b"a log line"))].concat();
    let logs = request_of(&[log.clone(), log]);
    let error = otlp_protobuf::traces(&logs, Budget::default()).unwrap_err().to_string();
    assert!(error.contains("looks like a logs export; send it to /v1/logs"), "{error}");
    assert_eq!(otlp_protobuf::logs(&logs, Budget::default()).unwrap().logs.len(), 2);

    let spans = request_of(&[good_span(1).encode_to_vec()]);
    let error = otlp_protobuf::logs(&spans, Budget::default()).unwrap_err().to_string();
    assert!(error.contains("looks like a traces export; send it to /v1/traces"), "{error}");

    let metric = [field(1, b"requests"), field(7, &[field(1, b""), field(1, b"")].concat())].concat();
    let metrics = request_of(&[metric]);
    let error = otlp_protobuf::traces(&metrics, Budget::default()).unwrap_err().to_string();
    assert!(error.contains("looks like a metrics export; send it to /v1/metrics"), "{error}");
    assert_eq!(otlp_protobuf::metrics(&metrics, Budget::default()).unwrap().metric_points, 2);
}

/// A metrics request of one metric.
fn metric(data: &[u8]) -> bytes::Bytes {
    field(1, &field(2, &field(2, &[field(1, b"tokens"), data.to_vec()].concat()))).into()
}

/// A data point of the number 2.5, and more.
fn point(more: &[u8]) -> Vec<u8> {
    field(1, &[&[0x21], &2.5_f64.to_le_bytes()[..], more].concat())
}

#[test]
fn a_metric_in_pieces_is_one_metric() {
    let (delta, monotonic) = ([0x10, 1], [0x18, 1]);
    let pieces = [field(7, &delta), field(7, &point(&[])), field(7, &[&monotonic[..], &point(&[])].concat())].concat();
    let whole = field(7, &[&delta[..], &point(&[]), &monotonic, &point(&[])].concat());
    let [pieces, whole] =
        [pieces, whole].map(|data| otlp_protobuf::metrics(&metric(&data), Budget::default()).unwrap());
    assert_eq!((pieces.metric_points, whole.metrics.len()), (2, 2));
    assert_eq!(pieces.metrics, whole.metrics);
    // Of several kinds of data, which no metric has, the last counts.
    let both = [field(5, &point(&[])), field(7, &[&delta[..], &point(&[])].concat())].concat();
    let both = otlp_protobuf::metrics(&metric(&both), Budget::default()).unwrap();
    assert_eq!((both.metric_points, &both.metrics[..]), (1, &whole.metrics[..1]));
}

#[test]
fn a_label_that_is_a_list_of_lists_is_left_out() {
    let text = field(1, b"deep");
    let list = |value: &[u8]| field(5, &field(1, value));
    let label = field(7, &[field(1, b"list"), field(2, &list(&list(&list(&text))))].concat());
    let named = field(7, &[field(1, b"model"), field(2, &field(1, b"gpt-4o"))].concat());
    let body = metric(&field(5, &point(&[label, named].concat())));
    let in_json = r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"tokens","gauge":{"dataPoints":[{"asDouble":2.5,"attributes":[
        {"key":"list","value":{"arrayValue":{"values":[{"arrayValue":{"values":[{"arrayValue":{"values":[{"stringValue":"deep"}]}}]}}]}}},
        {"key":"model","value":{"stringValue":"gpt-4o"}}]}]}}]}]}]}"#;
    for received in [
        otlp_protobuf::metrics(&body, Budget::default()).unwrap(),
        otlp_json::metrics(&in_json.to_owned().into(), Budget::default()).unwrap(),
    ] {
        let labels: Vec<_> = received.metrics[0].series.labels.iter().collect();
        assert_eq!(labels, [(&"model".to_owned(), &"gpt-4o".to_owned())]);
    }
}
