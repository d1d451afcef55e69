//! `cargo xtask fuzz`: looks for inputs that break a promise, by what they reach in the code.
//!
//! `tests/fuzz` is laid out for cargo-fuzz and needs none of it: libFuzzer's counters are LLVM passes that a stable compiler
//! has, and our crates hold no `unsafe` for an address sanitizer to watch. What the interface does with a text is looked at in the
//! same way by V8's own counters: `ui/src/fuzz`.

#[allow(unreachable_pub, reason = "a part of the fuzz crate, too")]
#[path = "../../../../tests/fuzz/src/seeds.rs"]
mod seeds;

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::run::target;
use crate::step::{cargo, command, root, step};
use crate::ui;

/// What libFuzzer needs to see of a program: which edges ran, and what was compared with what.
const INSTRUMENTED: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";

/// What an input may cost: so many mebibytes, and so many seconds on a machine that has other things to do.
const LIMITS: [&str; 3] = ["-rss_limit_mb=512", "-timeout=5", "-max_len=20000"];

/// Targets of the interface: what `ui/src/fuzz/promises.ts` promises.
const INTERFACE: [&str; 3] = ["address", "code", "markdown"];

/// What `fuzz` can be told.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Targets: the files in tests/fuzz/fuzz_targets, and address, code and markdown; all of them when none is named
    pub(crate) targets: Vec<String>,
    /// How many seconds each target runs
    #[arg(long, default_value_t = 60)]
    pub(crate) seconds: u32,
}

/// Runs targets one after the other. What they find stays in `target/fuzz/corpus`, what breaks them in
/// `target/fuzz/artifacts`.
///
/// # Errors
/// At the first input that breaks a promise.
pub(crate) fn fuzz(arguments: &Arguments) -> Result<()> {
    let known = known()?;
    if let Some(unknown) = arguments.targets.iter().find(|target| !known.contains(target)) {
        bail!("`{unknown}` is no target; there are {}", known.join(", "));
    }
    let targets = if arguments.targets.is_empty() { &known } else { &arguments.targets };
    let (interface, decoders): (Vec<&String>, Vec<&String>) =
        targets.iter().partition(|target| INTERFACE.contains(&target.as_str()));
    let folder = target().join("fuzz");
    if !decoders.is_empty() {
        fuzz_decoders(&folder, &decoders, arguments.seconds)?;
    }
    if !interface.is_empty() {
        fuzz_interface(&folder, &interface, arguments.seconds)?;
    }
    Ok(())
}

fn fuzz_decoders(folder: &Path, targets: &[&String], seconds: u32) -> Result<()> {
    let host = host()?;
    let mut build = cargo();
    build.args(["build", "--release", "--locked", "--manifest-path", "tests/fuzz/Cargo.toml", "--target", &host]);
    step("fuzz build", build.arg("--target-dir").arg(folder).env("RUSTFLAGS", INSTRUMENTED))?;
    for name in targets {
        let (corpus, artifacts) = (folder.join("corpus").join(name), folder.join("artifacts"));
        fs::create_dir_all(&corpus)?;
        fs::create_dir_all(&artifacts)?;
        for (n, seed) in seeds::of(name).iter().enumerate() {
            fs::write(corpus.join(format!("recorded-{n:04}")), seed)?;
        }
        let mut fuzzer = command(folder.join(&host).join("release").join(name));
        fuzzer.arg(format!("-max_total_time={seconds}")).args(LIMITS);
        fuzzer.arg(format!("-artifact_prefix={}/{name}-", artifacts.display())).arg(&corpus);
        step(&format!("fuzz {name}"), &mut fuzzer)?;
    }
    Ok(())
}

fn fuzz_interface(folder: &Path, targets: &[&String], seconds: u32) -> Result<()> {
    ui::install()?;
    let bundle = folder.join("ui");
    step("fuzz build of the interface", &mut ui::fuzz_build(&bundle))?;
    for name in targets {
        let mut fuzzer = command("node");
        fuzzer.arg("ui/src/fuzz/guided.mjs").arg(bundle.join("targets.cjs")).arg(name).arg(seconds.to_string());
        fuzzer.arg(folder.join("corpus").join(name)).arg(folder.join("artifacts"));
        step(&format!("fuzz {name}"), &mut fuzzer)?;
    }
    Ok(())
}

fn known() -> Result<Vec<String>> {
    let mut names = INTERFACE.map(str::to_owned).to_vec();
    for file in fs::read_dir(root().join("tests/fuzz/fuzz_targets"))? {
        names.extend(file?.path().file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

/// Returns the machine the compiler compiles for: named, it keeps the instrumentation out of build scripts.
fn host() -> Result<String> {
    let version = Command::new("rustc").arg("-vV").output().context("rustc does not start")?;
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not say what it compiles for")?.to_owned())
}
