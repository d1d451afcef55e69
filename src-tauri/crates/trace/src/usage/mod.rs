//! Token counts: a roll-up of a trace in which each call counts once.

pub mod rollup;
