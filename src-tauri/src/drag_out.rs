//! Traces that are dragged out of the window: a file for whoever they are dropped on. Of desktops, Linux's can do it so far; on
//! the others the page does not ask for it.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use spanglass_engine::api::types::ExportRequest;
use tauri::webview::WebviewWindow;
use tauri::{AppHandle, Manager};
use tempfile::TempDir;

use crate::busy::Work;
use crate::dialogs::{exporter, plain_name};

/// How long whoever a file is dropped on waits for it to be written.
const PATIENCE: Duration = Duration::from_secs(10);

/// What was dragged out.
#[derive(Default)]
pub(crate) struct Dragged {
    /// Where the files lie while the program runs: who took one may read it long after.
    folder: Mutex<Option<TempDir>>,
    last: Mutex<Option<File>>,
}

/// A file that may still be written.
struct File {
    path: PathBuf,
    /// Comes once it is written; `None` = it has come.
    written: Option<Receiver<Result<(), String>>>,
}

impl Dragged {
    /// Returns where a file of this name may be written: nothing else is there.
    fn place(&self, name: &str) -> std::io::Result<PathBuf> {
        let mut folder = lock(&self.folder);
        let all = match &mut *folder {
            Some(all) => all,
            none => none.insert(tempfile::Builder::new().prefix("spanglass-").tempdir()?),
        };
        Ok(TempDir::new_in(all.path())?.keep().join(plain_name(name)))
    }

    /// Deletes all of them.
    pub(crate) fn clear(&self) {
        drop(lock(&self.folder).take());
    }

    /// Returns the file that was dragged last, once it is written; who is dropped on may ask more than once.
    fn file(&self) -> Result<PathBuf, String> {
        let mut last = lock(&self.last);
        let mut file = last.take().ok_or("nothing is dragged")?;
        if let Some(written) = file.written.take() {
            written.recv_timeout(PATIENCE).map_err(|error| error.to_string())??;
        }
        Ok(last.insert(file).path.clone())
    }
}

/// Begins to drag traces, while a button of the pointer is held down; they are written meanwhile.
///
/// # Errors
/// A sentence, when there is no room for the file, or the window is going.
#[tauri::command]
pub(crate) async fn drag_traces(
    app: AppHandle,
    window: WebviewWindow,
    name: String,
    request: ExportRequest,
) -> Result<(), String> {
    let exporter = exporter(&app)?;
    let place = app.state::<Dragged>().place(&name);
    let path = place.map_err(|error| format!("There is no room for the file that is dragged: {error}"))?;
    let (done, written) = channel();
    let (file, work) = (path.clone(), Work::begin(&app));
    tauri::async_runtime::spawn(async move {
        let _work = work;
        let _ = done.send(exporter.to_file(&request, &file).await);
    });
    *lock(&app.state::<Dragged>().last) = Some(File { path, written: Some(written) });
    app.run_on_main_thread(move || begin(&window)).map_err(|error| error.to_string())
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has the window give the file that was dragged to whoever it is dropped on.
#[cfg(target_os = "linux")]
pub(crate) fn prepare(window: &WebviewWindow) {
    use gtk::prelude::*;
    let app = window.app_handle().clone();
    let give = move |data: &gtk::SelectionData| -> Result<(), String> {
        let path = app.state::<Dragged>().file()?;
        let address = gtk::glib::filename_to_uri(&path, None).map_err(|error| error.to_string())?;
        data.set_uris(&[&address]);
        Ok(())
    };
    let connected = window.gtk_window().map(|window| {
        window.connect_drag_data_get(move |_, _, data, _, _| {
            if let Err(error) = give(data) {
                tracing::warn!(error, "what was dragged is not there");
            }
        })
    });
    if let Err(error) = connected {
        tracing::warn!(%error, "traces cannot be dragged out");
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn prepare(_: &WebviewWindow) {}

#[cfg(target_os = "linux")]
fn begin(window: &WebviewWindow) {
    use gtk::prelude::*;
    let Ok(window) = window.gtk_window() else { return };
    let pointer = window.display().default_seat().and_then(|seat| seat.pointer());
    let held = window.window().zip(pointer).map(|(surface, pointer)| surface.device_position(&pointer).3);
    // Whoever has let go by now drags nothing: it would stick to the pointer.
    if !held.is_some_and(|held| held.contains(gtk::gdk::ModifierType::BUTTON1_MASK)) {
        return;
    }
    // Not on itself: the traces are there already.
    let files = gtk::TargetList::new(&[gtk::TargetEntry::new("text/uri-list", gtk::TargetFlags::OTHER_APP, 0)]);
    // The first button; where it is now.
    window.drag_begin_with_coordinates(&files, gtk::gdk::DragAction::COPY, 1, None, -1, -1);
}

#[cfg(not(target_os = "linux"))]
fn begin(_: &WebviewWindow) {}
