use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message as _;

use super::*;

fn text(key: &str, value: &str) -> KeyValue {
    let value = Some(AnyValue { value: Some(Value::StringValue(value.to_owned())) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

fn span(id: u8) -> Span {
    Span {
        trace_id: vec![7; 16],
        span_id: vec![id; 8],
        name: format!("call {id}"),
        start_time_unix_nano: u64::MAX,
        attributes: vec![text("question", "why?")],
        ..Span::default()
    }
}

fn request(spans: Vec<Span>) -> ExportTraceServiceRequest {
    let scope_spans = vec![ScopeSpans { spans, schema_url: "s".to_owned(), ..ScopeSpans::default() }];
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans { scope_spans, schema_url: "r".to_owned(), ..ResourceSpans::default() }],
    }
}

fn decode(request: &ExportTraceServiceRequest) -> Result<Received, DecodeError> {
    traces(&request.encode_to_vec().into(), Budget::default())
}

#[test]
fn an_empty_body_is_a_request_without_spans() {
    let received = traces(&Bytes::new(), Budget::default()).unwrap();
    assert!(received.spans.is_empty() && received.complaints.is_empty() && received.rejected == 0);
}

#[test]
fn raw_bytes_are_those_of_the_span_message() {
    let received = decode(&request(vec![span(1), span(2)])).unwrap();
    assert_eq!(received.spans.len(), 2);
    assert_eq!(received.spans[1].raw, span(2).encode_to_vec());
    assert_eq!(received.spans[1].span.name, "call 2");
    assert_eq!(received.spans[1].span.scope.schema_url, "s");
    assert_eq!(received.spans[1].span.resource.schema_url, "r");
}

#[test]
fn a_span_without_ids_costs_itself_only() {
    let mut bad = span(2);
    bad.span_id = vec![0; 8];
    let received = decode(&request(vec![span(1), bad, span(3)])).unwrap();
    assert_eq!((received.spans.len(), received.rejected), (2, 1));
    assert_eq!(received.complaints[0].place, "resource_spans[0].scope_spans[0].spans[1] (call 2)");
    assert_eq!(received.complaints[0].reason, "span_id is all zero");
}
