//! Reads tauri.conf.json and the capabilities into the binary.

fn main() {
    // The page may call these commands and nothing else.
    const COMMANDS: &[&str] = &["drag_traces", "open_link", "save_text", "save_traces", "use_theme"];
    let commands = tauri_build::AppManifest::new().commands(COMMANDS);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands))
        .expect("tauri.conf.json and capabilities are valid");
}
