//! What Python libraries record for an argument that was not given: not a value, so not shown.

use serde_json::{Map, Value};

/// Says whether a value stands for "not given": null, `NOT_GIVEN`, or the repr of a sentinel such as
/// `<openai.Omit object at 0x7f4f0493eb10>`.
pub(super) fn is_placeholder(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => {
            let class =
                text.strip_prefix('<').and_then(|text| text.split_once(" object at 0x")).map(|(class, _)| class);
            let name = class.map_or(text.as_str(), |class| class.rsplit('.').next().unwrap_or(class));
            matches!(name, "NOT_GIVEN" | "NotGiven" | "Omit" | "OMIT" | "omit")
                && (class.is_some() || name.starts_with("NOT_"))
        }
        _ => false,
    }
}

/// Leaves the arguments that were not given out of an object.
pub(super) fn strip(object: &mut Map<String, Value>) {
    object.retain(|_, value| !is_placeholder(value));
}

/// Returns a parameter without what was not given within it; `None` when nothing is left.
pub(super) fn given(value: Value) -> Option<Value> {
    let Value::Object(mut object) = value else { return Some(value).filter(|value| !is_placeholder(value)) };
    let was_empty = object.is_empty();
    strip(&mut object);
    (was_empty || !object.is_empty()).then_some(Value::Object(object))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sentinels_are_placeholders_and_words_are_not() {
        for sentinel in ["<openai.Omit object at 0x7f4f0493eb10>", "<anthropic.NotGiven object at 0x1>", "NOT_GIVEN"] {
            assert!(is_placeholder(&json!(sentinel)), "{sentinel}");
        }
        assert_eq!(given(json!({"effort": null, "summary": "<openai.Omit object at 0x1>"})), None);
        assert_eq!(given(json!({"effort": "low", "summary": null})), Some(json!({"effort": "low"})));
        for word in ["Omit", "<b>bold</b>", "<x.Thing object at 0x1>", ""] {
            assert!(!is_placeholder(&json!(word)), "{word}");
        }
    }
}
