//! Token counts: the normal form of one span's, the roll-up of a trace's, and what they cost.

pub mod normal;
pub mod prices;
mod pricing;
pub mod providers;
pub mod rollup;
pub(crate) mod same_answer;
