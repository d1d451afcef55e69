//! From a body to what is stored: decompresses and decodes away from the threads that serve connections, hands over to
//! [`Ingest`], and says what became of it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use spanglass_trace::decode::{Budget, DecodeError, Encoding, Received, as_requests, otlp_json, otlp_protobuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::answer::{Accepted, Refusal, Signal, Why};
use super::body::{BodyError, Compression, DecompressError, Room, Taken, decompress};
use super::mlflow::Tracking;
use super::record::Record;
use crate::api::types as api;
use crate::forward::{Forward, PassedOn};
use crate::ingest::{self, Ingest};
use crate::token::Token;

/// How many complaints an answer names.
const NAMED_COMPLAINTS: usize = 5;
/// How much of each is said, in bytes.
const LONGEST_COMPLAINT: usize = 500;
/// How long a request waits for its turn to be decoded.
const PATIENCE: Duration = Duration::from_secs(5);
/// When to send again what found no room, in seconds.
const RETRY_AFTER_S: u32 = 1;

/// The way in, shared by all receiving listeners.
#[derive(Clone)]
pub(crate) struct Intake {
    ingest: Ingest,
    pub(crate) record: Arc<Record>,
    pub(crate) room: Room,
    pub(crate) tracking: Arc<Tracking>,
    forward: Option<Forward>,
    /// What a sender must know; `None` = nothing.
    token: Option<Token>,
    /// Bodies that are being decoded take a multiple of their size; few are at a time.
    decoding: Arc<Semaphore>,
}

/// What was made of a body. It takes a multiple of that, and so keeps its turn until the queue has room for it.
pub(crate) struct Decoded<T> {
    pub(crate) value: T,
    pub(crate) turn: OwnedSemaphorePermit,
}

impl Intake {
    pub(crate) fn new(
        ingest: Ingest,
        record: Arc<Record>,
        tracking: Arc<Tracking>,
        forward: Option<Forward>,
        token: Option<Token>,
    ) -> Self {
        let threads = std::thread::available_parallelism().map_or(2, |n| n.get()).clamp(1, 3);
        Self {
            ingest,
            record,
            room: Room::default(),
            tracking,
            forward,
            token,
            decoding: Arc::new(Semaphore::new(threads)),
        }
    }

    /// Refuses a sender that does not carry the token, where one is asked for.
    pub(crate) fn let_in(&self, headers: &http::HeaderMap) -> Result<(), Refusal> {
        match &self.token {
            Some(token) if !token.is_carried(headers) => Err(Refusal::new(
                Why::Unauthenticated,
                "send the token of this Spanglass, which is in the file `token` of its data folder, as `Authorization: Bearer …`",
            )),
            _ => Ok(()),
        }
    }

    /// Takes an OTLP request in, which came with this `Via`. When this returns well, what it held is on disk, and waits there to
    /// be passed on where that is asked for.
    pub(crate) async fn accept(
        &self,
        signal: Signal,
        encoding: Encoding,
        compression: Compression,
        body: Taken,
        via: &str,
    ) -> Result<Accepted, Refusal> {
        let forward = self.forward.as_ref().filter(|forward| forward.takes(signal, via));
        let copy = forward.map(|forward| (forward.clone(), body.clone(), via.to_owned()));
        let Decoded { value: received, turn } =
            self.decode(compression, body, move |bytes| decode(signal, encoding, bytes)).await?;
        let items = items(signal, &received) + received.rejected;
        let this = self.clone();
        to_its_end(async move {
            let accepted = this.keep_here(signal, received, turn).await?;
            if let Some((forward, body, via)) = copy {
                let is_json = encoding == Encoding::Json;
                apart(move || {
                    // Receivers need not know more than gzip.
                    let is_gzipped = compression == Compression::Gzip;
                    let bytes =
                        if is_gzipped { body.bytes.clone() } else { decompress(body.bytes.clone(), compression)? };
                    forward.hand_over(PassedOn { signal, is_json, is_gzipped, items, via, body: bytes });
                    Ok(())
                })
                .await?;
            }
            Ok(accepted)
        })
        .await
    }

    /// The same for a request in a format that `decode` knows.
    pub(crate) async fn accept_as(
        &self,
        signal: Signal,
        compression: Compression,
        body: Taken,
        decode: impl FnOnce(&bytes::Bytes) -> Result<Received, DecodeError> + Send + 'static,
    ) -> Result<Accepted, Refusal> {
        let Decoded { value, turn } = self.decode(compression, body, decode).await?;
        self.keep_in_turn(signal, value, turn).await
    }

    /// Makes something of a request without storing it.
    pub(crate) async fn parse<T: Send + 'static>(
        &self,
        compression: Compression,
        body: Taken,
        parse: impl FnOnce(&bytes::Bytes) -> Result<T, DecodeError> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.decode(compression, body, parse).await.map(|decoded| decoded.value)
    }

    /// The same of one that is to be stored ([`Self::keep_in_turn`]).
    pub(crate) async fn decode<T: Send + 'static>(
        &self,
        compression: Compression,
        body: Taken,
        decode: impl FnOnce(&bytes::Bytes) -> Result<T, DecodeError> + Send + 'static,
    ) -> Result<Decoded<T>, Refusal> {
        let later = |why| Refusal::new(Why::Unavailable { retry_after_s: RETRY_AFTER_S }, why);
        let turn = tokio::time::timeout(PATIENCE, self.decoding.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| later("too many requests wait to be read; send again in a second"))?;
        let turn = turn.map_err(|_| later("the program is stopping"))?;
        apart(move || {
            let Taken { bytes, _room } = body;
            let bytes = decompress(bytes, compression)?;
            Ok(Decoded { value: decode(&bytes)?, turn })
        })
        .await
    }

    /// Stores what this program made of a request, and passes it on as OTLP where that is asked for.
    pub(crate) async fn keep(&self, signal: Signal, received: Received) -> Result<Accepted, Refusal> {
        self.keep_in_turn(signal, received, ()).await
    }

    /// Stores what a request held that was not OTLP, and passes it on as OTLP where that is asked for. `turn` is given back once
    /// the queue has room for it.
    pub(crate) async fn keep_in_turn(
        &self,
        signal: Signal,
        received: Received,
        turn: impl Send + 'static,
    ) -> Result<Accepted, Refusal> {
        let this = self.clone();
        to_its_end(async move { this.keep_and_pass_on(signal, received, turn).await }).await
    }

    async fn keep_and_pass_on(&self, signal: Signal, received: Received, turn: impl Send) -> Result<Accepted, Refusal> {
        let Some(forward) = self.forward.clone() else { return self.keep_here(signal, received, turn).await };
        let (received, requests) = apart(move || {
            let made = [(Signal::Traces, as_requests::traces(&received)), (Signal::Logs, as_requests::logs(&received))];
            let of = |(signal, body): (Signal, Option<bytes::Bytes>)| Some((signal, items(signal, &received), body?));
            let requests: Vec<_> = made.into_iter().filter_map(of).collect();
            Ok((received, requests))
        })
        .await?;
        let accepted = self.keep_here(signal, received, turn).await?;
        apart(move || {
            for (signal, items, body) in requests {
                if forward.takes(signal, "") {
                    let (is_json, is_gzipped, via) = (false, false, String::new());
                    forward.hand_over(PassedOn { signal, is_json, is_gzipped, items, via, body });
                }
            }
            Ok(())
        })
        .await?;
        Ok(accepted)
    }

    /// Stores what a request held. When this returns well, that is on disk.
    async fn keep_here(&self, signal: Signal, received: Received, turn: impl Send) -> Result<Accepted, Refusal> {
        let sums = api::Received {
            requests: 0,
            refused: 0,
            spans: received.spans.len() as u64,
            rejected_spans: if signal == Signal::Traces { received.rejected } else { 0 },
            logs: received.logs.len() as u64,
            metric_points: received.metric_points,
            dropped_metric_points: 0,
        };
        let kept = received.spans.len() + received.logs.len();
        let accepted = Accepted { kept, rejected: received.rejected, message: complaints(&received) };
        self.ingest.submit_from(received, turn).await?;
        self.record.accept(sums);
        Ok(accepted)
    }
}

impl Intake {
    /// Stores what was received.
    pub(crate) async fn store(&self, received: Received) -> Result<ingest::Committed, ingest::Refusal> {
        self.ingest.submit(received).await
    }

    /// Takes an OTLP/JSON request for traces in that this program made itself.
    ///
    /// # Errors
    ///
    /// A sentence, when it was not taken in.
    pub(crate) async fn accept_own(&self, request: bytes::Bytes) -> Result<(), String> {
        let body = Taken::own(request);
        let accepted = self.accept(Signal::Traces, Encoding::Json, Compression::Identity, body, "").await;
        accepted.map(|_| ()).map_err(|refusal| refusal.message)
    }
}

/// Does what is left of a request for a sender that may hang up: what is stored then is counted and passed on all the same.
async fn to_its_end<T: Send + 'static>(
    rest: impl Future<Output = Result<T, Refusal>> + Send + 'static,
) -> Result<T, Refusal> {
    let stopped = |_| Err(Refusal::new(Why::Unavailable { retry_after_s: RETRY_AFTER_S }, "the program is stopping"));
    tokio::spawn(rest).await.unwrap_or_else(stopped)
}

/// Runs a piece of work on a thread that may block. A panic in it costs the request, not the program.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T, Refusal> + Send + 'static) -> Result<T, Refusal> {
    let done = tokio::task::spawn_blocking(move || std::panic::catch_unwind(AssertUnwindSafe(work))).await;
    done.ok().and_then(Result::ok).unwrap_or_else(|| {
        Err(Refusal::new(
            Why::Internal,
            "reading the request failed in a way that is a bug of Spanglass; nothing of it was kept",
        ))
    })
}

/// Returns how many items of a signal a request held that are kept.
fn items(signal: Signal, received: &Received) -> u64 {
    match signal {
        Signal::Traces => received.spans.len() as u64,
        Signal::Logs => received.logs.len() as u64,
        Signal::Metrics => received.metric_points,
    }
}

fn decode(signal: Signal, encoding: Encoding, body: &bytes::Bytes) -> Result<Received, DecodeError> {
    let budget = Budget::default();
    match (signal, encoding) {
        (Signal::Traces, Encoding::Protobuf) => otlp_protobuf::traces(body, budget),
        (Signal::Logs, Encoding::Protobuf) => otlp_protobuf::logs(body, budget),
        (Signal::Metrics, Encoding::Protobuf) => otlp_protobuf::metrics(body, budget),
        (Signal::Traces, Encoding::Json) => otlp_json::traces(body, budget),
        (Signal::Logs, Encoding::Json) => otlp_json::logs(body, budget),
        (Signal::Metrics, Encoding::Json) => otlp_json::metrics(body, budget),
    }
}

/// Says what was wrong with a request, those that cost an item first.
fn complaints(received: &Received) -> String {
    let rejected = received.complaints.iter().filter(|complaint| complaint.rejected);
    let repaired = received.complaints.iter().filter(|complaint| !complaint.rejected);
    let mut named: Vec<String> = rejected
        .chain(repaired)
        .take(NAMED_COMPLAINTS)
        .map(|complaint| {
            let text = format!("{}: {}", complaint.place, complaint.reason);
            text[..text.floor_char_boundary(LONGEST_COMPLAINT)].to_owned()
        })
        .collect();
    let unnamed = received.complaints.len().saturating_sub(NAMED_COMPLAINTS);
    if unnamed > 0 {
        named.push(format!("and {unnamed} more"));
    }
    named.join("; ")
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        let why = match error {
            BodyError::TooLarge => Why::TooLarge,
            BodyError::TooSlow => Why::TooSlow,
            BodyError::Broken => Why::Malformed,
            BodyError::NoRoom => Why::Unavailable { retry_after_s: RETRY_AFTER_S },
        };
        Self::new(why, error.to_string())
    }
}

impl From<DecompressError> for Refusal {
    fn from(error: DecompressError) -> Self {
        let why = match error {
            DecompressError::TooLarge => Why::TooLarge,
            DecompressError::Malformed(_) => Why::Malformed,
        };
        Self::new(why, error.to_string())
    }
}

impl From<DecodeError> for Refusal {
    fn from(error: DecodeError) -> Self {
        Self::new(Why::Malformed, error.to_string())
    }
}

impl From<ingest::Refusal> for Refusal {
    fn from(refusal: ingest::Refusal) -> Self {
        let retry_after_s = match refusal {
            ingest::Refusal::Overloaded { retry_after_s } => retry_after_s,
            ingest::Refusal::Unavailable { .. } => 5,
        };
        Self::new(Why::Unavailable { retry_after_s }, refusal.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_costs_the_request_only() {
        let refused = apart::<()>(|| panic!("a bug")).await.expect_err("refused");
        assert_eq!(refused.why, Why::Internal);
        assert_eq!(apart(|| Ok(1)).await, Ok(1));
    }
}
