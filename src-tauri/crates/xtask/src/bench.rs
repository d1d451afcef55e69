//! `cargo xtask bench`: how fast the engine is, beside what the machine allows.
//!
//! The engine's benchmark is a program of its own, so that this one needs no engine to start the others.

use anyhow::Result;

use crate::step::{cargo, root, step};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Handed to the benchmark; `-- --help` lists what it takes
    #[arg(last = true)]
    rest: Vec<String>,
    /// How many spans of some 14 KB each
    #[arg(long, default_value_t = 15_000)]
    spans: u32,
    /// Measure the rate into a store of so many spans too
    #[arg(long)]
    stored: Option<u64>,
    /// Search a store of so many spans: 1,000,000 of them take some 2 GB and half an hour
    #[arg(long)]
    searched: Option<u64>,
}

pub(crate) fn bench(arguments: &Arguments) -> Result<()> {
    let mut run = cargo();
    run.args(["bench", "--package", "spanglass-engine", "--bench", "bench", "--", "--report"]);
    run.arg(root().join("target/bench.json")).args(["--spans", &arguments.spans.to_string()]);
    if let Some(stored) = arguments.stored {
        run.args(["--stored", &stored.to_string()]);
    }
    if let Some(searched) = arguments.searched {
        run.args(["--searched", &searched.to_string()]);
    }
    step("bench", run.args(&arguments.rest))
}
