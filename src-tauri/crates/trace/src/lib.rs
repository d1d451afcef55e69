//! Reads LLM traces: bytes to spans, spans to readings, readings to views.
//!
//! Pure: values in, values out. There is no IO, no clock, no async and no database here; `clippy.toml` and
//! `tests/architecture.rs` refuse them. Data goes one way:
//! [`decode`] makes [`span::Span`]s, [`dialects`] read them into [`reading::Reading`]s (with [`shapes`] for the payloads,
//! [`chunks`] for streamed answers and [`usage`] for counts), [`views`] derive what is drawn, exported and answered.

pub mod chunks;
pub mod decode;
pub mod dialects;
pub mod fingerprint;
pub mod json;
pub mod json_schema;
pub mod metric;
pub mod msgpack;
pub mod reading;
pub mod rfc3339;
pub mod shapes;
pub mod span;
pub mod usage;
pub mod views;
