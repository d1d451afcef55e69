//! Keeps stored rows and digests up to date in the background, so that the list need not make them.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use spanglass_trace::reading::READING_VERSION;

use super::rows::Rows;
use crate::store::{Fault, Remade, Store, WeakStore};

/// How long after a change rows are made, so that changes close together are one piece of work.
const AFTER: Duration = Duration::from_millis(250);

/// How many rows are kept in one transaction.
const AT_ONCE: u32 = 64;

/// Starts to keep up with `store`, until it is closed.
pub(super) fn start(store: &Store, rows: &Arc<Rows>) {
    let (changed, changes) = mpsc::sync_channel(1);
    let _ = changed.try_send(());
    // A change that finds one waiting adds nothing to it.
    store.on_change(move |_, _| {
        let _ = changed.try_send(());
    });
    let (store, rows) = (store.downgrade(), Arc::clone(rows));
    let keep_up = move || {
        let mut more = false;
        loop {
            match if more { changes.recv_timeout(AFTER) } else { changes.recv().map_err(RecvTimeoutError::from) } {
                Ok(()) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if !more {
                std::thread::sleep(AFTER);
            }
            match pass(&store, &rows) {
                Ok(left) => more = left,
                Err(Fault::Closed) => return,
                // It is tried again when something changes.
                Err(fault) => {
                    tracing::warn!(%fault, "rows could not be kept");
                    more = false;
                }
            }
        }
    };
    if let Err(error) = std::thread::Builder::new().name("store-upkeep".to_owned()).spawn(keep_up) {
        tracing::warn!(%error, "rows are made when they are asked for");
    }
}

/// Makes some rows; says whether more are to be made.
fn pass(store: &WeakStore, rows: &Rows) -> Result<bool, Fault> {
    let store = store.upgrade().ok_or(Fault::Closed)?;
    let stale = store.read(|reading| reading.stale_traces(READING_VERSION, AT_ONCE))?;
    let mut made: Vec<Remade> = Vec::new();
    for record in &stale {
        made.extend(store.read(|reading| rows.for_keeping(reading, record))?);
    }
    let (kept, answer) = mpsc::channel();
    store.keep(made, move |outcome| {
        let _ = kept.send(outcome);
    });
    answer.recv().unwrap_or(Err(Fault::Closed))?;
    Ok(!stale.is_empty())
}
