//! Where a text was found, as it is shown beside the trace.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use spanglass_trace::reading::{Kind, Message, Part, Reading};
use spanglass_trace::span::{LogRecord, Span};
use ts_rs::TS;

use crate::query::filter::fold;
use crate::read;

/// Characters shown before what was found, and after it.
const BEFORE: usize = 40;
const AFTER: usize = 160;

/// Where a text of the filter stands in a trace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Hit {
    /// The span; `None` when it is a log record that names none.
    pub span_id: Option<String>,
    /// What the span or the log record is called.
    pub name: String,
    /// What kind of work the span did.
    pub kind: Kind,
    /// Whether a message of the span says it, so that its conversation shows it.
    pub said: bool,
    /// Where in it: a message's role, `tool call`, `tool result`, or the name of an attribute.
    pub place: String,
    /// What stands before it, on one line.
    pub before: String,
    /// What was found, as it is written there.
    pub text: String,
    /// What stands after it.
    pub after: String,
}

/// A text that was found, before it is known whether a message has it.
#[derive(Clone)]
pub(super) struct Found {
    words: String,
    hit: Hit,
}

impl Found {
    /// `at` is where the words stand in the folded text.
    pub(super) fn new(place: &str, text: &str, folded: &str, at: usize, words: &str) -> Self {
        // Folding keeps one character for one, so that places count the same in both.
        let first = folded[..at].chars().count();
        let length = words.chars().count();
        let start = first.saturating_sub(BEFORE);
        let mut chars = text.chars().skip(start).map(|c| if c.is_control() { ' ' } else { c });
        let mut take = |count: usize| chars.by_ref().take(count).collect::<String>();
        let (before, found, after) = (take(first - start), take(length), take(AFTER));
        let before = if start > 0 { format!("…{before}") } else { before };
        let hit = Hit { place: place.to_owned(), before, text: found, after, ..Hit::default() };
        Self { words: words.to_owned(), hit }
    }
}

/// Returns the hit in a span: in a message if one says the words, else where they were found.
pub(super) fn in_span(span: &Span, found: Found) -> Hit {
    let reading = read::read(span, Vec::new());
    let said = in_messages(&reading, &found.words).next();
    of_span(span, &reading, said, found)
}

/// Returns the hits in a span: in each message that says the words, else where they were found.
pub(super) fn all_in_span(span: &Span, found: Found) -> Vec<Hit> {
    let reading = read::read(span, Vec::new());
    let said: Vec<Hit> =
        in_messages(&reading, &found.words).map(|hit| of_span(span, &reading, Some(hit), found.clone())).collect();
    if said.is_empty() { vec![of_span(span, &reading, None, found)] } else { said }
}

fn of_span(span: &Span, reading: &Reading, said: Option<Hit>, found: Found) -> Hit {
    Hit {
        span_id: Some(span.span_id.to_string()),
        name: span.name.clone(),
        kind: reading.kind,
        said: said.is_some(),
        ..said.unwrap_or(found.hit)
    }
}

/// Returns the hit in a log record.
pub(super) fn in_log(log: &LogRecord, found: Found) -> Hit {
    Hit { span_id: log.span_id.map(|id| id.to_string()), name: log.event_name.clone(), ..found.hit }
}

/// Finds words in what was said, the answer first: what was asked stands in every later call again.
fn in_messages(reading: &Reading, words: &str) -> impl Iterator<Item = Hit> {
    let messages = reading.output.messages.iter().chain(&reading.input.messages);
    messages.flat_map(|messages| messages.iter().rev()).filter_map(move |message| in_message(message, words))
}

fn in_message(message: &Message, words: &str) -> Option<Hit> {
    let find = |place: &str, text: &str| {
        let folded = fold(text);
        folded.find(words).map(|at| Found::new(place, text, &folded, at, words).hit)
    };
    let in_value = |place: &str, value: &Value| match value {
        Value::String(text) => find(place, text),
        value => find(place, &value.to_string()),
    };
    message.parts.iter().find_map(|part| match part {
        Part::Text { text } | Part::Refusal { text } => find(&message.role, text),
        Part::Reasoning { text } => find("reasoning", text),
        Part::ToolCall { arguments, .. } => in_value("tool call", arguments),
        Part::ToolResult { result, .. } => in_value("tool result", result),
        Part::Json { value } => in_value(&message.role, value),
        Part::Image(_) | Part::Audio(_) | Part::Video(_) | Part::File(_) => None,
    })
}
