//! What MLflow's client tells a tracking server beside spans, as log records of the trace (or span) it is about.
//!
//! Source: MLflow 3.17 (`mlflow/store/tracking/rest_store.py`, `mlflow/protos/service.proto`). A record's name says what its body
//! is: the object that was sent, but for attachments, which are bytes.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::json_tree::any;
use super::{Encoding, Envelope, Received, ReceivedLog, json_out, protobuf_out};
use crate::span::{AnyValue, LogRecord, Resource, Scope, SpanId, TraceId};

pub mod old;
pub(super) mod trace;

/// What a record tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// A trace's `TraceInfo`, and the name of its experiment.
    TraceInfo,
    /// A tag of a trace: `key` and `value`, which is null when the tag was deleted.
    Tag,
    /// An assessment of a trace or span, or its id alone when it was deleted.
    Assessment,
    /// A picture, sound or file that was cut out of a span: `id` and, under `bytes`, what it holds.
    Attachment,
    /// A run's `RunInfo`, and the name of its experiment.
    Run,
    /// Parameters, metrics and tags of a run.
    RunData,
    /// A file of a run: `path` and, under `bytes`, what it holds.
    Artifact,
}

impl Told {
    /// Returns the name of such records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TraceInfo => "mlflow.trace_info",
            Self::Tag => "mlflow.trace_tag",
            Self::Assessment => "mlflow.assessment",
            Self::Attachment => "mlflow.attachment",
            Self::Run => "mlflow.run",
            Self::RunData => "mlflow.run_data",
            Self::Artifact => "mlflow.artifact",
        }
    }
}

/// Returns log records of a trace, of what was told `at` nanoseconds since 1970.
pub fn records(trace_id: TraceId, at: u64, told: impl IntoIterator<Item = (Told, Option<SpanId>, Value)>) -> Received {
    let bodies = told.into_iter().map(|(told, span_id, body)| (told, span_id, any(&body)));
    received(trace_id, at, bodies)
}

/// Returns the log record of a file: an attachment of a trace under its id, an artifact of a run under its path.
pub fn file(trace_id: TraceId, at: u64, told: Told, name: &str, bytes: &[u8]) -> Received {
    let key = if told == Told::Attachment { "id" } else { "path" };
    let body = AnyValue::Map(vec![
        (key.to_owned(), AnyValue::Str(name.to_owned())),
        ("bytes".to_owned(), AnyValue::Bytes(bytes.to_vec())),
    ]);
    received(trace_id, at, [(told, None, body)])
}

fn received(trace_id: TraceId, at: u64, told: impl IntoIterator<Item = (Told, Option<SpanId>, AnyValue)>) -> Received {
    let sender = ("telemetry.sdk.name".to_owned(), AnyValue::Str("mlflow".to_owned()));
    let resource = Arc::new(Resource { attributes: vec![sender], ..Resource::default() });
    let scope = Arc::<Scope>::default();
    let envelope: Arc<Envelope> = protobuf_out::envelope(&resource, &scope).into();
    let logs = told.into_iter().map(|(told, span_id, body)| {
        let log = LogRecord {
            time_unix_nano: at,
            event_name: told.name().to_owned(),
            body,
            trace_id: Some(trace_id),
            span_id,
            ..LogRecord::new(resource.clone(), scope.clone())
        };
        ReceivedLog { raw: protobuf_out::log(&log), log, envelope: envelope.clone() }
    });
    Received { logs: logs.collect(), ..Received::default() }
}

/// Returns a stored span as MLflow's server gives it back: OTLP's JSON with ids in base64, as protobuf writes bytes. `None` when
/// its values are nested too deep for that.
pub fn span(encoding: Encoding, raw: &[u8]) -> Option<Value> {
    let mut json = String::new();
    json_out::span(encoding, raw, &mut json);
    let mut span: Value = serde_json::from_str(&json).ok()?;
    ids_in_base64(&mut span);
    for link in span.get_mut("links").and_then(Value::as_array_mut).into_iter().flatten() {
        ids_in_base64(link);
    }
    Some(span)
}

fn ids_in_base64(object: &mut Value) {
    for key in ["traceId", "spanId", "parentSpanId"] {
        let Some(sent) = object.get_mut(key) else { continue };
        let text = sent.as_str().unwrap_or_default();
        let id =
            text.parse::<TraceId>().map(|id| id.0.to_vec()).or_else(|_| text.parse().map(|id: SpanId| id.0.to_vec()));
        *sent = id.map(|id| STANDARD.encode(id)).unwrap_or_default().into();
    }
}
