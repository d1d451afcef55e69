//! Exports that are being made, by the name their asker gave them: how far they are, and a way to stop them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::types::ExportProgress;
use crate::share::Progress;

/// Exports at once; one more is made without a name.
const MOST: usize = 32;

/// The exports that are being made.
#[derive(Clone, Default)]
pub(crate) struct Running(Arc<Mutex<BTreeMap<String, Export>>>);

struct Export {
    progress: Arc<Progress>,
    total: u64,
}

/// An export that is being made; it is forgotten when this goes.
pub(super) struct Made {
    pub(super) progress: Arc<Progress>,
    name: String,
    running: Running,
}

impl Running {
    /// Begins an export of so many traces.
    pub(super) fn begin(&self, name: &str, total: usize) -> Made {
        let progress = Arc::<Progress>::default();
        let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !name.is_empty() && running.len() < MOST {
            running.insert(name.to_owned(), Export { progress: Arc::clone(&progress), total: total as u64 });
        }
        Made { progress, name: name.to_owned(), running: self.clone() }
    }

    /// Returns how far an export is; `None` when there is none of this name.
    pub(super) fn progress(&self, name: &str) -> Option<ExportProgress> {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        running.get(name).map(|export| ExportProgress { done: export.progress.traces(), total: export.total })
    }

    /// Stops an export, if it is not done.
    pub(super) fn stop(&self, name: &str) {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(export) = running.get(name) {
            export.progress.stop();
        }
    }

    /// Stops all exports.
    pub(crate) fn stop_all(&self) {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        running.values().for_each(|export| export.progress.stop());
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        // Whoever asked went away: nobody takes what is made.
        self.progress.stop();
        let mut running = self.running.0.lock().unwrap_or_else(PoisonError::into_inner);
        if running.get(&self.name).is_some_and(|export| Arc::ptr_eq(&export.progress, &self.progress)) {
            running.remove(&self.name);
        }
    }
}
