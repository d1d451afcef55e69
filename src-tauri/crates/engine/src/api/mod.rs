//! One Router for the window (in-process) and for `serve` (loopback, token).

pub mod types;
