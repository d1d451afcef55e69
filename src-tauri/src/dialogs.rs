//! Dialogs of the system.

use std::path::PathBuf;
use std::sync::PoisonError;

use spanglass_engine::Engine;
use spanglass_engine::api::Exporter;
use spanglass_engine::api::types::ExportRequest;
use tauri::{AppHandle, Manager, Theme};
use tauri_plugin_dialog::DialogExt;

use crate::Running;
use crate::busy::Work;

/// Asks where to keep a text, and writes it there. Answers whether it was kept: the person may have changed their mind.
///
/// # Errors
/// A sentence, when the file cannot be written.
#[tauri::command]
pub(crate) async fn save_text(app: AppHandle, name: String, text: String) -> Result<bool, String> {
    let Some(path) = ask_where(&app, &name).await? else { return Ok(false) };
    match tokio::fs::write(&path, text).await {
        Ok(()) => Ok(true),
        Err(error) => Err(format!("{} could not be written: {error}", path.display())),
    }
}

/// Asks where to keep traces, and writes them there as they are read. Answers whether they were kept.
///
/// # Errors
/// A sentence, when they cannot be read or written, or somebody stopped it.
#[tauri::command]
pub(crate) async fn save_traces(app: AppHandle, name: String, request: ExportRequest) -> Result<bool, String> {
    let exporter = exporter(&app)?;
    let Some(path) = ask_where(&app, &name).await? else { return Ok(false) };
    let _work = Work::begin(&app);
    exporter.to_file(&request, &path).await.map(|()| true)
}

/// Has the menu and the dialogs as the page: `dark`, `light`, or as the system.
#[tauri::command]
pub(crate) fn use_theme(app: AppHandle, theme: &str) {
    app.set_theme(match theme {
        "dark" => Some(Theme::Dark),
        "light" => Some(Theme::Light),
        _ => None,
    });
}

/// Returns what writes traces to files.
///
/// # Errors
/// A sentence, when the window is going.
pub(crate) fn exporter(app: &AppHandle) -> Result<Exporter, String> {
    let running = app.state::<Running>();
    let engine = running.0.lock().unwrap_or_else(PoisonError::into_inner);
    engine.as_ref().map(Engine::exporter).ok_or_else(|| "Spanglass is ending.".to_owned())
}

async fn ask_where(app: &AppHandle, name: &str) -> Result<Option<PathBuf>, String> {
    let (choose, chosen) = tokio::sync::oneshot::channel();
    app.dialog().file().set_file_name(plain_name(name)).save_file(move |place| drop(choose.send(place)));
    let Ok(Some(place)) = chosen.await else { return Ok(None) };
    place.into_path().map(Some).map_err(|error| error.to_string())
}

/// Returns a name that is a file's and no path: names are made of what a trace says.
pub(crate) fn plain_name(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_alphanumeric() || "-_. ".contains(c) { c } else { '-' }).take(120).collect();
    plain.trim_start_matches(['.', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::plain_name;

    #[test]
    fn a_trace_s_name_is_no_path() {
        assert_eq!(plain_name("run_tool_agent.jsonl"), "run_tool_agent.jsonl");
        assert_eq!(plain_name("../../etc/passwd"), "-..-etc-passwd");
        assert_eq!(plain_name(".bashrc"), "bashrc");
    }
}
