//! Receives, stores and answers: everything of Spanglass that touches the world but the window.
//!
//! [`Engine::start`] is the front door, for the window and for `spanglass serve` alike. Data goes one way through the rooms:
//! [`receive`] → [`ingest`] → [`store`] ← [`query`] ← [`api`].

pub mod api;
pub mod cli;
pub mod config;
mod endpoints;
mod engine;
pub mod forward;
mod glean;
mod in_words;
pub mod ingest;
mod kept;
pub mod live;
mod loopback;
mod otlp_answer;
pub mod own_file;
pub mod part_file;
pub mod prices;
pub mod query;
pub mod read;
mod receive;
mod send;
pub mod settings;
pub mod share;
mod signal;
pub mod store;
mod terminal;
mod token;

pub use engine::{Engine, StartError};

/// The memory of both programs: reading a span takes many small pieces of it, on several threads. `.cargo/config.toml` says how
/// much it may hold on to.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

include!(concat!(env!("OUT_DIR"), "/interface.rs"));
