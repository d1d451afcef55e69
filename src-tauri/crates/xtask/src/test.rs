//! `test`: everything the project promises, in the order in which a failure is cheapest to find.
//!
//! One dev profile and one feature set for all of it (`--workspace --all-targets`): cargo unifies features over the packages
//! it is asked for, so asking for another set would compile tokio, hyper and what hangs on them a second time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::fuzz;
use crate::run::target;
use crate::step::{cargo, command, root, seconds, step};
use crate::ui;

/// What `test` can be told.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Adds what takes long: more crashes, more random inputs.
    #[arg(long)]
    long: bool,
}

/// Runs every test.
///
/// # Errors
/// At the first step that fails.
pub(crate) fn test(arguments: &Arguments) -> Result<()> {
    let start = Instant::now();
    step("format", cargo().args(["fmt", "--all", "--check"]))?;
    // The fuzz targets are a workspace of their own, which no other step builds: a part that is new to our crates is new to it.
    let lock = ["update", "--workspace", "--locked", "--quiet", "--manifest-path", "tests/fuzz/Cargo.toml"];
    step("fuzz parts", cargo().args(lock))?;
    ui::install()?;
    ui::test()?;
    // The binaries carry the page, so it is built before them.
    ui::build()?;
    step("build", cargo().args(["build", "--workspace", "--all-targets"]))?;
    step("rust", long(cargo().args(["test", "--workspace", "--quiet"]), arguments))?;
    step("lints", cargo().args(["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"]))?;
    browser_and_window()?;
    release()?;
    clients()?;
    if arguments.long {
        let mut differential = cargo();
        differential.args(["test", "--release", "--package", "spanglass-trace", "--test", "decode", "prost_agrees"]);
        step("a million requests", differential.env("PROPTEST_CASES", "1000000"))?;
        let python = protobuf_python().context("the clients are installed")?;
        let mut differential = cargo();
        differential.args(["test", "--release", "--package", "spanglass-trace", "--test", "decode", "python_agrees"]);
        differential.args(["--", "--nocapture"]).env("SPANGLASS_PROTOBUF_PYTHON", python);
        step("a million requests of Python", differential.env("SPANGLASS_PROTOBUF_REQUESTS", "1000000"))?;
        fuzz::fuzz(&fuzz::Arguments { targets: Vec::new(), seconds: 600 })?;
    }
    println!("── all tests passed in {}", seconds(start.elapsed()));
    Ok(())
}

/// Drives the interface in a browser against `spanglass serve`, and the real window where WebKit has a driver.
fn browser_and_window() -> Result<()> {
    let mut files = Vec::new();
    for file in fs::read_dir(root().join("tests/ui"))? {
        let file = file?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // WebKitWebDriver exists on Linux alone.
        let drivable = cfg!(target_os = "linux") || !name.starts_with("window");
        if name.ends_with(".test.mjs") && drivable {
            files.push(file);
        }
    }
    if files.is_empty() {
        bail!("tests/ui holds no test");
    }
    files.sort();
    // One file at a time: latency is measured, and two cores do not measure two things at once.
    let mut node = command("node");
    node.args(["--test", "--test-concurrency=1"]).args(files).env("SPANGLASS_BIN_DIR", binaries());
    step("browser and window", &mut node)
}

/// Builds the program as it is shipped, with the page inside it (a debug build reads the folder), and drives that in a browser.
fn release() -> Result<()> {
    step("release build", cargo().args(["build", "--release", "--package", "spanglass-engine"]))?;
    let mut node = command("node");
    node.args(["--test", "tests/ui/browser.test.mjs"]).env("SPANGLASS_BIN_DIR", target().join("release"));
    step("release in a browser", &mut node)
}

/// Runs the real client libraries from PyPI against the program, in environments of their own below `target`.
fn clients() -> Result<()> {
    let python = if cfg!(windows) { "python" } else { "python3" };
    let inside = environment("clients", "requirements.txt", python)?;
    step("clients", &mut unittest(&inside, "test_*.py"))?;
    match OLD_PYTHONS.into_iter().find(|python| runs(python)) {
        Some(python) => {
            let inside = environment("clients-2023", "requirements-2023.txt", python)?;
            step("clients of 2023", &mut unittest(&inside, "old_*.py"))
        }
        None => {
            println!("── clients of 2023: not run, they need one of {}", OLD_PYTHONS.join(", "));
            Ok(())
        }
    }
}

/// What runs clients of 2023: their packages are not built for later ones.
const OLD_PYTHONS: [&str; 2] = ["python3.11", "python3.10"];

fn runs(python: &str) -> bool {
    command(python).arg("--version").output().is_ok_and(|said| said.status.success())
}

/// Makes an environment with the packages of a list, and returns its Python.
fn environment(name: &str, list: &str, python: &str) -> Result<PathBuf> {
    let (requirements, environment) = (root().join("tests/clients").join(list), target().join(name));
    let inside = python_in(&environment);
    // The environment is as the list says when the copy made after the last installation is equal to it.
    let installed = environment.join(list);
    if fs::read(&installed).ok() != Some(fs::read(&requirements)?) {
        step(&format!("{name}: environment"), command(python).args(["-m", "venv", "--clear"]).arg(&environment))?;
        let mut pip = command(&inside);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
            .arg(&requirements);
        step(&format!("{name}: packages"), &mut pip)?;
        fs::copy(&requirements, &installed)?;
    }
    Ok(inside)
}

fn python_in(environment: &Path) -> PathBuf {
    environment.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" })
}

/// Returns a Python that has Google's protobuf and OTLP's messages; `None` where the client libraries are not installed.
pub(crate) fn protobuf_python() -> Option<PathBuf> {
    Some(python_in(&target().join("clients"))).filter(|python| python.exists())
}

/// Returns the command that runs the client libraries; `None` where they are not installed.
pub(crate) fn client_tests() -> Option<Command> {
    protobuf_python().map(|python| unittest(&python, "test_*.py"))
}

fn unittest(python: &Path, files: &str) -> Command {
    let program = binaries().join(format!("spanglass{}", std::env::consts::EXE_SUFFIX));
    let mut unittest = command(python);
    unittest.args(["-m", "unittest", "discover", "--verbose", "-s", "tests/clients", "-p", files]);
    unittest.env("SPANGLASS_BIN", program);
    unittest
}

/// Returns where the tested binaries are.
fn binaries() -> PathBuf {
    target().join("debug")
}

/// Tells the tests whose number of tries can be chosen to try more often.
pub(crate) const LONG: &[(&str, &str)] = &[
    ("SPANGLASS_KILLS", "200"),
    ("SPANGLASS_FAULTS", "1"),
    ("SPANGLASS_CUTS", "500"),
    ("SPANGLASS_FORWARD_SECONDS", "600"),
    ("SPANGLASS_ABUSE_SECONDS", "3600"),
    ("SPANGLASS_DAMAGES", "1000"),
    ("SPANGLASS_FUZZ_INPUTS", "20000"),
    ("SPANGLASS_PROTOBUF_REQUESTS", "20000"),
    ("PROPTEST_CASES", "20000"),
];

fn long<'a>(command: &'a mut Command, arguments: &Arguments) -> &'a mut Command {
    if arguments.long { command.envs(LONG.iter().copied()) } else { command }
}
