//! The command line and the engine without a window.

use std::process::ExitCode;

include!(concat!(env!("OUT_DIR"), "/interface.rs"));

fn main() -> ExitCode {
    spanglass_engine::cli::run(interface())
}
