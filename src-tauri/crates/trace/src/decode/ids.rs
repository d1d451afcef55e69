//! Ids of spans, in whatever form they were sent, and what is wrong with one in words.

use super::complaints::Notes;
use super::otlp_json::from_base64;
use crate::span::{SpanId, TraceId};

/// Returns the id of the trace, or what is wrong with it.
pub(super) fn trace_id(bytes: Option<&[u8]>) -> Result<TraceId, String> {
    TraceId::from_slice(bytes.unwrap_or_default()).ok_or_else(|| invalid("trace_id", bytes, 16))
}

/// Returns the id of the span, or what is wrong with it.
pub(super) fn span_id(bytes: Option<&[u8]>) -> Result<SpanId, String> {
    SpanId::from_slice(bytes.unwrap_or_default()).ok_or_else(|| invalid("span_id", bytes, 8))
}

/// Returns the parent's id; none and all zero mean a root.
pub(super) fn parent_span_id(bytes: Option<&[u8]>) -> Result<Option<SpanId>, String> {
    let bytes = bytes.unwrap_or_default();
    match bytes.len() {
        0 => Ok(None),
        8 => Ok(SpanId::from_slice(bytes)),
        _ => Err(invalid("parent_span_id", Some(bytes), 8)),
    }
}

fn invalid(what: &str, bytes: Option<&[u8]>, length: usize) -> String {
    match bytes.unwrap_or_default() {
        [] => format!("{what} is missing"),
        bytes if bytes.len() == length => format!("{what} is all zero"),
        bytes => format!("{what} is {} bytes long, not {length}", bytes.len()),
    }
}

/// Returns an id that may be absent or all zero; a wrong one is noted and left out.
pub(super) fn optional<T>(
    bytes: &[u8],
    read: impl FnOnce(Option<&[u8]>) -> Result<T, String>,
    notes: &mut Notes,
) -> Option<T> {
    if bytes.iter().all(|byte| *byte == 0) {
        return None;
    }
    read(Some(bytes)).map_err(|reason| notes.add(|| format!("{reason}; it was left out"))).ok()
}

/// Returns the bytes of an id of `length` bytes in OTLP JSON: hexadecimal in either case, or (as generic protobuf printers
/// write) base64, which is told by its length. `what` names the id.
pub(super) fn from_text(what: &str, length: usize, text: &str) -> Result<Vec<u8>, String> {
    let digits = text.as_bytes();
    if digits.is_empty() {
        return Ok(Vec::new());
    }
    if digits.len() == 2 * length && digits.iter().all(u8::is_ascii_hexdigit) {
        let digit = |digit: u8| char::from(digit).to_digit(16).unwrap_or_default() as u8;
        return Ok(digits.chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect());
    }
    // Hexadecimal digits of a wrong number of bytes can be as many as base64 has: those are no base64.
    let hexadecimal = digits.len().is_multiple_of(2) && digits.iter().all(u8::is_ascii_hexdigit);
    let padded = length.div_ceil(3) * 4;
    let unpadded = (length * 8).div_ceil(6);
    if !hexadecimal
        && [padded, unpadded].contains(&digits.len())
        && let Some(bytes) = from_base64(text).filter(|bytes| bytes.len() == length)
    {
        return Ok(bytes);
    }
    let shown: String = text.chars().take(40).collect();
    Err(format!("{what} {shown:?} is not {} hexadecimal digits", 2 * length))
}
