//! Spans and messages for tests, with nothing in them but what a test is about.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{ReadSpan, ReadTrace};
use crate::reading::{Kind, Message, Part, Reading, ToolExecution, Usage};
use crate::span::{Resource, Span, SpanId, Status, TraceId};
use crate::usage::prices::Prices;

/// When drawn traces start, in nanoseconds since 1970.
pub(super) const START: u64 = 1_700_000_000_000_000_000;

pub(super) fn id(number: u64) -> SpanId {
    SpanId(number.to_be_bytes())
}

pub(super) fn trace(spans: Vec<ReadSpan>) -> ReadTrace {
    ReadTrace::new(TraceId([1; 16]), spans, Prices::shipped())
}

/// A span from `start` to `end`, in nanoseconds after [`START`]; `parent` 0 is none.
pub(super) fn span(number: u64, parent: u64, start: u64, end: u64) -> ReadSpan {
    let span = Span {
        parent_span_id: (parent != 0).then(|| id(parent)),
        name: format!("s{number}"),
        kind: 1,
        start_time_unix_nano: START + start,
        end_time_unix_nano: START + end,
        ..Span::new(TraceId([1; 16]), id(number), Arc::default(), Arc::default())
    };
    ReadSpan { span, reading: Reading::default(), duplicates: 0, from_logs: false }
}

impl ReadSpan {
    pub(super) fn kind(mut self, kind: Kind) -> Self {
        self.reading.kind = kind;
        self
    }

    pub(super) fn named(mut self, name: &str) -> Self {
        self.span.name = name.to_owned();
        self
    }

    pub(super) fn failing(mut self, message: &str) -> Self {
        self.span.status = Status { code: 2, message: message.to_owned() };
        self
    }

    pub(super) fn asked(mut self, messages: Vec<Message>) -> Self {
        self.reading.input.messages = Some(messages);
        self
    }

    pub(super) fn answering(mut self, messages: Vec<Message>) -> Self {
        self.reading.output.messages = Some(messages);
        self
    }

    pub(super) fn given(mut self, value: Value) -> Self {
        self.reading.input.value = Some(value);
        self
    }

    pub(super) fn returning(mut self, value: Value) -> Self {
        self.reading.output.value = Some(value);
        self
    }

    pub(super) fn tool(mut self, name: &str, call_id: Option<&str>, arguments: Value, result: Value) -> Self {
        self.reading.kind = Kind::Tool;
        self.reading.tool = Some(ToolExecution {
            name: Some(name.to_owned()),
            call_id: call_id.map(str::to_owned),
            arguments: Some(arguments),
            result: Some(result),
        });
        self
    }

    pub(super) fn using(mut self, input: u64, output: u64) -> Self {
        self.reading.usage = Some(Usage { input_tokens: Some(input), output_tokens: Some(output), ..Usage::default() });
        self
    }

    pub(super) fn response(mut self, id: &str) -> Self {
        self.reading.response_id = Some(id.to_owned());
        self
    }

    /// Puts the span into a process of its own.
    pub(super) fn of_service(mut self, name: &str) -> Self {
        let name = ("service.name".to_owned(), crate::span::AnyValue::Str(name.to_owned()));
        self.span.resource = Arc::new(Resource { attributes: vec![name], ..Resource::default() });
        self
    }
}

pub(super) fn text(role: &str, text: &str) -> Message {
    Message::new(role, vec![Part::Text { text: text.to_owned() }])
}

pub(super) fn system(words: &str) -> Message {
    text("system", words)
}

pub(super) fn user(words: &str) -> Message {
    text("user", words)
}

pub(super) fn assistant(words: &str) -> Message {
    text("assistant", words)
}

/// An assistant's tool calls, each as id (empty: none), name and one argument.
pub(super) fn calling(calls: &[(&str, &str, &str)]) -> Message {
    let parts = calls.iter().map(|(id, name, argument)| Part::ToolCall {
        id: (!id.is_empty()).then(|| (*id).to_owned()),
        name: Some((*name).to_owned()),
        arguments: json!({ "of": argument }),
    });
    Message::new("assistant", parts.collect())
}

/// A tool's answer to the call with this id (empty: none).
pub(super) fn result(id: &str, answer: &str) -> Message {
    let part = Part::ToolResult {
        id: (!id.is_empty()).then(|| id.to_owned()),
        name: None,
        result: Value::from(answer),
        is_error: None,
    };
    Message::new("tool", vec![part])
}
