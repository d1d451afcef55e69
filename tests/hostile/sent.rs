//! Requests to be told of, as OTLP/JSON text: what is hostile about them stands there letter for letter.

use std::fmt::Write as _;

use serde_json::Value;

/// A hostile trace and what is made of it.
pub(crate) struct Case {
    /// What is hostile about it, and the outcome in words.
    pub(crate) name: &'static str,
    /// The request.
    pub(crate) body: Vec<u8>,
    /// How many of its spans are left out.
    pub(crate) rejected: u64,
    /// JSON pointers into the trace document, and what stands there.
    pub(crate) stated: Vec<(&'static str, Value)>,
}

/// Returns a case of this request.
pub(crate) fn case(name: &'static str, body: Vec<u8>, stated: Vec<(&'static str, Value)>) -> Case {
    Case { name, body, rejected: 0, stated }
}

/// Returns a request of spans as JSON texts.
pub(crate) fn request(spans: &[String]) -> Vec<u8> {
    format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, spans.join(",")).into_bytes()
}

/// Returns a span by its number from 1 on, with more members.
pub(crate) fn span(n: u64, members: &str) -> String {
    let members = if members.is_empty() { String::new() } else { format!(",{members}") };
    format!(r#"{{"traceId":"0123456789abcdef0123456789abcdef","spanId":"{n:016x}"{members}}}"#)
}

/// Returns a call of a model with more attributes, as `(key, value as OTLP/JSON)`.
pub(crate) fn call(attributes: &[(&str, &str)]) -> Vec<u8> {
    let mut list = String::from(r#"{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}}"#);
    for (key, value) in attributes {
        write!(list, r#",{{"key":{},"value":{value}}}"#, Value::from(*key)).unwrap();
    }
    let time = r#""name":"call","startTimeUnixNano":"1700000000000000000","endTimeUnixNano":"1700000001000000000""#;
    request(&[span(1, &format!(r#"{time},"attributes":[{list}]"#))])
}

/// Returns a text as the value of an attribute.
pub(crate) fn text(text: &str) -> String {
    format!(r#"{{"stringValue":{}}}"#, Value::from(text))
}
