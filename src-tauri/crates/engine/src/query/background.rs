//! Work behind the writer: in short passes, each followed by a rest, for as long as a store is open.

use std::sync::mpsc::{Receiver, RecvError};
use std::time::Duration;

use crate::store::Fault;

/// How long after a change work begins, so that changes close together are one piece of work.
pub(super) const AFTER: Duration = Duration::from_millis(250);

/// The priority on Linux. A lower one would never get its turn on a machine that compiles.
const NICE: i32 = 5;

/// Calls `begin` on a thread of its own, and what that returns again and again, pass by pass: a pass returns how long to rest before the next one,
/// `None` when the next change is to be waited for. It ends when the store is closed, or when nobody is left who could say that
/// something changed. Without a thread, everything asked is worked out when it is asked.
pub(super) fn start<P: FnMut() -> Result<Option<Duration>, Fault>>(
    name: &'static str,
    changes: Receiver<()>,
    begin: impl FnOnce() -> P + Send + 'static,
) {
    let work = move || {
        yield_to_others(name);
        let mut pass = begin();
        let mut rest = Some(AFTER);
        loop {
            match rest {
                Some(rest) => std::thread::sleep(rest),
                None => match changes.recv() {
                    Ok(()) => std::thread::sleep(AFTER),
                    Err(RecvError) => return,
                },
            }
            rest = match pass() {
                Ok(rest) => rest,
                Err(Fault::Closed) => return,
                // It is tried again when something changes.
                Err(fault) => {
                    tracing::warn!(%fault, name, "work in the background was broken off");
                    None
                }
            };
        }
    };
    if let Err(error) = std::thread::Builder::new().name(name.to_owned()).spawn(work) {
        tracing::warn!(%error, name, "no work is done in the background");
    }
}

/// On Linux a priority is a thread's; elsewhere it is the process's, and the rests have to do.
fn yield_to_others(name: &str) {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::debug!(%error, name, "work in the background has the usual priority");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = name;
}
