//! Files that the window is asked to open: imported, and the first trace of them shown.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use tauri::{AppHandle, Manager};

use crate::busy::Work;
use crate::recent::Recent;
use crate::{Running, menu, window};

/// Files that somebody asked for before there was an engine; `None` = there is one, or why there is none is known.
pub(crate) struct Waiting(Mutex<Option<Vec<PathBuf>>>);

impl Default for Waiting {
    fn default() -> Self {
        Self(Mutex::new(Some(Vec::new())))
    }
}

/// Opens files now, or once the program has started.
pub(crate) fn open_or_wait(app: &AppHandle, files: Vec<PathBuf>) {
    if let Some(waiting) = &mut *app.state::<Waiting>().0.lock().unwrap_or_else(PoisonError::into_inner) {
        waiting.extend(files);
        return;
    }
    open(app, files);
}

/// Opens files, and those that waited.
pub(crate) fn started(app: &AppHandle, mut files: Vec<PathBuf>) {
    let waited = app.state::<Waiting>().0.lock().unwrap_or_else(PoisonError::into_inner).take();
    files.extend(waited.unwrap_or_default());
    open(app, files);
}

/// Imports files in the background and shows the first trace of the last of them; the page tells how far it is and what went wrong.
pub(crate) fn open(app: &AppHandle, files: Vec<PathBuf>) {
    let engine = {
        let running = app.state::<Running>();
        let engine = running.0.lock().unwrap_or_else(PoisonError::into_inner);
        engine.as_ref().map(|engine| (engine.ingest().clone(), engine.opened().clone()))
    };
    let Some((ingest, opened)) = engine else { return };
    let app = app.clone();
    let work = Work::begin(&app);
    tauri::async_runtime::spawn_blocking(move || {
        let _work = work;
        for file in files {
            ask_for_files(&app);
            match tauri::async_runtime::block_on(opened.open(&ingest, &file)) {
                Ok(imported) => {
                    app.state::<Recent>().add(&file);
                    if let Err(error) = menu::show_recent(&app) {
                        tracing::warn!(%error, "the menu does not name the file");
                    }
                    if let Some(trace_id) = imported.first_trace {
                        window::show_trace(&app, &trace_id.to_string());
                    }
                }
                Err(error) => tracing::info!(%error, "a file was not opened"),
            }
            ask_for_files(&app);
        }
    });
}

/// Gives files to the Spanglass that has the data folder open, by way of the command line beside this program.
/// Returns the exit code.
pub(crate) fn hand_over(files: &[PathBuf], data_dir: &Path) -> i32 {
    if files.is_empty() {
        return 0;
    }
    let name = format!("spanglass{}", std::env::consts::EXE_SUFFIX);
    let beside = std::env::current_exe().ok().and_then(|own| Some(own.parent()?.join(&name)));
    let program = beside.filter(|file| file.is_file()).unwrap_or_else(|| name.into());
    let status = Command::new(program).arg("import").args(files).arg("--data-dir").arg(data_dir).status();
    match status {
        Ok(status) => status.code().unwrap_or(1),
        Err(error) => {
            eprintln!("spanglass-app: the files could not be handed over: {error}");
            1
        }
    }
}

/// Has the page ask how the files are that were opened.
fn ask_for_files(app: &AppHandle) {
    if let Err(error) = window::command(app, "opened") {
        tracing::warn!(%error, "the page was not told of a file");
    }
}
