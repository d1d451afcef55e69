//! `bundle`: the desktop package of this system, window and command line together.

use anyhow::Result;

use crate::step::{cargo, command, step};
use crate::{sbom, ui};

/// Builds everything with optimisations and packs it.
///
/// # Errors
/// When a build or the packer fails.
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
    step("package", &mut pack)
}
