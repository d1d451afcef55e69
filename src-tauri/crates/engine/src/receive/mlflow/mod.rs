//! The part of MLflow's tracking server that tracing needs, on the OTLP port: `mlflow.set_tracking_uri` is all that changes in
//! a program.
//!
//! Source: MLflow 3.17, `mlflow/protos/service.proto` and `mlflow/store/tracking/rest_store.py`; spans themselves come to
//! `/v1/traces`, those of clients before 3.0 in a file. Here a client may ask back what was sent to a tracking server, and nothing else; a page may not ask at all,
//! because what is answered is readable, and another machine may only send.

mod experiments;
mod failure;
mod filter;
mod giving;
mod old_traces;
mod runs;
mod search;
mod traces;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::Query;
use bytes::Bytes;
pub(crate) use experiments::Experiments;
use failure::Failure;
use giving::Giving;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, ORIGIN, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::{Value, json};
use spanglass_trace::decode::json_tree::whole_json;
use spanglass_trace::decode::mlflow::{self, Told};
use spanglass_trace::decode::{Budget, Encoding, Received};
use spanglass_trace::dialects;
use spanglass_trace::span::{LogRecord, SpanId, TraceId};
use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore};

use super::accept::AnswerBody;
use super::answer::{Refusal, Signal};
use super::intake::Intake;
use super::kept::{Kept, Wanted};
use super::{body, full, otlp_http};

/// The server whose protocol this is. Clients send spans to `/v1/traces` from 3.4 on.
const SERVER_VERSION: &str = "3.17.2";

/// The file in which clients before 3.0 send a trace's spans.
const SPANS_FILE: &str = "traces.json";

/// The most that is given back in one answer, in bytes of spans.
const LARGEST_ANSWER: usize = body::LARGEST_BODY;

/// How many requests are looked up at once.
const LOOKING: usize = 2;

/// What a tracking server has beside the way in.
pub(crate) struct Tracking {
    experiments: Experiments,
    kept: Arc<dyn Kept>,
    /// What is being looked up takes a multiple of its size; few requests do so at a time.
    looking: Arc<Semaphore>,
    giving: Giving,
}

impl Tracking {
    /// Returns a tracking server that keeps its experiments in a folder.
    pub(crate) fn new(folder: PathBuf, kept: Arc<dyn Kept>) -> Self {
        let looking = Arc::new(Semaphore::new(LOOKING));
        Self { experiments: Experiments::open(&folder), kept, looking, giving: Giving::default() }
    }
}

/// Says whether a path is a tracking server's.
pub(crate) fn is_ours(path: &str) -> bool {
    path == "/version" || path == "/health" || route(path).is_some()
}

/// Returns what follows the API's name and version: `(api, rest)`.
fn route(path: &str) -> Option<(&'static str, &str)> {
    let rest = path.strip_prefix("/api/").or_else(|| path.strip_prefix("/ajax-api/"))?;
    let (version, rest) = rest.split_once('/')?;
    if !matches!(version, "2.0" | "3.0" | "4.0") {
        return None;
    }
    // The longer name first: it begins like the other.
    ["mlflow-artifacts", "mlflow"].into_iter().find_map(|api| {
        let rest = rest.strip_prefix(api)?;
        Some((api, rest.strip_prefix('/')?))
    })
}

/// A request, taken apart.
struct Call<'a> {
    intake: &'a Intake,
    method: &'a Method,
    segments: Vec<&'a str>,
    query: Vec<(String, String)>,
    /// Its turn to look things up, from the first thing it asks for until the answer is written.
    turn: OnceCell<OwnedSemaphorePermit>,
}

/// Answers a request to the tracking server; what is wrong is said the way MLflow says it.
/// `beyond`: other machines reach this port.
pub(crate) async fn answer(request: &Parts, body: Incoming, beyond: bool, intake: &Intake) -> Response<AnswerBody> {
    let answered = serve(request, body, beyond, intake).await;
    answered.unwrap_or_else(|failure| {
        let asked = format!("{} {}", request.method, request.uri.path());
        let asked = asked[..asked.floor_char_boundary(200)].to_owned();
        tracing::debug!(request = asked, code = failure.code, reason = failure.message, "refused");
        // Clients ask whether an experiment is there before they make it: that it is not is an answer.
        if !(request.method == Method::GET && failure.is_absence()) {
            intake.record.refuse(asked, failure.status.to_string(), &failure.message);
        }
        let mut response = json_answer(&json!({"error_code": failure.code, "message": failure.message})).map(full);
        *response.status_mut() = failure.status;
        if failure.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    })
}

async fn serve(
    request: &Parts,
    body: Incoming,
    beyond: bool,
    intake: &Intake,
) -> Result<Response<AnswerBody>, Failure> {
    if request.headers.contains_key(ORIGIN) || request.headers.contains_key("sec-fetch-site") {
        return Err(Failure::new(StatusCode::FORBIDDEN, "PERMISSION_DENIED", "pages may not ask here, only programs"));
    }
    let path = request.uri.path();
    if path == "/version" || path == "/health" {
        let text = if path == "/version" { SERVER_VERSION } else { "OK" };
        return Ok(Response::new(full(Bytes::from_static(text.as_bytes()))));
    }
    let (api, rest) = route(path).ok_or_else(|| Failure::not_ours(path))?;
    let query = Query::<Vec<(String, String)>>::try_from_uri(&request.uri);
    let query = query.map(|Query(query)| query).map_err(|_| Failure::invalid("the query string cannot be read"))?;
    let (segments, turn) = (rest.split('/').collect(), OnceCell::new());
    let call = Call { intake, method: &request.method, segments, query, turn };
    if beyond && call.gives_or_takes_away() {
        let message =
            "what was sent is told and deleted on this machine alone: ask at a port that listens at 127.0.0.1";
        return Err(Failure::new(StatusCode::FORBIDDEN, "PERMISSION_DENIED", message));
    }
    let compression = otlp_http::compression(&request.headers).map_err(Failure::from)?;
    let taken = body::take(body, &intake.room).await.map_err(Refusal::from).map_err(Failure::from)?;
    if api == "mlflow-artifacts" {
        let bytes = intake.parse(compression, taken, |bytes| Ok(bytes.clone())).await.map_err(Failure::from)?;
        return intake.tracking.giving.give(call.artifact(&bytes).await?);
    }
    let sent = intake.parse(compression, taken, |bytes| match bytes.is_empty() {
        true => Ok(Value::Null),
        false => whole_json(bytes, Budget::default()),
    });
    let sent = sent.await.map_err(Failure::from)?;
    let answer = call.api(path, sent).await?;
    intake.tracking.giving.give(json_answer(&answer))
}

fn json_answer(body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Answers with a file of anybody's making: to be saved, for shown from here it would be one of our own pages.
fn file_answer(file: Bytes) -> Response<Bytes> {
    let mut response = Response::new(file);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    response.headers_mut().insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
    response
}

impl Call<'_> {
    /// Says whether a call gives back or deletes what was sent. A client must know of experiments to send.
    fn gives_or_takes_away(&self) -> bool {
        match (self.method, &self.segments[..]) {
            (_, ["experiments", ..]) => false,
            (&Method::GET | &Method::DELETE, _) => true,
            (_, [.., what]) => what.starts_with("search") || what.starts_with("delete"),
            _ => false,
        }
    }

    /// Answers a call of the tracking API.
    async fn api(&self, path: &str, sent: Value) -> Result<Value, Failure> {
        let method = self.method.as_str();
        match (method, &self.segments[..]) {
            (_, ["experiments", what]) => self.experiments(what, &sent).await,
            ("POST", ["traces"]) if sent.get("trace").is_none() && sent.get("timestamp_ms").is_some() => {
                self.begin(&sent).await
            }
            ("POST", ["traces"]) => self.start_trace(sent).await,
            ("GET", ["traces"]) => self.old_search().await,
            ("PATCH", ["traces", trace]) => self.end(trace, &sent).await,
            ("GET", ["traces", trace, "info"]) => self.old_info(trace).await,
            ("POST", ["traces", "search"]) => self.search(&sent).await,
            ("POST", ["traces", "delete-traces"]) => self.delete(&sent).await,
            ("GET", ["traces", "get"]) => self.get(self.asked("trace_id")?, true).await,
            ("GET", ["traces", "batchGet"]) => self.batch_get().await,
            ("GET", ["traces", trace]) => self.get(trace, false).await,
            ("PATCH", ["traces", trace, "tags"]) => self.set_tag(trace, &sent).await,
            ("DELETE", ["traces", trace, "tags"]) => self.delete_tag(trace, &sent).await,
            ("POST", ["traces", trace, "assessments"]) => self.assess(trace, None, &sent).await,
            ("PATCH", ["traces", trace, "assessments", id]) => self.assess(trace, Some(id), &sent).await,
            ("GET", ["traces", trace, "assessments", id]) => self.assessment(trace, id).await,
            ("DELETE", ["traces", trace, "assessments", id]) => self.unassess(trace, id).await,
            ("GET", ["artifacts", "list"]) => self.files_of_run().await,
            (_, ["runs", what]) => self.runs(what, path, sent).await,
            _ => Err(Failure::not_ours(path)),
        }
    }

    /// Takes a file in, what was cut out of a span or what a run logged, or gives a run's back.
    async fn artifact(&self, bytes: &Bytes) -> Result<Response<Bytes>, Failure> {
        let (told, trace, name) = match (self.method.as_str(), &self.segments[..]) {
            ("PUT", ["artifacts", _, "traces", trace, "artifacts", "attachments", id]) => {
                (Told::Attachment, trace_id(trace)?, (*id).to_owned())
            }
            ("PUT", ["artifacts", _, "traces", trace, "artifacts", SPANS_FILE]) => {
                self.spans_of_file(trace, bytes).await?;
                return Ok(json_answer(&json!({})));
            }
            ("GET", ["artifacts", _, "traces", trace, "artifacts", SPANS_FILE]) => {
                return Ok(json_answer(&self.file_of_trace(trace).await?));
            }
            ("PUT", ["artifacts", _, run, "artifacts", path @ ..]) if !path.is_empty() => {
                (Told::Artifact, run_id(run)?, path.join("/"))
            }
            ("GET", ["artifacts", _, run, "artifacts", path @ ..]) if !path.is_empty() => {
                return Ok(file_answer(self.file_of_run(run, &path.join("/")).await?));
            }
            ("GET", ["artifacts"]) => return Ok(json_answer(&self.files_of_run().await?)),
            _ => return Err(Failure::not_ours("this file")),
        };
        self.keep(mlflow::file(trace, now(), told, &name, bytes)).await?;
        Ok(json_answer(&json!({})))
    }

    /// Returns a parameter of the query string.
    fn asked(&self, name: &str) -> Result<&str, Failure> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).ok_or_else(|| Failure::invalid(format!("`{name}` is missing")))
    }

    fn tracking(&self) -> &Tracking {
        &self.intake.tracking
    }

    /// Waits until it is this request's turn to look things up.
    async fn turn(&self) -> Result<(), Failure> {
        let turn = || Arc::clone(&self.tracking().looking).acquire_owned();
        self.turn.get_or_try_init(turn).await.map(|_| ()).map_err(|_| Failure::unavailable("the program is stopping"))
    }

    /// Returns those log records of a trace or run that are wanted; none when it is not there.
    async fn told(&self, trace: TraceId, wanted: Wanted) -> Result<Vec<LogRecord>, Failure> {
        self.turn().await?;
        let told = self.tracking().kept.told(trace, LARGEST_ANSWER, wanted).await.map_err(Failure::unavailable)?;
        told.ok_or_else(|| Failure::invalid("more was told of this than is given back; open it in Spanglass"))
    }

    /// Returns those spans of a trace that MLflow's client made; `None` when they are more than `limit` bytes.
    async fn spans(&self, trace: TraceId, limit: usize) -> Result<Option<Vec<(Encoding, Bytes)>>, Failure> {
        self.turn().await?;
        let spans = self.tracking().kept.spans(trace, limit, dialects::is_made_by_mlflow);
        spans.await.map_err(Failure::unavailable)
    }

    /// Deletes traces and runs, and returns how many there were. Whoever knows a trace's id can tell things of it here, so what
    /// others sent is not deleted with it.
    async fn delete_own(&self, traces: Vec<TraceId>) -> Result<u64, Failure> {
        self.turn().await?;
        for trace in &traces {
            let others =
                self.tracking().kept.has_others(*trace, dialects::is_made_by_mlflow, dialects::is_sent_to_mlflow);
            if others.await.map_err(Failure::unavailable)? {
                return Err(Failure::invalid(format!(
                    "the trace {trace} holds what no MLflow client sent; delete it in Spanglass"
                )));
            }
        }
        self.tracking().kept.delete(traces).await.map_err(Failure::unavailable)
    }

    async fn keep(&self, received: Received) -> Result<(), Failure> {
        self.intake.keep(Signal::Logs, received).await.map(|_| ()).map_err(Failure::from)
    }

    /// Keeps one thing that was told of a trace.
    async fn tell(&self, trace: TraceId, told: Told, span: Option<SpanId>, body: Value) -> Result<(), Failure> {
        self.keep(mlflow::records(trace, now(), [(told, span, body)])).await
    }
}

/// Returns the trace that MLflow calls `tr-` and its id.
fn trace_id(named: &str) -> Result<TraceId, Failure> {
    let id = named.strip_prefix("tr-").unwrap_or(named).parse();
    id.map_err(|_| Failure::invalid(format!("`{named}` is not a trace's id: `tr-` and 32 hexadecimal digits")))
}

/// Returns the trace a run is kept as: its id is as long as one.
fn run_id(named: &str) -> Result<TraceId, Failure> {
    named.parse().map_err(|_| Failure::invalid(format!("`{named}` is not a run's id: 32 hexadecimal digits")))
}

/// Returns the time, in nanoseconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}

/// Returns a text member of a request.
fn text<'a>(sent: &'a Value, name: &str) -> Result<&'a str, Failure> {
    let found = sent.get(name).and_then(Value::as_str);
    found.ok_or_else(|| Failure::invalid(format!("`{name}` is missing, or is not a text")))
}
