//! `bundle`: the desktop package of this system, window and command line together.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::run::target;
use crate::step::{cargo, command, step};
use crate::{sbom, ui};

/// What Tauri's packer makes where it runs: deb and rpm on Linux; app and dmg on macOS; NSIS on Windows. The others cannot be
/// made from here: each needs its system's tools.
///
/// Builds everything with optimisations, packs it, and tries the Debian package.
///
/// # Errors
/// When a build or the packer fails, or the package does not do what it must.
pub(crate) fn bundle() -> Result<()> {
    ui::install()?;
    ui::build()?;
    step(
        "release build",
        cargo().args(["build", "--release", "--package", "spanglass-app", "--package", "spanglass-engine"]),
    )?;
    // The package lists what it is made of.
    sbom::sbom()?;
    // Tauri's packer from npm is a ready binary; `cargo install tauri-cli` would compile for minutes.
    let npx = if cfg!(windows) { "npx.cmd" } else { "npx" };
    let mut pack = command(npx);
    pack.args(["--yes", "@tauri-apps/cli@2.12.5", "bundle", "--ci"]);
    if cfg!(target_os = "linux") {
        // An AppImage needs a download from outside the registries.
        pack.args(["--bundles", "deb,rpm"]);
    }
    step("package", &mut pack)?;
    if cfg!(target_os = "linux") { try_deb() } else { Ok(()) }
}

/// Unpacks the Debian package, starts it from its desktop entry, opens a file with it and sends it a trace.
fn try_deb() -> Result<()> {
    let folder = target().join("release/bundle/deb");
    let version = env!("CARGO_PKG_VERSION");
    let packages = fs::read_dir(&folder).with_context(|| format!("looking for packages in {}", folder.display()))?;
    let is_it =
        |path: &PathBuf| path.to_string_lossy().contains(version) && path.extension().is_some_and(|end| end == "deb");
    let package = packages.filter_map(Result::ok).map(|entry| entry.path()).find(is_it);
    let package = package.with_context(|| format!("there is no package of {version} in {}", folder.display()))?;
    let mut node = command("node");
    node.args(["--test", "tests/ui/package.mjs"]).env("SPANGLASS_DEB", package);
    step("the package, installed", &mut node)
}
