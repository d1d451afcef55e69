//! `spanglass [FILE…]`: starts the window, which is a program of its own.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

const WINDOW: &str = if cfg!(windows) { "spanglass-app.exe" } else { "spanglass-app" };

pub(super) fn open(files: &[PathBuf]) -> anyhow::Result<()> {
    let beside = env::current_exe().ok().and_then(|own| own.parent().map(Path::to_path_buf));
    let path = env::var_os("PATH").unwrap_or_default();
    let window =
        beside.into_iter().chain(env::split_paths(&path)).map(|folder| folder.join(WINDOW)).find(|file| file.is_file());
    let window = window.context(
        "the window is not installed: get Spanglass for the desktop, or run `spanglass serve` and open the address it prints",
    )?;
    let status =
        Command::new(&window).args(files).status().with_context(|| format!("starting {}", window.display()))?;
    anyhow::ensure!(status.success(), "the window ended with {status}");
    Ok(())
}
