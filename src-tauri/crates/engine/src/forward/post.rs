//! One delivery: posts a request and says what became of it, as the OTLP specification reads answers ("Failures",
//! "OTLP/HTTP Response", "OTLP/HTTP Throttling").

use std::time::{Duration, SystemTime};

use prost::Message;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, StatusCode, redirect};
use serde_json::Value;

use super::queue::Waiting;
use super::told::ForwardTo;
use crate::signal::Signal;

/// How long a connection may take to come about, and how long a whole request.
const CONNECTING: Duration = Duration::from_secs(10);
const WHOLE: Duration = Duration::from_secs(60);

/// How much of an answer is read: what the specification bounds it to.
const LONGEST_ANSWER: usize = 4 << 20;

/// How much of what an endpoint says is repeated to a person, in bytes.
const LONGEST_REASON: usize = 300;

/// The longest wait an endpoint may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// What became of a request.
#[derive(Debug, PartialEq)]
pub(super) enum Outcome {
    /// It was taken in, but for so many of its items.
    Delivered { rejected: u64, message: String },
    /// It never will be.
    Refused(String),
    /// Not now; the endpoint may have said after how long to try again.
    Later { why: String, after: Option<Duration> },
}

/// Returns the client that delivers. It follows no redirect: the headers are for the endpoint alone.
pub(super) fn client(to: &ForwardTo) -> reqwest::Result<Client> {
    let agent = concat!("spanglass/", env!("CARGO_PKG_VERSION"));
    let built =
        Client::builder().user_agent(agent).redirect(redirect::Policy::none()).default_headers(to.headers.clone());
    built.connect_timeout(CONNECTING).timeout(WHOLE).pool_max_idle_per_host(1).build()
}

/// Posts a request; `via` names the programs of ours it came through, this one included.
pub(super) async fn post(client: &Client, to: &ForwardTo, request: &Waiting, via: &str) -> Outcome {
    let Ok(signal) = request.signal.parse::<Signal>() else { return Outcome::Refused("the signal is unknown".into()) };
    let media_type = if request.is_json { "application/json" } else { "application/x-protobuf" };
    let mut post = client.post(to.url(signal)).header(CONTENT_TYPE, media_type).header("via", via);
    if request.is_gzipped {
        post = post.header(CONTENT_ENCODING, "gzip");
    }
    let mut answer = match post.body(request.body.clone()).send().await {
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
    outcome(status, after, &body, request.is_json)
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
fn unreachable(error: &reqwest::Error) -> String {
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

/// The answer to an export; the three signals' messages differ in a field's name only.
#[derive(Clone, PartialEq, Message)]
struct Answer {
    #[prost(message, optional, tag = "1")]
    partial_success: Option<Partial>,
}

#[derive(Clone, PartialEq, Message)]
struct Partial {
    #[prost(int64, tag = "1")]
    rejected: i64,
    #[prost(string, tag = "2")]
    message: String,
}

/// `google.rpc.Status` without its details.
#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(string, tag = "2")]
    message: String,
}

fn partial_protobuf(body: &[u8]) -> (u64, String) {
    let partial = Answer::decode(body).ok().and_then(|answer| answer.partial_success).unwrap_or_default();
    (partial.rejected.max(0) as u64, partial.message)
}

fn partial_json(body: &[u8]) -> (u64, String) {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let partial = &answer["partialSuccess"];
    let rejected = ["rejectedSpans", "rejectedLogRecords", "rejectedDataPoints"].iter().find_map(|name| {
        let told = partial.get(name)?;
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
        let partial = Partial { rejected: 3, message: "too old".into() };
        assert_eq!(delivered(&Answer { partial_success: Some(partial) }.encode_to_vec(), false), expected);
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
