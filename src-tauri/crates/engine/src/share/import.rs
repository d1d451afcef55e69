//! Traces from a file, on the way every request takes.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use spanglass_trace::decode::{DecodeError, Received};
use spanglass_trace::span::TraceId;
use tokio::sync::mpsc;

use super::reading::Reading;
use super::source;
use crate::ingest::{Committed, Ingest, Refusal};

/// How much is handed to the store at once: lines are joined up to this many bytes or items.
const BATCH_BYTES: usize = 4 << 20;
const BATCH_ITEMS: usize = 2_000;

/// How many complaints are kept; all are counted.
const COMPLAINTS: usize = 100;

/// What was taken in from a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// The trace of the first span that was read, for whoever wants to show what came.
    pub first_trace: Option<TraceId>,
    /// Spans that were not there before.
    pub spans: u64,
    /// Spans that were there before.
    pub duplicates: u64,
    /// Log records that were not there before.
    pub logs: u64,
    /// Spans and log records that were left out.
    pub rejected: u64,
    /// Lines (or the one document of the file) that could not be read.
    pub broken: u64,
    /// What was wrong, in sentences that name the line; at most 100 of them.
    pub complaints: Vec<String>,
    /// Whether it was stopped before all of the file was read.
    pub stopped: bool,
}

/// Why a file, or the rest of it, was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It cannot be read from disk.
    #[error("{}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// There is nothing in it that could be taken in.
    #[error("{} holds no traces in OTLP, Jaeger's, Zipkin's, MLflow's, Langfuse's or Phoenix's form: {reason}", path.display())]
    NoTraces {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// The store took no more.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// Takes the traces of a file in; what of it is there already stays one.
///
/// A line that cannot be read is named in the complaints, and costs itself only.
pub async fn import(ingest: &Ingest, path: &Path) -> Result<Imported, ImportError> {
    import_telling(ingest, path, Arc::default(), |_| {}).await
}

/// Takes the traces of a file in as [`import`] does, until it is stopped, and tells what came so far whenever some did.
pub(super) async fn import_telling(
    ingest: &Ingest,
    path: &Path,
    reading: Arc<Reading>,
    so_far: impl FnMut(&Imported),
) -> Result<Imported, ImportError> {
    into(path, reading, async |received| submit(ingest, received).await, so_far).await
}

/// Stores what was read, and waits for room as long as it takes: no file is in a hurry.
pub async fn submit(ingest: &Ingest, received: Received) -> Result<Committed, Refusal> {
    loop {
        match ingest.submit(received.clone()).await {
            Err(Refusal::Overloaded { retry_after_s }) => {
                tokio::time::sleep(Duration::from_secs(retry_after_s.into())).await;
            }
            done => break done,
        }
    }
}

/// Takes the traces of a file to wherever `submit` brings them: as [`import`], for a store that another program has open.
pub async fn import_into(
    path: &Path,
    submit: impl AsyncFnMut(Received) -> Result<Committed, Refusal>,
) -> Result<Imported, ImportError> {
    into(path, Arc::default(), submit, |_| {}).await
}

async fn into(
    path: &Path,
    progress: Arc<Reading>,
    mut submit: impl AsyncFnMut(Received) -> Result<Committed, Refusal>,
    mut so_far: impl FnMut(&Imported),
) -> Result<Imported, ImportError> {
    // Read and decoded on a thread of its own, two batches ahead of the store.
    let (batches, mut ready) = mpsc::channel(2);
    let file = path.to_owned();
    let told = Arc::clone(&progress);
    let reading = tokio::task::spawn_blocking(move || read(&file, &told, batches));
    let mut imported = Imported::default();
    let mut refused = Ok(());
    while let Some(batch) = ready.recv().await {
        if progress.is_stopped() {
            imported.stopped = true;
            break;
        }
        imported.first_trace = imported.first_trace.or_else(|| Some(batch.spans.first()?.span.trace_id));
        match submit(batch).await {
            Ok(committed) => {
                imported.spans += committed.spans;
                imported.duplicates += committed.duplicates;
                imported.logs += committed.logs;
                so_far(&imported);
            }
            Err(refusal) => {
                refused = Err(refusal);
                break;
            }
        }
    }
    // The reader stops when nobody takes what it reads.
    drop(ready);
    let read = reading.await.unwrap_or_else(|error| Err(io::Error::other(error)));
    refused?;
    let Read { found, stopped, rejected, broken, complaints } =
        read.map_err(|reason| ImportError::Unreadable { path: path.to_owned(), reason })?;
    imported.stopped |= stopped;
    if !found && !imported.stopped {
        let reason = complaints.into_iter().next().unwrap_or_else(|| "there are none in it".to_owned());
        return Err(ImportError::NoTraces { path: path.to_owned(), reason });
    }
    Ok(Imported { rejected, broken, complaints, ..imported })
}

#[derive(Default)]
struct Read {
    /// Whether there was anything in the file that is a span or a log record.
    found: bool,
    stopped: bool,
    rejected: u64,
    broken: u64,
    complaints: Vec<String>,
}

fn read(path: &Path, reading: &Reading, batches: mpsc::Sender<Received>) -> io::Result<Read> {
    let mut read = Read::default();
    let mut batch = Received::default();
    let mut batch_bytes = 0;
    let whole = source::read(path, reading, &mut |line, piece| {
        if reading.is_stopped() {
            read.stopped = true;
            return false;
        }
        let piece = read.take(line, piece);
        // Of what is handed over together, spans come before log records: a trace of log records alone would be listed after
        // the traces that follow it.
        let mut is_taken = true;
        if !piece.spans.is_empty() && ends_with_logs_alone(&batch) {
            batch_bytes = 0;
            is_taken = batches.blocking_send(std::mem::take(&mut batch)).is_ok();
        }
        batch_bytes += piece.spans.iter().map(|span| span.raw.len()).sum::<usize>();
        batch_bytes += piece.logs.iter().map(|log| log.raw.len()).sum::<usize>();
        batch.spans.extend(piece.spans);
        batch.logs.extend(piece.logs);
        if batch_bytes < BATCH_BYTES && batch.spans.len() + batch.logs.len() < BATCH_ITEMS {
            return is_taken;
        }
        batch_bytes = 0;
        batches.blocking_send(std::mem::take(&mut batch)).is_ok()
    });
    read.stopped |= reading.is_stopped();
    if !read.stopped {
        whole?;
    }
    if !batch.spans.is_empty() || !batch.logs.is_empty() {
        // Nobody takes it when the store refused, and that is said already.
        let _ = batches.blocking_send(batch);
    }
    Ok(read)
}

/// Says whether the last of what was read are log records of another trace than the spans before them.
fn ends_with_logs_alone(batch: &Received) -> bool {
    let of_spans = batch.spans.last().map(|sent| sent.span.trace_id);
    batch.logs.last().is_some_and(|sent| sent.log.trace_id.is_none() || sent.log.trace_id != of_spans)
}

impl Read {
    fn take(&mut self, line: Option<u64>, piece: Result<Received, DecodeError>) -> Received {
        let at = line.map(|line| format!("line {line}: ")).unwrap_or_default();
        let received = piece.unwrap_or_else(|error| {
            self.broken += 1;
            self.complain(|| format!("{at}{error}"));
            Received::default()
        });
        for complaint in &received.complaints {
            self.complain(|| format!("{at}{}: {}", complaint.place, complaint.reason));
        }
        self.rejected += received.rejected;
        self.found |= !received.spans.is_empty() || !received.logs.is_empty() || received.rejected > 0;
        received
    }

    fn complain(&mut self, complaint: impl FnOnce() -> String) {
        if self.complaints.len() < COMPLAINTS {
            self.complaints.push(complaint());
        }
    }
}
