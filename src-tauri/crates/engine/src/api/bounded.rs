//! Answers with long texts cut, and the way to a whole text.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::types::Bounded;

/// How long a text may be and what stays of a longer one, in bytes; the next pair counts while an answer's texts together
/// are longer than [`LONGEST_ANSWER`].
const CUTS: [(usize, usize); 3] = [(64 << 10, 16 << 10), (8 << 10, 4 << 10), (1 << 10, 512)];
const LONGEST_ANSWER: usize = 16 << 20;

/// Returns an answer with its long texts cut.
///
/// # Errors
///
/// When the answer cannot be written as JSON.
pub(crate) fn bound<T: Serialize>(answer: &T) -> serde_json::Result<Bounded<Value>> {
    let mut value = serde_json::to_value(answer)?;
    let mut cut = BTreeMap::new();
    for (longest, kept) in CUTS {
        let mut cutter = Cutter { longest, kept, left: 0, cut: &mut cut };
        cutter.cut(&mut value, &mut String::new());
        if cutter.left <= LONGEST_ANSWER {
            break;
        }
    }
    Ok(Bounded { value, cut })
}

struct Cutter<'a> {
    longest: usize,
    kept: usize,
    /// How much text is left.
    left: usize,
    cut: &'a mut BTreeMap<String, u64>,
}

impl Cutter<'_> {
    /// Values are at most as deep as decoding lets attributes be and `serde_json` lets JSON be, both little over a hundred.
    fn cut(&mut self, value: &mut Value, pointer: &mut String) {
        let length = pointer.len();
        match value {
            Value::String(text) => {
                if text.len() > self.longest {
                    // A text that was cut before keeps the length it had.
                    self.cut.entry(pointer.clone()).or_insert(text.len() as u64);
                    text.truncate(text.floor_char_boundary(self.kept));
                    text.shrink_to_fit();
                }
                self.left += text.len();
            }
            Value::Array(values) => {
                for (at, value) in values.iter_mut().enumerate() {
                    pointer.push_str(&format!("/{at}"));
                    self.cut(value, pointer);
                    pointer.truncate(length);
                }
            }
            Value::Object(entries) => {
                for (key, value) in entries {
                    pointer.push('/');
                    pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                    self.cut(value, pointer);
                    pointer.truncate(length);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// Returns the whole text at a JSON pointer into an answer; `None` when no text is there.
///
/// # Errors
///
/// When the answer cannot be written as JSON.
pub(crate) fn text_at<T: Serialize>(answer: &T, pointer: &str) -> serde_json::Result<Option<String>> {
    let mut value = serde_json::to_value(answer)?;
    Ok(match value.pointer_mut(pointer).map(Value::take) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn long_texts_are_cut_at_a_character_and_found_again() {
        let long = "ä".repeat(40_000);
        let answer = json!({"a/b~": [{"text": long}], "short": "x".repeat(64 << 10)});
        let bounded = bound(&answer).expect("JSON");
        assert_eq!(bounded.cut, BTreeMap::from([("/a~1b~0/0/text".to_owned(), 80_000)]));
        assert_eq!(bounded.value["a/b~"][0]["text"], "ä".repeat(8 << 10));
        assert_eq!(bounded.value["short"], answer["short"]);
        assert_eq!(text_at(&answer, "/a~1b~0/0/text").expect("JSON"), Some(long));
        assert_eq!(text_at(&answer, "/a~1b~0").expect("JSON"), None);
        assert_eq!(text_at(&answer, "/nowhere").expect("JSON"), None);
    }
    #[test]
    fn many_texts_are_cut_shorter_and_keep_their_lengths() {
        let text = "x".repeat(60_000);
        let answer: Vec<&str> = vec![&text; 1_000];
        let bounded = bound(&answer).expect("JSON");
        assert_eq!((bounded.cut.len(), bounded.cut["/999"]), (1_000, 60_000));
        let long: usize =
            bounded.value.as_array().expect("a list").iter().filter_map(Value::as_str).map(str::len).sum();
        assert!(long <= LONGEST_ANSWER, "{long}");
    }
}
