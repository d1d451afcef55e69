//! From what was received to what is on disk: reads spans, waits for the store's commit, answers.
//!
//! What waits is bounded in bytes and in requests, from the moment it is handed in until it is committed; what does not fit
//! is refused so that the sender tries again later. Reading happens on threads of its own, ahead of the one writer.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use spanglass_trace::decode::{Envelope, Received, ReceivedLog, ReceivedSpan};
use spanglass_trace::reading::READING_VERSION;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::glean::{Gleaner, Gleaning};
use crate::live::Live;
use crate::read;
use crate::store::{Batch, Fault, NewLog, NewSpan, Packed, Store};

/// Bytes that may wait to be written.
const WAITING_BYTES: usize = 64 << 20;

/// Requests that may wait to be written.
const WAITING_REQUESTS: usize = 1_024;

/// What a span or log record takes in memory beside its bytes, roughly.
const ITEM_BYTES: usize = 1_024;

/// What a metric sample takes in memory, roughly.
const METRIC_BYTES: usize = 512;

/// How long a request waits for room before it is refused.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long a sender waits for the disk before it is told to send again: what was handed in may still be stored, and is not stored
/// twice.
const PATIENCE_FOR_DISK: Duration = Duration::from_secs(10);

/// When a refused sender should try again, in seconds.
const RETRY_AFTER_S: u32 = 1;

/// What a request changed, all of it on disk.
pub use crate::store::Written as Committed;

/// Why nothing of a request was kept. Sending it again later can help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// More is waiting to be written than may wait.
    #[error("too much is waiting to be written; send again in {retry_after_s} s")]
    Overloaded {
        /// When to try again, in seconds.
        retry_after_s: u32,
    },
    /// The store cannot be written: the disk is full, or the database is locked or broken.
    #[error("{reason}")]
    Unavailable {
        /// What is wrong, and what to do about it.
        reason: String,
    },
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Unavailable { reason: fault.to_string() }
    }
}

/// The way into the store. Clones share one queue.
#[derive(Clone)]
pub struct Ingest {
    store: Store,
    bytes: Arc<Semaphore>,
    requests: Arc<Semaphore>,
    readers: Arc<Semaphore>,
    /// `None` = what comes in is stored and nothing else.
    gleaner: Option<Arc<dyn Gleaner>>,
}

impl Ingest {
    /// Returns the way into `store`; `live` is told of every change.
    pub fn new(store: &Store, live: &Live) -> Self {
        let live = live.clone();
        store.on_change(move |seq, traces| live.changed(seq, traces));
        let readers = available_parallelism().map_or(2, usize::from);
        Self {
            store: store.clone(),
            bytes: Arc::new(Semaphore::new(WAITING_BYTES)),
            requests: Arc::new(Semaphore::new(WAITING_REQUESTS)),
            readers: Arc::new(Semaphore::new(readers)),
            gleaner: None,
        }
    }

    /// Returns the same way, on which something is made of spans while they are at hand.
    pub fn gleaned_by(self, gleaner: Arc<dyn Gleaner>) -> Self {
        Self { gleaner: Some(gleaner), ..self }
    }

    /// Stores a request and returns once it is on disk (`COMMIT` with `synchronous=FULL`).
    ///
    /// Dropping the future while it waits for the disk does not take back what was handed in.
    pub async fn submit(&self, received: Received) -> Result<Committed, Refusal> {
        self.hand_in(received, (), Duration::MAX).await
    }

    /// The same for a request that takes room elsewhere, and whose sender does not wait for ever: `there` is dropped once it has room
    /// here.
    pub async fn submit_from(&self, received: Received, there: impl Send) -> Result<Committed, Refusal> {
        self.hand_in(received, there, PATIENCE_FOR_DISK).await
    }

    async fn hand_in(&self, received: Received, there: impl Send, patience: Duration) -> Result<Committed, Refusal> {
        if received.spans.is_empty() && received.logs.is_empty() && received.metrics.is_empty() {
            return Ok(Committed { seq: self.store.seq(), ..Committed::default() });
        }
        let room = self.room(weight(&received)).await?;
        drop(there);
        let (batch, gleaned) = self.prepare(received).await?;
        let (answer, answered) = oneshot::channel();
        self.store.write(batch, move |written| {
            drop(room);
            if let (Ok(Committed { first_span: first @ 1.., next_trace, .. }), Some(gleaned)) = (&written, gleaned) {
                gleaned.stored(*first, *next_trace);
            }
            // Nobody is left to be told when the sender hung up.
            let _ = answer.send(written);
        });
        match tokio::time::timeout(patience, answered).await {
            Ok(written) => Ok(written.map_err(|_| Refusal::from(Fault::Closed))??),
            Err(_) => Err(Refusal::Overloaded { retry_after_s: RETRY_AFTER_S }),
        }
    }

    /// Waits for room in the queue, and keeps it until it is dropped.
    async fn room(&self, bytes: u32) -> Result<(OwnedSemaphorePermit, OwnedSemaphorePermit), Refusal> {
        let room = async {
            let request = Arc::clone(&self.requests).acquire_owned().await?;
            Ok::<_, tokio::sync::AcquireError>((request, Arc::clone(&self.bytes).acquire_many_owned(bytes).await?))
        };
        match tokio::time::timeout(PATIENCE, room).await {
            Ok(room) => room.map_err(|_| Refusal::from(Fault::Closed)),
            Err(_) => Err(Refusal::Overloaded { retry_after_s: RETRY_AFTER_S }),
        }
    }

    /// Reads and packs a request on a thread where that may take its time; at most one per core at once.
    async fn prepare(&self, received: Received) -> Result<(Packed, Option<Box<dyn Gleaning>>), Refusal> {
        let reader = Arc::clone(&self.readers).acquire_owned().await.map_err(|_| Refusal::from(Fault::Closed))?;
        let (store, mut gleaned) = (self.store.clone(), self.gleaner.as_ref().map(|gleaner| gleaner.begin()));
        let prepared = tokio::task::spawn_blocking(move || {
            let _reader = reader;
            let batch = prepare(received, &mut gleaned);
            (store.pack(batch), gleaned)
        });
        let failed = |_| Refusal::Unavailable { reason: "reading failed; this is a fault of Spanglass".to_owned() };
        prepared.await.map_err(failed)
    }
}

/// Returns how much of the queue's bytes a request takes. One that is larger than the queue takes all of it.
fn weight(received: &Received) -> u32 {
    let spans = received.spans.iter().map(|span| span.raw.len() + ITEM_BYTES);
    let logs = received.logs.iter().map(|log| log.raw.len() + ITEM_BYTES);
    spans.chain(logs).sum::<usize>().saturating_add(received.metrics.len() * METRIC_BYTES).min(WAITING_BYTES) as u32
}

fn prepare(received: Received, gleaned: &mut Option<Box<dyn Gleaning>>) -> Batch {
    let mut batch = Batch { aliases: received.aliases, metrics: received.metrics, ..Batch::default() };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64);
    for sample in batch.metrics.iter_mut().filter(|sample| sample.time_unix_nano == 0) {
        sample.time_unix_nano = now;
    }
    let mut places = HashMap::new();
    let mut place = |batch: &mut Batch, envelope: &Arc<Envelope>| {
        *places.entry(Arc::as_ptr(envelope)).or_insert_with(|| {
            batch.envelopes.push(read::envelope_to_stored(envelope));
            batch.envelopes.len() - 1
        })
    };
    batch.spans.reserve_exact(received.spans.len());
    for ReceivedSpan { span, raw, envelope, is_outline } in received.spans {
        let envelope = place(&mut batch, &envelope);
        // A marker is kept as the first revision of the span it says has started.
        let span = read::started(&span).unwrap_or(span);
        let reading = read::read(&span, Vec::new());
        let digest = read::digest(&span, &reading, 0);
        glean(gleaned, |gleaning| gleaning.span(&span, &reading, &digest));
        batch.spans.push(NewSpan {
            trace_id: span.trace_id,
            span_id: span.span_id,
            envelope,
            content: raw,
            ended: if is_outline { 0 } else { span.end_time_unix_nano },
            reading: READING_VERSION,
            digest: read::to_stored(&digest),
        });
    }
    for ReceivedLog { log, raw, envelope } in received.logs {
        let envelope = place(&mut batch, &envelope);
        let trace_id = read::trace_of(&log);
        batch.logs.push(NewLog {
            trace_id,
            // A span's name means something within its trace only.
            span_id: log.span_id.filter(|_| log.trace_id.is_some() && log.trace_id == trace_id),
            envelope,
            content: raw,
        });
    }
    batch
}

/// Hands something to whoever makes something of spans. A panic there costs what is made, and no span.
fn glean(gleaned: &mut Option<Box<dyn Gleaning>>, act: impl FnOnce(&mut dyn Gleaning)) {
    if let Some(gleaning) = gleaned
        && catch_unwind(AssertUnwindSafe(|| act(&mut **gleaning))).is_err()
    {
        tracing::error!("indexing a span failed; this is a fault of Spanglass");
        *gleaned = None;
    }
}
