//! Answers with long texts and large JSON cut, and the way to the whole of one.

mod cutting;
mod large;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use spanglass_trace::json::point_below;

use super::types::Bounded;
use cutting::Cutting;
use large::cut_large;

/// How long a text may be and what stays of a longer one, in bytes; the next pair counts while an answer's texts together
/// are longer than [`LONGEST_ANSWER`].
const CUTS: [(usize, usize); 3] = [(64 << 10, 16 << 10), (8 << 10, 4 << 10), (1 << 10, 512)];
const LONGEST_ANSWER: usize = 16 << 20;

/// Returns an answer with its long texts cut, and JSON of senders that is large as if it were the text it is.
///
/// # Errors
///
/// When the answer cannot be written as JSON.
pub(crate) fn bound<T: Serialize>(answer: &T) -> serde_json::Result<Bounded<Value>> {
    let (mut cut, mut pointer) = (BTreeMap::new(), String::new());
    let [(longest, kept), shorter @ ..] = CUTS;
    let mut value = answer.serialize(Cutting { only: None, longest, kept, cut: &mut cut, pointer: &mut pointer })?;
    cut_large(&mut value, &mut cut);
    for (longest, kept) in shorter {
        if length(&value) <= LONGEST_ANSWER {
            break;
        }
        Cutter { longest, kept, cut: &mut cut }.cut(&mut value, &mut String::new());
    }
    Ok(Bounded { value, cut })
}

/// How much text there is, in bytes. Values are at most as deep as decoding lets attributes be and `serde_json` lets JSON be, both
/// little over a hundred.
fn length(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(length).sum(),
        Value::Object(entries) => entries.values().map(length).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

/// Cuts what is left of an answer once more.
struct Cutter<'a> {
    longest: usize,
    kept: usize,
    cut: &'a mut BTreeMap<String, u64>,
}

impl Cutter<'_> {
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
                    point_below(pointer, key);
                    self.cut(value, pointer);
                    pointer.truncate(length);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// Returns the whole text at a JSON pointer into an answer, of a list or object the JSON; `None` when none of these is there.
///
/// # Errors
///
/// When the answer cannot be written as JSON.
pub(crate) fn text_at<T: Serialize>(answer: &T, pointer: &str) -> serde_json::Result<Option<String>> {
    let (longest, kept) = (usize::MAX, usize::MAX);
    let (mut cut, mut at) = (BTreeMap::new(), String::new());
    let mut value =
        answer.serialize(Cutting { only: Some(pointer), longest, kept, cut: &mut cut, pointer: &mut at })?;
    Ok(match value.pointer_mut(pointer).map(Value::take) {
        Some(Value::String(text)) => Some(text),
        Some(large @ (Value::Array(_) | Value::Object(_))) => Some(large.to_string()),
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
        assert_eq!(text_at(&answer, "/a~1b~0/1").expect("JSON"), None);
        assert_eq!(text_at(&answer, "/nowhere").expect("JSON"), None);
    }

    #[test]
    fn large_json_of_senders_is_cut_as_the_text_it_is() {
        let rows: Vec<Value> = (0..20_000).map(|id| json!({"id": id, "tags": ["ä"]})).collect();
        let result = json!({"rows": rows, "log": "x".repeat(100_000)});
        let answer = json!({"parts": [{"result": result, "name": "n"}], "attributes": {"small": [1], "large": rows}});
        let bounded = bound(&answer).expect("JSON");
        let whole = |pointer: &str| text_at(&answer, pointer).expect("JSON").expect("a value");
        let lengths = ["/attributes/large", "/parts/0/result"].map(|at| (at.to_owned(), whole(at).len() as u64));
        assert_eq!(bounded.cut, BTreeMap::from(lengths));
        let shown = bounded.value["parts"][0]["result"].as_str().expect("text");
        assert!(shown.len() == 16 << 10 && whole("/parts/0/result").starts_with(shown));
        assert_eq!(bounded.value["attributes"]["small"], answer["attributes"]["small"]);
        assert_eq!(serde_json::from_str::<Value>(&whole("/parts/0/result")).expect("JSON"), result);
    }

    #[test]
    fn what_is_short_is_written_as_ever() {
        #[derive(Serialize)]
        #[serde(rename_all = "snake_case")]
        enum Variant {
            Unit,
            New(u8),
            Tuple(i64, f64),
            Fields { at: Option<char> },
        }
        #[derive(Serialize)]
        struct Flat {
            key: &'static str,
            #[serde(flatten)]
            rest: BTreeMap<Variant2, Value>,
        }
        #[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
        #[serde(rename_all = "kebab-case")]
        enum Variant2 {
            OneTwo,
        }
        let rest = BTreeMap::from([(Variant2::OneTwo, json!([null, true, -1, 2.5, "ä", {"a": {}}]))]);
        let all = (
            [Variant::Unit, Variant::New(1), Variant::Tuple(-2, 0.5), Variant::Fields { at: None }],
            Flat { key: "k", rest },
            Some(BTreeMap::from([(7, f64::NAN)])),
        );
        let Bounded { value, cut } = bound(&all).expect("JSON");
        assert_eq!((value, cut.len()), (serde_json::to_value(&all).expect("JSON"), 0));
        let long = Variant::Tuple(0, 1.0);
        assert_eq!(bound(&[long]).expect("JSON").value, json!([{"tuple": [0, 1.0]}]));
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
