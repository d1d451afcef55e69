//! A file that is whole or not there: it is written beside its place and moved into it when it is done.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file that is being written, under a name nobody else has. Dropped before [`PartFile::finish`] it leaves nothing behind, and
/// whatever was in its place before.
pub struct PartFile {
    out: BufWriter<NamedTempFile>,
    to: PathBuf,
}

impl PartFile {
    /// Begins a file that only its owner can read: prompts and answers are private.
    ///
    /// # Errors
    ///
    /// When nothing can be written there.
    pub fn create(to: &Path) -> io::Result<Self> {
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let beside = tempfile::Builder::new().prefix(".spanglass-").suffix(".part").tempfile_in(folder)?;
        Ok(Self { out: BufWriter::new(beside), to: to.to_owned() })
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    ///
    /// When it cannot be written to its end or moved; nothing of it stays then.
    pub fn finish(self) -> io::Result<()> {
        let beside = self.out.into_inner().map_err(io::IntoInnerError::into_error)?;
        beside.as_file().sync_all()?;
        beside.persist(&self.to)?;
        Ok(())
    }
}

impl Write for PartFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Puts a file in the place of another one, or where there was none.
///
/// # Errors
///
/// When it cannot be written; what was in its place stays then.
pub fn replace(to: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = PartFile::create(to)?;
    file.write_all(bytes)?;
    file.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_or_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("t.jsonl");
        std::fs::write(&to, "before").unwrap();
        // Somebody's own, as browsers name what they have not yet downloaded.
        std::fs::write(folder.path().join("t.jsonl.part"), "mine").unwrap();
        let names = || std::fs::read_dir(folder.path()).unwrap().count();
        let mut given_up = PartFile::create(&to).unwrap();
        given_up.write_all(b"half").unwrap();
        assert_eq!(names(), 3);
        drop(given_up);
        assert_eq!((std::fs::read_to_string(&to).unwrap().as_str(), names()), ("before", 2));
        let mut whole = PartFile::create(&to).unwrap();
        whole.write_all(b"whole").unwrap();
        whole.finish().unwrap();
        assert_eq!((std::fs::read_to_string(&to).unwrap().as_str(), names()), ("whole", 2));
        assert_eq!(std::fs::read_to_string(folder.path().join("t.jsonl.part")).unwrap(), "mine");
    }
}
