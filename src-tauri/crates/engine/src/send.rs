//! Hands requests to another Spanglass of this machine, which has the data open: the one place where Spanglass is its own client.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::receive::MARKER;

/// How long a request may take: a large one is stored before it is answered.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long it may take to say who it is.
const GREETING: Duration = Duration::from_secs(5);
/// How much of an answer is read.
const LONGEST_ANSWER: u64 = 64 << 10;

/// A Spanglass that listens.
pub(crate) struct Peer {
    address: SocketAddr,
    /// What its senders must know, where it asks for that.
    token: Option<String>,
}

/// What a request was answered that was taken in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    /// How many of its items were left out, and why.
    pub(crate) rejected: u64,
    pub(crate) message: String,
}

/// Why a request was not taken in, in a sentence.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unsent {
    /// It may be sent again after this time.
    Later(Duration, String),
    /// It is of no use to send it again.
    Refused(String),
}

impl Peer {
    /// Returns the Spanglass at an address (`http://127.0.0.1:4318`), once it has said that it is one: whoever was there before
    /// may be gone, and its port another program's.
    ///
    /// # Errors
    ///
    /// A sentence, when it is not there.
    pub(crate) async fn find(url: &str, token: Option<String>) -> Result<Self, String> {
        let address = url.trim_start_matches("http://").trim_end_matches('/').parse::<SocketAddr>();
        let address = reachable(address.map_err(|error| format!("{url:?} is no address: {error}"))?);
        let peer = Self { address, token };
        let head = format!("GET /healthz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        match peer.ask(GREETING, &head, b"").await {
            Ok(answer) if answer.header(MARKER).is_some() => Ok(peer),
            Ok(_) => Err(format!("who listens at {address} is not Spanglass")),
            Err(error) => Err(format!("nobody answers at {address}: {error}")),
        }
    }

    /// Posts an OTLP/JSON request to a path (`/v1/traces`, `/v1/logs`).
    pub(crate) async fn send(&self, path: &str, request: &[u8]) -> Result<Sent, Unsent> {
        let (address, length) = (self.address, request.len());
        let token = self.token.iter().map(|token| format!("authorization: Bearer {token}\r\n")).collect::<String>();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n{token}content-length: {length}\r\nconnection: close\r\n\r\n"
        );
        match self.ask(PATIENCE, &head, request).await {
            Ok(answer) => answer.outcome().map_err(|unsent| unsent.at(address)),
            Err(error) => Err(Unsent::Refused(format!("nobody answers at {address} any more: {error}"))),
        }
    }

    async fn ask(&self, patience: Duration, head: &str, body: &[u8]) -> io::Result<Answer> {
        let asked = async {
            let mut stream = TcpStream::connect(self.address).await?;
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(body).await?;
            let mut answer = Vec::new();
            stream.take(LONGEST_ANSWER).read_to_end(&mut answer).await?;
            Ok::<_, io::Error>(String::from_utf8_lossy(&answer).into_owned())
        };
        let answer = tokio::time::timeout(patience, asked).await;
        Ok(Answer(answer.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))?))
    }
}

impl Unsent {
    fn at(self, address: SocketAddr) -> Self {
        match self {
            Self::Later(after, why) => Self::Later(after, format!("the Spanglass at {address} takes nothing: {why}")),
            Self::Refused(why) => Self::Refused(format!("the Spanglass at {address} refused: {why}")),
        }
    }
}

/// Returns where to connect to: what listens at all addresses of a machine does so at its own.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address {
        SocketAddr::V4(address) if address.ip().is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(address) if address.ip().is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address.ip(),
    };
    SocketAddr::new(ip, address.port())
}

/// An answer as it came.
struct Answer(String);

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.0.lines().skip(1).take_while(|line| !line.is_empty());
        let mut headers = lines.filter_map(|line| line.split_once(':'));
        headers.find(|(told, _)| told.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    fn outcome(&self) -> Result<Sent, Unsent> {
        let body = self.0.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let told: Value = serde_json::from_str(body).unwrap_or_default();
        if self.0.split(' ').nth(1) == Some("200") {
            let partial = &told["partialSuccess"];
            let rejected = ["rejectedSpans", "rejectedLogRecords"].iter().find_map(|name| {
                let rejected = partial.get(name)?;
                rejected.as_u64().or_else(|| rejected.as_str()?.parse().ok())
            });
            let message = partial["errorMessage"].as_str().unwrap_or_default().to_owned();
            return Ok(Sent { rejected: rejected.unwrap_or(0), message });
        }
        let why = told["message"].as_str().unwrap_or_else(|| self.0.lines().next().unwrap_or_default());
        Err(match self.header("retry-after").and_then(|seconds| seconds.parse().ok()) {
            Some(seconds) => Unsent::Later(Duration::from_secs(seconds), why.to_owned()),
            None => Unsent::Refused(why.to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_what_was_left_out_and_when_to_come_again() {
        let outcome = |answer: &str| Answer(answer.replace('\n', "\r\n")).outcome();
        assert_eq!(outcome("HTTP/1.1 200 OK\n\n{}"), Ok(Sent { rejected: 0, message: String::new() }));
        let partial = "HTTP/1.1 200 OK\n\n{\"partialSuccess\":{\"rejectedSpans\":\"2\",\"errorMessage\":\"no id\"}}";
        assert_eq!(outcome(partial), Ok(Sent { rejected: 2, message: "no id".into() }));
        let later = "HTTP/1.1 503 Service Unavailable\nRetry-After: 1\n\n{\"code\":14,\"message\":\"too much\"}";
        assert_eq!(outcome(later), Err(Unsent::Later(Duration::from_secs(1), "too much".into())));
        let refused = "HTTP/1.1 401 Unauthorized\n\n{\"code\":16,\"message\":\"send the token\"}";
        assert_eq!(outcome(refused), Err(Unsent::Refused("send the token".into())));
    }

    #[test]
    fn what_listens_everywhere_is_asked_on_this_machine() {
        let of = |address: &str| reachable(address.parse().expect("an address")).to_string();
        assert_eq!(of("0.0.0.0:4318"), "127.0.0.1:4318");
        assert_eq!(of("[::]:4318"), "[::1]:4318");
        assert_eq!(of("192.0.2.7:4318"), "192.0.2.7:4318");
    }
}
