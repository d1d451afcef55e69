//! Where words stand in a trace.

use serde_json::Value;
use spanglass_trace::json::point_below;
use spanglass_trace::views::document;

use crate::query::OpenTrace;
use crate::terminal::safe_line;

/// The most places that are named.
const MOST: usize = 200;

/// Characters shown on either side of what was found.
const AROUND: usize = 80;

/// Returns the places, a line each, in the order of the tree. What a span was sent with is searched where nothing of the rest
/// of it says the words, so that the same words are not named twice.
pub(super) fn find(open: &OpenTrace, words: &str) -> Result<String, String> {
    let words = fold(words.trim());
    if words.is_empty() {
        return Err("there are no words to find; say some in `text`".to_owned());
    }
    let (mut lines, mut more) = (String::new(), 0usize);
    let mut named = 0;
    for at in 0..open.trace.spans.len() {
        let span = serde_json::to_value(document::span_document(&open.trace, at)).map_err(|error| error.to_string())?;
        let mut found = Vec::new();
        for (field, value) in span.as_object().into_iter().flatten() {
            if !is_raw(field) {
                search(value, &format!("/{field}"), &words, &mut found);
            }
        }
        if found.is_empty() {
            for (field, value) in span.as_object().into_iter().flatten().filter(|(field, _)| is_raw(field)) {
                search(value, &format!("/{field}"), &words, &mut found);
            }
        }
        let span_id = open.trace.spans[at].span.span_id;
        for (pointer, around) in found {
            if named == MOST {
                more += 1;
                continue;
            }
            named += 1;
            lines.push_str(&format!("{span_id} {} : {}\n", safe_line(&pointer), safe_line(&around)));
        }
    }
    if named == 0 {
        return Ok("these words are not in this trace\n".to_owned());
    }
    if more > 0 {
        lines.push_str(&format!("[{more} more places; look for something rarer]\n"));
    }
    Ok(lines)
}

/// Says whether a field repeats what was sent and others were read from.
fn is_raw(field: &str) -> bool {
    matches!(field, "attributes" | "events" | "links" | "resource")
}

/// Collects the texts below `value` that have the words: their JSON pointers and what stands around the words. A document is
/// at most as deep as a decoded value may be, so the recursion is bounded.
fn search(value: &Value, pointer: &str, words: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) => {
            if let Some(around) = around(text, words) {
                found.push((pointer.to_owned(), around));
            }
        }
        Value::Array(entries) => {
            for (index, entry) in entries.iter().enumerate() {
                search(entry, &format!("{pointer}/{index}"), words, found);
            }
        }
        Value::Object(fields) => {
            for (key, entry) in fields {
                let mut below = pointer.to_owned();
                point_below(&mut below, key);
                search(entry, &below, words, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn around(text: &str, words: &str) -> Option<String> {
    let folded = fold(text);
    let at = folded.find(words)?;
    // Folding keeps one character for one, so that places count the same in both.
    let before = folded[..at].chars().count();
    let length = words.chars().count();
    let start = before.saturating_sub(AROUND);
    let shown: String = text.chars().skip(start).take(before - start + length + AROUND).collect();
    let left = if start > 0 { "…" } else { "" };
    let right = if text.chars().count() > before + length + AROUND { "…" } else { "" };
    Some(format!("{left}{shown}{right}"))
}

/// Returns the text in small letters, as many characters as before.
fn fold(text: &str) -> String {
    text.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_whatever_their_case_and_shown_as_written() {
        assert_eq!(around("Das WETTER in İstanbul", &fold("wetter")).as_deref(), Some("Das WETTER in İstanbul"));
        assert_eq!(around("İİİ Ärger", &fold("ärger")).as_deref(), Some("İİİ Ärger"));
        assert_eq!(around("天気は晴れ", &fold("晴れ")).as_deref(), Some("天気は晴れ"));
        assert_eq!(around("nothing", "something"), None);
    }
}
