//! Dialogs of the system.

use tauri::AppHandle;
use tauri_plugin_dialog::DialogExt;

/// Asks where to keep a text, and writes it there. Answers whether it was kept: the person may have changed their mind.
///
/// # Errors
/// A sentence, when the file cannot be written.
#[tauri::command]
pub(crate) async fn save_text(app: AppHandle, name: String, text: String) -> Result<bool, String> {
    let (choose, chosen) = tokio::sync::oneshot::channel();
    app.dialog().file().set_file_name(plain_name(&name)).save_file(move |place| drop(choose.send(place)));
    let Ok(Some(place)) = chosen.await else { return Ok(false) };
    let path = place.into_path().map_err(|error| error.to_string())?;
    match tokio::fs::write(&path, text).await {
        Ok(()) => Ok(true),
        Err(error) => Err(format!("{} could not be written: {error}", path.display())),
    }
}

/// Returns a name that is a file's and no path: names are made of what a trace says.
fn plain_name(name: &str) -> String {
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
