//! Values of a span: found by the first digits of its id, cut where they are long.

use serde_json::Value;
use spanglass_trace::views::document;

use crate::query::OpenTrace;

/// The most entries of one list or object that are shown.
const MOST_ENTRIES: usize = 200;

/// Returns the place, in tree order, of the span whose id starts with `prefix`.
pub(super) fn place(open: &OpenTrace, prefix: &str) -> Result<usize, String> {
    let prefix = prefix.to_ascii_lowercase();
    let mut found = (0..open.trace.spans.len())
        .filter(|&at| !prefix.is_empty() && open.trace.spans[at].span.span_id.to_string().starts_with(&prefix));
    match (found.next(), found.next()) {
        (Some(at), None) => Ok(at),
        (Some(_), Some(_)) => Err(format!("more than one span starts with `{prefix}`; give more of its digits")),
        (None, _) => Err(format!("no span of this trace starts with `{prefix}`; trace_outline shows those there are")),
    }
}

/// Returns the span of the trace document whose id starts with `prefix`.
pub(super) fn span(open: &OpenTrace, prefix: &str) -> Result<Value, String> {
    let at = place(open, prefix)?;
    serde_json::to_value(document::span_document(&open.trace, at)).map_err(|error| error.to_string())
}

/// Takes out of an object what is null or empty; what is not shown is not there.
pub(super) fn drop_absent(span: &mut Value) {
    if let Value::Object(fields) = span {
        fields.retain(|_, value| match value {
            Value::Null => false,
            Value::Array(entries) => !entries.is_empty(),
            Value::Object(fields) => !fields.is_empty(),
            _ => true,
        });
    }
}

/// Cuts texts longer than `longest` characters, and lists and objects that are long, and says where.
pub(super) fn cut(value: &mut Value, longest: usize) {
    match value {
        Value::String(text) => {
            if let Some(cut) = cut_text(text, longest) {
                *text = cut;
            }
        }
        Value::Array(entries) => {
            let more = entries.len().saturating_sub(MOST_ENTRIES);
            entries.truncate(MOST_ENTRIES);
            entries.iter_mut().for_each(|entry| cut(entry, longest));
            if more > 0 {
                entries.push(Value::String(format!("… {more} more; read_value reads each by its number")));
            }
        }
        Value::Object(fields) => {
            let more = fields.len().saturating_sub(MOST_ENTRIES);
            let mut kept = 0;
            fields.retain(|_, _| {
                kept += 1;
                kept <= MOST_ENTRIES
            });
            fields.values_mut().for_each(|value| cut(value, longest));
            if more > 0 {
                fields.insert("…".to_owned(), Value::String(format!("{more} more; read_value reads the whole")));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn cut_text(text: &str, longest: usize) -> Option<String> {
    let (end, _) = text.char_indices().nth(longest)?;
    Some(format!("{}… [{} more characters; read_value reads all]", &text[..end], text[end..].chars().count()))
}
