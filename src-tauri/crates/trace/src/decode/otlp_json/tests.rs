use super::*;
use crate::span::AnyValue;

const IDS: &str = r#""traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"eee19b7ec3c1b174""#;

fn decode(body: &str) -> Result<Received, DecodeError> {
    traces(&Bytes::copy_from_slice(body.as_bytes()), Budget::default())
}

fn request(spans: &str) -> String {
    format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#)
}

/// Decodes a request with one span that has these members besides its ids.
fn with(members: &str) -> Received {
    decode(&request(&format!("{{{IDS},{members}}}"))).unwrap()
}

fn span_with(members: &str) -> Span {
    let received = with(members);
    assert_eq!(received.rejected, 0, "{members}: {:?}", received.complaints);
    received.spans[0].span.clone()
}

fn value(json: &str) -> AnyValue {
    span_with(&format!(r#""attributes":[{{"key":"k","value":{json}}}]"#)).attributes[0].1.clone()
}

fn reason(members: &str) -> String {
    let received = with(members);
    assert_eq!((received.spans.len(), received.rejected), (0, 1), "{members}");
    assert!(received.complaints[0].rejected);
    received.complaints[0].reason.clone()
}

fn text(text: &str) -> AnyValue {
    AnyValue::Str(text.to_owned())
}

#[test]
fn a_span_of_the_specification_is_read() {
    let span = span_with(
        r#""parentSpanId":"EEE19B7EC3C1B173","name":"I'm a server span","startTimeUnixNano":"1544712660000000000",
        "endTimeUnixNano":"1544712661000000000","kind":2,"flags":257,"traceState":"a=b",
        "attributes":[{"key":"my.span.attr","value":{"stringValue":"some value"}}],"droppedAttributesCount":1,
        "events":[{"timeUnixNano":"5","name":"e","attributes":[{"key":"a","value":{"intValue":"1"}}],"droppedAttributesCount":2}],
        "droppedEventsCount":3,"links":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b175",
        "traceState":"c=d","flags":1,"attributes":[],"droppedAttributesCount":4}],"droppedLinksCount":5,
        "status":{"code":2,"message":"broken"}"#,
    );
    assert_eq!(span.trace_id.to_string(), "5b8efff798038103d269b633813fc60c");
    assert_eq!(span.parent_span_id.unwrap().to_string(), "eee19b7ec3c1b173");
    assert_eq!((span.kind, span.flags, &*span.trace_state, &*span.name), (2, 257, "a=b", "I'm a server span"));
    assert_eq!((span.start_time_unix_nano, span.duration_ns()), (1_544_712_660_000_000_000, 1_000_000_000));
    assert_eq!(span.attributes, [("my.span.attr".to_owned(), text("some value"))]);
    assert_eq!((span.dropped_attributes, span.dropped_events, span.dropped_links), (1, 3, 5));
    assert_eq!((span.events[0].time_unix_nano, span.events[0].dropped_attributes), (5, 2));
    assert_eq!(span.events[0].attributes, [("a".to_owned(), AnyValue::Int(1))]);
    assert_eq!((span.links[0].flags, &*span.links[0].trace_state, span.links[0].dropped_attributes), (1, "c=d", 4));
    assert_eq!((span.status.code, &*span.status.message), (2, "broken"));
}

#[test]
fn null_and_absent_are_the_same() {
    let nulls = r#""parentSpanId":null,"attributes":null,"events":null,"links":null,"name":null,"startTimeUnixNano":null,
        "status":null,"kind":null,"flags":null,"traceState":null,"droppedEventsCount":null"#;
    assert_eq!(span_with(nulls), span_with(r#""name":"""#));
    assert_eq!(value("null"), AnyValue::Null);
    assert_eq!(value(r#"{"stringValue":null}"#), AnyValue::Null);
    assert_eq!(value("{}"), AnyValue::Null);
    assert_eq!(
        span_with(r#""attributes":[null,{"value":{"intValue":1}}]"#).attributes,
        [(String::new(), AnyValue::Int(1))]
    );
    assert!(decode(r#"{"resourceSpans":null}"#).unwrap().spans.is_empty());
    assert!(decode(r#"{"resourceSpans":[null,{"scopeSpans":null},{"scopeSpans":[null,{"spans":null}]}]}"#).is_ok());
    assert!(decode("{}").is_ok());
}

#[test]
fn values_are_read_however_they_are_written() {
    let cases = [
        (r#"{"intValue":"42"}"#, AnyValue::Int(42)),
        (r#"{"intValue":42}"#, AnyValue::Int(42)),
        (r#"{"intValue":42.0}"#, AnyValue::Int(42)),
        (r#"{"intValue":"-9223372036854775808"}"#, AnyValue::Int(i64::MIN)),
        (r#"{"doubleValue":1}"#, AnyValue::Double(1.0)),
        (r#"{"doubleValue":"1.5"}"#, AnyValue::Double(1.5)),
        (r#"{"doubleValue":"-Infinity"}"#, AnyValue::Double(f64::NEG_INFINITY)),
        (r#"{"intValue":{"low":3,"high":0,"unsigned":false}}"#, AnyValue::Int(3)),
        (r#"{"intValue":{"low":-2,"high":-1,"unsigned":false}}"#, AnyValue::Int(-2)),
        (r#"{"intValue":{"low":-1,"high":0}}"#, AnyValue::Int(4_294_967_295)),
        (r#"{"boolValue":true}"#, AnyValue::Bool(true)),
        (r#"{"boolValue":"false"}"#, AnyValue::Bool(false)),
        (r#"{"bytesValue":"+/8="}"#, AnyValue::Bytes(vec![0xfb, 0xff])),
        (r#"{"bytesValue":"+/8"}"#, AnyValue::Bytes(vec![0xfb, 0xff])),
        (r#"{"bytesValue":"-_8"}"#, AnyValue::Bytes(vec![0xfb, 0xff])),
        (r#"{"bytesValue":""}"#, AnyValue::Bytes(vec![])),
        (r#"{"arrayValue":{}}"#, AnyValue::Array(vec![])),
        (r#"{"arrayValue":{"values":[{"intValue":1},{}]}}"#, AnyValue::Array(vec![AnyValue::Int(1), AnyValue::Null])),
        (r#"{"kvlistValue":{}}"#, AnyValue::Map(vec![])),
        (
            r#"{"kvlist_value":{"values":[{"key":"a","value":{"string_value":"b"}}]}}"#,
            AnyValue::Map(vec![("a".into(), text("b"))]),
        ),
        (r#"{"stringValue":"a\u0000\ud83d\ude00"}"#, text("a\0😀")),
        (r#"{"stringValue":"a","stringValue":"b","unknown":[{}]}"#, text("b")),
        (r#"{"string\u0056alue":"escaped key"}"#, text("escaped key")),
    ];
    for (json, expected) in cases {
        assert_eq!(value(json), expected, "{json}");
    }
    let AnyValue::Double(nan) = value(r#"{"doubleValue":"NaN"}"#) else { panic!("a double") };
    assert!(nan.is_nan());
}

#[test]
fn bare_values_are_taken_as_they_are_with_a_complaint() {
    let received = with(r#""attributes":[{"key":"k","value":["asd",1,1.5,true,null,{"a":{}}]}]"#);
    let entries = AnyValue::Map(vec![("a".to_owned(), AnyValue::Map(vec![]))]);
    let list =
        vec![text("asd"), AnyValue::Int(1), AnyValue::Double(1.5), AnyValue::Bool(true), AnyValue::Null, entries];
    assert_eq!(received.spans[0].span.attributes, [("k".to_owned(), AnyValue::Array(list))]);
    assert!(!received.complaints[0].rejected);
    assert_eq!(span_with(r#""attributes":{"a":"b"}"#).attributes, [("a".to_owned(), text("b"))]);
}

#[test]
fn names_of_enums_and_other_spellings_are_understood() {
    let span = span_with(
        r#""kind":"SPAN_KIND_SERVER","status":{"code":"STATUS_CODE_ERROR"},"start_time_unix_nano":1.5e18,"flags":"1",
        "droppedAttributesCount":"7","events":[{"time_unix_nano":3}],"parent_span_id":"0000000000000000""#,
    );
    assert_eq!((span.kind, span.status.code, span.start_time_unix_nano), (2, 2, 1_500_000_000_000_000_000));
    assert_eq!((span.flags, span.dropped_attributes, span.events[0].time_unix_nano), (1, 7, 3));
    assert_eq!(span.parent_span_id, None);
    assert_eq!(span_with(r#""kind":77"#).kind, 77);
    assert_eq!(span_with(r#""kind":"client""#).kind, 3);
}

#[test]
fn base64_ids_are_told_by_their_length() {
    let spans = r#"{"traceId":"W47/95gDgQPSabYzgT/GDA==","spanId":"7uGbfsPBsXQ="},{"trace_id":"W47_95gDgQPSabYzgT_GDA","span_id":"7uGbfsPBsXQ"}"#;
    let received = decode(&request(spans)).unwrap();
    for received in &received.spans {
        assert_eq!(received.span.trace_id.to_string(), "5b8efff798038103d269b633813fc60c");
        assert_eq!(received.span.span_id.to_string(), "eee19b7ec3c1b174");
    }
    assert_eq!(received.spans.len(), 2);
}

#[test]
fn a_bad_span_costs_itself_and_says_why() {
    let ids = [
        (r#"{}"#, "trace_id is missing"),
        (r#"{"traceId":"","spanId":"eee19b7ec3c1b174"}"#, "trace_id is missing"),
        (r#"{"traceId":"00000000000000000000000000000000","spanId":"eee19b7ec3c1b174"}"#, "trace_id is all zero"),
        (r#"{"traceId":"5b8efff798038103d269b633813fc60c"}"#, "span_id is missing"),
        (
            r#"{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"abc"}"#,
            r#"spanId "abc" is not 16 hexadecimal digits"#,
        ),
        (
            r#"{"traceId":"0x5b8efff798038103d269b633813fc60c"}"#,
            r#"traceId "0x5b8efff798038103d269b633813fc60c" is not 32 hexadecimal digits"#,
        ),
        (r#"{"traceId":5}"#, "traceId must be a text, not a number"),
        ("5", "a span must be an object, not a number"),
        ("null", "a span must be an object, not null"),
        ("[]", "a span must be an object, not a list"),
    ];
    for (span, expected) in ids {
        let good = format!("{{{IDS}}}");
        let received = decode(&request(&format!("{good},{span},{good}"))).unwrap();
        assert_eq!((received.spans.len(), received.rejected), (2, 1), "{span}");
        assert_eq!(received.complaints[0].reason, expected);
        assert_eq!(received.complaints[0].place, "resourceSpans[0].scopeSpans[0].spans[1]");
    }
    let members = [
        (r#""name":5"#, "name must be a text, not a number"),
        (r#""kind":"odd""#, r#"kind is "odd", which is no whole number of its size"#),
        (r#""kind":1.5"#, "kind is 1.5, which is no whole number of its size"),
        (r#""startTimeUnixNano":-1"#, "startTimeUnixNano is -1, which is no whole number of its size"),
        (
            r#""endTimeUnixNano":"18446744073709551616""#,
            r#"endTimeUnixNano is "18446744073709551616", which is no whole number of its size"#,
        ),
        (r#""endTimeUnixNano":{}"#, "endTimeUnixNano must be a whole number, not an object"),
        (r#""flags":4294967296"#, "flags is 4294967296, which is no whole number of its size"),
        (r#""attributes":5"#, "attributes must be a list, not a number"),
        (r#""attributes":[5]"#, "an attribute must be an object, not a number"),
        (r#""attributes":[{"key":{}}]"#, "an attribute's key must be a text, not an object"),
        (r#""attributes":[{"value":{"arrayValue":[]}}]"#, "an arrayValue must be an object, not a list"),
        (r#""events":{}"#, "events must be a list, not an object"),
        (r#""events":[1]"#, "an event must be an object, not a number"),
        (r#""events":[{"timeUnixNano":true}]"#, "an event's timeUnixNano must be a whole number, not a truth value"),
        (r#""links":"x""#, "links must be a list, not a text"),
        (r#""status":[]"#, "status must be an object, not a list"),
    ];
    for (members, expected) in members {
        assert_eq!(reason(members), expected);
    }
}

#[test]
fn a_value_of_another_type_costs_no_span() {
    for (value, taken, fault) in [
        (
            r#"{"intValue":"x"}"#,
            AnyValue::Str("x".into()),
            r#"an intValue is "x", which is no whole number of its size"#,
        ),
        (
            r#"{"intValue":9223372036854775808}"#,
            AnyValue::Double(9_223_372_036_854_775_808.0),
            "an intValue is 9223372036854775808, which is no whole number of its size",
        ),
        (
            r#"{"intValue":{"low":3}}"#,
            AnyValue::Map(vec![("low".into(), AnyValue::Int(3))]),
            "an intValue must be a whole number, not an object",
        ),
        (r#"{"doubleValue":"x"}"#, AnyValue::Str("x".into()), "a doubleValue is a text that is no number"),
        (r#"{"boolValue":1}"#, AnyValue::Int(1), "a boolValue must be a truth value, not a number"),
        (r#"{"bytesValue":"?"}"#, AnyValue::Str("?".into()), "a bytesValue is not base64"),
        (r#"{"stringValue":1}"#, AnyValue::Int(1), "a stringValue must be a text, not a number"),
    ] {
        let received = with(&format!(r#""attributes":[{{"key":"k","value":{value}}}]"#));
        assert_eq!(received.spans[0].span.attributes, [("k".to_owned(), taken)], "{value}");
        let [complaint] = &*received.complaints else { panic!("{value}: {:?}", received.complaints) };
        assert!(!complaint.rejected && complaint.reason.starts_with(fault), "{value}: {complaint:?}");
    }
}

#[test]
fn halves_of_numbers_in_each_other_take_no_stack() {
    let deep = 200_000;
    let value = format!(r#"{{"intValue":{}1{}}}"#, r#"{"high":0,"low":"#.repeat(deep), "}".repeat(deep));
    let received = with(&format!(r#""attributes":[{{"key":"k","value":{value}}}]"#));
    assert_eq!((received.spans.len(), received.rejected), (1, 0));
    assert!(!received.complaints.is_empty(), "what is too deep is said");
}

#[test]
fn repairs_are_noted_and_cost_nothing() {
    let body = [request(&format!(r#"{{{IDS},"name":"a"#)).split("]}]}]}").next().unwrap().as_bytes(), b"\xff\"}]}]}]}"]
        .concat();
    let received = traces(&body.into(), Budget::default()).unwrap();
    assert_eq!(received.spans[0].span.name, "a\u{fffd}");
    assert_eq!((received.rejected, received.complaints[0].rejected), (0, false));
    let received = with(r#""name":"\ud800","links":[{"traceId":"00"}]"#);
    assert_eq!(received.spans[0].span.name, "\u{fffd}");
    assert_eq!(received.complaints.len(), 2);
}

#[test]
fn values_nested_deep_are_read_and_deeper_ones_said() {
    let nested = |levels: usize| {
        format!("{}{{\"intValue\":1}}{}", r#"{"arrayValue":{"values":["#.repeat(levels), "]}}".repeat(levels))
    };
    let mut read = value(&nested(100));
    for _ in 0..100 {
        let AnyValue::Array(mut values) = read else { panic!("a list") };
        read = values.remove(0);
    }
    assert_eq!(read, AnyValue::Int(1));
    for levels in [101, 100_000] {
        let received =
            with(&format!(r#""name":"n","attributes":[{{"key":"k","value":{}}},{{"key":"l"}}]"#, nested(levels)));
        let attributes = &received.spans[0].span.attributes;
        assert_eq!(attributes[0], ("k".to_owned(), text(&super::super::too_deep_text(100))));
        assert_eq!(attributes[1], ("l".to_owned(), AnyValue::Null));
        assert_eq!(received.complaints.len(), 1);
        assert!(!received.complaints[0].rejected);
    }
}

#[test]
fn files_of_other_programs_are_understood() {
    let group = format!(
        r#"{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"s"}}}}]}},"instrumentationLibrarySpans":[{{"instrumentationLibrary":{{"name":"lib"}},"spans":[{{{IDS}}}]}}]}}"#
    );
    for body in [
        format!(r#"{{"batches":[{group}]}}"#),
        format!(r#"{{"trace":{{"resourceSpans":[{group}]}}}}"#),
        format!(r#"[{{"resource_spans":[{group}]}},null]"#),
        format!("\u{feff}{{\"resourceSpans\":[{group}]}}\r\n"),
    ] {
        let received = decode(&body).unwrap();
        assert_eq!(received.spans[0].span.resource.service(), "s", "{body}");
        assert_eq!(received.spans[0].span.scope.name, "lib");
    }
}

#[test]
fn an_envelope_holds_all_but_the_spans() {
    let body = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[ {{{IDS}}} ],"schemaUrl":"b","scope":{{"x":1}}}}],"resource" : {{}},"extra":[1, 2]}}]}}"#
    );
    let received = decode(&body).unwrap();
    assert_eq!(received.spans[0].envelope.resource, r#"{"resource":{},"extra":[1, 2]}"#);
    assert_eq!(received.spans[0].envelope.scope, r#"{"schemaUrl":"b","scope":{"x":1}}"#);
    assert_eq!(received.spans[0].raw, format!("{{{IDS}}}"));
    assert_eq!(received.spans[0].span.scope.schema_url, "b");
}

#[test]
fn what_is_no_request_is_said() {
    assert_eq!(
        decode(r#"{"resourceLogs":[]}"#).unwrap_err().to_string(),
        "request: this looks like a logs export; send it to /v1/logs (or the service of that name over gRPC)"
    );
    assert_eq!(
        decode("{\"resourceSpans\":\n [}").unwrap_err().to_string(),
        "line 2 column 3: this is not JSON: a value must stand here"
    );
    assert_eq!(
        decode(r#"{"resourceSpans":{}}"#).unwrap_err().to_string(),
        "request: resourceSpans must be a list, not an object"
    );
    for body in ["1", "\"x\"", "[[]]", "true"] {
        let received = decode(body).unwrap();
        assert!(received.spans.is_empty() && !received.complaints[0].rejected, "{body}");
    }
    assert!(matches!(decode(""), Err(DecodeError::Malformed { .. })));
}

#[test]
fn log_records_are_read_and_data_points_counted() {
    let body = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1","observedTimeUnixNano":2,
        "severityNumber":"SEVERITY_NUMBER_INFO2","severityText":"i","body":{"stringValue":"b"},"eventName":"e","flags":1,
        "traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","droppedAttributesCount":3},
        {"traceId":"","spanId":"zz"}]}]}]}"#;
    let received = logs(&body.into(), Budget::default()).unwrap();
    let log = &received.logs[0].log;
    assert_eq!((log.time_unix_nano, log.observed_time_unix_nano, log.severity_number), (1, 2, 10));
    assert_eq!((log.event(), &log.body, log.flags, log.dropped_attributes), ("e", &text("b"), 1, 3));
    assert_eq!(log.span_id.unwrap().to_string(), "eee19b7ec3c1b174");
    assert_eq!((received.logs[1].log.trace_id, received.logs[1].log.span_id), (None, None));
    assert_eq!((received.rejected, received.complaints.len()), (0, 1));

    let body = r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"a","sum":{"dataPoints":[{},{}]}},{"gauge":{"dataPoints":[{}]}}]}]}]}"#;
    assert_eq!(metrics(&body.into(), Budget::default()).unwrap().metric_points, 3);
}

#[test]
fn a_request_over_its_budget_is_refused() {
    let spans = vec![format!("{{{IDS}}}"); 1000].join(",");
    let body = Bytes::from(request(&spans));
    assert_eq!(traces(&body, Budget { items: 20_000, depth: 100 }).unwrap().spans.len(), 1000);
    for items in [10, 2_000, 5_999] {
        let refused = traces(&body, Budget { items, depth: 100 }).unwrap_err();
        assert_eq!(refused, DecodeError::TooManyItems { limit: items });
    }
}
