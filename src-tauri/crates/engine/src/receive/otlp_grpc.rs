//! OTLP over gRPC: unary calls, framed and answered by hand.
//!
//! A generated service would decode whole requests before they could be measured, and its routing would answer other paths
//! than ours. The framing is five bytes; see grpc/doc/PROTOCOL-HTTP2.md for everything here.

use bytes::{BufMut, Bytes, BytesMut};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, Version};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use spanglass_trace::decode::Encoding;

use super::accept::AnswerBody;
use super::answer::{Refusal, Signal, Why};
use super::body::{self, Compression, Taken};
use super::full;
use super::intake::Intake;

const ACCEPTED: HeaderValue = HeaderValue::from_static("identity,gzip,deflate,zstd");
const GRPC: HeaderValue = HeaderValue::from_static("application/grpc");

/// Says whether a request is a gRPC call.
pub(crate) fn is_call(request: &Parts) -> bool {
    let media_type = request.headers.get(http::header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    match media_type.strip_prefix(b"application/grpc") {
        Some(rest) => request.version == Version::HTTP_2 && matches!(rest.first(), None | Some(b'+' | b';')),
        None => false,
    }
}

/// Answers a call.
pub(crate) async fn call(request: &Parts, body: Incoming, intake: &Intake) -> Result<Response<AnswerBody>, Refusal> {
    if request.method != Method::POST {
        return Err(Refusal::new(Why::NotFound, "a gRPC call is a POST"));
    }
    let Some(signal) = signal_of(request.uri.path()) else {
        let message = format!(
            "{} is not here; Export of OTLP's TraceService, LogsService and MetricsService is",
            request.uri.path()
        );
        return Err(Refusal::new(Why::NotFound, message));
    };
    if request
        .headers
        .get(http::header::CONTENT_TYPE)
        .is_some_and(|media_type| media_type.as_bytes().ends_with(b"+json"))
    {
        return Err(Refusal::new(Why::NotFound, "send protobuf; gRPC with JSON is not read"));
    }
    let compression = request
        .headers
        .get("grpc-encoding")
        .map_or(Some(Compression::Identity), |name| name.to_str().ok().and_then(Compression::named));
    let Some(compression) = compression else {
        return Err(Refusal::new(Why::NotFound, "the grpc-encoding is none of gzip, deflate, zstd and identity"));
    };
    let (message, is_compressed) = one_message(body::take(body, &intake.room).await?)?;
    if is_compressed && compression == Compression::Identity {
        return Err(Refusal::new(Why::Malformed, "the message is compressed and no grpc-encoding says how"));
    }
    let compression = if is_compressed { compression } else { Compression::Identity };
    let accepted = intake.accept(signal, Encoding::Protobuf, compression, message, "").await?;
    Ok(answer(accepted.encode(signal, Encoding::Protobuf)))
}

fn signal_of(path: &str) -> Option<Signal> {
    match path {
        "/opentelemetry.proto.collector.trace.v1.TraceService/Export" => Some(Signal::Traces),
        "/opentelemetry.proto.collector.logs.v1.LogsService/Export" => Some(Signal::Logs),
        "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export" => Some(Signal::Metrics),
        _ => None,
    }
}

/// Returns the one message of a unary call, and whether it is compressed.
fn one_message(mut body: Taken) -> Result<(Taken, bool), Refusal> {
    let malformed = |message: &str| Err(Refusal::new(Why::Malformed, message));
    let [flag, length @ ..] = match body.bytes.get(..5).and_then(|head| <[u8; 5]>::try_from(head).ok()) {
        Some(head) => head,
        None => return malformed("the call carries no message"),
    };
    let length = u32::from_be_bytes(length) as usize;
    if body.bytes.len() - 5 != length {
        return malformed("the call carries not exactly one message, or its length is wrong");
    }
    if flag > 1 {
        return malformed("the message's compression flag is neither 0 nor 1");
    }
    body.bytes = body.bytes.slice(5..);
    Ok((body, flag == 1))
}

fn answer(message: Bytes) -> Response<AnswerBody> {
    let mut framed = BytesMut::with_capacity(5 + message.len());
    framed.put_u8(0);
    framed.put_u32(message.len() as u32);
    framed.extend_from_slice(&message);
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let body = full(framed.freeze()).with_trailers(async { Some(Ok(trailers)) });
    with_head(Response::new(body.boxed_unsync()))
}

/// Says a refusal: an answer that is trailers only.
pub(crate) fn refusal(refusal: &Refusal) -> Response<AnswerBody> {
    let mut response = with_head(Response::new(full(Bytes::new())));
    let headers = response.headers_mut();
    headers.insert("grpc-status", refusal.why.grpc().0.into());
    if let Ok(message) = HeaderValue::from_str(&percent_encoded(&refusal.message)) {
        headers.insert("grpc-message", message);
    }
    if let Some(details) = refusal.grpc_details().and_then(|details| HeaderValue::from_str(&details).ok()) {
        headers.insert("grpc-status-details-bin", details);
    }
    response
}

fn with_head(mut response: Response<AnswerBody>) -> Response<AnswerBody> {
    response.headers_mut().insert(http::header::CONTENT_TYPE, GRPC);
    response.headers_mut().insert("grpc-accept-encoding", ACCEPTED);
    response
}

/// Writes a message as `grpc-message` has it: everything but printable ASCII, and the percent sign, as `%XX`.
fn percent_encoded(message: &str) -> String {
    let mut encoded = String::with_capacity(message.len());
    // Clients bound the size of headers: 8 KiB is common.
    for byte in message.bytes().take(2_000) {
        if (0x20..=0x7e).contains(&byte) && byte != b'%' {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_percent_encoded() {
        assert_eq!(percent_encoded("50 % of é\n"), "50 %25 of %C3%A9%0A");
    }
}
