//! Files beside the data that a person may as well write by hand: the prices and the settings.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::part_file;

/// Why such a file was not kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// It says what cannot be done, or was changed meanwhile.
    #[error("{0}")]
    Refused(String),
    /// It cannot be read or written.
    #[error("{} cannot be written: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

/// Returns the text of a file of at most `largest` bytes; `None` when it is not there.
///
/// # Errors
///
/// When it cannot be read or is larger.
pub(crate) fn read(path: &Path, largest: u64) -> io::Result<Option<String>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut text = Vec::new();
    file.take(largest + 1).read_to_end(&mut text)?;
    if text.len() as u64 > largest {
        return Err(io::Error::other(format!("it is larger than {} KiB", largest >> 10)));
    }
    String::from_utf8(text).map(Some).map_err(io::Error::other)
}

/// Puts a text in the file's place.
///
/// # Errors
///
/// When it cannot be written; the file stays as it is.
pub(crate) fn keep(path: &Path, text: &str) -> Result<(), KeepError> {
    part_file::replace(path, text.as_bytes()).map_err(|error| KeepError::Io { path: path.to_owned(), error })
}
