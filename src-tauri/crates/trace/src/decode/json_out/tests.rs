use std::sync::Arc;

use super::super::{Budget, ReceivedSpan, otlp_json, otlp_protobuf};
use super::*;
use crate::span::{AnyValue, Span};

/// A field with a length: a message, a text or bytes.
fn field(number: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for mut value in [u64::from(number << 3 | 2), content.len() as u64] {
        while value >= 0x80 {
            bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        bytes.push(value as u8);
    }
    bytes.extend_from_slice(content);
    bytes
}

fn attribute(key: &str, value: &[u8]) -> Vec<u8> {
    field(9, &[field(1, key.as_bytes()), field(2, value)].concat())
}

fn ids() -> Vec<u8> {
    [field(1, &[0x5b; 16]), field(2, &[0xee; 8])].concat()
}

fn json(raw: &[u8]) -> String {
    let mut out = String::new();
    span(Encoding::Protobuf, raw, &mut out);
    out
}

fn read(encoding: Encoding, raw: &[u8]) -> Span {
    let (resource, scope) = (Arc::default(), Arc::default());
    super::super::stored::span(encoding, raw, &resource, &scope).unwrap()
}

const IDS: &str = r#""traceId":"5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b","spanId":"eeeeeeeeeeeeeeee""#;

#[test]
fn every_type_is_written_as_the_specification_says() {
    let raw = [
        ids(),
        vec![0x30, 3, 0x39, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x50, 7],
        field(5, "a \"name\"\n".as_bytes()),
        attribute("int", &[0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
        attribute("bytes", &field(7, &[0xfb, 0xff])),
        attribute("no", &[0x10, 0]),
        attribute("nan", &[&[0x21][..], &f64::NAN.to_le_bytes()].concat()),
        attribute("list", &field(5, &[field(1, &field(1, b"x")), field(1, b"")].concat())),
        attribute("none", b""),
        field(15, &[0x18, 2]),
        vec![0x85, 0x01, 1, 1, 0, 0],
    ]
    .concat();
    assert_eq!(
        json(&raw),
        format!(
            "{{{IDS},{}",
            r#""flags":257,"name":"a \"name\"\n","kind":3,"startTimeUnixNano":"18446744073709551615","attributes":[{"key":"int","value":{"intValue":"-1"}},{"key":"bytes","value":{"bytesValue":"+/8="}},{"key":"no","value":{"boolValue":false}},{"key":"nan","value":{"doubleValue":"NaN"}},{"key":"list","value":{"arrayValue":{"values":[{"stringValue":"x"},{}]}}},{"key":"none","value":{}}],"droppedAttributesCount":7,"status":{"code":2}}"#
        )
    );
}

#[test]
fn fields_without_a_place_are_carried() {
    let future = field(99, b"later");
    let raw = [ids(), future.clone(), field(6, b"a kind of the wrong type")].concat();
    let unknown = STANDARD.encode([future, field(6, b"a kind of the wrong type")].concat());
    assert_eq!(json(&raw), format!(r#"{{{IDS},"{UNKNOWN_FIELDS}":"{unknown}"}}"#));
    let raw = [ids(), vec![0x0a, 0xff]].concat();
    assert_eq!(json(&raw), format!(r#"{{{IDS},"{UNKNOWN_FIELDS}":"Cv8="}}"#));
}

#[test]
fn messages_that_stand_twice_are_merged_as_protobuf_merges_them() {
    let list = |text: &[u8]| field(5, &field(1, &field(1, text)));
    let values = [
        [list(b"a"), list(b"b")].concat(),
        [list(b"a"), field(1, b"text"), list(b"b")].concat(),
        [list(b"a"), field(1, b"text")].concat(),
    ];
    for value in values {
        let raw = [ids(), attribute("k", &value), field(15, &[0x18, 2]), field(15, &field(2, b"m"))].concat();
        assert_eq!(read(Encoding::Json, json(&raw).as_bytes()), read(Encoding::Protobuf, &raw));
    }
}

#[test]
fn a_value_nested_too_deep_is_carried_whole_and_reads_the_same() {
    for levels in [100, 101, 5_000] {
        let mut value = field(1, b"deep");
        for _ in 0..levels {
            value = field(5, &field(1, &value));
        }
        let raw = [ids(), attribute("k", &value), attribute("l", &field(1, b"m"))].concat();
        let json = json(&raw);
        assert_eq!(read(Encoding::Json, json.as_bytes()), read(Encoding::Protobuf, &raw));
        assert_eq!(json.contains(&STANDARD.encode(&value)), levels > 100);
    }
}

#[test]
fn what_came_as_json_goes_out_as_it_came_on_one_line() {
    let raw = "{\n  \"traceId\" : \"W47/95gDgQPSabYzgT/GDA==\",\r\n\t\"x\": [ 1.0e0, \" a  \\n \\\" \" ]\n}";
    let mut out = String::new();
    span(Encoding::Json, raw.as_bytes(), &mut out);
    assert_eq!(out, r#"{"traceId":"W47/95gDgQPSabYzgT/GDA==","x":[1.0e0," a  \n \" "]}"#);
}

#[test]
fn an_envelope_goes_out_as_members_and_comes_back_as_it_was() {
    let resource = field(1, &field(1, &[field(1, b"service.name"), field(2, &field(1, b"s"))].concat()));
    let scope = [field(1, &field(1, b"lib")), field(3, b"schema"), field(77, b"?")].concat();
    let spans = field(2, &[scope, field(2, &ids())].concat());
    let body = field(1, &[spans, resource].concat());
    let received = otlp_protobuf::traces(&body.into(), Budget::default()).unwrap();
    let ReceivedSpan { span, envelope, .. } = &received.spans[0];
    let (resource, scope) = (resource_members(envelope), scope_members(envelope));
    assert_eq!(resource, r#""resource":{"attributes":[{"key":"service.name","value":{"stringValue":"s"}}]}"#);
    assert_eq!(scope, r#""scope":{"name":"lib"},"schemaUrl":"schema","spanglass.unknownFields":"6gQBPw==""#);
    let line = format!(r#"{{"resourceSpans":[{{{resource},"scopeSpans":[{{{scope},"spans":[{}]}}]}}]}}"#, json(&ids()));
    let again = otlp_json::traces(&line.into(), Budget::default()).unwrap();
    assert_eq!((&again.spans[0].span.resource, &again.spans[0].span.scope), (&span.resource, &span.scope));
    assert_eq!(resource_members(&again.spans[0].envelope), resource);
    assert_eq!(scope_members(&again.spans[0].envelope), scope);
    assert_eq!(span.attributes, Vec::<(String, AnyValue)>::new());
}
