//! Lists and objects that a sender made as large as it liked: a page that only looks at the beginning of one is not sent all of it.

use std::collections::BTreeMap;

use serde_json::Value;
use spanglass_trace::json::point_below;

/// How long one may be, written as JSON, and what stays of a longer one, in bytes.
const LONGEST: usize = 256 << 10;
const KEPT: usize = 16 << 10;

/// Under these names senders' own JSON stands in the views, whatever its shape; under the others in the rows of a transcript.
const FREE: [&str; 3] = ["arguments", "result", "value"];
const FREE_IN_ROWS: [&str; 2] = ["input", "output"];

/// Replaces large JSON of senders by the beginning of the text it is, and notes its pointer and length as those of cut texts.
pub(super) fn cut_large(value: &mut Value, cut: &mut BTreeMap<String, u64>) {
    below(value, &mut String::new(), "", cut);
}

fn below(value: &mut Value, pointer: &mut String, key: &str, cut: &mut BTreeMap<String, u64>) {
    let length = pointer.len();
    match value {
        Value::Array(values) => {
            for (at, value) in values.iter_mut().enumerate() {
                pointer.push_str(&format!("/{at}"));
                below(value, pointer, "", cut);
                pointer.truncate(length);
            }
        }
        Value::Object(entries) => {
            for (name, value) in entries {
                let in_row = key.is_empty() && pointer.starts_with("/rows/");
                point_below(pointer, name);
                let is_free = key == "attributes"
                    || FREE.contains(&name.as_str())
                    || in_row && FREE_IN_ROWS.contains(&name.as_str());
                if is_free && (value.is_object() || value.is_array()) && written(value, LONGEST) > LONGEST {
                    replace(value, pointer, cut);
                } else {
                    below(value, pointer, name, cut);
                }
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}

fn replace(value: &mut Value, pointer: &str, cut: &mut BTreeMap<String, u64>) {
    let mut text = value.to_string();
    let mut length = text.len() as u64;
    // What is cut within it was counted as it stands here.
    let within = format!("{pointer}/");
    cut.retain(|place, whole| {
        let is_within = place.starts_with(&within);
        if is_within {
            let left = value.pointer(&place[pointer.len()..]).and_then(Value::as_str).map_or(0, str::len);
            length += *whole - left as u64;
        }
        !is_within
    });
    cut.insert(pointer.to_owned(), length);
    text.truncate(text.floor_char_boundary(KEPT));
    text.shrink_to_fit();
    *value = Value::String(text);
}

/// Returns about how long a value is, written as JSON; of one longer than `limit` no more than that it is.
fn written(value: &Value, limit: usize) -> usize {
    let mut sum = 2;
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => sum += 3,
        Value::String(text) => sum += text.len(),
        Value::Array(values) => {
            for value in values {
                if sum > limit {
                    break;
                }
                sum += 1 + written(value, limit - sum);
            }
        }
        Value::Object(entries) => {
            for (key, value) in entries {
                if sum > limit {
                    break;
                }
                sum += 4 + key.len() + written(value, limit - sum);
            }
        }
    }
    sum
}
