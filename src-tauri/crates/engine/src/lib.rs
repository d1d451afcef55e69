//! Receives, stores and answers: everything of Spanglass that touches the world but the window.

pub mod api;
pub mod ingest;
pub mod live;
pub mod query;
pub mod read;
pub mod store;
