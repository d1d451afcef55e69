use serde_json::json;

use super::*;

/// The misfits as `place problem`.
fn misfits(schema: &Value, value: &Value) -> Vec<String> {
    fit(schema, value).misfits.into_iter().map(|Misfit { at, problem }| format!("{at} {problem}")).collect()
}

fn place() -> Value {
    json!({
        "type": "object",
        "properties": {
            "city": {"type": "string", "minLength": 1},
            "kind": {"enum": ["capital", "town"]},
            "people": {"type": ["integer", "null"], "minimum": 1},
            "near": {"type": "array", "items": {"$ref": "#"}, "maxItems": 2},
        },
        "required": ["city", "kind"],
        "additionalProperties": false,
    })
}

#[test]
fn what_fits_has_no_misfits() {
    let near = json!({"city": "Bergen", "kind": "town", "people": null});
    let value = json!({"city": "Oslo", "kind": "capital", "people": 709_000.0, "near": [near]});
    assert_eq!(fit(&place(), &value), Fit::default());
}

#[test]
fn every_misfit_is_told_at_its_place() {
    let value = json!({"kind": "village", "people": 0.5, "near": [{"city": 7, "kind": "town", "a/b": 1}]});
    assert_eq!(
        misfits(&place(), &value),
        [
            " lacks the required key \"city\"",
            "/kind must be one of \"capital\", \"town\"",
            "/people is number, must be integer or null",
            "/near/0/city is number, must be string",
            "/near/0/a~1b is a key the schema does not know",
        ]
    );
    assert_eq!(misfits(&place(), &json!([])), [" is array, must be object"]);
}

#[test]
fn bounds_count_characters_and_items() {
    let value = json!({"city": "", "kind": "town", "people": 0, "near": [{}, {}, {}]});
    let told = misfits(&place(), &value);
    assert_eq!(told[0], "/city has 0 characters, must have at least 1");
    assert!(told.contains(&"/people is 0, must be at least 1".to_owned()), "{told:?}");
    assert!(told.contains(&"/near has 3 items, must have at most 2".to_owned()), "{told:?}");
}

#[test]
fn of_several_forms_the_one_that_was_meant_is_told() {
    let schema = json!({"anyOf": [{"type": "object", "properties": {"n": {"type": "integer"}}}, {"type": "null"}]});
    assert_eq!(misfits(&schema, &json!(null)), [""; 0]);
    assert_eq!(misfits(&schema, &json!({"n": "1"})), ["/n is string, must be integer"]);
    assert_eq!(misfits(&schema, &json!("x")), [" fits none of the 2 forms allowed here"]);
    let one = json!({"oneOf": [{"type": "integer"}, {"minimum": 1}]});
    assert_eq!(misfits(&one, &json!(2)), [" fits 2 forms of which only one may fit"]);
}

#[test]
fn gemini_writes_types_in_capitals_and_marks_what_may_be_null() {
    let schema = json!({"type": "ARRAY", "items": {"type": "STRING", "nullable": true}, "maxItems": "1"});
    assert_eq!(misfits(&schema, &json!(["a"])), [""; 0]);
    assert_eq!(
        misfits(&schema, &json!([null, 1])),
        [" has 2 items, must have at most 1", "/1 is number, must be string"]
    );
}

#[test]
fn what_is_not_looked_at_is_named() {
    let schema = json!({"type": "string", "pattern": "^a", "$ref": "https://example.com/s"});
    let fit = fit(&schema, &json!("b"));
    assert!(fit.misfits.is_empty());
    assert_eq!(fit.unchecked.into_iter().collect::<Vec<_>>(), ["$ref", "pattern"]);
}

#[test]
fn circles_and_floods_end() {
    let circle = json!({"$ref": "#", "anyOf": [{"$ref": "#"}, {"$ref": "#"}]});
    assert_eq!(fit(&circle, &json!(1)).unchecked.into_iter().collect::<Vec<_>>(), ["…"]);
    let many = fit(&json!({"items": {"type": "string"}}), &Value::from(vec![1; 100]));
    assert_eq!((many.misfits.len(), many.more), (MOST, true));
}
