//! Attribute values as the conventions write them: typed, as JSON in a text, or as numbers in a text.

use serde_json::Value;

use crate::json::Document;
use crate::reading::Reader;
pub(super) use crate::rfc3339::unix_nano;
use crate::shapes::{cut, text};
use crate::span::AnyValue;
use crate::usage::normal::count;

/// Returns an attribute's value, JSON in a text parsed, what is there of it where it breaks off; only for keys whose values are JSON.
/// Null and empty texts are nothing.
pub(super) fn json(value: &AnyValue) -> Option<Value> {
    let value = match value {
        AnyValue::Str(content) => {
            text::json(content).or_else(|| cut_short(content)).unwrap_or_else(|| Value::String(content.clone()))
        }
        other => other.to_json(),
    };
    present(value)
}

fn cut_short(text: &str) -> Option<Value> {
    Some(text).filter(|text| cut::breaks_off(text)).and_then(cut::value)
}

/// Returns the same to be looked at and not kept: for payloads, which [`crate::shapes`] read.
pub(super) fn document(sent: &AnyValue) -> Option<Document<'_>> {
    let said = sent.as_str().and_then(|said| {
        text::document(said).or_else(|| Some(said).filter(|said| cut::breaks_off(said)).and_then(cut::document))
    });
    something(said.unwrap_or_else(|| Document::from(sent)))
}

/// Returns the objects of a list of texts each of which is one, as JSON: attributes had no other lists for long.
pub(super) fn objects(sent: &AnyValue) -> Option<Value> {
    let AnyValue::Array(items) = sent else { return None };
    let object = |item: &AnyValue| {
        let text = item.as_str().filter(|text| text.trim_start().starts_with('{'))?;
        text::json(text).filter(Value::is_object)
    };
    let objects = items.iter().map(object).collect::<Option<Vec<Value>>>()?;
    (!objects.is_empty()).then_some(Value::Array(objects))
}

/// Returns a list of messages to be looked at.
pub(super) fn messages(sent: &AnyValue) -> Option<Document<'_>> {
    objects(sent).map(|list| Document::from(&list)).or_else(|| document(sent))
}

/// Returns what a tool was given or answered.
pub(super) fn of_tool(sent: &AnyValue) -> Option<Value> {
    document(sent).map(|said| text::result(&said))
}

/// Returns a document unless it is null or an empty text.
pub(super) fn something(said: Document<'_>) -> Option<Document<'_>> {
    let root = said.root();
    (!root.is_null() && root.as_str() != Some("")).then_some(said)
}

/// Returns a value unless it is null or an empty text.
pub(super) fn present(value: Value) -> Option<Value> {
    (!value.is_null() && value.as_str() != Some("")).then_some(value)
}

/// Returns a text unless it is empty; numbers and truth values as they are written.
pub(super) fn text(value: &AnyValue) -> Option<String> {
    let text = match value {
        AnyValue::Str(text) => text.clone(),
        AnyValue::Int(number) => number.to_string(),
        AnyValue::Double(number) => number.to_string(),
        AnyValue::Bool(truth) => truth.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// Returns a text, taken out of JSON's quotes where the whole value is a JSON text (and only then: `12345` stays a text).
pub(super) fn unquoted(value: &AnyValue) -> Option<String> {
    let sent = text(value)?;
    match sent.starts_with('"').then(|| serde_json::from_str::<String>(&sent)) {
        Some(Ok(inner)) => Some(inner).filter(|inner| !inner.is_empty()),
        _ => Some(sent),
    }
}

/// Returns the texts of a list, given as a list, as JSON in a text, or as a single text.
pub(super) fn texts(value: &AnyValue) -> Vec<String> {
    match json(value) {
        Some(Value::Array(items)) => items
            .into_iter()
            .filter_map(|item| item.as_str().filter(|item| !item.is_empty()).map(str::to_owned))
            .collect(),
        Some(Value::String(text)) => vec![text],
        // A single text may look like a number.
        Some(Value::Number(_) | Value::Bool(_)) => text(value).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Returns the first of these attributes that has a text, and which it was.
pub(super) fn first_text(reader: &Reader<'_>, keys: &[&'static str]) -> Option<(&'static str, String)> {
    keys.iter().fold(None, |found, key| {
        let value = reader.get(key).and_then(text);
        found.or_else(|| value.map(|value| (*key, value)))
    })
}

/// Returns the first of these attributes that is a count, and which it was.
pub(super) fn first_count(reader: &Reader<'_>, keys: &[&'static str]) -> Option<(&'static str, u64)> {
    keys.iter().fold(None, |found, key| {
        let value = reader.get(key).and_then(|value| count(&value.to_json()));
        found.or_else(|| value.map(|value| (*key, value)))
    })
}

/// Returns an amount of money: a number from 0 up, given as a number or a text.
pub(super) fn amount(value: &Value) -> Option<f64> {
    let amount = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    (amount.is_finite() && amount >= 0.0).then_some(amount)
}

/// Returns what a decorated Python function was called with: decorators write `{"args": [], "kwargs": {…}}`.
pub(super) fn called_with(arguments: Value) -> Value {
    let Value::Object(mut call) = arguments else { return arguments };
    let no_args = call.get("args").is_none_or(|args| args.as_array().is_some_and(Vec::is_empty));
    let is_call = no_args && call.keys().all(|key| key == "args" || key == "kwargs");
    match call.get("kwargs") {
        Some(Value::Object(_)) if is_call => call.remove("kwargs").unwrap_or_default(),
        _ => Value::Object(call),
    }
}

/// Returns the tool a span is named after, when a library appends the method that was called.
pub(super) fn tool_named(span: &str) -> String {
    [".__call__", ".acall", ".__acall__"].iter().find_map(|method| span.strip_suffix(method)).unwrap_or(span).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_text_is_kept_whatever_it_looks_like() {
        for text in ["2024", "true", "alice"] {
            assert_eq!(texts(&AnyValue::Str(text.into())), [text]);
        }
        assert_eq!(texts(&AnyValue::Str(r#"["a", "b"]"#.into())), ["a", "b"]);
    }

    #[test]
    fn digits_that_a_number_does_not_keep_are_a_text() {
        for text in ["3.10", "98765432109876543210", "1e3", "007"] {
            assert_eq!(json(&AnyValue::Str(text.into())), Some(text.into()), "{text}");
        }
        assert_eq!(json(&AnyValue::Str("42".into())), Some(42.into()));
    }

    #[test]
    fn digits_in_a_text_stay_a_text() {
        assert_eq!(unquoted(&AnyValue::Str("12345".into())), Some("12345".into()));
        assert_eq!(unquoted(&AnyValue::Str("\"alice\"".into())), Some("alice".into()));
    }
}
