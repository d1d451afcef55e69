//! Zipkin's API v2, to which Zipkin's reporters and OpenTelemetry's exporter for it send: on the OTLP ports, and on Zipkin's own
//! when it is asked for.
//!
//! Source: zipkin-api 1.0, `zipkin2-api.yaml`.

use bytes::Bytes;
use http::request::Parts;
use http::{Response, StatusCode};
use hyper::body::Incoming;
use spanglass_trace::decode::{Budget, Encoding, zipkin};

use super::accept::AnswerBody;
use super::answer::{Refusal, Signal, Why};
use super::intake::Intake;
use super::{body, full, otlp_http};

/// Says whether a path is one of Zipkin's.
pub(crate) fn is_ours(path: &str) -> bool {
    path == "/api/v2/spans"
}

/// Answers a request to one of these paths.
pub(crate) async fn answer(request: &Parts, body: Incoming, intake: &Intake) -> Result<Response<AnswerBody>, Refusal> {
    otlp_http::check_method(&request.method)?;
    // A page may not send what needs no question asked first, so the media type must say JSON here, too.
    if otlp_http::encoding(&request.headers)? != Encoding::Json {
        return Err(Refusal::new(Why::Unsupported, "send Zipkin's spans as JSON; its protobuf is not read"));
    }
    let compression = otlp_http::compression(&request.headers)?;
    let taken = body::take(body, &intake.room).await?;
    let decode = |bytes: &Bytes| zipkin::spans(bytes, Budget::default());
    let accepted = intake.accept_as(Signal::Traces, compression, taken, decode).await?;
    if accepted.kept == 0 && accepted.rejected > 0 {
        return Err(Refusal::new(Why::Malformed, accepted.message));
    }
    let mut response = Response::new(full(Bytes::new()));
    *response.status_mut() = StatusCode::ACCEPTED;
    Ok(response)
}
