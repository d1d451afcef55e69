//! Requests as a client library would send them.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use spanglass_trace::decode::{Budget, Received, otlp_protobuf};
use spanglass_trace::span::{SpanId, TraceId};

/// 2026-01-01T00:00:00Z.
pub(crate) const START: u64 = 1_767_225_600_000_000_000;

pub(crate) fn trace_id(n: u64) -> TraceId {
    let mut id = [0xa5; 16];
    id[8..].copy_from_slice(&n.to_be_bytes());
    TraceId(id)
}

pub(crate) fn span_id(n: u64) -> SpanId {
    SpanId((n + 1).to_be_bytes())
}

fn text(text: &str) -> Option<AnyValue> {
    Some(AnyValue { value: Some(Value::StringValue(text.to_owned())) })
}

pub(crate) fn attribute(key: &str, value: &str) -> KeyValue {
    KeyValue { key: key.to_owned(), value: text(value), ..KeyValue::default() }
}

/// Span `n` of a trace, a millisecond long, starting `n` milliseconds after [`START`].
pub(crate) fn span(trace: u64, n: u64, parent: Option<u64>, name: &str) -> Span {
    Span {
        trace_id: trace_id(trace).0.to_vec(),
        span_id: span_id(n).0.to_vec(),
        parent_span_id: parent.map(|parent| span_id(parent).0.to_vec()).unwrap_or_default(),
        name: name.to_owned(),
        start_time_unix_nano: START + n * 1_000_000,
        end_time_unix_nano: START + (n + 1) * 1_000_000,
        ..Span::default()
    }
}

fn resource() -> Option<Resource> {
    Some(Resource { attributes: vec![attribute("service.name", "demo")], ..Resource::default() })
}

pub(crate) fn spans(spans: Vec<Span>) -> Received {
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    let resource_spans = vec![ResourceSpans { resource: resource(), scope_spans, ..ResourceSpans::default() }];
    let body = Bytes::from(ExportTraceServiceRequest { resource_spans }.encode_to_vec());
    otlp_protobuf::traces(&body, Budget::default()).unwrap()
}

/// A log record that carries what a user asked, as the GenAI conventions' events do.
pub(crate) fn question(trace: u64, n: u64, asked: &str) -> Received {
    let body = KeyValueList { values: vec![attribute("content", asked)] };
    let log_record = LogRecord {
        time_unix_nano: START + n,
        event_name: "gen_ai.user.message".to_owned(),
        body: Some(AnyValue { value: Some(Value::KvlistValue(body)) }),
        trace_id: trace_id(trace).0.to_vec(),
        span_id: span_id(n).0.to_vec(),
        ..LogRecord::default()
    };
    let scope_logs = vec![ScopeLogs { log_records: vec![log_record], ..ScopeLogs::default() }];
    let resource_logs = vec![ResourceLogs { resource: resource(), scope_logs, ..ResourceLogs::default() }];
    let body = Bytes::from(ExportLogsServiceRequest { resource_logs }.encode_to_vec());
    otlp_protobuf::logs(&body, Budget::default()).unwrap()
}
