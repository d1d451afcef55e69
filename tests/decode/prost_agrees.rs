//! Any request, valid or damaged: what `prost` reads of it is what we read of it, stored or not, in protobuf and in JSON.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message;
use spanglass_trace::decode::{Budget, json_out, otlp_json, otlp_protobuf};

use super::requests::{as_json, decode_json, expected, from_store, same};

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-z.]{1,12}", any::<String>(), Just("\u{0}\"\\\n\u{2028}😀".to_owned())]
}

fn value() -> impl Strategy<Value = AnyValue> {
    let leaf = prop_oneof![
        Just(None),
        text().prop_map(|text| Some(Value::StringValue(text))),
        any::<bool>().prop_map(|value| Some(Value::BoolValue(value))),
        any::<i64>().prop_map(|value| Some(Value::IntValue(value))),
        any::<f64>().prop_map(|value| Some(Value::DoubleValue(value))),
        prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(-0.0), Just(f64::MIN_POSITIVE)]
            .prop_map(|value| Some(Value::DoubleValue(value))),
        vec(any::<u8>(), 0..20).prop_map(|bytes| Some(Value::BytesValue(bytes))),
    ]
    .prop_map(|value| AnyValue { value });
    leaf.prop_recursive(6, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4)
                .prop_map(|values| AnyValue { value: Some(Value::ArrayValue(ArrayValue { values })) }),
            vec(key_value(inner), 0..4)
                .prop_map(|values| AnyValue { value: Some(Value::KvlistValue(KeyValueList { values })) }),
        ]
    })
}

fn key_value(value: impl Strategy<Value = AnyValue>) -> impl Strategy<Value = KeyValue> {
    (text(), proptest::option::of(value)).prop_map(|(key, value)| KeyValue { key, value, ..Default::default() })
}

fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    vec(key_value(value()), 0..4)
}

fn id(length: usize) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        12 => vec(1_u8.., length),
        1 => vec(any::<u8>(), 0..20),
        1 => Just(vec![0; length]),
    ]
}

/// Numbers at their edges as often as others.
fn time() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(u64::MAX), Just(i64::MAX as u64 + 1), any::<u64>()]
}

fn event() -> impl Strategy<Value = Event> {
    (time(), text(), attributes(), any::<u32>()).prop_map(
        |(time_unix_nano, name, attributes, dropped_attributes_count)| Event {
            time_unix_nano,
            name,
            attributes,
            dropped_attributes_count,
        },
    )
}

fn link() -> impl Strategy<Value = Link> {
    (id(16), id(8), text(), attributes(), any::<u32>(), any::<u32>()).prop_map(
        |(trace_id, span_id, trace_state, attributes, dropped_attributes_count, flags)| Link {
            trace_id,
            span_id,
            trace_state,
            attributes,
            dropped_attributes_count,
            flags,
        },
    )
}

fn span() -> impl Strategy<Value = Span> {
    let ids = (id(16), id(8), prop_oneof![Just(vec![]), id(8)]);
    let outline = (text(), text(), any::<i32>(), time(), time(), any::<u32>());
    let content = (attributes(), vec(event(), 0..3), vec(link(), 0..2));
    let dropped = (any::<u32>(), any::<u32>(), any::<u32>());
    let status = proptest::option::of((text(), any::<i32>()).prop_map(|(message, code)| Status { message, code }));
    (ids, outline, content, dropped, status).prop_map(|(ids, outline, content, dropped, status)| Span {
        trace_id: ids.0,
        span_id: ids.1,
        parent_span_id: ids.2,
        trace_state: outline.0,
        name: outline.1,
        kind: outline.2,
        start_time_unix_nano: outline.3,
        end_time_unix_nano: outline.4,
        flags: outline.5,
        attributes: content.0,
        events: content.1,
        links: content.2,
        dropped_attributes_count: dropped.0,
        dropped_events_count: dropped.1,
        dropped_links_count: dropped.2,
        status,
    })
}

fn request() -> impl Strategy<Value = ExportTraceServiceRequest> {
    let resource =
        proptest::option::of((attributes(), any::<u32>()).prop_map(|(attributes, dropped_attributes_count)| {
            Resource { attributes, dropped_attributes_count, ..Default::default() }
        }));
    let scope = proptest::option::of((text(), text(), attributes(), any::<u32>()).prop_map(
        |(name, version, attributes, dropped_attributes_count)| InstrumentationScope {
            name,
            version,
            attributes,
            dropped_attributes_count,
        },
    ));
    let scope_spans = (scope, vec(span(), 0..3), text()).prop_map(|(scope, spans, schema_url)| ScopeSpans {
        scope,
        spans,
        schema_url,
    });
    let resource_spans = (resource, vec(scope_spans, 0..3), text())
        .prop_map(|(resource, scope_spans, schema_url)| ResourceSpans { resource, scope_spans, schema_url });
    vec(resource_spans, 0..3).prop_map(|resource_spans| ExportTraceServiceRequest { resource_spans })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_prost_reads_we_read_and_the_store_gives_back(request in request()) {
        let received = otlp_protobuf::traces(&request.encode_to_vec().into(), Budget::default()).unwrap();
        let expected = expected(&request);
        let sent: usize =
            request.resource_spans.iter().flat_map(|group| &group.scope_spans).map(|group| group.spans.len()).sum();
        prop_assert_eq!(received.spans.len() as u64 + received.rejected, sent as u64);
        prop_assert_eq!(received.spans.len(), expected.len());
        for (received, (span, raw)) in received.spans.iter().zip(&expected) {
            prop_assert!(same(&received.span, span), "{:#?}\n{:#?}", received.span, span);
            prop_assert_eq!(&received.raw, raw);
            prop_assert!(same(&from_store(received), span));
        }
    }

    #[test]
    fn json_holds_all_that_protobuf_held(request in request()) {
        let received = otlp_protobuf::traces(&request.encode_to_vec().into(), Budget::default()).unwrap();
        for received in &received.spans {
            let json = as_json(received);
            let again = decode_json(json.clone()).unwrap();
            prop_assert!(same(&again.spans[0].span, &received.span), "{json}");
            prop_assert!(same(&from_store(&again.spans[0]), &received.span));
            prop_assert_eq!(as_json(&again.spans[0]), json);
            serde_json::from_str::<serde_json::Value>(&as_json(received)).unwrap();
        }
    }

    #[test]
    fn damaged_bytes_never_harm_and_what_prost_still_reads_is_read(
        request in request(),
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = request.encode_to_vec();
        if bytes.is_empty() {
            return Ok(());
        }
        for (index, byte) in damage {
            *index.get_mut(&mut bytes[..]) = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let by_prost = ExportTraceServiceRequest::decode(&bytes[..]);
        let by_us = otlp_protobuf::traces(&bytes.clone().into(), Budget::default());
        if let Ok(all) = &by_us {
            for received in &all.spans {
                prop_assert!(same(&from_store(received), &received.span));
                let again = decode_json(as_json(received)).unwrap();
                // What is broken in a resource is left out by one and carried as it is by the other.
                if all.complaints.is_empty() {
                    prop_assert!(same(&again.spans[0].span, &received.span), "{:#?}\n{:#?}", again, received);
                }
            }
        }
        if let (Ok(request), Ok(received)) = (by_prost, by_us) {
            let expected = expected(&request);
            prop_assert_eq!(received.spans.len(), expected.len());
            for (received, (span, _)) in received.spans.iter().zip(&expected) {
                prop_assert!(same(&received.span, span), "{:#?}\n{:#?}", received.span, span);
            }
        }
    }

    #[test]
    fn damaged_json_never_harms(
        request in request(),
        damage in vec((any::<prop::sample::Index>(), prop_oneof![any::<u8>(), prop::sample::select(b"{}[],:\"\\u0e-nt ".to_vec())]), 0..4),
    ) {
        let received = otlp_protobuf::traces(&request.encode_to_vec().into(), Budget::default()).unwrap();
        for received in &received.spans {
            let mut json = as_json(received).into_bytes();
            for (index, byte) in &damage {
                *index.get_mut(&mut json[..]) = *byte;
            }
            let is_json = serde_json::from_slice::<serde_json::Value>(&json).is_ok();
            match otlp_json::anything(&json.clone().into(), Budget::default()) {
                Ok(received) => {
                    for received in &received.spans {
                        prop_assert!(same(&from_store(received), &received.span));
                        let again = decode_json(as_json(received)).unwrap();
                        prop_assert!(same(&again.spans[0].span, &received.span));
                    }
                }
                // A list of the wrong type is JSON and yet no request.
                Err(error) => prop_assert!(!is_json || error.to_string().contains("must be"), "{error}"),
            }
        }
    }

    #[test]
    fn any_bytes_are_answered(bytes in vec(any::<u8>(), 0..200)) {
        let body = bytes.clone().into();
        let budget = Budget::default();
        let decoders = [
            otlp_protobuf::traces, otlp_protobuf::logs, otlp_protobuf::metrics,
            otlp_json::traces, otlp_json::logs, otlp_json::metrics, otlp_json::anything,
        ];
        for decode in decoders {
            let _ = decode(&body, budget);
        }
        json_out::span(spanglass_trace::decode::Encoding::Protobuf, &bytes, &mut String::new());
    }
}
