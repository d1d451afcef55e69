//! Answers with long texts cut, and the way to a whole text.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::types::Bounded;

/// A text longer than this is cut, in bytes.
const LONGEST_TEXT: usize = 64 << 10;
/// What stays of it, in bytes.
const KEPT_TEXT: usize = 16 << 10;

/// Returns an answer with its long texts cut.
///
/// # Errors
///
/// When the answer cannot be written as JSON.
pub(crate) fn bound<T: Serialize>(answer: &T) -> serde_json::Result<Bounded<Value>> {
    let mut value = serde_json::to_value(answer)?;
    let mut cut = BTreeMap::new();
    cut_texts(&mut value, &mut String::new(), &mut cut);
    Ok(Bounded { value, cut })
}

/// Values are at most as deep as decoding lets attributes be and `serde_json` lets JSON be, both little over a hundred.
fn cut_texts(value: &mut Value, pointer: &mut String, cut: &mut BTreeMap<String, u64>) {
    let length = pointer.len();
    match value {
        Value::String(text) if text.len() > LONGEST_TEXT => {
            cut.insert(pointer.clone(), text.len() as u64);
            text.truncate(text.floor_char_boundary(KEPT_TEXT));
            text.shrink_to_fit();
        }
        Value::Array(values) => {
            for (at, value) in values.iter_mut().enumerate() {
                pointer.push_str(&format!("/{at}"));
                cut_texts(value, pointer, cut);
                pointer.truncate(length);
            }
        }
        Value::Object(entries) => {
            for (key, value) in entries {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                cut_texts(value, pointer, cut);
                pointer.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
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
        let answer = json!({"a/b~": [{"text": long}], "short": "x".repeat(LONGEST_TEXT)});
        let bounded = bound(&answer).expect("JSON");
        assert_eq!(bounded.cut, BTreeMap::from([("/a~1b~0/0/text".to_owned(), 80_000)]));
        assert_eq!(bounded.value["a/b~"][0]["text"], "ä".repeat(KEPT_TEXT / 2));
        assert_eq!(bounded.value["short"], answer["short"]);
        assert_eq!(text_at(&answer, "/a~1b~0/0/text").expect("JSON"), Some(long));
        assert_eq!(text_at(&answer, "/a~1b~0").expect("JSON"), None);
        assert_eq!(text_at(&answer, "/nowhere").expect("JSON"), None);
    }
}
