//! Where words stand in a trace.
//!
//! Searched is what the sender said: texts, numbers, the names it gave, and JSON as a transcript prints it. Left out are ids of
//! spans, times and durations, which nobody looks for by a part of them, and the words of the document itself.

use serde_json::Value;
use spanglass_trace::json::point_below;
use spanglass_trace::views::document;

use crate::query::OpenTrace;
use crate::terminal::safe_line;

/// The most places that are named.
const MOST: usize = 200;

/// The most places of one text.
const MOST_OF_ONE: usize = 10;

/// Characters shown on either side of what was found.
const AROUND: usize = 80;

/// Fields of a span that are ids, times, or what this program says of it.
const NOT_SEARCHED: [&str; 11] = [
    "span_id",
    "parent_span_id",
    "start_time_unix_nano",
    "end_time_unix_nano",
    "duration_ns",
    "sources",
    "not_understood",
    "dialects",
    "why_blank",
    "dropped",
    "links",
];

/// Below these the names of fields are the sender's.
const OF_THE_SENDER: [&str; 8] =
    ["attributes", "resource", "metadata", "parameters", "arguments", "result", "value", "response_format"];

/// Returns the places, a line each: first of the trace itself, then of its spans in the order of the tree. What a span was sent with
/// is searched where nothing of the rest of it says the words, so that the same words are not named twice.
pub(super) fn find(open: &OpenTrace, words: &str) -> Result<String, String> {
    let words = fold(words.trim());
    if words.is_empty() {
        return Err("there are no words to find; say some in `text`".to_owned());
    }
    let mut places = Vec::new();
    let summary = serde_json::to_value(&open.row.summary).map_err(|error| error.to_string())?;
    let mut found = Found::of(&words);
    for field in ["name", "services", "session_id", "user_id", "tags", "metadata"] {
        found.field(field, &summary[field]);
    }
    places.extend(found.places.into_iter().map(|(pointer, around)| ("trace".to_owned(), pointer, around)));
    for at in 0..open.trace.spans.len() {
        let span = serde_json::to_value(document::span_document(&open.trace, at)).map_err(|error| error.to_string())?;
        let mut found = Found::of(&words);
        for is_raw_wanted in [false, true] {
            let fields = span.as_object().into_iter().flatten();
            let wanted = |field: &str| is_raw(field) == is_raw_wanted && !NOT_SEARCHED.contains(&field);
            if found.places.is_empty() {
                fields.filter(|(field, _)| wanted(field)).for_each(|(field, value)| found.field(field, value));
            }
        }
        let span_id = open.trace.spans[at].span.span_id.to_string();
        places.extend(found.places.into_iter().map(|(pointer, around)| (span_id.clone(), pointer, around)));
    }
    if places.is_empty() {
        return Ok(
            "these words are not in this trace (ids of spans, times and durations are not searched)\n".to_owned()
        );
    }
    let more = places.len().saturating_sub(MOST);
    let line = |(of, pointer, around): &(String, String, String)| {
        format!("{of} {} : {}\n", safe_line(pointer), safe_line(around))
    };
    let mut lines: String = places.iter().take(MOST).map(line).collect();
    if more > 0 {
        lines.push_str(&format!("[{more} more places; look for something rarer]\n"));
    }
    Ok(lines)
}

/// Says whether a field repeats what was sent and others were read from.
fn is_raw(field: &str) -> bool {
    matches!(field, "attributes" | "events" | "resource")
}

/// Where words were found: JSON pointers, and what stands around the words.
struct Found<'a> {
    words: &'a str,
    /// Whether the words can span several values of compact JSON.
    is_json: bool,
    places: Vec<(String, String)>,
}

impl<'a> Found<'a> {
    fn of(words: &'a str) -> Self {
        Self { words, is_json: words.contains([':', ',', '{', '[', '}', ']']), places: Vec::new() }
    }

    fn field(&mut self, field: &str, value: &Value) {
        let before = self.places.len();
        let (pointer, is_senders) = (format!("/{field}"), OF_THE_SENDER.contains(&field));
        self.search(value, &pointer, is_senders);
        if self.is_json && self.places.len() == before {
            self.search_json(value, &pointer);
        }
    }

    /// Searches the texts and numbers below a value, and the names where the sender gave them. A document is at most as deep as a
    /// decoded value may be, so the recursion is bounded.
    fn search(&mut self, value: &Value, pointer: &str, is_senders: bool) {
        match value {
            Value::String(text) => self.text(text, pointer),
            Value::Number(number) => {
                if number.to_string() == self.words {
                    self.places.push((pointer.to_owned(), number.to_string()));
                }
            }
            Value::Array(entries) => {
                for (index, entry) in entries.iter().enumerate() {
                    self.search(entry, &format!("{pointer}/{index}"), is_senders);
                }
            }
            Value::Object(fields) => {
                for (key, entry) in fields {
                    if key.ends_with("_unix_nano") || key == "offset_ns" {
                        continue;
                    }
                    let mut below = pointer.to_owned();
                    point_below(&mut below, key);
                    if is_senders && fold(key).contains(self.words) {
                        let begins: String = entry.to_string().chars().take(AROUND).collect();
                        self.places.push((below.clone(), format!("{key}: {begins}")));
                    }
                    self.search(entry, &below, is_senders || OF_THE_SENDER.contains(&key.as_str()));
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn text(&mut self, text: &str, pointer: &str) {
        let (folded, length) = (fold(text), self.words.chars().count());
        // Folding keeps one character for one, so that places count the same in both.
        let (mut at, mut before) = (0, 0);
        let mut more = 0;
        for (found, (start, _)) in folded.match_indices(self.words).enumerate() {
            before += folded[at..start].chars().count();
            at = start;
            if found < MOST_OF_ONE {
                self.places.push((pointer.to_owned(), around(text, before, length)));
            } else {
                more += 1;
            }
        }
        if more > 0 {
            self.places.push((pointer.to_owned(), format!("[{more} more in this text]")));
        }
    }

    /// Searches a value as compact JSON, and names the innermost that holds the words.
    fn search_json(&mut self, value: &Value, pointer: &str) {
        let text = value.to_string();
        let folded = fold(&text);
        let Some(start) = folded.find(self.words) else { return };
        let before = self.places.len();
        match value {
            Value::Array(entries) => {
                for (index, entry) in entries.iter().enumerate() {
                    self.search_json(entry, &format!("{pointer}/{index}"));
                }
            }
            Value::Object(fields) => {
                for (key, entry) in fields {
                    let mut below = pointer.to_owned();
                    point_below(&mut below, key);
                    self.search_json(entry, &below);
                }
            }
            _ => {}
        }
        if self.places.len() == before {
            let shown = around(&text, folded[..start].chars().count(), self.words.chars().count());
            self.places.push((pointer.to_owned(), shown));
        }
    }
}

/// Returns what stands around words of this length that begin so many characters in; of a long text, also where that is.
fn around(text: &str, before: usize, length: usize) -> String {
    let start = before.saturating_sub(AROUND);
    let shown: String = text.chars().skip(start).take(before - start + length + AROUND).collect();
    let left = if start > 0 { format!("[character {start}] …") } else { String::new() };
    let right = if text.chars().count() > before + length + AROUND { "…" } else { "" };
    format!("{left}{shown}{right}")
}

/// Returns the text in small letters, as many characters as before.
fn fold(text: &str) -> String {
    text.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, words: &str) -> Vec<String> {
        let words = fold(words);
        let mut found = Found::of(&words);
        found.text(text, "");
        found.places.into_iter().map(|(_, around)| around).collect()
    }

    #[test]
    fn words_are_found_whatever_their_case_and_shown_as_written() {
        assert_eq!(found("Das WETTER in İstanbul", "wetter"), ["Das WETTER in İstanbul"]);
        assert_eq!(found("İİİ Ärger", "ärger"), ["İİİ Ärger"]);
        assert_eq!(found("天気は晴れ", "晴れ"), ["天気は晴れ"]);
        assert_eq!(found("nothing", "something"), [""; 0]);
    }

    #[test]
    fn a_text_names_each_place_and_counts_what_it_does_not() {
        let text = format!("one {} one", "x".repeat(200));
        assert!(
            matches!(&found(&text, "one")[..], [first, second] if first.ends_with('…') && second.starts_with("[character 125] …x"))
        );
        assert_eq!(found(&"one ".repeat(25), "one").last().map(String::as_str), Some("[15 more in this text]"));
    }
}
