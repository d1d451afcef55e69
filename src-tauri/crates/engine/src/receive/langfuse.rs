//! What Langfuse's SDKs ask of its server beside OTLP: batches of the older ones, scores, and whether the server and the keys
//! are good. Any key is.
//!
//! Source: the Langfuse Python SDK 2.60 and 5.0; Langfuse's OpenAPI definition.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use http::{Method, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::{Value, json};
use spanglass_trace::decode::langfuse::{self, Outcome};
use spanglass_trace::decode::{Budget, DecodeError, Encoding, Received};

use super::accept::AnswerBody;
use super::answer::{Refusal, Signal, Why};
use super::intake::{Decoded, Intake};
use super::{body, full, langfuse_media, otlp_http};

const INGESTION: &str = "/api/public/ingestion";
const SCORES: [&str; 2] = ["/api/public/scores", "/api/public/v2/scores"];
const HEALTH: [&str; 2] = ["/api/public/health", "/api/public/ready"];
const PROJECTS: &str = "/api/public/projects";

/// The server whose answers these are.
const SERVER_VERSION: &str = "3.140.0";

/// Says whether a path is Langfuse's own.
pub(crate) fn is_ours(path: &str) -> bool {
    langfuse_media::is_ours(path)
        || path == INGESTION
        || path == PROJECTS
        || SCORES.contains(&path)
        || HEALTH.contains(&path)
}

/// Answers a request to one of these paths.
pub(crate) async fn answer(request: &Parts, body: Incoming, intake: &Intake) -> Result<Response<AnswerBody>, Refusal> {
    let path = request.uri.path();
    let is_asked = request.method == Method::GET;
    if HEALTH.contains(&path) && is_asked {
        return Ok(json_answer(StatusCode::OK, &json!({"status": "OK", "version": SERVER_VERSION})));
    }
    if path == PROJECTS && is_asked {
        let organization = json!({"id": "spanglass", "name": "Spanglass"});
        let project = json!({"id": "spanglass", "name": "Spanglass", "organization": organization, "metadata": {}});
        return Ok(json_answer(StatusCode::OK, &json!({"data": [project]})));
    }
    if langfuse_media::is_ours(path) {
        return langfuse_media::answer(request, body, intake).await;
    }
    otlp_http::check_method(&request.method)?;
    check_media_type(request)?;
    let compression = otlp_http::compression(&request.headers)?;
    let taken = body::take(body, &intake.room).await?;
    let is_batch = path == INGESTION;
    let decoded = intake.decode(compression, taken, move |bytes| decode(is_batch, bytes)).await?;
    let Decoded { value: (received, outcomes), turn } = decoded;
    let kept = received.logs.len();
    if kept > 0 {
        intake.keep_in_turn(Signal::Logs, received, turn).await?;
    }
    if is_batch {
        return Ok(json_answer(StatusCode::MULTI_STATUS, &each(&outcomes)));
    }
    match outcomes.iter().find_map(|outcome| outcome.fault.as_ref()) {
        Some(fault) if kept == 0 => Err(Refusal::new(Why::Malformed, fault.clone())),
        _ => Ok(json_answer(StatusCode::OK, &json!({"id": outcomes.first().map(|outcome| &outcome.id)}))),
    }
}

/// Refuses what does not say that it is JSON: without that, a page could send it without asking first whether it may.
pub(super) fn check_media_type(request: &Parts) -> Result<(), Refusal> {
    match otlp_http::encoding(&request.headers) {
        Ok(Encoding::Json) => Ok(()),
        _ => Err(Refusal::new(Why::Unsupported, "send JSON, with the Content-Type application/json")),
    }
}

fn decode(is_batch: bool, bytes: &Bytes) -> Result<(Received, Vec<Outcome>), DecodeError> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64);
    match is_batch {
        true => langfuse::batch(bytes, Budget::default()),
        false => langfuse::scores(bytes, now, Budget::default()),
    }
}

/// Says of each event what became of it.
fn each(outcomes: &[Outcome]) -> Value {
    let successes = outcomes.iter().filter(|outcome| outcome.fault.is_none());
    let successes: Vec<Value> = successes.map(|outcome| json!({"id": outcome.id, "status": 201})).collect();
    let errors = outcomes.iter().filter_map(|outcome| Some((&outcome.id, outcome.fault.as_ref()?)));
    let errors: Vec<Value> =
        errors.map(|(id, fault)| json!({"id": id, "status": 400, "message": fault, "error": fault})).collect();
    json!({"successes": successes, "errors": errors})
}

pub(super) fn json_answer(status: StatusCode, body: &Value) -> Response<AnswerBody> {
    let mut response = Response::new(full(body.to_string().into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
