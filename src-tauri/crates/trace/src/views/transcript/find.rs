//! Words in a transcript.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use super::{Line, Transcript, TranscriptRow};
use crate::reading::{ErrorInfo, Media, Part};
use crate::views::conversation::{MessageView, PartView, ToolCallView};

/// The most rows that are named.
const FOUND_LIMIT: usize = 10_000;

/// Where words stand in a transcript.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Found {
    /// The version of the trace it was looked for in.
    #[ts(type = "number")]
    pub version: u64,
    /// The rows that hold them, at most 10,000.
    pub rows: Vec<u32>,
    /// Whether there are more.
    pub more: bool,
}

impl Transcript {
    /// Returns the rows in which words stand, in whatever case.
    pub fn find(&self, words: &str) -> Found {
        let words = words.to_lowercase();
        let mut holding = self.rows.iter().enumerate().filter(|(_, row)| row.holds(&words)).map(|(at, _)| at as u32);
        let rows: Vec<u32> = if words.is_empty() { Vec::new() } else { holding.by_ref().take(FOUND_LIMIT).collect() };
        Found { version: self.version, more: rows.len() == FOUND_LIMIT && holding.next().is_some(), rows }
    }
}

impl TranscriptRow {
    /// Says whether words (in lower case) stand in what the row shows.
    fn holds(&self, words: &str) -> bool {
        let says = |text: &str| says(text, words);
        match &self.line {
            Line::Scope { name, .. } => says(name),
            Line::Call { name, model, .. } => says(name) || model.as_deref().is_some_and(says),
            Line::Frame { message } | Line::Message { message, .. } => message_holds(message, words),
            Line::Tools { tools } => tools.iter().any(|tool| {
                says(&tool.name)
                    || tool.description.as_deref().is_some_and(says)
                    || tool.parameters.as_ref().is_some_and(|value| value_holds(&value.to_value(), words))
            }),
            Line::Value { value, .. } => value_holds(value, words),
            Line::Step { name, input, output, .. } => {
                says(name) || input.iter().chain(output).any(|value| value_holds(value, words))
            }
            Line::Error { error } => error_holds(error, words),
            Line::History { .. } | Line::Missing { .. } | Line::Cut { .. } | Line::Silent { .. } => false,
        }
    }
}

fn says(text: &str, words: &str) -> bool {
    text.to_lowercase().contains(words)
}

fn message_holds(message: &MessageView, words: &str) -> bool {
    message.name.as_deref().is_some_and(|name| says(name, words))
        || message.parts.iter().any(|part| match part {
            PartView::Part { part } => part_holds(part, words),
            PartView::Call { call } => call_holds(call, words),
        })
}

fn call_holds(call: &ToolCallView, words: &str) -> bool {
    call.name.as_deref().is_some_and(|name| says(name, words))
        || value_holds(&call.arguments, words)
        || call.result.as_ref().is_some_and(|result| value_holds(result, words))
}

fn part_holds(part: &Part, words: &str) -> bool {
    match part {
        Part::Text { text } | Part::Reasoning { text } | Part::Refusal { text } => says(text, words),
        Part::ToolCall { name, arguments, .. } => {
            name.as_deref().is_some_and(|name| says(name, words)) || value_holds(arguments, words)
        }
        Part::ToolResult { result, .. } => value_holds(result, words),
        Part::Json { value } => value_holds(value, words),
        Part::Image(media) | Part::Audio(media) | Part::Video(media) | Part::File(media) => {
            let Media { transcript, .. } = media;
            transcript.as_deref().is_some_and(|text| says(text, words))
        }
    }
}

fn error_holds(error: &ErrorInfo, words: &str) -> bool {
    [&error.kind, &error.message, &error.stacktrace].into_iter().flatten().any(|text| says(text, words))
}

/// Values are at most as deep as decoding lets attributes be and `serde_json` lets JSON be, both little over a hundred.
fn value_holds(value: &Value, words: &str) -> bool {
    match value {
        Value::String(text) => says(text, words),
        Value::Array(items) => items.iter().any(|item| value_holds(item, words)),
        Value::Object(fields) => fields.iter().any(|(key, value)| says(key, words) || value_holds(value, words)),
        Value::Number(_) | Value::Bool(_) => says(&value.to_string(), words),
        Value::Null => false,
    }
}
