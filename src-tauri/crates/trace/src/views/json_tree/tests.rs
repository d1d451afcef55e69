use serde_json::{Value, json};

use super::*;

fn outline(value: &Value) -> Outline {
    Outline::of(value.to_string().into()).expect("JSON")
}

fn large() -> Value {
    json!({"items": (0..10_000).map(|id| json!({"id": id, "a/b": ["x", "y"], "ok": true})).collect::<Vec<_>>(), "end": null})
}

fn asked(from: u32, rows: u32, open: &[&str]) -> JsonTreeWindow {
    let open = Some(open.iter().map(|place| (*place).to_owned()).collect());
    JsonTreeWindow { from, rows, open, reveal: None }
}

fn pointers(rows: &JsonTreeRows) -> Vec<&str> {
    rows.rows.iter().map(|row| row.pointer.as_str()).collect()
}

#[test]
fn what_is_open_is_counted_and_a_window_of_it_made() {
    let outline = outline(&large());
    let closed = rows(&outline, &asked(0, 10, &[]));
    assert_eq!((closed.rows_total, pointers(&closed)), (2, vec!["/items", "/end"]));
    assert_eq!(closed.rows[0].size, 10_000);

    let all = rows(&outline, &asked(9_000, 3, &["0", "0/4"]));
    assert_eq!((all.rows_total, pointers(&all)), (10_005, vec!["/items/8996", "/items/8997", "/items/8998"]));
    assert_eq!(all.rows[0].text, r#"{ "id": 8996, "a/b": ["x", "y"], "ok": true }"#);

    let opened = rows(&outline, &asked(4, 7, &["0", "0/4", "0/4/1"]));
    let places: Vec<(&str, u32, bool)> =
        opened.rows.iter().map(|row| (row.place.as_str(), row.depth, row.open)).collect();
    let expected = [
        ("0/3", 1, false),
        ("0/4", 1, true),
        ("0/4/0", 2, false),
        ("0/4/1", 2, true),
        ("0/4/1/0", 3, false),
        ("0/4/1/1", 3, false),
        ("0/4/2", 2, false),
    ];
    assert_eq!(places, expected);
    assert_eq!(opened.rows[4].pointer, "/items/4/a~1b/0");
    assert_eq!(opened.rows[4].key, Some(JsonKey::Index(0)));
    assert_eq!(opened.rows[3].key, Some(JsonKey::Name("a/b".to_owned())));
}

#[test]
fn a_window_is_the_same_rows_as_all_of_them_have() {
    let value =
        json!({"list": (0..200).map(|n| json!([n, {"n": [n]}])).collect::<Vec<_>>(), "text": "a\nb\nc", "x": {}});
    let outline = outline(&value);
    let open = ["0", "0/3", "0/3/1", "0/3/1/0", "0/150", "0/151", "1"];
    let all = rows(&outline, &asked(0, 400, &open));
    assert_eq!(all.rows.len() as u32, all.rows_total);
    assert_eq!(all.rows_total, 3 + 200 + 2 + 1 + 1 + 2 + 2 + 3);
    for from in 0..all.rows_total {
        for count in [1, 2, 7, 60] {
            let some = rows(&outline, &asked(from, count, &open)).rows;
            let end = (from + count).min(all.rows_total) as usize;
            assert_eq!(some, all.rows[from as usize..end], "{count} rows from {from}");
        }
    }
}

#[test]
fn a_place_is_revealed_wherever_it_is() {
    let outline = outline(&large());
    let window = JsonTreeWindow { reveal: Some("0/7000/1/1".to_owned()), ..asked(0, 9, &["0/2"]) };
    let found = rows(&outline, &window);
    assert_eq!((found.from, found.found), (7_004, Some(7_008)));
    assert_eq!(found.rows[4].pointer, "/items/7000/a~1b/1");
    assert_eq!(found.open, ["0/2", "0", "0/7000", "0/7000/1"]);
    let nowhere = JsonTreeWindow { reveal: Some("0/70000".to_owned()), ..asked(0, 9, &["0"]) };
    assert_eq!(rows(&outline, &nowhere).found, None);
}

#[test]
fn the_outermost_levels_are_open_at_first() {
    let first = |value: &Value| rows(&outline(value), &JsonTreeWindow { rows: 24, ..JsonTreeWindow::default() }).open;
    assert_eq!(first(&large()), ["0"]);
    assert_eq!(first(&json!((0..100).collect::<Vec<_>>())), [""; 0]);
    assert_eq!(first(&json!({"a": {"b": {"c": [1]}}, "d": [2]})), ["0", "1", "0/0", "0/0/0"]);
}

#[test]
fn long_texts_open_into_lines() {
    let long = format!("first\n{}\nlast \"quoted\"", "ä".repeat(300));
    let outline = outline(&json!([long, "short"]));
    let closed = rows(&outline, &asked(0, 5, &[])).rows;
    assert!(closed[0].opens && !closed[1].opens);
    assert_eq!(closed[0].text, format!("\"first\\n{}…\"", "ä".repeat(154)));
    assert_eq!(closed[1].text, "\"short\"");
    let open = rows(&outline, &asked(0, 9, &["0"]));
    let lines: Vec<&str> =
        open.rows.iter().filter(|row| row.kind == JsonKind::Line).map(|row| row.text.as_str()).collect();
    assert_eq!((open.rows_total, lines.len(), lines[0], lines[4]), (7, 5, "first", "last \"quoted\""));
    assert_eq!(lines[1..4].concat(), "ä".repeat(300));
}

#[test]
fn words_are_found_in_keys_texts_and_numbers() {
    let outline =
        Outline::of(r#"{"Name": "caf\u00e9 \"x\"", "n": [1234, "NAME", true], "last": "日本"}"#.into()).expect("JSON");
    let places = |words: &str| find(&outline, words).places;
    assert_eq!(places("name"), ["0", "1/1"]);
    assert_eq!(places("CAFÉ"), ["0"]);
    assert_eq!(places("\"x\""), ["0"]);
    assert_eq!(places("23"), ["1/0"]);
    assert_eq!(places("本"), ["2"]);
    assert_eq!(places(""), [""; 0]);
    let many = find(&super::tests::outline(&large()), "ok");
    assert_eq!((many.places.len(), many.more), (2_000, true));
}

#[test]
fn a_value_is_told_whole() {
    let outline = Outline::of("{\"a\": [ 1,\n2 ], \"b\": \"x\\ny\"}".into()).expect("JSON");
    assert_eq!(value_at(&outline, "0").as_deref(), Some("[ 1,\n2 ]"));
    assert_eq!(value_at(&outline, "1").as_deref(), Some("x\ny"));
    assert_eq!(value_at(&outline, "2"), None);
    assert_eq!(value_at(&outline, "x"), None);
    assert_eq!(rows(&outline, &asked(0, 9, &[&"0/".repeat(1_000_000), "0"])).rows_total, 4);
}
