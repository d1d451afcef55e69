//! Whether JSON fits a JSON schema, as far as the schemas go that models are given.
//!
//! Those are written by Pydantic, Zod and their like: types, keys, lists, choices, references within the schema, bounds. A keyword
//! that says more than that (`pattern`, `not`, …) is not looked at and named, so that nobody takes silence for a fit.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::json::point_below;

/// The most misfits that are told.
const MOST: usize = 50;
/// How many pairs of a schema and a value are looked at.
const STEPS: u32 = 200_000;
/// How deep schemas and values are followed; references may lead round in circles.
const DEEPEST: u32 = 200;

/// Keywords that narrow what fits and are not looked at.
const UNCHECKED: [&str; 19] = [
    "$dynamicRef",
    "contains",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "format",
    "if",
    "maxContains",
    "maxProperties",
    "minContains",
    "minProperties",
    "multipleOf",
    "not",
    "pattern",
    "patternProperties",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
];

/// A place where a value does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The place as a JSON pointer into the value; where a key is missing, that of the object.
    pub at: String,
    /// What is wrong there, in words that follow the place; no text of the value.
    pub problem: String,
}

/// How a value fits a schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fit {
    /// Where it does not, in the schema's order; at most 50.
    pub misfits: Vec<Misfit>,
    /// Whether there are more.
    pub more: bool,
    /// Keywords of the schema that were not looked at, by name.
    pub unchecked: BTreeSet<String>,
}

/// Returns how a value fits a schema. Bounded: of what is larger or deeper than any answer, the rest counts as not looked at.
pub fn fit(schema: &Value, value: &Value) -> Fit {
    let mut check = Check { root: schema, steps: 0, unchecked: BTreeSet::new() };
    let mut found = Found::default();
    check.value(schema, value, &mut String::new(), 0, &mut found);
    Fit { misfits: found.misfits, more: found.more, unchecked: check.unchecked }
}

#[derive(Default)]
struct Found {
    misfits: Vec<Misfit>,
    more: bool,
}

impl Found {
    fn add(&mut self, at: &str, problem: String) {
        if self.misfits.len() == MOST {
            self.more = true;
        } else {
            self.misfits.push(Misfit { at: at.to_owned(), problem });
        }
    }

    fn add_all(&mut self, others: Self) {
        for misfit in others.misfits {
            self.add(&misfit.at, misfit.problem);
        }
        self.more |= others.more;
    }

    fn is_none(&self) -> bool {
        self.misfits.is_empty()
    }
}

struct Check<'s> {
    root: &'s Value,
    steps: u32,
    unchecked: BTreeSet<String>,
}

impl<'s> Check<'s> {
    fn value(&mut self, schema: &'s Value, value: &Value, at: &mut String, depth: u32, found: &mut Found) {
        self.steps += 1;
        if self.steps > STEPS || depth > DEEPEST {
            self.unchecked.insert("…".to_owned());
            return;
        }
        let rules = match schema {
            Value::Object(rules) => rules,
            Value::Bool(false) => return found.add(at, "may not be there".to_owned()),
            _ => return,
        };
        self.unchecked.extend(UNCHECKED.iter().filter(|key| rules.contains_key(**key)).map(|key| (*key).to_owned()));
        if value.is_null() && rules.get("nullable") == Some(&Value::Bool(true)) {
            return;
        }
        if let Some(problem) = wrong_type(rules, value).or_else(|| wrong_choice(rules, value)) {
            return found.add(at, problem);
        }
        if let Some(problem) = out_of_bounds(rules, value) {
            found.add(at, problem);
        }
        self.reference(rules, value, at, depth, found);
        self.forms(rules, value, at, depth, found);
        match value {
            Value::Object(fields) => self.object(rules, fields, at, depth, found),
            Value::Array(items) => self.list(rules, items, at, depth, found),
            _ => {}
        }
    }

    fn reference(
        &mut self,
        rules: &'s Map<String, Value>,
        value: &Value,
        at: &mut String,
        depth: u32,
        found: &mut Found,
    ) {
        let Some(reference) = rules.get("$ref").and_then(Value::as_str) else { return };
        match reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer)) {
            Some(schema) => self.value(schema, value, at, depth + 1, found),
            None => {
                self.unchecked.insert("$ref".to_owned());
            }
        }
    }

    /// Schemas of which all, one or any must fit.
    fn forms(&mut self, rules: &'s Map<String, Value>, value: &Value, at: &mut String, depth: u32, found: &mut Found) {
        for schema in rules.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.value(schema, value, at, depth + 1, found);
        }
        for key in ["anyOf", "oneOf"] {
            let Some(schemas) = rules.get(key).and_then(Value::as_array) else { continue };
            let (mut fitting, mut near) = (0, Vec::new());
            for schema in schemas {
                let mut misfits = Found::default();
                self.value(schema, value, at, depth + 1, &mut misfits);
                if misfits.is_none() {
                    fitting += 1;
                } else if misfits.misfits.iter().all(|misfit| misfit.at != *at) {
                    // It is of this form but for something within it.
                    near.push(misfits);
                }
            }
            match (fitting, near.len()) {
                (0, 1) => found.add_all(near.remove(0)),
                (0, _) => found.add(at, format!("fits none of the {} forms allowed here", schemas.len())),
                (2.., _) if key == "oneOf" => {
                    found.add(at, format!("fits {fitting} forms of which only one may fit"));
                }
                _ => {}
            }
        }
    }

    fn object(
        &mut self,
        rules: &'s Map<String, Value>,
        fields: &Map<String, Value>,
        at: &mut String,
        depth: u32,
        found: &mut Found,
    ) {
        for key in rules.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(key) {
                found.add(at, format!("lacks the required key \"{key}\""));
            }
        }
        let known = rules.get("properties").and_then(Value::as_object);
        // Which keys a pattern allows is not looked at.
        let others = rules.get("additionalProperties").filter(|_| !rules.contains_key("patternProperties"));
        for (key, value) in fields {
            let length = at.len();
            point_below(at, key);
            match (known.and_then(|known| known.get(key)), others) {
                (Some(schema), _) => self.value(schema, value, at, depth + 1, found),
                (None, Some(Value::Bool(false))) => found.add(at, "is a key the schema does not know".to_owned()),
                (None, Some(schema)) => self.value(schema, value, at, depth + 1, found),
                (None, None) => {}
            }
            at.truncate(length);
        }
    }

    fn list(&mut self, rules: &'s Map<String, Value>, items: &[Value], at: &mut String, depth: u32, found: &mut Found) {
        let first = rules.get("prefixItems").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for (index, item) in items.iter().enumerate() {
            let Some(schema) = first.get(index).or_else(|| rules.get("items")) else { continue };
            let length = at.len();
            at.push_str(&format!("/{index}"));
            self.value(schema, item, at, depth + 1, found);
            at.truncate(length);
        }
    }
}

/// The type's name, of numbers the narrower one; Gemini writes names in capitals.
fn wrong_type(rules: &Map<String, Value>, value: &Value) -> Option<String> {
    let wanted: Vec<String> = match rules.get("type")? {
        Value::String(name) => vec![name.to_ascii_lowercase()],
        Value::Array(names) => names.iter().filter_map(Value::as_str).map(str::to_ascii_lowercase).collect(),
        _ => return None,
    };
    let is = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.as_f64().is_some_and(|number| number.fract() == 0.0) => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let fits = |name: &String| {
        name == is
            || (name == "number" && is == "integer")
            || !matches!(name.as_str(), "null" | "boolean" | "integer" | "number" | "string" | "array" | "object")
    };
    (!wanted.is_empty() && !wanted.iter().any(fits)).then(|| {
        let is = if matches!(value, Value::Number(_)) { "number" } else { is };
        format!("is {is}, must be {}", wanted.join(" or "))
    })
}

fn wrong_choice(rules: &Map<String, Value>, value: &Value) -> Option<String> {
    let same = |allowed: &Value| allowed == value || (allowed.is_number() && allowed.as_f64() == value.as_f64());
    if let Some(allowed) = rules.get("enum").and_then(Value::as_array)
        && !allowed.iter().any(same)
    {
        let all = allowed.iter().map(Value::to_string).collect::<Vec<_>>().join(", ");
        return Some(if all.len() <= 120 {
            format!("must be one of {all}")
        } else {
            format!("is none of the {} values allowed", allowed.len())
        });
    }
    let only = rules.get("const").filter(|only| !same(only))?.to_string();
    Some(if only.len() <= 120 { format!("must be {only}") } else { "is not the one value allowed".to_owned() })
}

fn out_of_bounds(rules: &Map<String, Value>, value: &Value) -> Option<String> {
    // Gemini writes some counts as texts.
    let bound = |key: &str| {
        let said = rules.get(key)?;
        said.as_f64().or_else(|| said.as_str()?.parse().ok())
    };
    let (measured, least, most, of) = match value {
        Value::Number(number) => (number.as_f64()?, "minimum", "maximum", ""),
        Value::String(text) => (text.chars().count() as f64, "minLength", "maxLength", " characters"),
        Value::Array(items) => (items.len() as f64, "minItems", "maxItems", " items"),
        _ => return None,
    };
    let has = if of.is_empty() { "is" } else { "has" };
    let told = |word: &str, bound: f64| {
        Some(format!("{has} {measured}{of}, must {} {word} {bound}", if of.is_empty() { "be" } else { "have" }))
    };
    match (bound(least), bound(most)) {
        (Some(least), _) if measured < least => return told("at least", least),
        (_, Some(most)) if measured > most => return told("at most", most),
        _ => {}
    }
    if !value.is_number() {
        return None;
    }
    match (bound("exclusiveMinimum"), bound("exclusiveMaximum")) {
        (Some(least), _) if measured <= least => told("more than", least),
        (_, Some(most)) if measured >= most => told("less than", most),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
