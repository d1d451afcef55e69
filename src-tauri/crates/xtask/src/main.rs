//! `cargo xtask run | test | safety | fuzz | sbom | bundle | bench`: everything `./dev` does once a compiler is there.
//!
//! One file per command. What is installed on the machine is `./dev`'s business; what is built, in which order and with
//! which features is decided here.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod bundle;
mod fuzz;
mod run;
mod safety;
mod sbom;
mod step;
mod test;
mod ui;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Builds, opens, tests and packs Spanglass.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Builds the interface and the window, and opens it.
    Run(run::Arguments),
    /// Runs every test: format, lints, Rust, interface, browser, the real window, real client libraries.
    Test(test::Arguments),
    /// Prints one table of what is promised of reliability and security, and whether it holds here.
    Safety(safety::Arguments),
    /// Looks for inputs that break the reading of spans, by what they reach in the code.
    Fuzz(fuzz::Arguments),
    /// Writes down what is built in: target/sbom.cdx.json.
    Sbom,
    /// Builds the desktop package of this system.
    Bundle,
    /// Measures the engine beside what the machine allows; writes target/bench.json.
    Bench(bench::Arguments),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Run(arguments) => run::run(&arguments),
        Command::Test(arguments) => test::test(&arguments),
        Command::Safety(arguments) => safety::safety(&arguments),
        Command::Sbom => sbom::sbom(),
        Command::Fuzz(arguments) => fuzz::fuzz(&arguments),
        Command::Bundle => bundle::bundle(),
        Command::Bench(arguments) => bench::bench(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
