//! The command line and the engine without a window.

use std::process::ExitCode;

fn main() -> ExitCode {
    spanglass_engine::cli::run(spanglass_engine::interface())
}
