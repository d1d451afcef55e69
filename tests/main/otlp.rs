//! OTLP requests to send, and answers to read.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value as Any};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::{
    Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, metric::Data,
};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;

/// The start of every span made here.
pub(crate) const START_NS: u64 = 1_800_000_000_000_000_000;

/// Returns a span; `n` names its trace and itself.
pub(crate) fn span(n: u64) -> Span {
    Span {
        trace_id: u128::from(n).to_be_bytes().to_vec(),
        span_id: n.to_be_bytes().to_vec(),
        name: format!("span {n}"),
        start_time_unix_nano: START_NS,
        end_time_unix_nano: START_NS + 1_000_000,
        ..Span::default()
    }
}

pub(crate) fn trace_id(n: u64) -> String {
    format!("{n:032x}")
}

pub(crate) fn span_id(n: u64) -> String {
    format!("{n:016x}")
}

/// Returns an attribute that is a whole number.
pub(crate) fn whole_attribute(key: &str, value: i64) -> KeyValue {
    KeyValue { key: key.into(), value: Some(AnyValue { value: Some(Any::IntValue(value)) }), ..KeyValue::default() }
}

pub(crate) fn text_attribute(key: &str, text: String) -> KeyValue {
    KeyValue { key: key.into(), value: Some(AnyValue { value: Some(Any::StringValue(text)) }), ..KeyValue::default() }
}

pub(crate) fn traces(spans: Vec<Span>) -> Vec<u8> {
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
    ExportTraceServiceRequest { resource_spans }.encode_to_vec()
}

pub(crate) fn logs(n: u64) -> Vec<u8> {
    let log_records = vec![LogRecord {
        trace_id: u128::from(n).to_be_bytes().to_vec(),
        span_id: n.to_be_bytes().to_vec(),
        time_unix_nano: START_NS,
        ..LogRecord::default()
    }];
    let scope_logs = vec![ScopeLogs { log_records, ..ScopeLogs::default() }];
    ExportLogsServiceRequest { resource_logs: vec![ResourceLogs { scope_logs, ..ResourceLogs::default() }] }
        .encode_to_vec()
}

pub(crate) fn metrics() -> Vec<u8> {
    let gauge = Gauge { data_points: vec![NumberDataPoint::default(), NumberDataPoint::default()] };
    let metrics = vec![Metric { name: "m".into(), data: Some(Data::Gauge(gauge)), ..Metric::default() }];
    let scope_metrics = vec![ScopeMetrics { metrics, ..ScopeMetrics::default() }];
    let resource_metrics = vec![ResourceMetrics { scope_metrics, ..ResourceMetrics::default() }];
    ExportMetricsServiceRequest { resource_metrics }.encode_to_vec()
}

pub(crate) fn json_span(n: u64) -> String {
    format!(
        r#"{{"traceId":"{n:032x}","spanId":"{n:016x}","name":"span {n}","startTimeUnixNano":"{START_NS}","endTimeUnixNano":"{}"}}"#,
        START_NS + 1_000_000
    )
}

pub(crate) fn json_traces(spans: &[String]) -> String {
    format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, spans.join(","))
}

/// `google.rpc.Status` without its details.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Status {
    #[prost(int32, tag = "1")]
    pub(crate) code: i32,
    #[prost(string, tag = "2")]
    pub(crate) message: String,
}

/// What all three `Export*ServiceResponse`s look like on the wire.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ExportResponse {
    #[prost(message, optional, tag = "1")]
    pub(crate) partial_success: Option<PartialSuccess>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct PartialSuccess {
    #[prost(int64, tag = "1")]
    pub(crate) rejected: i64,
    #[prost(string, tag = "2")]
    pub(crate) error_message: String,
}

/// A way of compressing a body.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Compression {
    Gzip,
    Deflate,
    Zstd,
}

impl Compression {
    pub(crate) const ALL: [Self; 3] = [Self::Gzip, Self::Deflate, Self::Zstd];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Zstd => "zstd",
        }
    }

    pub(crate) fn of(self, bytes: &[u8]) -> Vec<u8> {
        use std::io::Write;
        let level = flate2::Compression::fast();
        match self {
            Self::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
                encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory")
            }
            Self::Deflate => {
                let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
                encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory")
            }
            Self::Zstd => zstd::encode_all(bytes, 1).expect("memory"),
        }
    }
}
