//! Hands requests to another Spanglass of this machine, which has the data open: the one place where Spanglass is its own client.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, redirect};

use crate::otlp_answer::{Outcome, posted, unreachable};
use crate::receive::MARKER;

/// How long a request may take: a large one is stored before it is answered.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long it may take to say who it is.
const GREETING: Duration = Duration::from_secs(5);

/// A Spanglass that listens.
pub(crate) struct Peer {
    client: Client,
    address: SocketAddr,
    /// What its senders must know, where it asks for that.
    token: Option<String>,
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
        // It is on this machine, whatever proxy is set.
        let client = Client::builder().no_proxy().redirect(redirect::Policy::none()).timeout(PATIENCE).build();
        let client = client.map_err(|error| error.to_string())?;
        let greeted = client.get(format!("http://{address}/healthz")).timeout(GREETING).send().await;
        match greeted {
            Ok(answer) if answer.headers().contains_key(MARKER) => Ok(Self { client, address, token }),
            Ok(_) => Err(format!("who listens at {address} is not Spanglass")),
            Err(error) => Err(format!("nobody answers at {address}: {}", unreachable(&error))),
        }
    }

    /// Posts an OTLP/JSON request to a path (`/v1/traces`, `/v1/logs`).
    pub(crate) async fn send(&self, path: &str, request: Bytes) -> Outcome {
        let address = self.address;
        let post = self.client.post(format!("http://{address}{path}")).header(CONTENT_TYPE, "application/json");
        let post = self.token.iter().fold(post, |post, token| post.bearer_auth(token));
        match posted(post.body(request), true).await {
            Outcome::Later { why, after } => {
                Outcome::Later { why: format!("the Spanglass at {address} takes nothing: {why}"), after }
            }
            Outcome::Refused(why) => Outcome::Refused(format!("the Spanglass at {address} refused: {why}")),
            delivered => delivered,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_listens_everywhere_is_asked_on_this_machine() {
        let of = |address: &str| reachable(address.parse().expect("an address")).to_string();
        assert_eq!(of("0.0.0.0:4318"), "127.0.0.1:4318");
        assert_eq!(of("[::]:4318"), "[::1]:4318");
        assert_eq!(of("192.0.2.7:4318"), "192.0.2.7:4318");
    }
}
