//! The files that the window is asked to open: how far each is, a way to stop it, and what became of it, for the page to say.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::import::{ImportError, Imported, import_telling};
use super::reading::Reading;
use crate::ingest::Ingest;

/// How many files are told of, those that were opened last.
const TOLD: usize = 20;

/// A file that was opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct OpenedFile {
    /// Names it among those since the program started.
    pub id: u32,
    /// The file's name without its folder.
    pub name: String,
    /// Whether it is still being read.
    pub running: bool,
    /// Whether it was stopped before all of it was read.
    pub stopped: bool,
    /// How large it is, in bytes.
    #[ts(type = "number")]
    pub bytes: u64,
    /// How many of its bytes were read so far.
    #[ts(type = "number")]
    pub bytes_read: u64,
    /// Spans and log records of it that were taken in so far.
    #[ts(type = "number")]
    pub taken: u64,
    /// Spans of it that were there before, so far.
    #[ts(type = "number")]
    pub known: u64,
    /// Its first trace.
    pub trace_id: Option<String>,
    /// Why it, or how much of it, was not taken in, in a sentence; `None` = all of it was.
    pub problem: Option<String>,
}

/// The files that were opened lately. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct OpenedFiles(Arc<Mutex<Told>>);

#[derive(Debug, Default)]
struct Told {
    /// The latest first, each with how far its reading is.
    files: VecDeque<(OpenedFile, Arc<Reading>)>,
    last_id: u32,
}

impl OpenedFiles {
    /// Returns the files, the latest first, at most 20.
    pub fn list(&self) -> Vec<OpenedFile> {
        let now = |(file, reading): &(OpenedFile, Arc<Reading>)| OpenedFile {
            bytes: reading.bytes(),
            bytes_read: reading.bytes_read(),
            ..file.clone()
        };
        self.told().files.iter().map(now).collect()
    }

    /// Stops the reading of a file, if it is not over; what was taken in of it stays.
    pub fn stop(&self, id: u32) {
        if let Some((_, reading)) = self.told().files.iter().find(|(file, _)| file.id == id) {
            reading.stop();
        }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the traces of a file in as [`super::import`] does, and tells of it meanwhile and afterwards.
    ///
    /// # Errors
    ///
    /// As [`super::import`]; it is told as well.
    pub async fn open(&self, ingest: &Ingest, path: &Path) -> Result<Imported, ImportError> {
        let reading = Arc::<Reading>::default();
        let id = self.begin(path, &reading);
        let so_far = |so_far: &Imported| self.tell(id, |file| file.has(so_far));
        let imported = import_telling(ingest, path, reading, so_far).await;
        self.tell(id, |file| {
            file.running = false;
            match &imported {
                Ok(imported) => {
                    file.has(imported);
                    file.stopped = imported.stopped;
                    file.problem = imported.complaints.first().map(|first| match imported.broken + imported.rejected {
                        1 => format!("one part could not be read: {first}"),
                        lost => format!("{lost} parts could not be read. The first: {first}"),
                    });
                }
                Err(error) => file.problem = Some(error.to_string()),
            }
        });
        imported
    }

    fn begin(&self, path: &Path, reading: &Arc<Reading>) -> u32 {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let mut told = self.told();
        told.last_id += 1;
        let id = told.last_id;
        let file = OpenedFile {
            id,
            name,
            running: true,
            stopped: false,
            bytes: 0,
            bytes_read: 0,
            taken: 0,
            known: 0,
            trace_id: None,
            problem: None,
        };
        told.files.push_front((file, Arc::clone(reading)));
        told.files.truncate(TOLD);
        id
    }

    fn tell(&self, id: u32, change: impl FnOnce(&mut OpenedFile)) {
        let mut told = self.told();
        if let Some((file, _)) = told.files.iter_mut().find(|(file, _)| file.id == id) {
            change(file);
        }
    }
}

impl OpenedFile {
    fn has(&mut self, imported: &Imported) {
        self.taken = imported.spans + imported.logs;
        self.known = imported.duplicates;
        self.trace_id = imported.first_trace.map(|trace_id| trace_id.to_string());
    }
}
