//! The Datadog agent's port: traces, LLM Observability, evaluations and sampled logs; what else tracers send an agent is
//! accepted and thrown away.
//!
//! Sources: the agent's `pkg/trace/api` (7.72) and what ddtrace 1.14 to 4.16 ask of it. A tracer that finds no
//! `evp_proxy` among the endpoints sends to the vendor's servers, and one that gets 404 goes back to an older protocol.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::json;
use spanglass_trace::decode::datadog::events::{self, Format};
use spanglass_trace::decode::datadog::{self, Layout, Sender};
use spanglass_trace::decode::{Budget, DecodeError, Received};

use super::accept::AnswerBody;
use super::answer::{Accepted, Refusal, Signal, Why};
use super::intake::Intake;
use super::{body, full, healthz, otlp_http, respond};

/// The agent whose protocol this port speaks.
const AGENT_VERSION: &str = "7.72.0";

/// How much of a header that names the sender is kept, in bytes.
const LONGEST_NAME: usize = 100;

/// What a tracer asks before it sends.
const TRACES: [&str; 3] = ["/v0.3/traces", "/v0.4/traces", "/v0.5/traces"];
const IGNORED: [&str; 12] = [
    "/v0.3/services",
    "/v0.4/services",
    "/v0.6/stats",
    "/v0.7/config",
    "/v0.1/pipeline_stats",
    "/profiling/v1/input",
    "/telemetry/proxy/",
    "/debugger/",
    "/symdb/v1/input",
    "/tracer_flare/v1",
    "/dogstatsd/v2/proxy",
    "/evp_proxy/",
];

/// The Datadog listener: the way in, and where dogstatsd listens.
#[derive(Clone)]
pub(crate) struct Agent {
    pub(crate) intake: Intake,
    /// `None` = a socket that is a file.
    pub(crate) port: Option<u16>,
    pub(crate) statsd_port: Option<u16>,
}

/// Answers one request to the Datadog agent's port.
pub(crate) async fn answer(request: Request<Incoming>, agent: Agent) -> Response<AnswerBody> {
    let (request, body) = request.into_parts();
    let (port, intake) = (agent.port, agent.intake.clone());
    respond(&request, port, &intake, agent.http(&request, body)).await
}

/// What is sent to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sent {
    Traces(Layout),
    LlmObs,
    Evaluations,
    Logs,
    Ignored,
}

fn sent_to(path: &str) -> Option<Sent> {
    let path = path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path);
    if TRACES.contains(&path) {
        return Some(Sent::Traces(if path == TRACES[2] { Layout::Table } else { Layout::Maps }));
    }
    // The agent passes on what comes below `/evp_proxy/v2`; a tracer without an agent sends the same to the bare path.
    let proxied = path.strip_prefix("/evp_proxy/v").and_then(|rest| rest.find('/').map(|at| &rest[at..]));
    match proxied.unwrap_or(path) {
        "/api/v2/llmobs" => Some(Sent::LlmObs),
        "/api/intake/llm-obs/v1/eval-metric" | "/api/intake/llm-obs/v2/eval-metric" => Some(Sent::Evaluations),
        "/api/v2/logs" | "/v1/input" => Some(Sent::Logs),
        _ => IGNORED.iter().any(|ignored| path.starts_with(ignored)).then_some(Sent::Ignored),
    }
}

impl Agent {
    async fn http(self, request: &Parts, body: Incoming) -> Result<Response<AnswerBody>, Refusal> {
        let path = request.uri.path();
        match path {
            "/healthz" => return healthz(&request.method),
            "/info" if matches!(request.method, Method::GET | Method::HEAD) => return Ok(self.info()),
            _ => {}
        }
        let Some(sent) = sent_to(path) else {
            return Err(Refusal::new(Why::NotFound, "nothing is here; send traces to /v0.4/traces or /v0.5/traces"));
        };
        if !matches!(request.method, Method::POST | Method::PUT) && sent != Sent::Ignored {
            return Err(Refusal::new(Why::WrongMethod, "send with POST or PUT; nothing can be read here, only sent"));
        }
        let compression = otlp_http::compression(&request.headers)?;
        let taken = body::take(body, &self.intake.room).await?;
        let sender = sender(&request.headers);
        let is_json = media_type(&request.headers).is_some_and(|told| told.eq_ignore_ascii_case("application/json"));
        let signal = match sent {
            Sent::Ignored => {
                self.intake.record.accept(Default::default());
                return Ok(json_answer(StatusCode::OK, "{}".into()));
            }
            Sent::Traces(_) | Sent::LlmObs => Signal::Traces,
            Sent::Evaluations | Sent::Logs => Signal::Logs,
        };
        let decode = move |body: &Bytes| decode(sent, is_json, body, &sender);
        let accepted = self.intake.accept_as(signal, compression, taken, decode).await?;
        complain(&accepted)?;
        Ok(match (sent, path) {
            (Sent::Traces(_), "/v0.3/traces") => Response::new(full(Bytes::from_static(b"OK\n"))),
            (Sent::Traces(_), _) => {
                json_answer(StatusCode::OK, json!({"rate_by_service": {"service:,env:": 1.0}}).to_string())
            }
            _ => json_answer(StatusCode::ACCEPTED, "{}".into()),
        })
    }

    fn info(&self) -> Response<AnswerBody> {
        let endpoints =
            TRACES.iter().chain(&IGNORED).copied().filter(|path| !["/evp_proxy/", "/debugger/"].contains(path));
        // By the names that tracers look for. Without the debugger's they complain in their program's output.
        let named = ["/evp_proxy/v1/", "/evp_proxy/v2/", "/evp_proxy/v3/", "/evp_proxy/v4/", "/debugger/v2/input"];
        let info = json!({
            "version": AGENT_VERSION,
            "endpoints": endpoints.chain(named).collect::<Vec<_>>(),
            // Statistics are thrown away here, so a tracer must not leave out spans because it counted them.
            "client_drop_p0s": false,
            "span_meta_structs": true,
            "span_events": true,
            "long_running_spans": true,
            "evp_proxy_allowed_headers": ["Content-Type", "Accept-Encoding", "Content-Encoding", "User-Agent"],
            "config": {
                "default_env": "none",
                "receiver_port": self.port.unwrap_or(0),
                "statsd_port": self.statsd_port.unwrap_or(0),
                "max_request_bytes": body::LARGEST_BODY,
            },
        });
        json_answer(StatusCode::OK, info.to_string())
    }
}

/// The protocol has no word for a request of which a part was left out. When nothing was kept, the sender is told.
fn complain(accepted: &Accepted) -> Result<(), Refusal> {
    if accepted.message.is_empty() {
        return Ok(());
    }
    tracing::debug!(reason = accepted.message, "a part of a request was left out or repaired");
    if accepted.kept == 0 && accepted.rejected > 0 {
        return Err(Refusal::new(Why::Malformed, accepted.message.clone()));
    }
    Ok(())
}

fn decode(sent: Sent, is_json: bool, body: &Bytes, sender: &Sender) -> Result<Received, DecodeError> {
    let budget = Budget::default();
    // Events come as JSON but from tracers that pack everything; their first byte tells, whatever the header says.
    let packed = !is_json && !matches!(body.trim_ascii_start().first(), Some(b'[' | b'{') | None);
    let format = if packed { Format::MsgPack } else { Format::Json };
    match sent {
        Sent::Traces(Layout::Maps) if is_json => datadog::traces_json(body, sender, budget),
        Sent::Traces(layout) => datadog::traces(body, layout, sender, budget),
        Sent::LlmObs => events::llm_obs(body, format, sender, budget),
        Sent::Evaluations => events::evaluations(body, format, sender, budget),
        Sent::Logs => events::logs(body, format, sender, budget),
        Sent::Ignored => Ok(Received::default()),
    }
}

fn sender(headers: &HeaderMap) -> Sender {
    let told = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        value[..value.floor_char_boundary(LONGEST_NAME)].to_owned()
    };
    Sender { language: told("datadog-meta-lang"), version: told("datadog-meta-tracer-version") }
}

fn media_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(CONTENT_TYPE)?.to_str().ok()?.split(';').next().map(str::trim)
}

fn json_answer(status: StatusCode, body: String) -> Response<AnswerBody> {
    let mut response = Response::new(full(body.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("datadog-agent-version", HeaderValue::from_static(AGENT_VERSION));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_tracers_lead_to_what_they_send() {
        for (path, expected) in [
            ("/v0.3/traces", Some(Sent::Traces(Layout::Maps))),
            ("/v0.4/traces", Some(Sent::Traces(Layout::Maps))),
            ("/v0.5/traces", Some(Sent::Traces(Layout::Table))),
            ("/v0.7/traces", None),
            ("/v1.0/traces", None),
            ("/evp_proxy/v2/api/v2/llmobs", Some(Sent::LlmObs)),
            ("/evp_proxy/v4/api/v2/llmobs", Some(Sent::LlmObs)),
            ("/api/v2/llmobs", Some(Sent::LlmObs)),
            ("/evp_proxy/v2/api/intake/llm-obs/v2/eval-metric", Some(Sent::Evaluations)),
            ("/evp_proxy/v2/api/v2/logs", Some(Sent::Logs)),
            ("/api/v2/logs", Some(Sent::Logs)),
            ("/v1/input", Some(Sent::Logs)),
            ("/evp_proxy/v2/api/v2/citestcycle", Some(Sent::Ignored)),
            ("/telemetry/proxy/api/v2/apmtelemetry", Some(Sent::Ignored)),
            ("/v0.6/stats", Some(Sent::Ignored)),
            ("/", None),
            ("/v1/traces", None),
        ] {
            assert_eq!(sent_to(path), expected, "{path}");
        }
    }
}
