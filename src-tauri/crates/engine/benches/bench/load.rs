//! The load: agents whose conversations grow turn by turn, as a GenAI instrumentation exports them.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use serde_json::json;

/// Turns of an agent: each is a model call that carries the conversation so far, and a tool call.
const TURNS: u64 = 20;

/// Spans of one trace: the agent, and two for each turn.
const TRACE_SPANS: u32 = 1 + 2 * TURNS as u32;

/// Characters of a message; with twenty turns, 14 KB a span.
const MESSAGE_CHARS: usize = 1_300;

/// What is sent.
pub(crate) struct Load {
    /// One request for each trace, in protobuf.
    pub(crate) requests: Vec<Bytes>,
    /// The first spans again in JSON; a tenth of them.
    pub(crate) json_requests: Vec<Bytes>,
    pub(crate) spans: u64,
    pub(crate) bytes: u64,
}

impl Load {
    pub(crate) fn span_bytes(&self) -> f64 {
        self.bytes as f64 / self.spans as f64
    }
}

/// Makes a load of at least `spans` spans; the same every time.
pub(crate) fn make(spans: u32) -> Load {
    let mut words = Words(1);
    let requests: Vec<Bytes> = (0..spans.div_ceil(TRACE_SPANS).max(10))
        .map(|n| request(u64::from(n), &mut words).encode_to_vec().into())
        .collect();
    let json_requests = requests.iter().take(requests.len() / 10).map(as_json).collect();
    let spans = requests.len() as u64 * u64::from(TRACE_SPANS);
    let bytes = requests.iter().map(|request| request.len() as u64).sum();
    Load { requests, json_requests, spans, bytes }
}

fn as_json(request: &Bytes) -> Bytes {
    let received =
        spanglass_trace::decode::otlp_protobuf::traces(request, Default::default()).expect("a valid request");
    let mut requests = spanglass_engine::share::requests(&received);
    requests.swap_remove(0).1
}

fn request(trace: u64, words: &mut Words) -> ExportTraceServiceRequest {
    let mut trace_id = vec![0xbe; 16];
    trace_id[8..].copy_from_slice(&(trace + 1).to_be_bytes());
    let span = |n: u64, parent: u64, name: &str, attributes: Vec<KeyValue>| Span {
        trace_id: trace_id.clone(),
        span_id: (trace << 16 | n).to_be_bytes().to_vec(),
        parent_span_id: if parent == 0 { vec![] } else { (trace << 16 | parent).to_be_bytes().to_vec() },
        name: name.to_owned(),
        kind: 3,
        start_time_unix_nano: 1_700_000_000_000_000_000 + trace * 1_000_000_000 + n * 1_000_000,
        end_time_unix_nano: 1_700_000_000_000_000_000 + trace * 1_000_000_000 + n * 1_000_000 + 900_000,
        attributes,
        ..Span::default()
    };
    let mut conversation = vec![json!({"role": "system", "parts": [{"type": "text", "content": words.text(600)}]})];
    let mut spans = Vec::new();
    for turn in 0..TURNS {
        let question = words.text(MESSAGE_CHARS / 2);
        conversation.push(json!({"role": "user", "parts": [{"type": "text", "content": question}]}));
        let call = json!({"type": "tool_call", "id": format!("call_{turn}"), "name": "search", "arguments": {"query": words.text(80)}});
        let answer = json!({"role": "assistant", "parts": [call], "finish_reason": "tool_calls"});
        let model = vec![
            text("gen_ai.operation.name", "chat".into()),
            text("gen_ai.provider.name", "openai".into()),
            text("gen_ai.request.model", "gpt-4o-mini".into()),
            text("gen_ai.response.id", format!("resp_{trace}_{turn}")),
            text("gen_ai.input.messages", json!(conversation).to_string()),
            text("gen_ai.output.messages", json!([answer]).to_string()),
            number("gen_ai.usage.input_tokens", 400 + 300 * turn as i64),
            number("gen_ai.usage.output_tokens", 40),
        ];
        spans.push(span(2 + 2 * turn, 1, "chat gpt-4o-mini", model));
        let result = words.text(MESSAGE_CHARS);
        let tool = vec![
            text("gen_ai.operation.name", "execute_tool".into()),
            text("gen_ai.tool.name", "search".into()),
            text("gen_ai.tool.call.id", format!("call_{turn}")),
            text("gen_ai.tool.call.result", result.clone()),
        ];
        spans.push(span(3 + 2 * turn, 1, "execute_tool search", tool));
        let part = json!({"type": "tool_call_response", "id": format!("call_{turn}"), "response": result});
        conversation.extend([answer, json!({"role": "tool", "parts": [part]})]);
    }
    spans.push(span(1, 0, "invoke_agent", vec![text("gen_ai.operation.name", "invoke_agent".into())]));
    let scope = Some(InstrumentationScope { name: "bench".to_owned(), version: "1".to_owned(), ..Default::default() });
    let resource = Some(Resource { attributes: vec![text("service.name", "agents".into())], ..Default::default() });
    let scope_spans = vec![ScopeSpans { scope, spans, ..Default::default() }];
    ExportTraceServiceRequest { resource_spans: vec![ResourceSpans { resource, scope_spans, ..Default::default() }] }
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..Default::default() }
}

fn text(key: &str, value: String) -> KeyValue {
    attribute(key, Value::StringValue(value))
}

fn number(key: &str, value: i64) -> KeyValue {
    attribute(key, Value::IntValue(value))
}

/// Text that compresses as prose does: words of uneven frequency.
struct Words(u64);

impl Words {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }

    fn text(&mut self, chars: usize) -> String {
        let mut text = String::with_capacity(chars + 16);
        while text.len() < chars {
            // The product of two draws favours small numbers, as languages favour few words.
            let mut word = self.next(60) * self.next(60);
            text.push(char::from(b'a' + (word % 26) as u8));
            while word > 0 {
                text.push(char::from(b'a' + (word * 7 % 26) as u8));
                word /= 6;
            }
            text.push_str(if self.next(12) == 0 { ".\n" } else { " " });
        }
        text
    }
}
