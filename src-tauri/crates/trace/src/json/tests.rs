use proptest::prelude::*;
use serde_json::json;

use super::*;

fn read(text: &str) -> Option<Value> {
    Document::parse(text).map(|document| document.root().to_value())
}

#[test]
fn keys_are_found_and_the_last_of_two_counts() {
    let document =
        Document::parse(r#" {"a": [1, {"b": "x\ny"}], "c": null, "a\u0062": true, "c": "z"} "#).expect("JSON");
    let root = document.root();
    assert_eq!(root.pointer("/a/1/b").and_then(Json::as_str), Some("x\ny"));
    assert_eq!(root.get("ab").and_then(Json::as_bool), Some(true));
    assert_eq!(root.get("c").and_then(Json::as_str), Some("z"));
    assert!(root.get("d").is_none() && root.pointer("/a/2").is_none());
    assert_eq!(root.as_object().map(Object::len), Some(4));
}

#[test]
fn half_a_surrogate_pair_is_repaired() {
    assert_eq!(read(r#""\ud83d!""#), Some(json!("\u{fffd}!")));
    assert_eq!(read(r#""\ud83d\ude00""#), Some(json!("😀")));
}

#[test]
fn what_is_too_deep_or_too_much_is_no_document() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    for depth in [126, 127, 128, 100_000] {
        assert_eq!(read(&nested(depth)).is_some(), serde_json::from_str::<Value>(&nested(depth)).is_ok(), "{depth}");
    }
    assert!(read(&format!("[{}0]", "0,".repeat(1 << 20))).is_none());
}

#[test]
fn numbers_are_those_of_serde_json() {
    for text in [
        "0",
        "-0",
        "01",
        "-",
        "1.",
        "1.5e3",
        "1e400",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775808",
        "1-1",
        "+1",
        "0.1e-7",
        "999999999999999999",
        "9999999999999999999",
    ] {
        assert_eq!(read(text), serde_json::from_str(text).ok(), "{text}");
    }
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 4.0)),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::vec(("[a-c\"\\\\é]{0,3}", inner), 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Says whether every key of every object is found by its name.
fn finds_keys(json: Json<'_>) -> bool {
    match json.kind() {
        Kind::Array(items) => items.iter().all(finds_keys),
        Kind::Object(entries) => entries.iter().all(|(key, value)| entries.contains_key(key) && finds_keys(value)),
        _ => true,
    }
}

proptest! {
    #[test]
    fn every_key_is_found(value in value()) {
        let text = value.to_string().replace("\"a", "\"\\u0061");
        prop_assert!(Document::parse(&text).is_some_and(|document| finds_keys(document.root())), "{}", text);
        prop_assert!(finds_keys(Document::from(&value).root()));
    }

    #[test]
    fn every_value_comes_back(value in value()) {
        prop_assert_eq!(read(&value.to_string()), Some(value.clone()));
        prop_assert_eq!(read(&format!("{value:#}")), Some(value.clone()));
        prop_assert_eq!(Document::from(&value).root().to_value(), value);
    }

    #[test]
    fn what_is_json_is_what_serde_json_says(value in value(), at in any::<prop::sample::Index>(),
        put in prop_oneof![Just("\""), Just("\\"), Just("{"), Just("]"), Just(","), Just(":"), Just("\u{1}"), Just("\\u00e9"), Just("1"), Just("-"), Just("null"), Just("é")]) {
        let mut text = value.to_string();
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        text.insert_str(places[at.index(places.len())], put);
        prop_assert_eq!(read(&text), serde_json::from_str(&text).ok(), "{}", text);
    }
}
