//! Values nested deep, on a thread with little stack.

use spanglass_trace::decode::{Budget, Received, json_out, otlp_protobuf};
use spanglass_trace::span::AnyValue;

use super::requests::{as_json, decode_json, field, from_store, good_span, request_of, same};
use prost::Message;

/// Nests a value in lists or maps; built from the inside out without ever copying it.
fn nested(levels: usize, map: bool) -> Vec<u8> {
    let mut reversed: Vec<u8> = field(1, b"deep").into_iter().rev().collect();
    for _ in 0..levels {
        let wraps: &[u32] = if map { &[2, 1, 6] } else { &[1, 5] };
        for number in wraps {
            let mut head = Vec::new();
            prost::encoding::encode_varint(u64::from(number << 3 | 2), &mut head);
            prost::encoding::encode_varint(reversed.len() as u64, &mut head);
            reversed.extend(head.into_iter().rev());
        }
    }
    reversed.reverse();
    reversed
}

fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(1 << 20).spawn(work).unwrap().join().unwrap();
}

fn with_value(value: &[u8]) -> Received {
    let attribute = field(9, &[field(1, b"k"), field(2, value)].concat());
    let span = [good_span(1).encode_to_vec(), attribute].concat();
    let received = otlp_protobuf::traces(&request_of(std::slice::from_ref(&span)), Budget::default()).unwrap();
    assert_eq!((received.spans.len(), received.rejected), (1, 0));
    assert_eq!(received.spans[0].raw, span);
    received
}

fn depth(mut value: &AnyValue) -> usize {
    let mut depth = 0;
    loop {
        value = match value {
            AnyValue::Array(values) => &values[0],
            AnyValue::Map(entries) => &entries[0].1,
            _ => return depth,
        };
        depth += 1;
    }
}

#[test]
fn a_hundred_levels_are_kept() {
    on_a_small_stack(|| {
        for (levels, map) in [(64, false), (64, true), (100, false), (100, true)] {
            let received = with_value(&nested(levels, map));
            assert!(received.complaints.is_empty());
            let span = &received.spans[0].span;
            assert_eq!(depth(span.attribute("k").unwrap()), levels);
            let again = decode_json(as_json(&received.spans[0])).unwrap();
            assert!(same(&again.spans[0].span, span));
        }
    });
}

#[test]
fn deeper_values_are_marked_and_their_span_kept() {
    on_a_small_stack(|| {
        for (levels, map) in [(101, false), (101, true), (100_000, false), (100_000, true)] {
            let received = with_value(&nested(levels, map));
            let span = &received.spans[0].span;
            let marked = span.attribute("k").and_then(AnyValue::as_str).unwrap();
            assert!(marked.starts_with("[nested deeper than 100 levels"), "{marked}");
            assert_eq!(span.attribute("question").and_then(AnyValue::as_str), Some("why?"));
            assert_eq!(received.complaints.len(), 1);
            assert!(!received.complaints[0].rejected);
            assert!(same(&from_store(&received.spans[0]), span));
            let mut json = String::new();
            json_out::span(spanglass_trace::decode::Encoding::Protobuf, &received.spans[0].raw, &mut json);
            assert!(json.contains(json_out::UNKNOWN_FIELDS));
        }
    });
}

#[test]
fn json_nested_deep_takes_no_stack() {
    on_a_small_stack(|| {
        let ids = r#""traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174""#;
        for levels in [64, 100, 101, 100_000] {
            let value = format!(
                r#"{}{{"stringValue":"deep"}}{}"#,
                r#"{"kvlistValue":{"values":[{"key":"k","value":"#.repeat(levels),
                "}]}}".repeat(levels)
            );
            let body = format!(
                r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{ids},"attributes":[{{"key":"k","value":{value}}}]}}]}}]}}]}}"#
            );
            let received = decode_json(body).unwrap();
            assert_eq!((received.spans.len(), received.rejected), (1, 0));
            assert_eq!(depth(&received.spans[0].span.attributes[0].1), if levels > 100 { 0 } else { levels });
            assert_eq!(received.complaints.len(), usize::from(levels > 100));
            assert!(same(&from_store(&received.spans[0]), &received.spans[0].span));
        }
        // Deep in what nobody reads.
        let unknown = format!(r#"{{"unknown":{}{}}}"#, "[".repeat(500_000), "]".repeat(500_000));
        assert!(decode_json(unknown).is_ok());
    });
}
