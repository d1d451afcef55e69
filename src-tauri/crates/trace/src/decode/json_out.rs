//! What was received, as OTLP JSON.
//!
//! What came as JSON goes out as it came, less the blanks between its tokens. What came as protobuf goes out as the OTLP
//! specification says: 64-bit numbers as texts, ids hexadecimal, bytes in base64, enums as numbers. What has no place in that (a
//! field of a later version, bytes that are not protobuf, values nested deeper than [`MAX_DEPTH`]) goes out in base64 under
//! [`UNKNOWN_FIELDS`] in the object it stood in; other readers of OTLP JSON ignore it, as they must any key they do not know.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::json::minify;
use super::schema::{
    ANY_VALUE, ARRAY_VALUE, KEY_VALUE_LIST, Kind, Known, LOG_RECORD, Message, RESOURCE_SPANS, SCOPE_SPANS, SPAN,
};
use super::wire::{Field, Fields, Wire};
use super::{Encoding, Envelope, MAX_DEPTH, too_deep_text};

/// The key of what OTLP JSON has no place for: protobuf fields, one after the other, in base64.
pub const UNKNOWN_FIELDS: &str = "spanglass.unknownFields";

/// Appends a span as a JSON object without line breaks.
pub fn span(encoding: Encoding, raw: &[u8], out: &mut String) {
    item(&SPAN, encoding, raw, out);
}

/// Appends a log record as a JSON object without line breaks.
pub fn log(encoding: Encoding, raw: &[u8], out: &mut String) {
    item(&LOG_RECORD, encoding, raw, out);
}

/// Returns the members, without braces, that a `resourceSpans` (or `resourceLogs`) entry has beside `scopeSpans`.
pub fn resource_members(envelope: &Envelope) -> String {
    members(&RESOURCE_SPANS, envelope.encoding, &envelope.resource)
}

/// Returns the members, without braces, that a `scopeSpans` (or `scopeLogs`) entry has beside `spans`.
pub fn scope_members(envelope: &Envelope) -> String {
    members(&SCOPE_SPANS, envelope.encoding, &envelope.scope)
}

fn members(message: &'static Message, encoding: Encoding, bytes: &[u8]) -> String {
    let mut out = String::new();
    item(message, encoding, bytes, &mut out);
    out.strip_prefix('{').and_then(|out| out.strip_suffix('}')).unwrap_or_default().to_owned()
}

fn item(message: &'static Message, encoding: Encoding, raw: &[u8], out: &mut String) {
    match encoding {
        Encoding::Json => minify(raw, out),
        Encoding::Protobuf => {
            let start = out.len();
            if object(message, raw, 0, out).is_err() {
                // Only values nest, and they are cut where they start.
                out.truncate(start);
                out.push_str("{}");
            }
        }
    }
}

struct TooDeep;

/// Appends a message. `depth` counts the lists and maps around it.
fn object(message: &'static Message, bytes: &[u8], depth: u32, out: &mut String) -> Result<(), TooDeep> {
    if depth > MAX_DEPTH {
        return Err(TooDeep);
    }
    let depth = depth + u32::from(std::ptr::eq(message, &ARRAY_VALUE) || std::ptr::eq(message, &KEY_VALUE_LIST));
    let (known, unknown) = sort(message, bytes);
    let mut first = true;
    out.push('{');
    for group in known.chunk_by(|a, b| std::ptr::eq(a.0, b.0)) {
        let field = group[0].0;
        key(field.name, &mut first, out);
        if field.repeated {
            out.push('[');
            for (index, (_, value)) in group.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(field, *value, depth, out)?;
            }
            out.push(']');
        } else if let (Kind::Message(_), [_, _, ..]) = (field.kind, group) {
            // Protobuf merges a message that stands more than once, which is to read one after the other.
            let merged: Vec<u8> = group.iter().flat_map(|(_, value)| bytes_of(*value)).copied().collect();
            write(field, Wire::Bytes(&merged), depth, out)?;
        } else if let Some((_, value)) = group.last() {
            write(field, *value, depth, out)?;
        }
    }
    if !unknown.is_empty() {
        key(UNKNOWN_FIELDS, &mut first, out);
        base64(&unknown, out);
    }
    out.push('}');
    Ok(())
}

/// Returns the known fields of a message in the order of its schema, and the bytes of all others.
fn sort<'a>(message: &'static Message, bytes: &'a [u8]) -> (Vec<(&'static Known, Wire<'a>)>, Vec<u8>) {
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    let mut fields = Fields::of(bytes);
    loop {
        let rest = fields.rest();
        match fields.next() {
            None => break,
            Some(Err(_)) => {
                unknown.extend_from_slice(rest);
                break;
            }
            Some(Ok(Field { number, value, raw })) => match message.field(number) {
                Some(field) if fits(field.kind, value) => known.push((field, value)),
                _ => unknown.extend_from_slice(raw),
            },
        }
    }
    if std::ptr::eq(message, &ANY_VALUE) {
        // Of a value's fields the last stands, with those of its kind right before it.
        let last = known.last().map(|(field, _)| field.number);
        let others = known.iter().rposition(|(field, _)| Some(field.number) != last);
        known.drain(..others.map_or(0, |others| others + 1));
    }
    let place = |field: &Known| message.fields.iter().position(|other| std::ptr::eq(other, field));
    known.sort_by_key(|(field, _)| place(field));
    (known, unknown)
}

fn fits(kind: Kind, value: Wire<'_>) -> bool {
    match kind {
        Kind::Text | Kind::Id | Kind::Bytes | Kind::Message(_) => matches!(value, Wire::Bytes(_)),
        Kind::Bool | Kind::Int32 | Kind::Uint32 | Kind::Int64 => matches!(value, Wire::Varint(_)),
        Kind::Fixed32 => matches!(value, Wire::Fixed32(_)),
        Kind::Fixed64 | Kind::Double => matches!(value, Wire::Fixed64(_)),
    }
}

fn bytes_of(value: Wire<'_>) -> &[u8] {
    if let Wire::Bytes(bytes) = value { bytes } else { &[] }
}

fn write(field: &Known, value: Wire<'_>, depth: u32, out: &mut String) -> Result<(), TooDeep> {
    match (field.kind, value) {
        (Kind::Message(message), Wire::Bytes(bytes)) => {
            let start = out.len();
            let written = object(message, bytes, depth, out);
            if written.is_err() && depth == 0 && std::ptr::eq(message, &ANY_VALUE) {
                out.truncate(start);
                out.push_str("{\"stringValue\":");
                text(&too_deep_text(MAX_DEPTH), out);
                out.push_str(",\"");
                out.push_str(UNKNOWN_FIELDS);
                out.push_str("\":");
                base64(bytes, out);
                out.push('}');
            } else {
                written?;
            }
        }
        (Kind::Text, Wire::Bytes(bytes)) => match std::str::from_utf8(bytes) {
            Ok(valid) => text(valid, out),
            Err(_) => text(&String::from_utf8_lossy(bytes), out),
        },
        (Kind::Id, Wire::Bytes(bytes)) => {
            out.push('"');
            for byte in bytes {
                for digit in [byte >> 4, byte & 15] {
                    out.extend(char::from_digit(u32::from(digit), 16));
                }
            }
            out.push('"');
        }
        (_, Wire::Bytes(bytes)) => base64(bytes, out),
        (Kind::Bool, Wire::Varint(value)) => out.push_str(if value == 0 { "false" } else { "true" }),
        (Kind::Int32, Wire::Varint(value)) => out.push_str(&(value as i32).to_string()),
        (Kind::Int64, Wire::Varint(value)) => quoted(value as i64, out),
        (_, Wire::Varint(value)) => out.push_str(&(value as u32).to_string()),
        (_, Wire::Fixed32(value)) => out.push_str(&value.to_string()),
        (Kind::Double, Wire::Fixed64(bits)) => {
            out.push_str(&crate::span::AnyValue::Double(f64::from_bits(bits)).to_json().to_string());
        }
        (_, Wire::Fixed64(value)) => quoted(value, out),
        (_, Wire::Group) => out.push_str("null"),
    }
    Ok(())
}

fn key(name: &str, first: &mut bool, out: &mut String) {
    if !std::mem::take(first) {
        out.push(',');
    }
    out.push('"');
    out.push_str(name);
    out.push_str("\":");
}

fn quoted(number: impl std::fmt::Display, out: &mut String) {
    out.push_str(&format!("\"{number}\""));
}

fn base64(bytes: &[u8], out: &mut String) {
    out.push('"');
    STANDARD.encode_string(bytes, out);
    out.push('"');
}

/// Appends a text in quotes, with the escapes that JSON asks for.
fn text(text: &str, out: &mut String) {
    out.reserve(text.len() + 2);
    out.push('"');
    let mut kept = 0;
    for (at, byte) in text.bytes().enumerate().filter(|(_, byte)| *byte < b' ' || matches!(byte, b'"' | b'\\')) {
        out.push_str(&text[kept..at]);
        kept = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x08 => out.push_str("\\b"),
            0x0c => out.push_str("\\f"),
            _ => {
                let _ = write!(out, "\\u{byte:04x}");
            }
        }
    }
    out.push_str(&text[kept..]);
    out.push('"');
}

#[cfg(test)]
mod tests;
