//! The load: agents whose conversations grow turn by turn, as GenAI instrumentations export them, and plain small spans.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::Event;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;

use crate::agent;
use crate::words::Words;

/// Connections that send at once.
pub(crate) const CONNECTIONS: usize = 4;

/// Spans of a request of agents, as a batching exporter is often told.
const REQUEST_SPANS: usize = 64;

/// Spans of a request of small spans.
const SMALL_REQUEST_SPANS: usize = 256;

/// Characters of the text in a small span; with it, the span takes 1.2 KB.
const SMALL_CHARS: usize = 950;

/// What is sent: for each connection its requests, in order.
pub(crate) struct Load {
    pub(crate) connections: Vec<Vec<Bytes>>,
    pub(crate) spans: u64,
    pub(crate) traces: u64,
    pub(crate) bytes: u64,
}

impl Load {
    fn new(connections: Vec<Vec<Vec<Span>>>, traces: u64) -> Self {
        let spans = connections.iter().flatten().map(|spans| spans.len() as u64).sum();
        let encode = |requests: Vec<Vec<Span>>| -> Vec<Bytes> { requests.into_iter().map(encode).collect() };
        let connections: Vec<Vec<Bytes>> = connections.into_iter().map(encode).collect();
        let bytes = connections.iter().flatten().map(|request| request.len() as u64).sum();
        Self { connections, spans, traces, bytes }
    }

    pub(crate) fn span_bytes(&self) -> f64 {
        self.bytes as f64 / self.spans as f64
    }

    /// Returns all requests.
    pub(crate) fn requests(&self) -> impl Iterator<Item = &Bytes> {
        self.connections.iter().flatten()
    }

    /// Returns the load with every request's bytes exchanged, as for another encoding.
    pub(crate) fn map(&self, mut change: impl FnMut(&Bytes) -> Bytes) -> Self {
        let connections: Vec<Vec<Bytes>> =
            self.connections.iter().map(|requests| requests.iter().map(&mut change).collect()).collect();
        let bytes = connections.iter().flatten().map(|request| request.len() as u64).sum();
        Self { connections, bytes, ..*self }
    }
}

/// Agents: at least `spans` spans of 14.4 KB, of which a quarter of the model calls stream 50 to 300 chunks. On each connection
/// one agent runs after the other; a span is sent when it ends, so that a request holds parts of traces.
pub(crate) fn agents(spans: usize, seed: u64) -> Load {
    let (mut traces, mut connections) = (0, Vec::new());
    for connection in 0..CONNECTIONS as u64 {
        let mut ended: Vec<Span> = Vec::new();
        let mut words = Words::new(seed << 8 | connection);
        while ended.len() < spans.div_ceil(CONNECTIONS) {
            ended.extend(agent::spans(trace_id(seed, traces), agent::TURNS, &mut words));
            traces += 1;
        }
        connections.push(ended.chunks(REQUEST_SPANS).map(<[Span]>::to_vec).collect());
    }
    Load::new(connections, traces)
}

/// At least `spans` spans of 1.2 KB in traces of ten.
pub(crate) fn small(spans: usize, seed: u64) -> Load {
    let (mut traces, mut connections) = (0, Vec::new());
    for connection in 0..CONNECTIONS as u64 {
        let mut made: Vec<Span> = Vec::new();
        let mut words = Words::new(seed << 8 | connection);
        while made.len() < spans.div_ceil(CONNECTIONS) {
            let trace = trace_id(seed, traces);
            made.extend((1..=10).map(|n| small_span(&trace, n, &mut words)));
            traces += 1;
        }
        connections.push(made.chunks(SMALL_REQUEST_SPANS).map(<[Span]>::to_vec).collect());
    }
    Load::new(connections, traces)
}

/// As many requests of one small span each, on one connection.
pub(crate) fn single(requests: usize, seed: u64) -> Load {
    let mut words = Words::new(seed);
    let made = (0..requests).map(|n| vec![small_span(&trace_id(seed, n as u64), 1, &mut words)]).collect();
    Load::new(vec![made], requests as u64)
}

/// Traces of one small span each.
pub(crate) fn traces(traces: u64, seed: u64) -> Load {
    let per_connection = traces.div_ceil(CONNECTIONS as u64);
    let connections = (0..CONNECTIONS as u64).map(|connection| {
        let mut words = Words::new(seed << 8 | connection);
        let ids = (connection * per_connection)..((connection + 1) * per_connection).min(traces);
        let made: Vec<Span> = ids.map(|n| small_span(&trace_id(seed, n), 1, &mut words)).collect();
        made.chunks(SMALL_REQUEST_SPANS).map(<[Span]>::to_vec).collect()
    });
    Load::new(connections.collect(), traces)
}

/// One trace of small spans in requests of a batching exporter's default, 512 spans.
pub(crate) fn one_trace(spans: usize, seed: u64) -> Load {
    let mut words = Words::new(seed);
    let made: Vec<Span> = (1..=spans as u64).map(|n| small_span(&trace_id(seed, 0), n, &mut words)).collect();
    Load::new(vec![made.chunks(512).map(<[Span]>::to_vec).collect()], 1)
}

/// One agent of so many turns in one request, each of whose calls repeats the conversation.
pub(crate) fn one_agent(turns: u64, seed: u64) -> Load {
    let spans = agent::spans(trace_id(seed, 0), turns, &mut Words::new(seed));
    Load::new(vec![spans.chunks(REQUEST_SPANS).map(<[Span]>::to_vec).collect()], 1)
}

/// One span with what is searched for, and little else.
pub(crate) fn needle(n: u64) -> Load {
    let said = format!("needle {n} of the haystack: 今日の天気は晴れですか, ein Größenvergleich, где тишина");
    let span = Span {
        trace_id: trace_id(7, n),
        span_id: n.to_be_bytes().to_vec(),
        name: "execute_tool get_weather".to_owned(),
        start_time_unix_nano: 1_767_225_600_000_000_000,
        end_time_unix_nano: 1_767_240_000_000_000_000,
        attributes: vec![
            text("gen_ai.operation.name", "execute_tool".into()),
            text("gen_ai.tool.name", "get_weather".into()),
            text("gen_ai.tool.call.result", serde_json::json!([said]).to_string()),
            text("http.route", "/v1/forecast".into()),
        ],
        ..Span::default()
    };
    Load::new(vec![vec![vec![span]]], 1)
}

/// Random as trace ids are, the same for the same numbers.
fn trace_id(seed: u64, trace: u64) -> Vec<u8> {
    let mut words = Words::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ trace);
    [words.bits(), words.bits()].iter().flat_map(|bits| bits.to_be_bytes()).collect()
}

fn small_span(trace_id: &[u8], n: u64, words: &mut Words) -> Span {
    let start = 1_767_225_600_000_000_000 + n * 1_000_000;
    Span {
        trace_id: trace_id.to_vec(),
        span_id: n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes().to_vec(),
        parent_span_id: if n == 1 { vec![] } else { 0x9e37_79b9_7f4a_7c15_u64.to_be_bytes().to_vec() },
        name: "retrieve documents".to_owned(),
        kind: 3,
        start_time_unix_nano: start,
        end_time_unix_nano: start + 700_000,
        attributes: vec![
            text("gen_ai.operation.name", "execute_tool".into()),
            text("gen_ai.tool.name", "retrieve".into()),
            text("gen_ai.tool.call.id", format!("call_{n}")),
            text("gen_ai.tool.call.result", words.text(SMALL_CHARS)),
        ],
        ..Span::default()
    }
}

fn encode(spans: Vec<Span>) -> Bytes {
    let scope = InstrumentationScope { name: "agents".to_owned(), version: "1.2.0".to_owned(), ..Default::default() };
    let resource = Resource {
        attributes: vec![
            text("service.name", "agents".into()),
            text("telemetry.sdk.language", "python".into()),
            text("telemetry.sdk.name", "opentelemetry".into()),
            text("telemetry.sdk.version", "1.38.0".into()),
        ],
        ..Default::default()
    };
    let scope_spans = vec![ScopeSpans { scope: Some(scope), spans, ..Default::default() }];
    let resource_spans = vec![ResourceSpans { resource: Some(resource), scope_spans, ..Default::default() }];
    ExportTraceServiceRequest { resource_spans }.encode_to_vec().into()
}

pub(crate) fn event(name: String, time_unix_nano: u64, attribute: KeyValue) -> Event {
    Event { name, time_unix_nano, attributes: vec![attribute], ..Event::default() }
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..Default::default() }
}

pub(crate) fn text(key: &str, value: String) -> KeyValue {
    attribute(key, Value::StringValue(value))
}

pub(crate) fn number(key: &str, value: i64) -> KeyValue {
    attribute(key, Value::IntValue(value))
}
