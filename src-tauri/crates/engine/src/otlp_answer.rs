//! Answers to OTLP requests: the messages they are made of, and what became of a request by its answer.
//!
//! Sources: opentelemetry-proto `docs/specification.md` ("Failures", "OTLP/HTTP Response", "OTLP/HTTP Throttling"), google/rpc/status.proto
//! and error_details.proto.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use prost::Message;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;

use crate::signal::Signal;

/// How much of an answer is read: what the specification bounds it to.
const LONGEST_ANSWER: usize = 4 << 20;

/// How much of what an endpoint says is repeated to a person, in bytes.
const LONGEST_REASON: usize = 300;

/// The longest wait an endpoint may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// The type of [`RetryInfo`] among a status' details.
pub(crate) const RETRY_INFO: &str = "type.googleapis.com/google.rpc.RetryInfo";

/// `google.rpc.Status`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Status {
    #[prost(int32, tag = "1")]
    pub(crate) code: i32,
    #[prost(string, tag = "2")]
    pub(crate) message: String,
    #[prost(message, repeated, tag = "3")]
    pub(crate) details: Vec<Any>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Any {
    #[prost(string, tag = "1")]
    pub(crate) type_url: String,
    #[prost(bytes = "bytes", tag = "2")]
    pub(crate) value: Bytes,
}

/// `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    pub(crate) retry_delay: Option<Delay>,
}

/// `google.protobuf.Duration`, whole seconds.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Delay {
    #[prost(int64, tag = "1")]
    pub(crate) seconds: i64,
}

/// The `Export*ServiceResponse` of all signals.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ExportResponse {
    #[prost(message, optional, tag = "1")]
    pub(crate) partial_success: Option<PartialSuccess>,
}

/// The three signals' messages differ in a field's name only.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct PartialSuccess {
    #[prost(int64, tag = "1")]
    pub(crate) rejected: i64,
    #[prost(string, tag = "2")]
    pub(crate) error_message: String,
}

/// Returns the JSON name of how many of a signal's items were left out.
pub(crate) fn rejected_field(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => "rejectedSpans",
        Signal::Logs => "rejectedLogRecords",
        Signal::Metrics => "rejectedDataPoints",
    }
}

/// What became of a request.
#[derive(Debug, PartialEq)]
pub(crate) enum Outcome {
    /// It was taken in, but for so many of its items.
    Delivered { rejected: u64, message: String },
    /// It never will be.
    Refused(String),
    /// Not now; the endpoint may have said after how long to try again.
    Later { why: String, after: Option<Duration> },
}

/// Sends a request and returns what became of it.
pub(crate) async fn posted(request: RequestBuilder, is_json: bool) -> Outcome {
    let mut answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) => return Outcome::Later { why: unreachable(&error), after: None },
    };
    let (status, after) = (answer.status(), retry_after(answer.headers(), SystemTime::now()));
    let mut body = Vec::new();
    while let Ok(Some(piece)) = answer.chunk().await {
        body.extend_from_slice(&piece[..piece.len().min(LONGEST_ANSWER - body.len())]);
        if body.len() == LONGEST_ANSWER {
            break;
        }
    }
    outcome(status, after, &body, is_json)
}

fn outcome(status: StatusCode, after: Option<Duration>, body: &[u8], is_json: bool) -> Outcome {
    if status.is_success() {
        let (rejected, message) = if is_json { partial_json(body) } else { partial_protobuf(body) };
        return Outcome::Delivered { rejected, message: shortened(&message) };
    }
    let said = if is_json { said_json(body) } else { said_protobuf(body) };
    let why = shortened(format!("it answered {status} {said}").trim_end());
    match status.as_u16() {
        429 | 502 | 503 | 504 => Outcome::Later { why, after },
        _ => Outcome::Refused(why),
    }
}

/// Says why there was no answer, from the cause and not from what it was wrapped in.
pub(crate) fn unreachable(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    shortened(&if error.is_timeout() { "it does not answer in time".to_owned() } else { cause.to_string() })
}

/// Reads `Retry-After`: seconds or a date.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let told = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match told.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(told).ok()?.duration_since(now).unwrap_or_default(),
    };
    Some(wait.min(LONGEST_WAIT))
}

fn partial_protobuf(body: &[u8]) -> (u64, String) {
    let partial = ExportResponse::decode(body).ok().and_then(|answer| answer.partial_success).unwrap_or_default();
    (partial.rejected.max(0) as u64, partial.error_message)
}

fn partial_json(body: &[u8]) -> (u64, String) {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let partial = &answer["partialSuccess"];
    let rejected = Signal::ALL.iter().find_map(|signal| {
        let told = partial.get(rejected_field(*signal))?;
        told.as_u64().or_else(|| told.as_str()?.parse().ok())
    });
    (rejected.unwrap_or(0), partial["errorMessage"].as_str().unwrap_or_default().to_owned())
}

fn said_json(body: &[u8]) -> String {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    answer["message"].as_str().map_or_else(|| String::from_utf8_lossy(body).into_owned(), str::to_owned)
}

fn said_protobuf(body: &[u8]) -> String {
    let status = Status::decode(body).ok().filter(|status| !status.message.is_empty());
    status.map_or_else(|| String::from_utf8_lossy(body).into_owned(), |status| status.message)
}

/// Cuts what a stranger says to one bounded line.
fn shortened(said: &str) -> String {
    let line: String = said.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    line[..line.floor_char_boundary(LONGEST_REASON)].to_owned()
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn exactly_four_statuses_are_tried_again() {
        for status in (100..600).filter_map(|status| StatusCode::from_u16(status).ok()) {
            let expected = [429, 502, 503, 504].contains(&status.as_u16());
            let is_later = matches!(outcome(status, None, b"", true), Outcome::Later { .. });
            assert_eq!(is_later, expected, "{status}");
        }
    }

    #[test]
    fn what_an_endpoint_left_out_is_counted_in_both_encodings() {
        let delivered = |body: &[u8], is_json| outcome(StatusCode::OK, None, body, is_json);
        let expected = Outcome::Delivered { rejected: 3, message: "too old".into() };
        let json = br#"{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}}"#;
        assert_eq!(delivered(json, true), expected);
        let partial = PartialSuccess { rejected: 3, error_message: "too old".into() };
        assert_eq!(delivered(&ExportResponse { partial_success: Some(partial) }.encode_to_vec(), false), expected);
        let whole = Outcome::Delivered { rejected: 0, message: String::new() };
        assert_eq!(delivered(b"", false), whole);
        assert_eq!(delivered(b"{}", true), whole);
        assert_eq!(delivered(b"accepted, thank you", true), whole);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_within_bounds() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777 - 7);
        for (told, expected) in [
            ("5", Some(5)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(7)),
            ("Tue, 06 Nov 1990 08:49:37 GMT", Some(0)),
            ("999999999", Some(3_600)),
            ("soon", None),
        ] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, told.parse().expect("a value"))]);
            assert_eq!(retry_after(&headers, now), expected.map(Duration::from_secs), "{told}");
        }
    }
}
