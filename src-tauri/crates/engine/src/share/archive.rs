//! A zip of trace files: each that is in it is read as it would be by itself, one after the other, and nothing is unpacked to disk.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use spanglass_trace::decode::DecodeError;
use zip::ZipArchive;

use super::reading::Reading;
use super::source::{Emit, content};

/// How a zip begins.
pub(super) const MAGIC: &[u8] = b"PK\x03\x04";

/// Files one may hold.
const FILES: usize = 10_000;

/// How much of an archive is read to know what is in it: many times what the list of [`FILES`] files takes. In memory it takes more.
const LIST_BYTES: u64 = 8 << 20;

/// How much of what is in it is read, all files together.
const BYTES: u64 = 4 << 30;

/// How many times larger than the archive what is in it may be. Traces are packed to a hundredth at best.
const RATIO: u64 = 500;

/// A file of which so many bytes are read.
struct Limited<'l, R> {
    from: R,
    left: &'l Cell<u64>,
}

impl<R: Read> Read for Limited<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(into)?;
        let left = self.left.get().checked_sub(read as u64);
        self.left.set(
            left.ok_or_else(|| io::Error::other(format!("the list of its files is longer than {LIST_BYTES} bytes")))?,
        );
        Ok(read)
    }
}

impl<R: Seek> Seek for Limited<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.from.seek(to)
    }
}

/// Reads the files of an archive. What of it is not read is told; the rest is.
pub(super) fn read(file: File, reading: &Reading, emit: &mut Emit<'_>) -> io::Result<()> {
    let packed = file.metadata()?.len();
    let left = Cell::new(LIST_BYTES);
    let mut archive = match ZipArchive::new(BufReader::new(Limited { from: reading.file(file), left: &left })) {
        Ok(archive) => archive,
        Err(error) => {
            emit(None, Err(broken("archive".to_owned(), format!("it cannot be read: {error}"))));
            return Ok(());
        }
    };
    left.set(u64::MAX);
    let mut left = BYTES.min(packed.saturating_mul(RATIO).max(1 << 20));
    for index in 0..archive.len().min(FILES) {
        let mut told = |reason: String| emit(None, Err(broken(format!("file {} of the archive", index + 1), reason)));
        let entry = match archive.by_index(index) {
            Ok(entry) if entry.is_dir() => continue,
            Ok(entry) => entry,
            Err(error) => {
                told(format!("it cannot be read: {error}"));
                continue;
            }
        };
        let name = match entry.name() {
            Ok(name) => name.into_owned(),
            Err(error) => {
                told(format!("its name cannot be read ({error}); it was left out"));
                continue;
            }
        };
        if entry.enclosed_name().is_none() {
            told(format!("{name:?} is no name of a file within it; it was left out"));
            continue;
        }
        if entry.size() > left {
            told(format!("{name:?} is too large; it was left out"));
            continue;
        }
        // It may be larger than it says: a byte more than is left tells so.
        let mut limited = entry.take(left + 1);
        let mut head = [0; 4];
        let length = fill(&mut limited, &mut head)?;
        let head = &head[..length];
        if head == MAGIC {
            told(format!("{name:?} is an archive itself; it was left out"));
            continue;
        }
        let before = limited.limit() + length as u64;
        let mut stopped = false;
        let read = content(BufReader::new(head.chain(&mut limited)), reading, &mut |line, piece| {
            let piece = piece.map_err(|error| match error {
                DecodeError::Malformed { place, reason } => {
                    DecodeError::Malformed { place: format!("{name:?}, {place}"), reason }
                }
                error => error,
            });
            stopped = !emit(line, piece);
            !stopped
        });
        let taken = before - limited.limit();
        if let Err(error) = read {
            emit(None, Err(broken(format!("{name:?}"), format!("it cannot be unpacked: {error}"))));
        }
        if stopped {
            return Ok(());
        }
        if taken > left {
            let reason = "what is in the archive is too large; the rest of it was left out".to_owned();
            emit(None, Err(broken(format!("{name:?}"), reason)));
            return Ok(());
        }
        left -= taken;
    }
    if archive.len() > FILES {
        emit(
            None,
            Err(broken("archive".to_owned(), format!("it holds more than {FILES} files; the rest was left out"))),
        );
    }
    Ok(())
}

fn broken(place: String, reason: String) -> DecodeError {
    DecodeError::Malformed { place, reason }
}

/// Reads until the buffer is full or there is no more; returns how much there was.
fn fill(from: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < into.len() {
        match from.read(&mut into[length..])? {
            0 => break,
            more => length += more,
        }
    }
    Ok(length)
}
