//! The interface's own tools: npm, Vite, the type check, the unit tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::Result;

use crate::step::{command, root, step};

/// Installs the interface's packages when the lock file is newer than what is installed.
///
/// # Errors
/// When npm fails.
pub(crate) fn install() -> Result<()> {
    // npm writes this file last; an interrupted installation leaves it missing or old.
    let installed = modified(&folder().join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= modified(&folder().join("package-lock.json")) {
        return Ok(());
    }
    step("ui packages", &mut npm(["ci", "--no-audit", "--no-fund"]))
}

/// Builds the page into `ui/dist`, which the binaries embed.
///
/// # Errors
/// When Vite fails.
pub(crate) fn build() -> Result<()> {
    step("ui build", &mut npm(["run", "--silent", "build"]))
}

/// Checks types and markup, and runs the unit tests.
///
/// # Errors
/// When one of them fails.
pub(crate) fn test() -> Result<()> {
    step("ui types", &mut npm(["run", "--silent", "check"]))?;
    step("ui unit tests", &mut npm(["run", "--silent", "test"]))
}

/// Returns the command that makes what is fuzzed of the interface into one file, `targets.cjs` in this folder.
pub(crate) fn fuzz_build(into: &Path) -> Command {
    let mut build = npm(["exec", "--", "vite", "build", "--config", "src/fuzz/vite.config.ts", "--outDir"]);
    build.arg(into);
    build
}

/// Returns an npm command in the interface's folder.
fn npm<const N: usize>(arguments: [&str; N]) -> Command {
    let mut npm = command(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.args(arguments).current_dir(folder());
    npm
}

fn folder() -> PathBuf {
    root().join("ui")
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}
