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

/// Returns the value that an outline finds at a place, taken apart by it.
fn outlined(place: outline::Place<'_>) -> Value {
    let mut at = 0;
    let mut values = || {
        // From its number as from the value before.
        let (key, value) = place.values(at).next()?;
        at += 1;
        Some((key.map(|key| outline::meant(key).into_owned()), outlined(value)))
    };
    match place.sort() {
        outline::Sort::Array => std::iter::from_fn(values).map(|(_, value)| value).collect(),
        outline::Sort::Object => Value::Object(
            std::iter::from_fn(|| values().map(|(key, value)| (key.unwrap_or_default(), value))).collect(),
        ),
        outline::Sort::String => Value::from(place.meant()),
        _ => serde_json::from_str(place.written()).expect("a number or a word"),
    }
}

#[test]
fn an_outline_finds_every_value_of_large_lists() {
    let row = |n: u32| serde_json::json!({"n": n, "texts": (0..n % 90).map(|at| format!("text {at} of \"{n}\"")).collect::<Vec<_>>()});
    let value = serde_json::json!({"rows": (0..500).map(row).collect::<Vec<_>>(), "by key": (0..700).map(|n| (format!("k{n}"), row(n))).collect::<Map<_, _>>()});
    for text in [value.to_string(), format!("\n {value:#} ")] {
        let outline = outline::Outline::of(text.into()).expect("JSON");
        assert_eq!(outlined(outline.root()), value);
        assert_eq!(outline.root().values(0).next().map(|(_, rows)| rows.len()), Some(500));
        assert_eq!(outline.at(&[0, 499, 0]).map(outlined), Some(499.into()));
        assert!(outline.at(&[0, 500]).is_none() && outline.at(&[0, 499, 0, 0]).is_none());
    }
}

proptest! {
    #[test]
    fn an_outline_is_of_what_is_json(value in value(), at in any::<prop::sample::Index>(),
        put in prop_oneof![Just(""), Just("\""), Just("\\"), Just("{"), Just("]"), Just(","), Just(":"), Just("\u{1}"), Just("\\u00e9"), Just("1"), Just("-"), Just("."), Just("null"), Just("é"), Just(" ")]) {
        let mut text = value.to_string();
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        text.insert_str(places[at.index(places.len())], put);
        let outline = outline::Outline::of(text.as_str().into());
        prop_assert_eq!(outline.map(|outline| outlined(outline.root())), serde_json::from_str(&text).ok(), "{}", text);
    }

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
