//! The Spanglass that has the data open: where it listens, and handing over to it what is to be stored.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use bytes::Bytes;
use serde_json::Value;
use spanglass_trace::decode::Received;

use crate::config::endpoints_file;
use crate::ingest::{Committed, Refusal};
use crate::otlp_answer::Outcome;
use crate::send::Peer;
use crate::share;
use crate::terminal::safe_line;
use crate::token::token_file;

/// How long a request is sent again while it is answered that there is no room for it.
const PATIENCE: Duration = Duration::from_secs(60);

/// After how long, where the answer does not say.
const AGAIN: Duration = Duration::from_secs(1);

/// A Spanglass that has the data open and receives.
pub(super) struct Running {
    /// Its address line.
    pub(super) line: Value,
    /// The token its senders must know; some file of an earlier start may be there where it asks for none.
    pub(super) token: Option<String>,
    peer: Peer,
    left_out: AtomicU64,
}

impl Running {
    /// Returns the program that has the data in a folder open.
    pub(super) async fn find(data_dir: &Path) -> anyhow::Result<Self> {
        let line = std::fs::read(endpoints_file(data_dir)).context(
            "another program has the data open and does not say where it listens; try again, or stop that program",
        )?;
        let line: Value = serde_json::from_slice(&line)?;
        let url = ["otlp_http", "otlp_grpc"].iter().find_map(|name| line[name].as_str());
        let url = url.context("another program has the data open and receives nothing; stop it, or let it listen")?;
        let token = std::fs::read_to_string(token_file(data_dir)).ok().map(|token| token.trim().to_owned());
        let peer = Peer::find(url, token.clone()).await.map_err(anyhow::Error::msg);
        let peer = peer.context("another program has the data open and is not where it said; stop that program")?;
        Ok(Self { line, token, peer, left_out: AtomicU64::new(0) })
    }

    /// Hands over what was read. How much of it was there already is not known here.
    pub(super) async fn take(&self, received: &Received) -> Result<Committed, Refusal> {
        let mut committed =
            Committed { spans: received.spans.len() as u64, logs: received.logs.len() as u64, ..Committed::default() };
        for (path, request) in share::requests(received) {
            let (rejected, message) = self.send(path, request).await?;
            if rejected > 0 {
                eprintln!("spanglass: {rejected} were left out: {}", safe_line(&message));
                self.left_out.fetch_add(rejected, Ordering::Relaxed);
                let taken = if path == "/v1/traces" { &mut committed.spans } else { &mut committed.logs };
                *taken = taken.saturating_sub(rejected);
            }
        }
        Ok(committed)
    }

    /// Returns how many spans and log records were left out of what was handed over.
    pub(super) fn left_out(&self) -> u64 {
        self.left_out.load(Ordering::Relaxed)
    }

    /// Sends a request, again while it is answered that it may come later; returns how many of its items were left out, and why.
    async fn send(&self, path: &str, request: Bytes) -> Result<(u64, String), Refusal> {
        let begun = Instant::now();
        loop {
            match self.peer.send(path, request.clone()).await {
                Outcome::Delivered { rejected, message } => return Ok((rejected, message)),
                Outcome::Later { after, .. } if begun.elapsed() < PATIENCE => {
                    tokio::time::sleep(after.unwrap_or(AGAIN)).await;
                }
                Outcome::Later { why: reason, .. } | Outcome::Refused(reason) => {
                    return Err(Refusal::Unavailable { reason });
                }
            }
        }
    }
}
