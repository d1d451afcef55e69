//! What MLflow's client tells a tracking server of a whole trace: its `TraceInfo`, tags, assessments and attachments.
//!
//! Source: MLflow 3.17, `mlflow/entities/trace_info.py`, `mlflow/entities/assessment.py`, `mlflow/tracing/constant.py` and
//! `mlflow/tracing/attachments.py`. Session, person and tags are told here alone. Records are named as
//! `crate::decode::mlflow` names them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::proposal::Proposal;
use super::value;
use crate::fingerprint;
use crate::reading::{Media, Part, Reading, TraceFacts};
use crate::span::{AnyValue, LogRecord, Span, Status, TraceId, attribute};

const INFO: &str = "mlflow.trace_info";
const TAG: &str = "mlflow.trace_tag";
const ASSESSMENT: &str = "mlflow.assessment";
const ATTACHMENT: &str = "mlflow.attachment";
const NAME: &str = "mlflow.traceName";
const SESSION: &str = "mlflow.trace.session";
const USER: &str = "mlflow.trace.user";

/// What a tracking server says by a tag: the spans are with it, and no file holds them.
const SPANS_ARE_HERE: (&str, &str) = ("mlflow.trace.spansLocation", "TRACKING_STORE");

/// Where attachments are to be sent.
const ARTIFACTS: &str = "mlflow.artifactLocation";

/// Where the scheme of a cut-out picture, sound or file begins.
const SCHEME: &str = "mlflow-attachment://";

/// Says whether a log record tells of a whole trace.
pub(super) fn is_ours(log: &LogRecord) -> bool {
    [INFO, TAG, ASSESSMENT, ATTACHMENT].contains(&log.event())
}

/// Says whether a log record is one that [`trace_info`] reads.
pub(super) fn tells(log: &LogRecord) -> bool {
    [INFO, TAG, ASSESSMENT].contains(&log.event())
}

/// Says whether a log record holds what was cut out of a span.
pub(super) fn is_file(log: &LogRecord) -> bool {
    log.event() == ATTACHMENT
}

/// Returns a trace's `TraceInfo` as a tracking server answers it: the last one sent, with the tags and assessments that came
/// since. `None` when none was sent.
pub(super) fn trace_info(logs: &[LogRecord]) -> Option<Value> {
    let Value::Object(mut info) = logs.iter().rev().find(|log| log.event() == INFO)?.body.to_json() else {
        return None;
    };
    let mut tags = object(info.remove("tags"));
    let mut assessments: Vec<Value> = match info.remove("assessments") {
        Some(Value::Array(sent)) => sent,
        _ => Vec::new(),
    };
    for log in logs {
        let body = log.body.to_json();
        match log.event() {
            TAG => match (body.get("key").and_then(Value::as_str), body.get("value")) {
                (Some(key), Some(Value::Null) | None) => drop(tags.remove(key)),
                (Some(key), Some(sent)) => drop(tags.insert(key.to_owned(), sent.clone())),
                (None, _) => {}
            },
            ASSESSMENT => {
                let id = body.get("assessment_id").cloned().unwrap_or_default();
                let known = assessments.iter().position(|known| known.get("assessment_id") == Some(&id));
                let is_deleted = body.get("assessment_name").is_none();
                match known {
                    Some(at) if is_deleted => drop(assessments.remove(at)),
                    Some(at) => assessments[at] = body,
                    None if is_deleted => {}
                    None => assessments.push(body),
                }
            }
            _ => {}
        }
    }
    let experiment = info.get("trace_location").and_then(|at| at.pointer("/mlflow_experiment/experiment_id"));
    let experiment = experiment.and_then(Value::as_str).unwrap_or("0");
    let trace = info.get("trace_id").and_then(Value::as_str).unwrap_or_default();
    let artifacts = format!("mlflow-artifacts:/{experiment}/traces/{trace}/artifacts");
    tags.insert(SPANS_ARE_HERE.0.to_owned(), SPANS_ARE_HERE.1.into());
    tags.insert(ARTIFACTS.to_owned(), artifacts.into());
    info.insert("tags".to_owned(), Value::Object(tags));
    info.insert("assessments".to_owned(), Value::Array(assessments));
    Some(Value::Object(info))
}

fn object(value: Option<Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// Reads what is told of a whole trace.
pub(super) fn read(logs: &[LogRecord], facts: &mut TraceFacts) {
    if !logs.iter().any(is_ours) {
        return;
    }
    facts.dialects.push("mlflow".to_owned());
    let info = trace_info(logs);
    let text = |path: &str| info.as_ref()?.pointer(path)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    facts.name = text("/tags/mlflow.traceName");
    facts.session_id = text("/trace_metadata/mlflow.trace.session");
    facts.user_id = text("/trace_metadata/mlflow.trace.user");
    if let Some(id) = text("/trace_location/mlflow_experiment/experiment_id") {
        facts.metadata.insert("experiment".to_owned(), text("/experiment_name").unwrap_or(id).into());
    }
    for (key, said) in ["/trace_metadata", "/tags"].iter().flat_map(|path| members(info.as_ref(), path)) {
        if !is_shown_elsewhere(key)
            && let Some(said) = value::present(said.clone())
        {
            facts.metadata.insert(key.clone(), said);
        }
    }
    for key in ["client_request_id", "source_run"] {
        facts.metadata.extend(text(&format!("/{key}")).map(|said| (key.to_owned(), said.into())));
    }
    match info.as_ref().and_then(|info| info.get("assessments")) {
        Some(Value::Array(sent)) => facts.metadata.extend(sent.iter().filter_map(assessment)),
        // Assessments alone: the rest of what is told has not come.
        _ => facts.metadata.extend(assessments(logs)),
    }
}

fn members<'a>(info: Option<&'a Value>, path: &str) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
    info.and_then(|info| info.pointer(path)).and_then(Value::as_object).into_iter().flatten()
}

/// Names of MLflow's own bookkeeping, and of what stands in the spans or in a field of its own.
fn is_shown_elsewhere(key: &str) -> bool {
    [
        NAME,
        SESSION,
        USER,
        ARTIFACTS,
        SPANS_ARE_HERE.0,
        "mlflow.traceInputs",
        "mlflow.traceOutputs",
        "mlflow.trace.tokenUsage",
        "mlflow.trace.sizeStats",
        "mlflow.trace.sizeBytes",
        "mlflow.trace.cost",
        "mlflow.trace.infoFinalized",
        "mlflow.trace_schema.version",
    ]
    .contains(&key)
}

/// Reads the assessments of one span.
pub(super) fn read_of_span(logs: &[LogRecord], proposal: &mut Proposal) {
    proposal.metadata.extend(assessments(logs));
}

fn assessments(logs: &[LogRecord]) -> impl Iterator<Item = (String, Value)> {
    let mut standing: Vec<Value> = Vec::new();
    for log in logs.iter().filter(|log| log.event() == ASSESSMENT) {
        let body = log.body.to_json();
        standing.retain(|known| known.get("assessment_id") != body.get("assessment_id"));
        standing.push(body);
    }
    standing.into_iter().filter_map(|sent| assessment(&sent))
}

/// Returns what an assessment is kept under, and what it says.
fn assessment(sent: &Value) -> Option<(String, Value)> {
    let name = sent.get("assessment_name")?.as_str()?;
    let said = ["/feedback/value", "/expectation/value", "/expectation/serialized_value/value"];
    let said = said.iter().find_map(|path| sent.pointer(path).cloned().and_then(value::present));
    let mut assessment = json!({"value": said});
    let kind = if sent.get("expectation").is_some() { "expectation" } else { "feedback" };
    assessment["kind"] = kind.into();
    for (key, path) in [
        ("rationale", "/rationale"),
        ("source", "/source/source_id"),
        ("source_type", "/source/source_type"),
        ("error", "/feedback/error/error_message"),
        ("metadata", "/metadata"),
    ] {
        if let Some(said) = sent.pointer(path).cloned().and_then(value::present) {
            assessment[key] = said;
        }
    }
    Some((format!("assessment.{name}"), assessment))
}

/// Returns the span that a `TraceInfo` alone makes, until the spans it is about have come.
pub(super) fn span(trace_id: TraceId, logs: &[LogRecord]) -> Option<Span> {
    let info = trace_info(logs)?;
    let log = logs.iter().find(|log| log.event() == INFO)?;
    let text = |path: &str| info.pointer(path).and_then(Value::as_str);
    let start = text("/request_time").and_then(value::unix_nano).unwrap_or(log.time_unix_nano);
    let seconds = text("/execution_duration").and_then(|told| told.strip_suffix('s')?.parse::<f64>().ok());
    let code = match text("/state") {
        Some("OK") => 1,
        Some("ERROR") => 2,
        _ => 0,
    };
    let given = [
        ("mlflow.spanInputs", ["/trace_metadata/mlflow.traceInputs", "/request_preview"]),
        ("mlflow.spanOutputs", ["/trace_metadata/mlflow.traceOutputs", "/response_preview"]),
    ];
    let given = given.iter().filter_map(|(key, paths)| {
        let said = paths.iter().find_map(|path| text(path))?;
        Some(((*key).to_owned(), AnyValue::Str(said.to_owned())))
    });
    Some(Span {
        name: text("/tags/mlflow.traceName").unwrap_or("trace").to_owned(),
        start_time_unix_nano: start,
        end_time_unix_nano: start.saturating_add((seconds.unwrap_or(0.0).max(0.0) * 1e9) as u64),
        attributes: given.collect(),
        status: Status { code, message: String::new() },
        ..Span::new(trace_id, fingerprint::span_id(["mlflow", "trace"]), log.resource.clone(), log.scope.clone())
    })
}

/// Puts pictures, sounds and files that were cut out of messages back into them.
pub(super) fn attach(reading: &mut Reading, logs: &[LogRecord]) {
    if !logs.iter().any(|log| log.event() == ATTACHMENT) {
        return;
    }
    let sides = [&mut reading.input.messages, &mut reading.output.messages];
    for part in sides.into_iter().flatten().flatten().flat_map(|message| &mut message.parts) {
        let (Part::Image(media) | Part::Audio(media) | Part::Video(media) | Part::File(media)) = part else { continue };
        let id = media.uri.as_deref().and_then(|uri| uri.strip_prefix(SCHEME));
        let id = id.map(|rest| rest.split(['?', '#']).next().unwrap_or(rest));
        if let Some(bytes) = id.and_then(|id| attached(logs, id)) {
            fill(media, bytes);
        }
    }
}

fn attached<'a>(logs: &'a [LogRecord], id: &str) -> Option<&'a [u8]> {
    let bodies = logs.iter().rev().filter(|log| log.event() == ATTACHMENT).filter_map(|log| match &log.body {
        AnyValue::Map(body) => Some(body),
        _ => None,
    });
    let mut bodies = bodies.filter(|body| attribute(body, "id").and_then(AnyValue::as_str) == Some(id));
    match attribute(bodies.next()?, "bytes")? {
        AnyValue::Bytes(bytes) => Some(bytes),
        _ => None,
    }
}

/// Puts the bytes of a medium where its reference was.
pub(super) fn fill(media: &mut Media, bytes: &[u8]) {
    let mime = media.mime.as_deref().unwrap_or_default();
    media.uri = Some(format!("data:{mime};base64,{}", STANDARD.encode(bytes)));
    media.bytes = Some(bytes.len() as u64);
}
