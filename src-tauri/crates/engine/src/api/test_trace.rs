//! A made-up trace that comes in by the same door as real ones: it shows that receiving, storing and drawing work.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::extract::State;
use serde_json::Value;
use spanglass_trace::span::TraceId;

use super::App;
use super::error::Failure;
use super::types::Created;

/// An agent that answers a question with a tool: two streamed calls of a model and one of the tool. Times are nanoseconds
/// after the trace's start, written `+…`; `TRACE` stands for the trace's id.
const TEMPLATE: &str = include_str!("test_trace.json");

pub(crate) async fn send(State(app): State<App>) -> Result<Json<Created>, Failure> {
    let now_ns = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64);
    let trace_id = TraceId(rand::random());
    let request = fill_in(trace_id, now_ns)?;
    (app.send_traces)(request.into()).await.map_err(Failure::Unavailable)?;
    Ok(Json(Created { trace_id: trace_id.to_string() }))
}

/// Returns the OTLP/JSON request of a trace that ends now.
fn fill_in(trace_id: TraceId, now_ns: u64) -> Result<String, Failure> {
    let text = TEMPLATE.replace("TRACE", &trace_id.to_string());
    let mut request: Value = serde_json::from_str(&text).map_err(|error| Failure::Internal(error.to_string()))?;
    let latest = offsets(&mut request).into_iter().filter_map(|(offset, _)| offset).max().unwrap_or_default();
    let start_ns = now_ns.saturating_sub(latest);
    for (offset, text) in offsets(&mut request) {
        *text = (start_ns + offset.unwrap_or_default()).to_string();
    }
    Ok(request.to_string())
}

/// Returns the places of times in the template.
fn offsets(request: &mut Value) -> Vec<(Option<u64>, &mut String)> {
    let mut waiting = vec![request];
    let mut found = Vec::new();
    while let Some(value) = waiting.pop() {
        match value {
            Value::Array(values) => waiting.extend(values),
            Value::Object(entries) => {
                for (key, value) in entries {
                    let is_time = key.ends_with("TimeUnixNano") || key == "timeUnixNano";
                    if !is_time {
                        waiting.push(value);
                    } else if let Value::String(text) = value {
                        found.push((text.trim_start_matches('+').parse().ok(), text));
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_becomes_a_trace_that_ends_now() {
        let now = 1_800_000_000_000_000_000;
        let text = fill_in(TraceId([7; 16]), now).expect("a template that is JSON");
        assert!(!text.contains("\"+") && !text.contains("TRACE"));
        let mut request: Value = serde_json::from_str(&text).expect("JSON");
        let times: Vec<u64> = offsets(&mut request).into_iter().filter_map(|(time, _)| time).collect();
        assert_eq!(times.iter().max(), Some(&now));
        assert!(times.len() > 40 && times.iter().all(|time| now - time < 10_000_000_000));
    }
}
