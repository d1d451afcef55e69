//! One delivery: posts a request.

use std::time::Duration;

use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE};
use reqwest::{Client, redirect};

use super::queue::Waiting;
use super::told::ForwardTo;
use crate::otlp_answer::{Outcome, posted};
use crate::signal::Signal;

/// How long a connection may take to come about, and how long a whole request.
const CONNECTING: Duration = Duration::from_secs(10);
const WHOLE: Duration = Duration::from_secs(60);

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
    posted(post.body(request.body.clone()), request.is_json).await
}
