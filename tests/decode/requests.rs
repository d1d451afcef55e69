//! Requests as `prost` makes them, and the spans they hold; used by every other file here.

use std::sync::Arc;

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{self as common};
use opentelemetry_proto::tonic::resource::v1 as resource;
use opentelemetry_proto::tonic::trace::v1 as trace;
use prost::Message;
use spanglass_trace::decode::{
    Budget, DecodeError, Encoding, Received, ReceivedSpan, otlp_json, otlp_protobuf, stored,
};
use spanglass_trace::span::{AnyValue, Attributes, Event, Link, Resource, Scope, Span, SpanId, Status, TraceId};

pub(crate) fn request(spans: Vec<trace::Span>) -> ExportTraceServiceRequest {
    let scope_spans = vec![trace::ScopeSpans { spans, ..Default::default() }];
    ExportTraceServiceRequest { resource_spans: vec![trace::ResourceSpans { scope_spans, ..Default::default() }] }
}

pub(crate) fn good_span(n: u64) -> trace::Span {
    trace::Span {
        trace_id: vec![7; 16],
        span_id: (n + 1).to_be_bytes().to_vec(),
        name: format!("call {n}"),
        start_time_unix_nano: 1,
        end_time_unix_nano: 2,
        attributes: vec![attribute("question", Value::StringValue("why?".to_owned()))],
        ..Default::default()
    }
}

pub(crate) fn attribute(key: &str, value: Value) -> common::KeyValue {
    let value = Some(common::AnyValue { value: Some(value) });
    common::KeyValue { key: key.to_owned(), value, ..Default::default() }
}

pub(crate) fn decode(request: &ExportTraceServiceRequest) -> Result<Received, DecodeError> {
    otlp_protobuf::traces(&request.encode_to_vec().into(), Budget::default())
}

pub(crate) fn decode_json(body: impl Into<Bytes>) -> Result<Received, DecodeError> {
    otlp_json::traces(&body.into(), Budget::default())
}

/// A field with a length: a message, a text or bytes.
pub(crate) fn field(number: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    prost::encoding::encode_varint(u64::from(number << 3 | 2), &mut bytes);
    prost::encoding::encode_varint(content.len() as u64, &mut bytes);
    bytes.extend_from_slice(content);
    bytes
}

/// A request of these spans, in protobuf.
pub(crate) fn request_of(spans: &[Vec<u8>]) -> Bytes {
    let spans: Vec<u8> = spans.iter().flat_map(|span| field(2, span)).collect();
    field(1, &field(2, &spans)).into()
}

/// Reads a span from what is stored of it.
pub(crate) fn from_store(received: &ReceivedSpan) -> Span {
    let envelope = &received.envelope;
    let (resource, scope) = (Arc::new(stored::resource(envelope)), Arc::new(stored::scope(envelope)));
    stored::span(envelope.encoding, &received.raw, &resource, &scope).unwrap()
}

/// Writes what was received as one OTLP/JSON request for each span.
pub(crate) fn as_json(received: &ReceivedSpan) -> String {
    use spanglass_trace::decode::json_out;
    let [resource, scope] =
        [json_out::resource_members(&received.envelope), json_out::scope_members(&received.envelope)]
            .map(|members| if members.is_empty() { members } else { members + "," });
    let mut line = format!(r#"{{"resourceSpans":[{{{resource}"scopeSpans":[{{{scope}"spans":["#);
    json_out::span(received.envelope.encoding, &received.raw, &mut line);
    line + "]}]}]}"
}

/// Says whether two spans are the same, NaN being NaN.
pub(crate) fn same(a: &Span, b: &Span) -> bool {
    format!("{a:?}") == format!("{b:?}")
}

/// Returns the spans of a request as `prost` read them, each with its bytes, less what no span may be.
pub(crate) fn expected(request: &ExportTraceServiceRequest) -> Vec<(Span, Vec<u8>)> {
    let mut spans = Vec::new();
    for group in &request.resource_spans {
        let resource = Arc::new(resource_of(group.resource.as_ref(), &group.schema_url));
        for scope_group in &group.scope_spans {
            let scope = Arc::new(scope_of(scope_group.scope.as_ref(), &scope_group.schema_url));
            for span in &scope_group.spans {
                spans.extend(span_of(span, &resource, &scope).map(|read| (read, span.encode_to_vec())));
            }
        }
    }
    spans
}

fn span_of(span: &trace::Span, resource: &Arc<Resource>, scope: &Arc<Scope>) -> Option<Span> {
    let parent = &span.parent_span_id;
    if ![0, 8].contains(&parent.len()) {
        return None;
    }
    let status = span.status.clone().unwrap_or_default();
    Some(Span {
        trace_id: TraceId::from_slice(&span.trace_id)?,
        span_id: SpanId::from_slice(&span.span_id)?,
        parent_span_id: SpanId::from_slice(parent),
        trace_state: span.trace_state.clone(),
        flags: span.flags,
        name: span.name.clone(),
        kind: span.kind,
        start_time_unix_nano: span.start_time_unix_nano,
        end_time_unix_nano: span.end_time_unix_nano,
        attributes: attributes_of(&span.attributes),
        dropped_attributes: span.dropped_attributes_count,
        events: span.events.iter().map(event_of).collect(),
        dropped_events: span.dropped_events_count,
        links: span.links.iter().filter_map(link_of).collect(),
        dropped_links: span.dropped_links_count,
        status: Status { code: status.code, message: status.message },
        resource: resource.clone(),
        scope: scope.clone(),
    })
}

fn event_of(event: &trace::span::Event) -> Event {
    Event {
        time_unix_nano: event.time_unix_nano,
        name: event.name.clone(),
        attributes: attributes_of(&event.attributes),
        dropped_attributes: event.dropped_attributes_count,
    }
}

fn link_of(link: &trace::span::Link) -> Option<Link> {
    Some(Link {
        trace_id: TraceId::from_slice(&link.trace_id)?,
        span_id: SpanId::from_slice(&link.span_id)?,
        trace_state: link.trace_state.clone(),
        flags: link.flags,
        attributes: attributes_of(&link.attributes),
        dropped_attributes: link.dropped_attributes_count,
    })
}

fn resource_of(resource: Option<&resource::Resource>, schema_url: &str) -> Resource {
    let resource = resource.cloned().unwrap_or_default();
    Resource {
        attributes: attributes_of(&resource.attributes),
        dropped_attributes: resource.dropped_attributes_count,
        schema_url: schema_url.to_owned(),
    }
}

fn scope_of(scope: Option<&common::InstrumentationScope>, schema_url: &str) -> Scope {
    let scope = scope.cloned().unwrap_or_default();
    Scope {
        name: scope.name,
        version: scope.version,
        attributes: attributes_of(&scope.attributes),
        dropped_attributes: scope.dropped_attributes_count,
        schema_url: schema_url.to_owned(),
    }
}

fn attributes_of(attributes: &[common::KeyValue]) -> Attributes {
    attributes.iter().map(|attribute| (attribute.key.clone(), value_of(attribute.value.as_ref()))).collect()
}

fn value_of(value: Option<&common::AnyValue>) -> AnyValue {
    match value.and_then(|value| value.value.as_ref()) {
        None | Some(Value::StringValueStrindex(_)) => AnyValue::Null,
        Some(Value::StringValue(text)) => AnyValue::Str(text.clone()),
        Some(Value::BoolValue(value)) => AnyValue::Bool(*value),
        Some(Value::IntValue(value)) => AnyValue::Int(*value),
        Some(Value::DoubleValue(value)) => AnyValue::Double(*value),
        Some(Value::BytesValue(bytes)) => AnyValue::Bytes(bytes.clone()),
        Some(Value::ArrayValue(list)) => {
            AnyValue::Array(list.values.iter().map(|value| value_of(Some(value))).collect())
        }
        Some(Value::KvlistValue(map)) => AnyValue::Map(attributes_of(&map.values)),
    }
}

#[test]
fn a_request_that_is_stored_reads_as_it_was_received() {
    let received = decode(&request(vec![good_span(1)])).unwrap();
    let json = decode_json(as_json(&received.spans[0])).unwrap();
    assert_eq!(json.spans[0].envelope.encoding, Encoding::Json);
    for received in [&received.spans[0], &json.spans[0]] {
        assert_eq!(from_store(received), expected(&request(vec![good_span(1)]))[0].0);
    }
}

#[test]
fn an_id_of_the_wrong_length_is_not_taken_for_base64() {
    let mut span = good_span(1);
    span.links = vec![trace::span::Link { trace_id: vec![0x11; 11], span_id: vec![1; 8], ..Default::default() }];
    let received = decode(&request(vec![span])).unwrap();
    let json = decode_json(as_json(&received.spans[0])).unwrap();
    assert!(json.spans[0].span.links.is_empty() && received.spans[0].span.links.is_empty());
}
