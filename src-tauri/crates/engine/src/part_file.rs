//! A file that is whole or not there: it is written beside its place and moved into it when it is done.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file that is being written. Dropped before [`PartFile::finish`] it leaves nothing behind, and whatever was in its place before.
pub struct PartFile {
    out: BufWriter<File>,
    beside: PathBuf,
    to: PathBuf,
    is_done: bool,
}

impl PartFile {
    /// Begins a file that only its owner can read: prompts and answers are private.
    ///
    /// # Errors
    ///
    /// When nothing can be written there.
    pub fn create(to: &Path) -> io::Result<Self> {
        let mut beside = to.as_os_str().to_owned();
        beside.push(".part");
        let beside = PathBuf::from(beside);
        let out = BufWriter::new(private_file(&beside)?);
        Ok(Self { out, beside, to: to.to_owned(), is_done: false })
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    ///
    /// When it cannot be written to its end or moved; nothing of it stays then.
    pub fn finish(mut self) -> io::Result<()> {
        self.out.flush()?;
        self.out.get_ref().sync_all()?;
        std::fs::rename(&self.beside, &self.to)?;
        self.is_done = true;
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

impl Drop for PartFile {
    fn drop(&mut self) {
        if !self.is_done {
            // It may be gone already, or on a disk that is.
            let _ = std::fs::remove_file(&self.beside);
        }
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

/// Makes a file that only its owner reads.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_whole_or_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("t.jsonl");
        std::fs::write(&to, "before").unwrap();
        let names = || std::fs::read_dir(folder.path()).unwrap().count();
        let mut given_up = PartFile::create(&to).unwrap();
        given_up.write_all(b"half").unwrap();
        assert_eq!(names(), 2);
        drop(given_up);
        assert_eq!((std::fs::read_to_string(&to).unwrap().as_str(), names()), ("before", 1));
        let mut whole = PartFile::create(&to).unwrap();
        whole.write_all(b"whole").unwrap();
        whole.finish().unwrap();
        assert_eq!((std::fs::read_to_string(&to).unwrap().as_str(), names()), ("whole", 1));
    }
}
