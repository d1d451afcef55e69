//! Passes on what was received to another OTLP/HTTP endpoint, byte for byte, when the user asks for it (`--forward`). Without
//! that nothing here runs and nothing leaves the machine.
//!
//! A request is queued on disk before its sender is answered, and delivered from there, the oldest first and one at a time: the
//! endpoint gets what belongs to a trace in the order in which it came, whatever happens to it or to this program meanwhile.

mod post;
mod queue;
mod told;

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use queue::{NotQueued, Queue, Waiting};
use rand::Rng;
use reqwest::Client;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::{Notify, watch};
pub use told::{Flags, ForwardTo};
use ts_rs::TS;

use crate::otlp_answer::Outcome;
use crate::signal::Signal;

/// The wait after the first failure; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How many programs of ours a request may have come through.
const MOST_HOPS: usize = 8;

/// What was passed on since the program started, and what was not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct Forwarding {
    /// The endpoint, without credentials.
    pub endpoint: String,
    /// What is passed on: `traces`, `logs`, `metrics`.
    pub signals: Vec<String>,
    /// Requests the endpoint took in.
    #[ts(type = "number")]
    pub requests: u64,
    /// Spans, log records and data points it took in.
    #[ts(type = "number")]
    pub delivered: u64,
    /// Spans, log records and data points it refused for good.
    #[ts(type = "number")]
    pub refused: u64,
    /// Spans, log records and data points that were not queued: the queue was full, or could not be written.
    #[ts(type = "number")]
    pub not_queued: u64,
    /// Bytes that wait on disk.
    #[ts(type = "number")]
    pub waiting_bytes: u64,
    /// Why the last delivery did not succeed, or the last request was not queued; `None` = all is well.
    pub problem: Option<String>,
}

/// A request to pass on.
pub(crate) struct PassedOn {
    pub(crate) signal: Signal,
    pub(crate) is_json: bool,
    /// Whether the body is gzipped.
    pub(crate) is_gzipped: bool,
    /// How many spans, log records or data points it holds.
    pub(crate) items: u64,
    /// Its `Via` header.
    pub(crate) via: String,
    pub(crate) body: Bytes,
}

/// Passes on. Clones share one queue.
#[derive(Clone)]
pub(crate) struct Forward(Arc<Inner>);

struct Inner {
    to: ForwardTo,
    client: Client,
    /// This program in a `Via` header: by it a request that comes back is told.
    hop: String,
    queue: Mutex<Queue>,
    /// Of the queue, for whoever only looks.
    waiting_bytes: AtomicU64,
    arrived: Notify,
    state: Mutex<Forwarding>,
}

impl Inner {
    /// Does something with the queue, and notes how much waits then.
    fn on_queue<T>(&self, act: impl FnOnce(&mut Queue) -> T) -> T {
        let mut queue = lock(&self.queue);
        let done = act(&mut queue);
        self.waiting_bytes.store(queue.bytes(), Ordering::Relaxed);
        done
    }
}

impl Forward {
    /// Opens the queue below the data folder; each endpoint has its own, so that what waits for one never goes to another.
    pub(crate) fn open(to: ForwardTo, data_dir: &Path) -> io::Result<Self> {
        let client = post::client(&to).map_err(io::Error::other)?;
        let named = Sha256::digest(to.endpoint.as_str());
        let named: String = named.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let queue = Queue::open(&data_dir.join("forward").join(named), to.max_waiting_bytes)?;
        let signals = to.signals.iter().map(|signal| signal.name().to_owned()).collect();
        let state = Forwarding { endpoint: to.shown(), signals, ..Forwarding::default() };
        let hop = format!("1.1 spanglass-{:016x}", rand::rng().random::<u64>());
        Ok(Self(Arc::new(Inner {
            to,
            client,
            hop,
            waiting_bytes: AtomicU64::new(queue.bytes()),
            queue: Mutex::new(queue),
            arrived: Notify::new(),
            state: Mutex::new(state),
        })))
    }

    /// Says whether a request of this signal and `Via` is to be passed on: not one that went through here before.
    pub(crate) fn takes(&self, signal: Signal, via: &str) -> bool {
        let ours = via.split(',').map(str::trim).filter(|hop| hop.starts_with("1.1 spanglass-"));
        self.0.to.signals.contains(&signal)
            && ours.clone().count() < MOST_HOPS
            && !ours.clone().any(|hop| hop == self.0.hop)
    }

    /// Queues a request; blocks while it is written. What cannot be queued is counted.
    pub(crate) fn hand_over(&self, request: PassedOn) {
        let PassedOn { signal, is_json, is_gzipped, items, via, body } = request;
        // Others wait for the queue as long as a file is written, not as long as a request is packed.
        let packed = Waiting::new(signal.name(), is_json, is_gzipped, items, via, body).packed();
        let queued = packed.map_err(NotQueued::from).and_then(|packed| self.0.on_queue(|queue| queue.push(&packed)));
        match queued {
            Ok(()) => self.0.arrived.notify_one(),
            Err(error) => {
                if let NotQueued::Broken(error) = &error {
                    tracing::warn!(%error, "a request is not passed on");
                }
                let mut state = lock(&self.0.state);
                state.not_queued += items;
                state.problem = Some(error.to_string());
            }
        }
    }

    /// Returns what was passed on so far.
    pub(crate) fn state(&self) -> Forwarding {
        let waiting_bytes = self.0.waiting_bytes.load(Ordering::Relaxed);
        Forwarding { waiting_bytes, ..lock(&self.0.state).clone() }
    }

    /// Delivers until it is told to stop. What is under way then goes out again at the next start.
    pub(crate) async fn run(self, mut stop: watch::Receiver<bool>) {
        tokio::select! {
            () = self.deliver() => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }

    async fn deliver(&self) {
        let mut wait = FIRST_WAIT;
        loop {
            let waited = match self.first().await {
                Ok(None) => {
                    self.0.arrived.notified().await;
                    continue;
                }
                Ok(Some(request)) => self.deliver_one(&request).await,
                Err(error) => Err((format!("the queue cannot be read: {error}"), None)),
            };
            match waited {
                Ok(()) => wait = FIRST_WAIT,
                Err((why, after)) => {
                    tracing::debug!(why, "passing on waits");
                    lock(&self.0.state).problem = Some(why);
                    // Spread out, so that those who wait for one endpoint do not come back together.
                    let spread = wait.mul_f64(rand::rng().random_range(0.75..1.25));
                    tokio::time::sleep(after.unwrap_or_default().max(spread)).await;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
            }
        }
    }

    /// Delivers one request or gives it up; fails when it must be tried again.
    async fn deliver_one(&self, request: &Waiting) -> Result<(), (String, Option<Duration>)> {
        let via = if request.via.is_empty() { self.0.hop.clone() } else { format!("{}, {}", request.via, self.0.hop) };
        let outcome = post::post(&self.0.client, &self.0.to, request, &via).await;
        let refused = match outcome {
            Outcome::Later { why, after } => return Err((why, after)),
            Outcome::Delivered { rejected, message } => {
                let mut state = lock(&self.0.state);
                state.requests += 1;
                state.refused += rejected;
                state.delivered += request.items.saturating_sub(rejected);
                state.problem = (rejected > 0).then_some(message);
                None
            }
            Outcome::Refused(why) => Some(why),
        };
        if let Some(why) = refused {
            tracing::warn!(why, items = request.items, "the endpoint refused a request for good");
            let mut state = lock(&self.0.state);
            state.refused += request.items;
            state.problem = Some(why);
        }
        let noted = self.with_queue(Queue::delivered).await;
        noted.map_err(|error| (format!("the queue cannot be written: {error}"), None))
    }

    async fn first(&self) -> io::Result<Option<Waiting>> {
        self.with_queue(Queue::first).await
    }

    async fn with_queue<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut Queue) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let inner = Arc::clone(&self.0);
        let asked = tokio::task::spawn_blocking(move || inner.on_queue(ask)).await;
        asked.unwrap_or_else(|error| Err(io::Error::other(error)))
    }
}

/// A panic while the lock was held left nothing half done that matters: the queue's files are the truth.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
