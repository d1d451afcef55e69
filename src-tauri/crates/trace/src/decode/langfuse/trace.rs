//! A trace as Langfuse gives it back: its API (`GET /api/public/traces/{id}`), and the file its interface downloads.
//!
//! Source: Langfuse 3 (`fern/apis/server/definition/commons.yml`: `TraceWithFullDetails`, `ObservationsView`, `ScoreV1`). It is what
//! the events of its SDKs said, and becomes the same log records.

use serde_json::Value;

use super::Take;
use crate::decode::Received;
use crate::decode::complaints::Complaints;

/// Reads a trace, `{"trace": …, "observations": […]}`, or a list of them; `None` when it is neither.
pub(in crate::decode) fn document(sent: &Value) -> Option<Received> {
    let traces = match sent.get("data").unwrap_or(sent) {
        Value::Array(traces) => traces.as_slice(),
        trace => std::slice::from_ref(trace),
    };
    traces.first().filter(|trace| is_trace(trace))?;
    let (mut take, mut complaints) = (Take::default(), Complaints::default());
    for (number, sent) in traces.iter().enumerate() {
        let mut trace = sent.get("trace").unwrap_or(sent).clone();
        let mut lists = |key: &str| {
            let own = trace.as_object_mut().and_then(|trace| trace.remove(key));
            own.filter(Value::is_array).or_else(|| sent.get(key).cloned()).unwrap_or_default()
        };
        let (observations, scores) = (lists("observations"), lists("scores"));
        let id = trace["id"].clone();
        let mut event = |place: String, kind: &str, at: &str, body: &Value| {
            if let Err(fault) = take.event(kind, at, body) {
                complaints.reject(|| place, fault.to_owned());
            }
        };
        event(format!("[{number}]"), "trace-create", said(&trace, "timestamp"), &trace);
        let kinds = [
            ("observations", "observation-create", "startTime", observations),
            ("scores", "score-create", "timestamp", scores),
        ];
        for (list, kind, time, bodies) in kinds {
            for (index, body) in bodies.as_array().into_iter().flatten().enumerate() {
                let mut body = body.clone();
                // Within its trace it need not say whose it is.
                if body.is_object() && body.get("traceId").is_none_or(Value::is_null) {
                    body["traceId"] = id.clone();
                }
                event(format!("[{number}].{list}[{index}]"), kind, said(&body, time), &body);
            }
        }
    }
    Some(Received { rejected: complaints.rejected, complaints: complaints.list, ..take.received })
}

fn is_trace(sent: &Value) -> bool {
    let trace = sent.get("trace").unwrap_or(sent);
    let observations = sent.get("observations").or_else(|| trace.get("observations"));
    trace.get("id").is_some_and(Value::is_string)
        && observations.and_then(Value::as_array).is_some_and(|list| list.iter().all(Value::is_object))
}

fn said<'v>(body: &'v Value, key: &str) -> &'v str {
    body.get(key).and_then(Value::as_str).unwrap_or_default()
}
