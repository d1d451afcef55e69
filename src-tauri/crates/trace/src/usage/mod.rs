//! Token counts: the normal form of one span's, and the roll-up of a trace's.

pub mod normal;
pub mod rollup;
