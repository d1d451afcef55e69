//! Steps: named commands whose output is shown as it comes and whose time is printed.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Returns the top folder of the workspace.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(3).expect("xtask lives three folders below the workspace").to_path_buf()
}

/// Returns a command that runs in the workspace's top folder.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// Returns the cargo that started this program, so that a `+toolchain` carries over.
pub(crate) fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Runs a command to its end under a name.
///
/// # Errors
/// When it cannot be started or does not succeed; the sentence names the step and the command line.
pub(crate) fn step(name: &str, command: &mut Command) -> Result<()> {
    let line = command_line(command);
    println!("── {name}: {line}");
    let start = Instant::now();
    let status = command.status().with_context(|| format!("{name}: could not start `{line}`"))?;
    if !status.success() {
        bail!("{name} failed after {}: `{line}` ({status})", seconds(start.elapsed()));
    }
    println!("── {name}: ok, {}", seconds(start.elapsed()));
    Ok(())
}

/// Writes a duration as seconds with one decimal.
pub(crate) fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

fn command_line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once(program).chain(arguments).collect::<Vec<_>>().join(" ")
}
