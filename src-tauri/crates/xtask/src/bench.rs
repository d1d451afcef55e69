//! `cargo xtask bench`: how fast the engine is, beside what the machine allows.
//!
//! The engine's benchmark is a program of its own, so that this one needs no engine to start the others.

use anyhow::Result;

use crate::step::{cargo, root, step};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How many spans of some 14 KB each
    #[arg(long, default_value_t = 15_000)]
    spans: u32,
}

pub(crate) fn bench(arguments: &Arguments) -> Result<()> {
    let report = root().join("target/bench.json");
    let mut run = cargo();
    run.args(["bench", "--package", "spanglass-engine", "--bench", "bench", "--"]).arg(arguments.spans.to_string());
    step("bench", run.arg(report))
}
