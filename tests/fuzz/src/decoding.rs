//! Bytes to spans: nothing panics, what is kept reads the same from the store, and JSON holds all that protobuf held.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use spanglass_trace::decode::datadog::events::{self, Format};
use spanglass_trace::decode::datadog::{Layout, Sender};
use spanglass_trace::decode::{self, Budget, Encoding, Received, dogstatsd, forms, zipkin};
use spanglass_trace::metric::Summary;

use super::requests::{as_json, decode_json, expected, from_store, same};

/// What a request may hold here: enough for every way through the code, and quick.
const BUDGET: Budget = Budget { items: 20_000, depth: decode::MAX_DEPTH };

/// Any bytes as protobuf. What prost reads of them is what we read of them.
pub(super) fn otlp_protobuf(data: &[u8]) {
    let body = Bytes::copy_from_slice(data);
    let _ = decode::otlp_protobuf::logs(&body, BUDGET);
    let _ = decode::otlp_protobuf::metrics(&body, BUDGET);
    let Ok(received) = decode::otlp_protobuf::traces(&body, BUDGET) else { return };
    kept(&received);
    if let Ok(request) = ExportTraceServiceRequest::decode(data) {
        let expected = expected(&request);
        assert_eq!(received.spans.len(), expected.len());
        for (received, (span, _)) in received.spans.iter().zip(&expected) {
            assert!(same(&received.span, span), "{:#?}\n{span:#?}", received.span);
        }
    }
}

/// Any bytes as JSON. What is no JSON is refused.
pub(super) fn otlp_json(data: &[u8]) {
    let body = Bytes::copy_from_slice(data);
    for decode in [decode::otlp_json::traces, decode::otlp_json::logs, decode::otlp_json::metrics] {
        let _ = decode(&body, BUDGET);
    }
    let Ok(received) = decode::otlp_json::anything(&body, BUDGET) else { return };
    kept(&received);
}

/// Any bytes as every request a Datadog client makes.
pub(super) fn datadog(data: &[u8]) {
    let (body, sender) = (Bytes::copy_from_slice(data), Sender::default());
    let traces = [Layout::Maps, Layout::Table].map(|layout| decode::datadog::traces(&body, layout, &sender, BUDGET));
    let json = decode::datadog::traces_json(&body, &sender, BUDGET);
    traces.iter().chain([&json]).flatten().for_each(kept);
    for format in [Format::Json, Format::MsgPack] {
        for decode in [events::llm_obs, events::evaluations, events::logs] {
            let _ = decode(data, format, &sender, BUDGET).inspect(kept);
        }
    }
}

/// Any bytes as a file of whichever program, whole and line by line.
pub(super) fn documents(data: &[u8]) {
    for document in std::iter::once(data).chain(data.split(|byte| *byte == b'\n')) {
        let body = Bytes::copy_from_slice(document);
        for received in [forms::anything(&body, BUDGET), zipkin::spans(&body, BUDGET)].into_iter().flatten() {
            kept(&received);
        }
    }
}

/// Any bytes as a datagram. What is made of it are numbers that can be added up and drawn.
pub(super) fn dogstatsd(data: &[u8]) {
    let mut total = Summary::of(0.0, 0);
    for line in dogstatsd::lines(data).flatten() {
        let _ = (dogstatsd::series(line.key), dogstatsd::nanoseconds(line.time_unix));
        total.add(&line.summary);
        for summary in [&line.summary, &total] {
            assert!(summary.sum.is_finite() && summary.last.is_finite(), "{summary:?}");
            assert!(summary.min.is_none_or(|min| Some(min) <= summary.max), "{summary:?}");
        }
    }
}

/// Says whether a text is JSON, however deep: each of the hundred levels a value may have is three of an export's.
fn is_json(text: &str) -> bool {
    serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok()
}

/// What is kept of a request reads the same from the store and after an export.
fn kept(received: &Received) {
    for span in &received.spans {
        assert!(same(&from_store(span), &span.span));
        let json = as_json(span);
        assert!(is_json(&json), "an export is JSON: {json}");
        let again = decode_json(json.clone()).expect("an export is imported again");
        assert_eq!(again.spans.len(), 1, "{json}");
        // What is broken in a resource is left out by one and carried as it is by the other.
        if received.complaints.is_empty() {
            assert!(same(&again.spans[0].span, &span.span), "{:#?}\n{:#?}", again.spans[0].span, span.span);
            assert_eq!(as_json(&again.spans[0]), json, "an export of an import is the export");
        }
    }
}

/// Any bytes as a stored span and log record in protobuf: written as JSON, whatever they are. (What is stored as JSON was checked
/// when it came; that is [`otlp_json`].)
pub(super) fn json_out(data: &[u8]) {
    for write in [decode::json_out::span, decode::json_out::log] {
        let mut json = String::new();
        write(Encoding::Protobuf, data, &mut json);
        assert!(is_json(&json), "{json}");
    }
}
