//! How far the reading of a file is, and a way to stop it.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How far the reading of a file is, and a way to stop it.
///
/// A file is unpacked and looked at while it is read, a large piece of it at a time: read is as much of it as what was looked at
/// took up in it, in proportion.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// Bytes of the file, and how many of them were fetched.
    bytes: AtomicU64,
    fetched: AtomicU64,
    /// Bytes that those made when they were unpacked, and how many of these were looked at.
    unpacked: AtomicU64,
    passed: AtomicU64,
    stopped: AtomicBool,
}

impl Reading {
    /// Returns how many bytes the file has.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Returns how many bytes of the file were read.
    pub(super) fn bytes_read(&self) -> u64 {
        let [fetched, unpacked, passed] =
            [&self.fetched, &self.unpacked, &self.passed].map(|count| count.load(Ordering::Relaxed));
        let read =
            u128::from(fetched.min(self.bytes())) * u128::from(passed.min(unpacked)) / u128::from(unpacked.max(1));
        // Of two numbers below 2⁶⁴ and a quotient of at most one.
        u64::try_from(read).unwrap_or(u64::MAX)
    }

    /// Stops the reading.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Says whether nothing more is to be read.
    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Notes how many bytes the file has.
    pub(super) fn begin(&self, bytes: u64) {
        self.bytes.store(bytes, Ordering::Relaxed);
    }

    /// Notes that so many bytes of what was unpacked were looked at.
    pub(super) fn pass(&self, bytes: usize) {
        self.passed.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Returns the file, whose bytes are counted.
    pub(super) fn file<R>(&self, file: R) -> Counted<'_, R> {
        Counted { from: file, count: &self.fetched, stopped: &self.stopped }
    }

    /// Returns what a file was unpacked to, whose bytes are counted.
    pub(super) fn unpacked<R>(&self, unpacked: R) -> Counted<'_, R> {
        Counted { from: unpacked, count: &self.unpacked, stopped: &self.stopped }
    }
}

/// Bytes that are counted when they are read, until it is stopped: a line, or what lies between two, may have no end.
pub(super) struct Counted<'c, R> {
    from: R,
    count: &'c AtomicU64,
    stopped: &'c AtomicBool,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.stopped.load(Ordering::Relaxed) {
            return Err(io::Error::other("the reading was stopped"));
        }
        let read = self.from.read(into)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

impl<R: Seek> Seek for Counted<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.from.seek(to)
    }
}
