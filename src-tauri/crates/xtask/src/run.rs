//! `run`: from sources to an open window.

use anyhow::Result;

use crate::step::{cargo, command, root, step};
use crate::ui;

/// What `run` can be told.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Builds with optimisations: minutes instead of seconds, for measuring and for keeps.
    #[arg(long)]
    release: bool,
    /// Passed on to the window: files to import, or its options.
    #[arg(last = true)]
    window: Vec<String>,
}

/// Builds the interface, the window and the command line, and opens the window.
///
/// # Errors
/// When a build fails, or the window ends with an error.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    ui::install()?;
    ui::build()?;
    let mut build = cargo();
    build.args(["build", "--package", "spanglass-app", "--package", "spanglass-engine"]);
    if arguments.release {
        build.arg("--release");
    }
    step("window", &mut build)?;
    let profile = if arguments.release { "release" } else { "debug" };
    let window = target().join(profile).join(format!("spanglass-app{}", std::env::consts::EXE_SUFFIX));
    step("open", command(window).args(&arguments.window))
}

/// Returns the folder cargo builds into.
pub(crate) fn target() -> std::path::PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into)
}
