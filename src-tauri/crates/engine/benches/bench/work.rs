//! Pieces of the work within this process, each beside what a library needs for the same bytes.

use std::hint::black_box;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use spanglass_engine::query::{RawSpan, RawTrace};
use spanglass_engine::read;
use spanglass_engine::share::redact::Redactor;
use spanglass_trace::decode::{Budget, Received, otlp_json, otlp_protobuf};
use spanglass_trace::span::AnyValue;

use crate::load::Load;
use crate::report::{Report, best};

pub(crate) fn decode(load: &Load, json: &Load, report: &mut Report) {
    let ours = best(|| {
        for request in load.requests() {
            black_box(otlp_protobuf::traces(request, Budget::default())).expect("a valid request");
        }
    });
    let prost = best(|| {
        for request in load.requests() {
            black_box(ExportTraceServiceRequest::decode(request.clone())).expect("a valid request");
        }
    });
    report.rate("decode protobuf", load.spans, ours, "prost decodes the same bytes", prost);
    let ours = best(|| {
        for request in json.requests() {
            black_box(otlp_json::traces(request, Budget::default())).expect("a valid request");
        }
    });
    let serde = best(|| {
        for request in json.requests() {
            black_box(serde_json::from_slice::<serde_json::Value>(request)).expect("valid JSON");
        }
    });
    report.rate("decode JSON", json.spans, ours, "serde_json parses the same text", serde);
}

pub(crate) fn read(received: &[Received], spans_of_load: u64, report: &mut Report) {
    let spans = || received.iter().flat_map(|received| &received.spans).map(|received| &received.span);
    let ours = best(|| {
        for span in spans() {
            let reading = read::read(span, Vec::new());
            black_box(read::digest(span, &reading, 0));
        }
    });
    let parse = best(|| {
        for text in spans().flat_map(|span| &span.attributes).filter_map(|(_, value)| AnyValue::as_str(value)) {
            if text.starts_with(['[', '{']) {
                black_box(serde_json::from_str::<serde_json::Value>(text)).expect("valid JSON");
            }
        }
    });
    report.rate("read", spans_of_load, ours, "serde_json parses their messages once", parse);
    typical(received, report);
}

/// Reading the spans of 2 to 8 KB without events, beside decoding their bytes.
fn typical(received: &[Received], report: &mut Report) {
    let spans: Vec<_> = received
        .iter()
        .flat_map(|received| &received.spans)
        .filter(|received| (2_000..=8_000).contains(&received.raw.len()) && received.span.events.is_empty())
        .collect();
    let ours = best(|| {
        for received in &spans {
            black_box(read::read(&received.span, Vec::new()));
        }
    });
    let prost = best(|| {
        for received in &spans {
            black_box(Span::decode(&received.raw[..])).expect("a valid span");
        }
    });
    report.rate("read, a span of 2 to 8 KB", spans.len() as u64, ours, "prost decodes the same bytes", prost);
}

/// How fast secrets and addresses are taken out of what is exported, counted in bytes of OTLP JSON.
pub(crate) fn redact(received: &[Received], json: &Load, report: &mut Report) {
    let traces: Vec<RawTrace> = received
        .iter()
        .map(|received| {
            let spans = received.spans.iter().map(|sent| RawSpan {
                span_id: sent.span.span_id,
                raw: sent.raw.clone(),
                envelope: sent.envelope.clone(),
                duplicates: 0,
            });
            let trace_id = received.spans[0].span.trace_id;
            RawTrace { trace_id, spans: spans.collect(), logs: Vec::new(), damaged: Vec::new(), version: 0 }
        })
        .collect();
    let rules = "secrets,emails".parse().expect("rules");
    let took = best(|| {
        let mut redactor = Redactor::new(Clone::clone(&rules));
        for trace in &traces {
            black_box(redactor.redact(trace));
        }
    });
    let bytes: usize = json.requests().map(|request| request.len()).sum();
    report.ratio("redact", (bytes as f64 / 1e6 / took.as_secs_f64()).round(), "MB/s", "what is asked for, MB/s", 100.0);
}
