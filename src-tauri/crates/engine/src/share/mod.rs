//! Traces to files and back.
//!
//! OTLP JSON Lines is the form that loses nothing: exported, imported and exported again, a file is the same byte for byte. A page
//! holds them beside the viewer.

mod archive;
mod base85;
mod chrome;
mod copied;
mod export;
mod follow;
mod import;
mod lines;
mod markdown;
mod opened;
mod page;
mod reading;
pub mod redact;
mod samples;
mod source;

pub use copied::{Reader, curl, python, transcript};
pub(crate) use export::aside;
pub use export::{ExportError, Exported, Form, Progress, export, export_as, selected};
pub use follow::{Appended, Follower};
pub use import::{ImportError, Imported, import, import_into, submit};
pub use lines::{request_of, requests};
pub use opened::{OpenedFile, OpenedFiles};
pub use page::Viewer;
pub use redact::{Finding, FoundPlace, Rules};
pub use samples::{Sample, samples};
