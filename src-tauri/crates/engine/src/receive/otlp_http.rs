//! OTLP over HTTP: which path and media type is what, and how a refusal is said.
//!
//! Paths of vendors are those of the products whose users only change the host: Langfuse, LangSmith, Braintrust, Weave, Opik.

use http::header::{ALLOW, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response};
use hyper::body::Incoming;
use spanglass_trace::decode::Encoding;

use super::accept::AnswerBody;
use super::answer::{Accepted, Refusal, Signal, Why};
use super::body::{self, Compression};
use super::full;
use super::intake::Intake;

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

/// Answers a request for `signal`.
pub(crate) async fn export(
    signal: Signal,
    request: &Parts,
    body: Incoming,
    intake: &Intake,
) -> Result<Response<AnswerBody>, Refusal> {
    let encoding = encoding(&request.headers)?;
    let compression = compression(&request.headers)?;
    let taken = body::take(body, &intake.room).await?;
    let accepted = intake.accept(signal, encoding, compression, taken, via(&request.headers)).await?;
    Ok(answer(&accepted, signal, encoding))
}

/// Returns what is sent to a path; `None` = nothing is there.
pub(crate) fn signal_of(path: &str) -> Option<Signal> {
    match path {
        // OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is used as it stands, so programs post to the bare address. Langfuse's SDKs, Respan's and
        // Galileo's know those that follow.
        "" | "/" | "/api/public/otel" | "/api/public/otel/" | "/v2/traces" | "/api/v2/traces" | "/otel/traces" => {
            Some(Signal::Traces)
        }
        _ => {
            let path = path.strip_suffix('/').unwrap_or(path);
            [("/v1/traces", Signal::Traces), ("/v1/logs", Signal::Logs), ("/v1/metrics", Signal::Metrics)]
                .into_iter()
                .find(|(end, _)| path.ends_with(end))
                .map(|(_, signal)| signal)
        }
    }
}

pub(crate) fn encoding(headers: &HeaderMap) -> Result<Encoding, Refusal> {
    let told = one(headers, CONTENT_TYPE).unwrap_or_default();
    encoding_of(told).ok_or_else(|| {
        let told = if told.is_empty() { "none" } else { told };
        Refusal::new(Why::Unsupported, format!("the Content-Type is {told:?}; send {PROTOBUF} or {JSON}"))
    })
}

/// Returns the encoding of a media type, its parameters aside.
fn encoding_of(media_type: &str) -> Option<Encoding> {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(JSON) {
        Some(Encoding::Json)
    } else if essence.eq_ignore_ascii_case(PROTOBUF) || essence.eq_ignore_ascii_case("application/protobuf") {
        Some(Encoding::Protobuf)
    } else {
        None
    }
}

pub(crate) fn compression(headers: &HeaderMap) -> Result<Compression, Refusal> {
    let refused = |told: &str| {
        let message = format!("the Content-Encoding is {told:?}; send gzip, deflate, zstd or none, and only one");
        Refusal::new(Why::Unsupported, message)
    };
    if headers.get_all(CONTENT_ENCODING).iter().count() > 1 {
        return Err(refused("several"));
    }
    let told = one(headers, CONTENT_ENCODING).unwrap_or_default();
    Compression::named(told).ok_or_else(|| refused(told))
}

/// Returns a header's value when it stands once and is text.
fn one(headers: &HeaderMap, name: http::HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() { None } else { value.to_str().ok() }
}

/// Returns the proxies and programs a request came through.
pub(crate) fn via(headers: &HeaderMap) -> &str {
    one(headers, http::header::VIA).unwrap_or_default()
}

fn media_type(encoding: Encoding) -> HeaderValue {
    HeaderValue::from_static(match encoding {
        Encoding::Protobuf => PROTOBUF,
        Encoding::Json => JSON,
    })
}

fn answer(accepted: &Accepted, signal: Signal, encoding: Encoding) -> Response<AnswerBody> {
    let mut response = Response::new(full(accepted.encode(signal, encoding)));
    response.headers_mut().insert(CONTENT_TYPE, media_type(encoding));
    response
}

/// Says a refusal in the request's encoding; to a request without one of ours in JSON, which a person can read.
pub(crate) fn refusal(refusal: &Refusal, request: &Parts) -> Response<AnswerBody> {
    let encoding = one(&request.headers, CONTENT_TYPE).and_then(encoding_of).unwrap_or(Encoding::Json);
    let mut response = Response::new(full(refusal.encode(encoding)));
    *response.status_mut() = refusal.why.http();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, media_type(encoding));
    if let Why::Unavailable { retry_after_s } = refusal.why {
        headers.insert(RETRY_AFTER, retry_after_s.into());
    }
    if refusal.why == Why::Unauthenticated {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if refusal.why == Why::WrongMethod {
        headers.insert(ALLOW, HeaderValue::from_static("POST, OPTIONS"));
    }
    response
}

/// Refuses methods other than POST.
pub(crate) fn check_method(method: &Method) -> Result<(), Refusal> {
    if method == Method::POST {
        return Ok(());
    }
    Err(Refusal::new(Why::WrongMethod, "send with POST; nothing can be read here, only sent"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_vendors_lead_to_their_signal() {
        for (path, expected) in [
            ("/v1/traces", Some(Signal::Traces)),
            ("/v1/traces/", Some(Signal::Traces)),
            ("/v1/logs", Some(Signal::Logs)),
            ("/v1/metrics", Some(Signal::Metrics)),
            ("/", Some(Signal::Traces)),
            ("/api/public/otel", Some(Signal::Traces)),
            ("/api/public/otel/v1/traces", Some(Signal::Traces)),
            ("/api/public/otel/v1/metrics", Some(Signal::Metrics)),
            ("/otel/v1/traces", Some(Signal::Traces)),
            ("/agents/otel/v1/traces", Some(Signal::Traces)),
            ("/api/v1/private/otel/v1/traces", Some(Signal::Traces)),
            ("/v2/traces", Some(Signal::Traces)),
            ("/api/v2/traces", Some(Signal::Traces)),
            ("/otel/traces", Some(Signal::Traces)),
            ("/v1/traces/1", None),
            ("/v1/trace", None),
            ("/v1/profiles", None),
            ("/api/traces", None),
            ("//", None),
        ] {
            assert_eq!(signal_of(path), expected, "{path}");
        }
    }

    #[test]
    fn media_types_are_exact_but_for_parameters() {
        for (media_type, expected) in [
            ("application/x-protobuf", Some(Encoding::Protobuf)),
            ("application/protobuf", Some(Encoding::Protobuf)),
            ("application/json; charset=utf-8", Some(Encoding::Json)),
            ("Application/JSON", Some(Encoding::Json)),
            ("application/json-patch+json", None),
            ("text/plain", None),
            ("", None),
        ] {
            assert_eq!(encoding_of(media_type), expected, "{media_type}");
        }
    }
}
