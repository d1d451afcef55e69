//! The arguments of a tool, held against its schema before they are read.
//!
//! An argument nobody knows is refused: an agent that misspells one would take the answer for what it asked. What can only mean one
//! thing is taken: `null` for what is left out, `"5"` and `5.0` for a number.

use rmcp::model::{JsonObject, Tool};
use serde_json::Value;

/// Makes a tool's schema say that there are no other arguments, and takes out of it what tells an agent nothing: each character of
/// it is read before the first question.
pub(super) fn tighten(tool: &mut Tool) {
    let mut schema = JsonObject::clone(&tool.input_schema);
    schema.remove("$schema");
    schema.insert("additionalProperties".to_owned(), false.into());
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for property in properties.into_iter().flatten().filter_map(|(_, property)| property.as_object_mut()) {
        property.remove("format");
        property.retain(|key, value| !(key == "minimum" && *value == 0 || key == "default" && value.is_null()));
    }
    tool.input_schema = schema.into();
}

/// Returns the arguments as the tool reads them; else says what is wrong with which.
pub(super) fn checked(tool: &Tool, arguments: JsonObject) -> Result<JsonObject, String> {
    let properties = tool.input_schema.get("properties").and_then(Value::as_object);
    let known = || properties.into_iter().flatten().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    let mut taken = JsonObject::new();
    for (name, value) in arguments {
        let Some(schema) = properties.and_then(|properties| properties.get(&name)) else {
            return Err(format!("{} takes no `{name}`; it takes {}", tool.name, known()));
        };
        if !value.is_null() {
            let value = taken_as(schema, value).map_err(|wanted| format!("`{name}` has to be {wanted}"))?;
            taken.insert(name, value);
        }
    }
    let required = tool.input_schema.get("required").and_then(Value::as_array);
    match required.into_iter().flatten().filter_map(Value::as_str).find(|name| !taken.contains_key(*name)) {
        Some(missing) => Err(format!("{} needs `{missing}`; it takes {}", tool.name, known())),
        None => Ok(taken),
    }
}

/// Returns a value as its schema has it; else what it had to be.
fn taken_as(schema: &Value, value: Value) -> Result<Value, String> {
    let is = |wanted: &str| match schema.get("type") {
        Some(Value::String(one)) => one == wanted,
        Some(Value::Array(several)) => several.iter().any(|one| one == wanted),
        _ => false,
    };
    if is("integer") {
        let least = schema.get("minimum").and_then(Value::as_u64).unwrap_or(0);
        let number = match &value {
            Value::String(text) => text.trim().parse().ok(),
            Value::Number(number) => number.as_f64(),
            _ => None,
        };
        let number = number.filter(|number: &f64| number.fract() == 0.0 && *number >= least as f64);
        let number = number.filter(|number| *number <= f64::from(u32::MAX));
        return number
            .map(|number| Value::from(number as u64))
            .ok_or_else(|| format!("a whole number from {least} to {}", u32::MAX));
    }
    if is("boolean") {
        return match value.as_str() {
            Some("true") => Ok(true.into()),
            Some("false") => Ok(false.into()),
            _ if value.is_boolean() => Ok(value),
            _ => Err("true or false".to_owned()),
        };
    }
    match value {
        Value::String(_) => Ok(value),
        _ => Err("a text".to_owned()),
    }
}
