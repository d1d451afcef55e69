//! What a sender cut short of what was said: attributes whose JSON breaks off, those cut to the same length, and texts with a mark.

use serde_json::Value;

use crate::reading::{Cut, FieldGroup, Kind, Message, Part, Reading};
use crate::shapes::cut::{breaks_off, is_marked};
use crate::shapes::text;
use crate::span::{AnyValue, LogRecord, Span};

/// What ddtrace up to 3 keeps of a text, the three dots it appends included (`config.openai["span_char_limit"]`).
const DATADOG: usize = 128 + 3;

/// By what Anthropic's SDK says that it left out the beginning of what was asked, or the end of what a tool answered (anthropic 2.12
/// `lib/_tracing/_content.py`).
const ANTHROPIC: &str = "anthropic.content.truncated";

/// Returns the attributes that were cut, in the order sent; of events and log records their names.
///
/// A limit on the length of attributes cuts all of a span to the same number of characters: where JSON tells the number by breaking
/// off, texts of that length are cut too, but for JSON that is whole.
pub(super) fn keys(span: &Span, logs: &[LogRecord]) -> Vec<String> {
    let own = || span.attributes.iter().map(|(key, value)| (key.as_str(), value));
    let events =
        || span.events.iter().flat_map(|event| event.attributes.iter().map(|(_, value)| (event.name.as_str(), value)));
    let logged = || logs.iter().flat_map(|log| log.attributes.iter().map(|(_, value)| (log.event(), value)));
    let sent = || own().chain(events()).chain(logged()).filter_map(|(key, value)| Some((key, value.as_str()?)));
    let broken: Vec<&str> = sent().map(|(_, text)| text).filter(|text| breaks_off(text)).collect();
    let Some(first) = broken.first() else { return Vec::new() };
    let limit = first.chars().count();
    let is_cut = |text: &str| {
        broken.iter().any(|broken| std::ptr::eq(*broken, text))
            || (text.len() >= limit && text.chars().count() == limit && !is_whole(text))
    };
    let mut keys: Vec<String> = Vec::new();
    for (key, _) in sent().filter(|(_, text)| is_cut(text)) {
        if keys.last().is_none_or(|last| last != key) {
            keys.push(key.to_owned());
        }
    }
    keys
}

/// Says whether a text is a JSON object or list, of which nothing can be missing.
fn is_whole(text: &str) -> bool {
    text::document(text).is_some_and(|said| said.root().is_object() || said.root().is_array())
}

/// Says whether what was read from a key was cut: the key itself, or one of a family that stands for it.
pub(super) fn is_of(keys: &[String], key: &str) -> bool {
    keys.iter().any(|cut| cut.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

/// Returns what of a reading was cut; `None` = nothing, as far as can be told.
pub(super) fn of(span: &Span, reading: &Reading, keys: Vec<String>) -> Option<Cut> {
    let is_cut = |group: FieldGroup, messages: &Option<Vec<Message>>, value: &Option<Value>| {
        let source = reading.sources.get(&group).and_then(|source| source.split_once(':'));
        let dialect = source.map_or("", |(dialect, _)| dialect);
        source.is_some_and(|(_, key)| is_of(&keys, key))
            || value.as_ref().and_then(Value::as_str).is_some_and(|text| is_cut_text(dialect, text))
            || messages.iter().flatten().flat_map(|message| &message.parts).any(|part| match part {
                Part::Text { text } | Part::Reasoning { text } => is_cut_text(dialect, text),
                _ => false,
            })
    };
    let told = matches!(span.attribute(ANTHROPIC), Some(AnyValue::Bool(true)));
    let is_tool = reading.kind == Kind::Tool;
    let cut = Cut {
        input: (told && !is_tool) || is_cut(FieldGroup::Input, &reading.input.messages, &reading.input.value),
        output: (told && is_tool) || is_cut(FieldGroup::Output, &reading.output.messages, &reading.output.value),
        keys,
    };
    (cut != Cut::default()).then_some(cut)
}

fn is_cut_text(dialect: &str, text: &str) -> bool {
    is_marked(text) || (dialect == "datadog" && text.ends_with("...") && text.chars().count() == DATADOG)
}
