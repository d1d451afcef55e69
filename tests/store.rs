//! The store through its own front door: what is committed stays, what is damaged is said, what is written twice is there once.

#![allow(clippy::unwrap_used)]

#[path = "store/folder.rs"]
mod folder;
#[path = "store/histories.rs"]
mod histories;
#[path = "store/lists.rs"]
mod lists;
#[path = "store/load.rs"]
mod load;
#[path = "store/metrics.rs"]
mod metrics;
#[path = "store/salvage.rs"]
mod salvage;
#[path = "store/start.rs"]
mod start;
#[path = "store/upgrade.rs"]
mod upgrade;
#[path = "store/writing.rs"]
mod writing;
