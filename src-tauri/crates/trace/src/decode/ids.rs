//! Ids of spans, in whatever form they were sent, and what is wrong with one in words.

use super::complaints::Notes;
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
