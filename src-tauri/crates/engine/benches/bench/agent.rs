//! One agent: in each turn a model call that carries the conversation so far, and a tool call. One in four agents streams and
//! is recorded as MLflow does, chunks included; the others as the GenAI conventions say.

use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::{Value, json};

use crate::load::{event, number, text};
use crate::words::Words;

/// Turns of an agent.
pub(crate) const TURNS: u64 = 9;

/// Returns an agent's spans in the order they end.
pub(crate) fn spans(trace_id: Vec<u8>, turns: u64, words: &mut Words) -> Vec<Span> {
    let streams = words.below(4) == 0;
    let root = words.bits().to_be_bytes().to_vec();
    let begun = 1_767_225_600_000_000_000 + words.below(86_400_000_000_000);
    let mut clock = begun;
    let mut span = |words: &mut Words, name: &str, parent: &[u8], millis: u64| {
        let start = clock;
        clock += millis * 1_000_000;
        Span {
            trace_id: trace_id.clone(),
            span_id: words.bits().to_be_bytes().to_vec(),
            parent_span_id: parent.to_vec(),
            name: name.to_owned(),
            kind: 3,
            flags: 0x101,
            start_time_unix_nano: start,
            end_time_unix_nano: clock,
            ..Span::default()
        }
    };
    let tools = tools(words);
    let prompt = words.between(1_000, 8_000) as usize;
    let mut conversation = vec![
        json!({"role": "system", "content": words.text(prompt / 2)}),
        json!({"role": "user", "content": words.text(prompt / 2)}),
    ];
    let mut spans = Vec::new();
    for turn in 0..turns {
        let id = format!("call_{:016x}", words.bits());
        let arguments = json!({"query": words.text(80), "limit": 10});
        let mut call = span(words, if streams { "AsyncCompletions" } else { "chat gpt-4o-mini" }, &root, 900);
        let recorded = if streams { mlflow } else { gen_ai };
        recorded(&mut call, &conversation, &tools, &id, &arguments, words);
        spans.push(call);
        let length = words.between(400, 2_400) as usize;
        let result = words.text(length);
        let mut tool = span(words, "execute_tool search", &root, 120);
        tool.attributes = vec![
            text("gen_ai.operation.name", "execute_tool".into()),
            text("gen_ai.tool.name", "search".into()),
            text("gen_ai.tool.call.id", id.clone()),
            text("gen_ai.tool.call.arguments", arguments.to_string()),
            text("gen_ai.tool.call.result", result.clone()),
        ];
        spans.push(tool);
        conversation.push(json!({"role": "assistant", "content": null, "tool_calls": [
            {"id": id, "type": "function", "function": {"name": "search", "arguments": arguments.to_string()}}]}));
        conversation.push(json!({"role": "tool", "tool_call_id": id, "content": result}));
        if turn % 3 == 2 {
            conversation.push(json!({"role": "user", "content": words.text(300)}));
        }
    }
    let mut agent = span(words, "invoke_agent researcher", &[], 1);
    agent.span_id = root;
    agent.start_time_unix_nano = begun;
    agent.attributes = vec![
        text("gen_ai.operation.name", "invoke_agent".into()),
        text("gen_ai.agent.name", "researcher".into()),
        text("gen_ai.conversation.id", format!("conversation-{:08x}", words.below(1 << 32))),
    ];
    spans.push(agent);
    spans
}

/// The tools offered to the model, the same in each call of an agent.
fn tools(words: &mut Words) -> Value {
    let tool = |name: &str, words: &mut Words| {
        let properties = json!({
            "query": {"type": "string", "description": words.text(90)},
            "limit": {"type": "integer", "description": words.text(60), "minimum": 1, "maximum": 100},
        });
        let parameters = json!({"type": "object", "properties": properties, "required": ["query"]});
        let function = json!({"name": name, "description": words.text(160), "parameters": parameters});
        json!({"type": "function", "function": function})
    };
    json!([tool("search", words), tool("read_file", words), tool("write_file", words)])
}

fn gen_ai(call: &mut Span, conversation: &[Value], tools: &Value, id: &str, arguments: &Value, words: &mut Words) {
    let part = |message: &Value| {
        let parts = match (&message["tool_calls"], &message["tool_call_id"]) {
            (Value::Array(calls), _) => json!([{"type": "tool_call", "id": calls[0]["id"], "name": "search",
                "arguments": calls[0]["function"]["arguments"]}]),
            (_, Value::String(id)) => json!([{"type": "tool_call_response", "id": id, "response": message["content"]}]),
            _ => json!([{"type": "text", "content": message["content"]}]),
        };
        json!({"role": message["role"], "parts": parts})
    };
    let messages: Vec<Value> = conversation.iter().map(part).collect();
    let answer = json!([{"role": "assistant", "finish_reason": "tool_calls", "parts": [
        {"type": "tool_call", "id": id, "name": "search", "arguments": arguments}]}]);
    let input: usize = messages.len() * 300;
    call.attributes = vec![
        text("gen_ai.operation.name", "chat".into()),
        text("gen_ai.provider.name", "openai".into()),
        text("gen_ai.request.model", "gpt-4o-mini".into()),
        text("gen_ai.response.model", "gpt-4o-mini-2024-07-18".into()),
        text("gen_ai.response.id", format!("chatcmpl-{:016x}", words.bits())),
        text("gen_ai.tool.definitions", tools.to_string()),
        text("gen_ai.input.messages", Value::Array(messages).to_string()),
        text("gen_ai.output.messages", answer.to_string()),
        number("gen_ai.usage.input_tokens", input as i64),
        number("gen_ai.usage.output_tokens", 40),
    ];
}

fn mlflow(call: &mut Span, conversation: &[Value], tools: &Value, id: &str, arguments: &Value, words: &mut Words) {
    let response = format!("chatcmpl-{:016x}", words.bits());
    let request = json!({"model": "gpt-4o-mini", "messages": conversation, "tools": tools, "stream": true});
    let function = json!({"name": "search", "arguments": arguments.to_string()});
    let message = json!({"role": "assistant", "content": null,
        "tool_calls": [{"id": id, "type": "function", "function": function}]});
    let answer = json!({"id": response, "object": "chat.completion", "model": "gpt-4o-mini-2024-07-18",
        "choices": [{"index": 0, "finish_reason": "tool_calls", "message": message}],
        "usage": {"prompt_tokens": 1_200, "completion_tokens": 40, "total_tokens": 1_240}});
    call.attributes = vec![
        text("mlflow.spanType", "\"CHAT_MODEL\"".into()),
        text("mlflow.spanInputs", request.to_string()),
        text("mlflow.spanOutputs", answer.to_string()),
        text(
            "mlflow.chat.tokenUsage",
            json!({"input_tokens": 1_200, "output_tokens": 40, "total_tokens": 1_240}).to_string(),
        ),
        text("mlflow.message.format", "\"openai\"".into()),
    ];
    let chunks = words.between(50, 300);
    let (begun, step) = (call.start_time_unix_nano, 800_000_000 / chunks);
    call.events = (0..chunks)
        .map(|n| {
            let delta = json!({"content": words.text(3)});
            let chunk = json!({"id": response, "object": "chat.completion.chunk", "created": 1_767_225_600,
                "model": "gpt-4o-mini-2024-07-18", "system_fingerprint": "fp_560af6e559",
                "choices": [{"index": 0, "delta": delta, "finish_reason": null}]});
            event(
                format!("mlflow.chunk.item.{n}"),
                begun + (n + 1) * step,
                text("mlflow.chunk.value", chunk.to_string()),
            )
        })
        .collect();
}
