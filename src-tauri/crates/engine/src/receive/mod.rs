//! The network in: OTLP over HTTP and gRPC, both on both OTLP ports, and what programs send a Datadog agent.
//!
//! These ports take. `/healthz` says that this is Spanglass and no more; what was received cannot be read here, but for a client
//! of MLflow's tracking server, which may ask back what such a client sent ([`mlflow`]).

mod accept;
mod answer;
mod bind;
mod body;
mod connection;
pub(crate) mod datadog;
pub(crate) mod dogstatsd;
mod door;
mod guard;
mod holder;
mod intake;
mod kept;
mod langfuse;
mod langfuse_media;
mod mlflow;
mod otlp_grpc;
mod otlp_http;
mod record;
mod udp_drops;
mod zipkin;

use bytes::Bytes;
use http::header::HeaderValue;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;

pub(crate) use accept::{AnswerBody, Connections, Stop, serve, serve_doors};
use answer::{Refusal, Why};
pub(crate) use bind::{Bound, Datagrams, bind_all, bind_udp};
pub(crate) use connection::Limits;
#[cfg(unix)]
pub(crate) use door::SocketFile;
pub(crate) use intake::Intake;
pub(crate) use kept::{Asked, Kept, Ours, Page, Wanted};
pub(crate) use mlflow::Tracking;
pub(crate) use record::Record;

/// The header by which `/healthz` says that this is Spanglass.
pub(crate) const MARKER: &str = "x-spanglass";

/// Answers one request to an OTLP port; `port` is `None` where other machines reach it, under whatever names it has there.
pub(crate) async fn answer(request: Request<Incoming>, port: Option<u16>, intake: Intake) -> Response<AnswerBody> {
    let (request, body) = request.into_parts();
    let answered = async {
        // Whether anybody is there may be asked by all, and a page must ask first whether it may send.
        if request.uri.path() != "/healthz" && request.method != Method::OPTIONS {
            intake.let_in(&request.headers)?;
        }
        if otlp_grpc::is_call(&request) {
            otlp_grpc::call(&request, body, &intake).await
        } else {
            http(&request, body, port, &intake).await
        }
    };
    respond(&request, port, &intake, answered).await
}

/// Answers a request to a receiving port (`None` = a socket that is a file, which no page reaches) with `answered` if it may be answered at all, and says and remembers a refusal.
async fn respond(
    request: &http::request::Parts,
    port: Option<u16>,
    intake: &Intake,
    answered: impl Future<Output = Result<Response<AnswerBody>, Refusal>>,
) -> Response<AnswerBody> {
    let is_call = otlp_grpc::is_call(request);
    let allowed = guard::check(request, port);
    let origin = allowed.as_ref().ok().cloned().flatten();
    let answered = match allowed {
        Err(refusal) => Err(refusal),
        Ok(_) => answered.await,
    };
    let mut response = answered.unwrap_or_else(|refusal| {
        let asked = format!("{} {}", request.method, request.uri.path());
        let asked = asked[..asked.floor_char_boundary(200)].to_owned();
        let status = if is_call { refusal.why.grpc().1.to_owned() } else { refusal.why.http().to_string() };
        tracing::debug!(request = asked, status, reason = refusal.message, "refused");
        intake.record.refuse(asked, status, &refusal.message);
        if is_call { otlp_grpc::refusal(&refusal) } else { otlp_http::refusal(&refusal, request) }
    });
    if let Some(origin) = origin {
        guard::allow(response.headers_mut(), &origin);
    }
    response.headers_mut().insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    response
}

async fn http(
    request: &http::request::Parts,
    body: Incoming,
    port: Option<u16>,
    intake: &Intake,
) -> Result<Response<AnswerBody>, Refusal> {
    if request.uri.path() == "/healthz" {
        return healthz(&request.method);
    }
    if mlflow::is_ours(request.uri.path()) {
        return Ok(mlflow::answer(request, body, port.is_none(), intake).await);
    }
    if langfuse::is_ours(request.uri.path()) && request.method != Method::OPTIONS {
        return langfuse::answer(request, body, intake).await;
    }
    if zipkin::is_ours(request.uri.path()) && request.method != Method::OPTIONS {
        return zipkin::answer(request, body, intake).await;
    }
    let signal = otlp_http::signal_of(request.uri.path());
    let is_known = signal.is_some() || zipkin::is_ours(request.uri.path());
    if request.method == Method::OPTIONS && is_known {
        let mut response = Response::new(full(Bytes::new()));
        *response.status_mut() = StatusCode::NO_CONTENT;
        guard::allow_sending(response.headers_mut(), &request.headers);
        return Ok(response);
    }
    let Some(signal) = signal else {
        let message = "nothing is here; send OTLP to /v1/traces, /v1/logs or /v1/metrics";
        return Err(Refusal::new(Why::NotFound, message));
    };
    otlp_http::check_method(&request.method)?;
    otlp_http::export(signal, request, body, intake).await
}

fn healthz(method: &Method) -> Result<Response<AnswerBody>, Refusal> {
    if method != Method::GET && method != Method::HEAD {
        return Err(Refusal::new(Why::WrongMethod, "ask with GET"));
    }
    let mut response = Response::new(full(Bytes::new()));
    response.headers_mut().insert(MARKER, HeaderValue::from_static(env!("CARGO_PKG_VERSION")));
    Ok(response)
}

/// Returns a body that is there already.
pub(crate) fn full(bytes: Bytes) -> AnswerBody {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}
