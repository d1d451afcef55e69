//! JSON that came in a request of another format than OTLP: as a tree, within the budget, and as values of attributes.

use serde_json::{Map, Value};

use super::{Budget, DecodeError, json};
use crate::span::{AnyValue, Attributes};

/// Returns a whole JSON body as a tree, once it is known to hold no more than the budget allows.
///
/// Fails when it is not JSON, when it is nested more than 128 deep, and when there is more in it than the budget allows.
pub fn whole_json(body: &[u8], budget: Budget) -> Result<Value, DecodeError> {
    json::check(body, budget.items).map_err(|fault| match fault {
        json::Fault::TooMany => DecodeError::TooManyItems { limit: budget.items },
        json::Fault::Syntax { place, what } => {
            DecodeError::Malformed { place, reason: format!("this is not JSON: {what}; check the content type") }
        }
    })?;
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_slice(body).map_err(|error| DecodeError::Malformed {
        place: format!("line {} column {}", error.line(), error.column()),
        reason: format!("this JSON cannot be read: {error}"),
    })
}

/// Returns JSON as an attribute's value.
pub(super) fn any(value: &Value) -> AnyValue {
    match value {
        Value::Null => AnyValue::Null,
        Value::Bool(truth) => AnyValue::Bool(*truth),
        Value::Number(number) => {
            number.as_i64().map_or_else(|| AnyValue::Double(number.as_f64().unwrap_or(f64::NAN)), AnyValue::Int)
        }
        Value::String(text) => AnyValue::Str(text.clone()),
        Value::Array(values) => AnyValue::Array(values.iter().map(any).collect()),
        Value::Object(fields) => AnyValue::Map(entries(fields)),
    }
}

fn entries(fields: &Map<String, Value>) -> Attributes {
    fields.iter().map(|(key, value)| (key.clone(), any(value))).collect()
}
