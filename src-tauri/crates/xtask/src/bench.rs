//! `cargo xtask bench`: how fast the engine is, beside what the machine allows; `--ui`: how fast the interface is, beside its bars.
//!
//! The engine's benchmark is a program of its own, so that this one needs no engine to start the others.

use anyhow::Result;

use crate::run::target;
use crate::step::{cargo, command, root, step};
use crate::ui;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Handed to the benchmark; `-- --help` lists what it takes
    #[arg(last = true)]
    rest: Vec<String>,
    /// How many spans of some 14 KB each
    #[arg(long, default_value_t = 15_000)]
    spans: u32,
    /// Spans in the stores that are sent to, listed and searched (0 and 1,000,000 unless told): 10,000,000 take some 10 GB and an hour
    #[arg(long, value_delimiter = ',')]
    stored: Vec<u64>,
    /// Measure the interface, in a browser and in the window, and not the engine; `SPANGLASS_BENCH_SPANS` says how large the largest trace is
    #[arg(long)]
    ui: bool,
}

pub(crate) fn bench(arguments: &Arguments) -> Result<()> {
    if arguments.ui {
        return interface();
    }
    let mut run = cargo();
    run.args(["bench", "--package", "spanglass-engine", "--bench", "bench", "--", "--report"]);
    run.arg(root().join("target/bench.json")).args(["--spans", &arguments.spans.to_string()]);
    for stored in &arguments.stored {
        run.args(["--stored", &stored.to_string()]);
    }
    step("bench", run.args(&arguments.rest))
}

/// Prints the goals of the interface that a browser and the real window can measure, each beside its bar.
fn interface() -> Result<()> {
    ui::install()?;
    ui::build()?;
    let mut build = cargo();
    build.args(["build", "--release", "--package", "spanglass-engine"]);
    // Elsewhere the window has no driver, and need not be there.
    if cfg!(target_os = "linux") {
        build.args(["--package", "spanglass-app"]);
    }
    step("release build", &mut build)?;
    let mut node = command("node");
    step("bench", node.arg("tests/ui/bench.mjs").env("SPANGLASS_BIN_DIR", target().join("release")))
}
