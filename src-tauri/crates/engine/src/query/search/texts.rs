//! What of a span or log record is searched: every text it was sent with, as a person reads it.
//!
//! JSON that was sent as text is searched without its escapes, however often it was written into other JSON: nobody looks for
//! `\u5929\u6c17`. A streamed answer is searched whole, too, as its words are cut into chunks. Long runs of base64 are left
//! out: nobody looks for those either, and they would fill an index.

use std::borrow::Cow;

use spanglass_trace::reading::{Part, Reading};
use spanglass_trace::span::{AnyValue, Attributes, LogRecord, Span};

use crate::read;

/// So many characters of the base64 alphabet without anything else are no words.
const BASE64: usize = 512;

/// JSON within JSON is unwrapped so many times.
const DEEPEST: usize = 3;

/// A span with more events than this may be a streamed answer.
pub(super) const STREAMS: usize = 4;

/// A value's parts are walked so deep.
const VALUE_DEPTH: usize = 32;

/// Says where a text stands (an attribute's name, or one of ours) and the text; answers whether it has seen enough.
pub(super) type Each<'a> = dyn FnMut(&str, &str) -> bool + 'a;

/// Takes in what was sent; each call says whether it has seen enough.
pub(super) trait Taker {
    /// Takes in a text; [`Each`] says what it is told.
    fn text(&mut self, place: &str, text: &str) -> bool;

    /// Takes in the name and all texts of an attribute.
    fn attribute(&mut self, name: &str, value: &AnyValue) -> bool;
}

impl<F: FnMut(&str, &str) -> bool> Taker for F {
    fn text(&mut self, place: &str, text: &str) -> bool {
        self(place, text)
    }

    fn attribute(&mut self, name: &str, value: &AnyValue) -> bool {
        self(name, name) || of_value(name, value, self, 0)
    }
}

/// Calls `each` with the texts of a span until it has seen enough; says whether it had.
pub(super) fn of_span(span: &Span, each: &mut Each<'_>) -> bool {
    let mut each_plain = |place: &str, text: &str| plain(text, is_json(text), &mut |words| each(place, words));
    let each = &mut each_plain;
    sent(span, each)
        || (is_stream(span) && said(&read::read(span, Vec::new()), each))
        || each("scope", &span.scope.name)
        || of_attributes(&span.resource.attributes, each)
}

/// Hands on the texts a span was sent with, JSON with its escapes, without those of what sent it.
pub(super) fn sent(span: &Span, taker: &mut impl Taker) -> bool {
    taker.text("name", &span.name)
        || taker.text("status", &span.status.message)
        || of_attributes(&span.attributes, taker)
        || span.events.iter().any(|event| taker.text("event", &event.name) || of_attributes(&event.attributes, taker))
        || taker.text("span id", &span.span_id.to_string())
        || taker.text("trace id", &span.trace_id.to_string())
}

/// Says whether a span may be a streamed answer, which is searched whole too.
pub(super) fn is_stream(span: &Span) -> bool {
    span.events.len() > STREAMS
}

/// Calls `each` with the texts of a log record until it has seen enough; says whether it had.
pub(super) fn of_log(log: &LogRecord, each: &mut Each<'_>) -> bool {
    let mut each_plain = |place: &str, text: &str| plain(text, is_json(text), &mut |words| each(place, words));
    let each = &mut each_plain;
    each("event", &log.event_name)
        || of_value("body", &log.body, each, 0)
        || of_attributes(&log.attributes, each)
        || log.trace_id.is_some_and(|id| each("trace id", &id.to_string()))
        || of_attributes(&log.resource.attributes, each)
}

/// Hands on names and values of attributes as they were sent.
pub(super) fn of_attributes(attributes: &Attributes, taker: &mut impl Taker) -> bool {
    attributes.iter().any(|(key, value)| taker.attribute(key, value))
}

/// Calls `each` with the texts of a value until it has seen enough; says whether it had.
pub(super) fn of_value(place: &str, value: &AnyValue, each: &mut Each<'_>, depth: usize) -> bool {
    match value {
        AnyValue::Str(text) => each(place, text),
        AnyValue::Array(values) if depth < VALUE_DEPTH => {
            values.iter().any(|value| of_value(place, value, each, depth + 1))
        }
        AnyValue::Map(entries) if depth < VALUE_DEPTH => {
            entries.iter().any(|(key, value)| each(place, key) || of_value(place, value, each, depth + 1))
        }
        AnyValue::Bool(_) | AnyValue::Int(_) | AnyValue::Double(_) => {
            scalar(value).is_some_and(|text| each(place, &text))
        }
        AnyValue::Null | AnyValue::Bytes(_) | AnyValue::Array(_) | AnyValue::Map(_) => false,
    }
}

/// Calls `each` with what was answered until it has seen enough; says whether it had.
pub(super) fn said(reading: &Reading, each: &mut Each<'_>) -> bool {
    let said = reading.output.messages.iter().flatten().flat_map(|message| &message.parts);
    let streamed = reading.stream.as_ref().is_some_and(|stream| each("stream", &stream.text));
    streamed
        || said.into_iter().any(|part| match part {
            Part::Text { text } | Part::Reasoning { text } | Part::Refusal { text } => each("output", text),
            Part::ToolCall { arguments, .. } => each("output", &arguments.to_string()),
            _ => false,
        })
}

/// Calls `each` with the short texts that an attribute's value is, for the attributes a key of a filter can name; `None` for a
/// text too long to be short.
pub(super) fn short(value: &AnyValue, mut each: impl FnMut(Option<&str>)) {
    match value {
        AnyValue::Str(text) => each(Some(text.as_str()).filter(|text| text.len() <= SHORT)),
        AnyValue::Array(values) => {
            values.iter().for_each(|value| each(scalar(value).as_deref().filter(|text| text.len() <= SHORT)));
        }
        AnyValue::Map(_) => each(None),
        value => each(scalar(value).as_deref()),
    }
}

/// Says whether an attribute's value, as a text, fits.
pub(super) fn attribute_fits(value: &AnyValue, fits: &mut dyn FnMut(&str) -> bool) -> bool {
    match value {
        AnyValue::Array(values) => values.iter().any(|value| attribute_fits(value, fits)),
        AnyValue::Map(_) => fits(&value.to_json().to_string()),
        value => scalar(value).is_some_and(|text| fits(&text)),
    }
}

/// The longest text of an attribute that is indexed under its name.
pub(super) const SHORT: usize = 128;

fn scalar(value: &AnyValue) -> Option<Cow<'_, str>> {
    Some(match value {
        AnyValue::Str(text) => text.into(),
        AnyValue::Bool(value) => value.to_string().into(),
        AnyValue::Int(value) => value.to_string().into(),
        AnyValue::Double(value) => value.to_string().into(),
        AnyValue::Null | AnyValue::Bytes(_) | AnyValue::Array(_) | AnyValue::Map(_) => return None,
    })
}

/// Says whether a text is JSON, as far as its beginning tells: then it may have escapes.
pub(super) fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[', '"'])
}

/// Hands on a text as a person reads it: JSON without its escapes, and without what is base64. It may be a part of one whose
/// beginning is JSON's.
pub(super) fn plain(text: &str, json: bool, each: &mut dyn FnMut(&str) -> bool) -> bool {
    let mut level: Cow<'_, str> = text.into();
    for _ in 0..DEEPEST {
        let Some(inner) = Some(&level).filter(|_| json).and_then(|level| unescaped(level)) else { break };
        // What stands in quotation marks within the JSON may be JSON again, and may be meant as it is.
        if without_base64(&inner, &mut *each) {
            return true;
        }
        level = inner.into();
    }
    matches!(level, Cow::Borrowed(_)) && without_base64(text, each)
}

/// Returns JSON text without its escapes; `None` when it has none.
fn unescaped(text: &str) -> Option<String> {
    let mut rest = text;
    let mut plain = String::new();
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        if plain.is_empty() {
            plain.reserve(text.len());
        }
        plain.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(escaped) = rest.chars().next() else { break };
        let length = match escaped {
            'n' | 'r' | 't' | 'b' | 'f' => {
                plain.push(' ');
                1
            }
            'u' => match code_point(rest) {
                Some((c, length)) => {
                    plain.push(c);
                    length
                }
                None => {
                    plain.push('\\');
                    0
                }
            },
            '"' | '\\' | '/' => {
                plain.push(escaped);
                1
            }
            _ => {
                plain.push('\\');
                0
            }
        };
        rest = &rest[length..];
    }
    if rest.len() == text.len() {
        return None;
    }
    let plain = plain + rest;
    (plain != text).then_some(plain)
}

/// Reads `uXXXX`, or two of them that are one character; returns it and how many bytes it took.
fn code_point(text: &str) -> Option<(char, usize)> {
    let unit = |text: &str| text.strip_prefix('u')?.get(..4).and_then(|hex| u16::from_str_radix(hex, 16).ok());
    let first = unit(text)?;
    if let Some(c) = char::from_u32(first.into()) {
        return Some((c, 5));
    }
    let second = text.get(5..)?.strip_prefix('\\').and_then(unit)?;
    char::decode_utf16([first, second]).next()?.ok().map(|c| (c, 11))
}

/// Says whether a byte may stand within base64.
pub(super) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')
}

/// Calls `each` with the pieces of a text between long runs of base64, until it has seen enough.
fn without_base64(text: &str, mut each: impl FnMut(&str) -> bool) -> bool {
    let bytes = text.as_bytes();
    let (mut begin, mut at) = (0, 0);
    while at + BASE64 <= bytes.len() {
        // The last byte in the window that ends a run: a run that is long enough begins after it.
        if let Some(other) = bytes[at..at + BASE64].iter().rposition(|byte| !is_base64(*byte)) {
            at += other + 1;
            continue;
        }
        let end = bytes[at..].iter().position(|byte| !is_base64(*byte)).map_or(bytes.len(), |length| at + length);
        if each(&text[begin..at]) {
            return true;
        }
        (begin, at) = (end, end);
    }
    begin < bytes.len() && each(&text[begin..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let mut found = Vec::new();
        plain(text, is_json(text), &mut |text| {
            found.push(text.to_owned());
            false
        });
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn json_is_searched_as_it_reads() {
        check(r#"C:\new"#, &[r#"C:\new"#]);
        check(r#"{"a":"\u5929\u6c17 \ud83d\ude00"}"#, &[r#"{"a":"天気 😀"}"#]);
        check(r#"["{\"a\":\"x\\ny\"}"]"#, &[r#"["{"a":"x\ny"}"]"#, r#"["{"a":"x y"}"]"#]);
        check(r#"{"broken":"\ud83d \u12"#, &[r#"{"broken":"\ud83d \u12"#]);
        check(r#"{"plain":1}"#, &[r#"{"plain":1}"#]);
        check("", &[]);
    }

    #[test]
    fn base64_is_left_out() {
        let run = "QUJD".repeat(BASE64 / 4);
        check(&format!("data:image/png;base64,{run} what is this?"), &["data:image/png;base64,", " what is this?"]);
        check(&run[1..], &[&run[1..]]);
        check(&run, &[""]);
        let cjk = "天気".repeat(BASE64);
        check(&cjk, &[&cjk]);
    }
}
