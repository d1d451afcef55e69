//! Traces to files and back.
//!
//! OTLP JSON Lines is the form that loses nothing: exported, imported and exported again, a file is the same byte for byte.

mod export;
mod import;
mod lines;
mod source;

pub use export::{ExportError, Exported, export, selected};
pub use import::{ImportError, Imported, import, import_into};
pub use lines::{request_of, requests};
