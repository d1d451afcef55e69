//! Values of a span: found by the first digits of its id, cut where they are long.

use serde_json::Value;
use spanglass_trace::views::document;
use spanglass_trace::views::stream::StreamView;

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

/// Values of these are the sender's: what is null in them was said.
const OF_THE_SENDER: [&str; 7] = ["attributes", "resource", "metadata", "parameters", "arguments", "result", "value"];

/// Takes out of a document what is null or empty; what is not shown is not there. A document is at most as deep as a decoded value may
/// be, so the recursion is bounded.
pub(super) fn drop_absent(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.retain(|name, value| {
            if !OF_THE_SENDER.contains(&name.as_str()) {
                drop_absent(value);
            }
            match value {
                Value::Null => false,
                Value::Array(entries) => !entries.is_empty(),
                Value::Object(fields) => !fields.is_empty(),
                _ => true,
            }
        }),
        Value::Array(entries) => entries.iter_mut().for_each(drop_absent),
        _ => {}
    }
}

/// Puts in the place of a stream's chunks how even they came: to the first one, and the longest silence and before which chunk.
pub(super) fn sum_up_chunks(span: &mut Value, stream: &StreamView) {
    let Some(told) = span.get_mut("stream").and_then(Value::as_object_mut) else { return };
    told.shift_remove("items");
    let (silent_end, longest) = (stream.silent_end_ns.unwrap_or(0), stream.gaps.max_ns);
    if silent_end > longest {
        told.insert("longest_silence_ns".to_owned(), silent_end.into());
        told.insert("longest_silence_before".to_owned(), "the end".into());
    } else if longest > 0 {
        let chunk = stream
            .items
            .windows(2)
            .position(|pair| u64::try_from(pair[1].offset_ns.saturating_sub(pair[0].offset_ns)) == Ok(longest));
        told.insert("longest_silence_ns".to_owned(), longest.into());
        told.extend(
            chunk.map(|chunk| ("longest_silence_before".to_owned(), format!("/stream/items/{}", chunk + 1).into())),
        );
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
