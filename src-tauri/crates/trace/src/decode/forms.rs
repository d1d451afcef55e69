//! What a file of traces holds: OTLP JSON, or JSON that another program wrote for its own traces.

use bytes::Bytes;
use serde_json::Value;

use super::json_tree::whole_json;
use super::{Budget, DecodeError, Received, jaeger, langfuse, mlflow, otlp_json, phoenix, zipkin};

/// Forms of JSON documents beside OTLP. Each is told by what is in the document: `None` = not mine.
const FORMS: [fn(&Value) -> Option<Received>; 5] =
    [jaeger::document, zipkin::document, mlflow::trace::document, langfuse::trace::document, phoenix::document];

/// Decodes a JSON document of any form that is known.
///
/// Fails when it is none of them, with what is wrong with it as OTLP, and when there is more in it than the budget allows.
pub fn anything(body: &Bytes, budget: Budget) -> Result<Received, DecodeError> {
    let otlp = otlp_json::anything(body, budget);
    let is_otlp = otlp.as_ref().is_ok_and(|received| {
        !received.spans.is_empty() || !received.logs.is_empty() || received.metric_points + received.rejected > 0
    });
    if is_otlp || matches!(otlp, Err(DecodeError::TooManyItems { .. })) {
        return otlp;
    }
    let Ok(document) = whole_json(body, budget) else { return otlp };
    FORMS.iter().find_map(|form| form(&document)).map_or(otlp, Ok)
}
