//! What waits to be passed on: requests in files, the oldest first, and how far they were delivered.
//!
//! A file takes requests until it is [`SEGMENT_BYTES`] long and is deleted once all of them are delivered. Nothing is synced: a
//! killed program loses nothing, a power cut at most what the system had not written back. Delivery is noted after the fact, so
//! that a kill makes a request go out twice rather than never; OTLP asks receivers to bear that.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use prost::Message;

/// Where a file ends and the next begins.
const SEGMENT_BYTES: u64 = 16 << 20;

/// Bodies of fewer bytes are not compressed.
const SMALL: usize = 1 << 10;

/// The fastest that is of use: histories that grow with each call shrink to a tenth all the same.
const ZSTD_LEVEL: i32 = 1;

/// Before each request: [`MAGIC`], its length, and the checksum of its bytes.
const HEAD_BYTES: u64 = 12;
const MAGIC: [u8; 4] = *b"SGq1";

/// The largest request a head is believed to announce.
const LARGEST: u32 = 80 << 20;

/// A request as it was received.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Waiting {
    /// The last segment of its path, such as `traces`.
    #[prost(string, tag = "1")]
    pub(crate) signal: String,
    #[prost(bool, tag = "2")]
    pub(crate) is_json: bool,
    /// Whether the body is gzipped, as it was sent.
    #[prost(bool, tag = "3")]
    pub(crate) is_gzipped: bool,
    /// How many spans, log records or data points it holds.
    #[prost(uint64, tag = "4")]
    pub(crate) items: u64,
    /// The programs of ours it came through.
    #[prost(string, tag = "5")]
    pub(crate) via: String,
    /// The body, byte for byte.
    #[prost(bytes = "bytes", tag = "6")]
    pub(crate) body: Bytes,
    /// Whether the queue compressed the body for itself.
    #[prost(bool, tag = "7")]
    is_packed: bool,
}

impl Waiting {
    /// Returns a request that was received.
    pub(crate) fn new(signal: &str, is_json: bool, is_gzipped: bool, items: u64, via: String, body: Bytes) -> Self {
        Self { signal: signal.to_owned(), is_json, is_gzipped, items, via, body, is_packed: false }
    }

    /// Returns it as it stands in a file, its head before it.
    pub(crate) fn packed(mut self) -> io::Result<Vec<u8>> {
        if !self.is_gzipped && self.body.len() >= SMALL {
            self.body = zstd::bulk::compress(&self.body, ZSTD_LEVEL)?.into();
            self.is_packed = true;
        }
        let length = self.encoded_len();
        let mut bytes = Vec::with_capacity(HEAD_BYTES as usize + length);
        bytes.extend(MAGIC);
        bytes.extend((length as u32).to_le_bytes());
        bytes.extend([0; 4]);
        self.encode(&mut bytes).map_err(io::Error::other)?;
        let sum = crc32c::crc32c(&bytes[HEAD_BYTES as usize..]);
        bytes[8..12].copy_from_slice(&sum.to_le_bytes());
        Ok(bytes)
    }

    fn unpacked(bytes: Bytes) -> io::Result<Self> {
        let mut read = Self::decode(bytes).map_err(io::Error::other)?;
        if read.is_packed {
            read.body = zstd::stream::decode_all(&read.body[..])?.into();
            read.is_packed = false;
        }
        Ok(read)
    }
}

/// Why a request was not taken into the queue.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotQueued {
    #[error("more is waiting than may wait")]
    Full,
    #[error("the queue cannot be written: {0}")]
    Broken(#[from] io::Error),
}

/// The requests that wait.
pub(crate) struct Queue {
    folder: PathBuf,
    max_bytes: u64,
    /// Files by number, and how long each is.
    segments: BTreeMap<u64, u64>,
    /// The file that takes requests, if there is one yet; it is the last.
    writing: Option<File>,
    /// The file and the byte where the oldest request is that was not delivered.
    at: (u64, u64),
    /// Where that is written down.
    position: File,
    /// The length of the request that was looked at last.
    looked_at: Option<u64>,
}

impl Queue {
    /// Opens the queue in a folder, which is made when it is not there.
    pub(crate) fn open(folder: &Path, max_bytes: u64) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let mut segments = BTreeMap::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let number = entry.file_name().to_str().and_then(|name| name.strip_suffix(".queue")?.parse().ok());
            if let Some(number) = number {
                segments.insert(number, entry.metadata()?.len());
            }
        }
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).clone();
        let mut position = options.open(folder.join("delivered"))?;
        let first = segments.keys().next().copied().unwrap_or(1);
        // Behind the last file is where a queue was left of which everything was delivered.
        let behind = segments.keys().next_back().map_or(0, |last| last + 1);
        let at = read_position(&mut position).filter(|(at, _)| segments.contains_key(at) || *at == behind);
        let at = at.unwrap_or((first, 0));
        let mut queue =
            Self { folder: folder.to_owned(), max_bytes, segments, writing: None, at, position, looked_at: None };
        while queue.segments.keys().next().is_some_and(|first| *first < queue.at.0) {
            queue.remove_first();
        }
        Ok(queue)
    }

    /// Returns how many bytes of files wait.
    pub(crate) fn bytes(&self) -> u64 {
        self.segments.values().sum::<u64>() - self.at.1.min(self.segments.get(&self.at.0).copied().unwrap_or(0))
    }

    /// Takes a request in behind all others, as [`Waiting::packed`] has it.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), NotQueued> {
        // A delivered part of the first file takes room, too.
        if self.segments.values().sum::<u64>() + bytes.len() as u64 > self.max_bytes {
            return Err(NotQueued::Full);
        }
        let (number, length) = self.last();
        let is_new = self.writing.is_none() || length >= SEGMENT_BYTES;
        let (number, length) =
            if is_new { (self.segments.keys().last().map_or(self.at.0, |last| last + 1), 0) } else { (number, length) };
        if is_new {
            self.writing = Some(OpenOptions::new().write(true).create_new(true).open(self.path(number))?);
            self.segments.insert(number, 0);
        }
        let Some(file) = &mut self.writing else { return Err(NotQueued::Full) };
        if let Err(error) = file.write_all(bytes) {
            // A part of it may stand there now; without it the file goes on, or else a new one does.
            let mended = file.set_len(length).and_then(|()| file.seek(SeekFrom::Start(length)));
            if mended.is_err() {
                self.writing = None;
            }
            return Err(error.into());
        }
        self.segments.insert(number, length + bytes.len() as u64);
        Ok(())
    }

    /// Returns the oldest request that was not delivered; `None` = nothing waits.
    pub(crate) fn first(&mut self) -> io::Result<Option<Waiting>> {
        loop {
            let (number, offset) = self.at;
            let Some(length) = self.segments.get(&number).copied() else { return Ok(None) };
            let is_written = self.writing.is_some() && self.last().0 == number;
            if offset < length {
                match read_at(&self.path(number), offset, length)? {
                    Some((request, bytes)) => {
                        self.looked_at = Some(bytes);
                        return Ok(Some(request));
                    }
                    // Only what a kill or a power cut left behind is cut short; nobody was told that it was taken in.
                    None => tracing::warn!(
                        segment = number,
                        offset,
                        "the rest of a queue file cannot be read and is left out"
                    ),
                }
            } else if is_written {
                return Ok(None);
            }
            if is_written {
                self.writing = None;
            }
            self.remove_first();
            self.at = (self.segments.keys().next().copied().unwrap_or(number + 1), 0);
            self.note()?;
        }
    }

    /// Notes that the request [`Queue::first`] returned needs no further delivery.
    pub(crate) fn delivered(&mut self) -> io::Result<()> {
        self.at.1 += self.looked_at.take().unwrap_or(0);
        self.note()
    }

    fn last(&self) -> (u64, u64) {
        self.segments.iter().next_back().map_or((0, 0), |(number, length)| (*number, *length))
    }

    fn path(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{number:020}.queue"))
    }

    /// Removes the first file. One that cannot be removed stays behind the position, and is removed with the next start.
    fn remove_first(&mut self) {
        let Some((number, _)) = self.segments.pop_first() else { return };
        if let Err(error) = fs::remove_file(self.path(number)) {
            tracing::warn!(%error, segment = number, "a queue file that was delivered could not be removed");
        }
    }

    fn note(&mut self) -> io::Result<()> {
        let mut bytes = [self.at.0.to_le_bytes(), self.at.1.to_le_bytes()].concat();
        bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
        self.position.seek(SeekFrom::Start(0))?;
        self.position.write_all(&bytes)
    }
}

fn read_position(file: &mut File) -> Option<(u64, u64)> {
    let mut bytes = [0; 20];
    file.read_exact(&mut bytes).ok()?;
    let number = |at: usize| bytes[at..at + 8].try_into().map(u64::from_le_bytes).ok();
    let sum = bytes[16..].try_into().map(u32::from_le_bytes).ok()?;
    (crc32c::crc32c(&bytes[..16]) == sum).then_some((number(0)?, number(8)?))
}

/// Returns the request at this byte of a file, and how many bytes it takes there; `None` when none that is whole stands there.
fn read_at(path: &Path, offset: u64, length: u64) -> io::Result<Option<(Waiting, u64)>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    if length - offset < HEAD_BYTES {
        return Ok(None);
    }
    let mut head = [0; HEAD_BYTES as usize];
    file.read_exact(&mut head)?;
    let number = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let told = number(4);
    if head[..4] != MAGIC || told > LARGEST || u64::from(told) > length - offset - HEAD_BYTES {
        return Ok(None);
    }
    let mut bytes = vec![0; told as usize];
    file.read_exact(&mut bytes)?;
    if crc32c::crc32c(&bytes) != number(8) {
        return Ok(None);
    }
    let request = Waiting::unpacked(bytes.into()).ok();
    Ok(request.map(|request| (request, HEAD_BYTES + u64::from(told))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(n: u64, bytes: usize) -> Waiting {
        let mut body = n.to_le_bytes().to_vec();
        // Not compressible, so that sizes are what they seem.
        let mut state = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        body.extend(
            std::iter::repeat_with(|| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 56) as u8
            })
            .take(bytes),
        );
        Waiting::new("traces", false, false, n, String::new(), body.into())
    }

    fn packed(n: u64, bytes: usize) -> Vec<u8> {
        request(n, bytes).packed().expect("memory")
    }

    fn drain(queue: &mut Queue) -> Vec<u64> {
        let mut all = Vec::new();
        while let Some(request) = queue.first().expect("readable") {
            all.push(request.items);
            queue.delivered().expect("writable");
        }
        all
    }

    #[test]
    fn requests_come_back_in_order_and_byte_for_byte_across_files_and_starts() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut queue = Queue::open(folder.path(), u64::MAX).expect("opens");
        for n in 0..40 {
            queue.push(&packed(n, 1 << 20)).expect("room");
        }
        for n in 0..20 {
            assert_eq!(queue.first().expect("readable"), Some(request(n, 1 << 20)));
            queue.delivered().expect("writable");
        }
        let waiting = queue.bytes();
        // Dropped without a word, as by a kill.
        drop(queue);
        let mut queue = Queue::open(folder.path(), u64::MAX).expect("opens");
        assert_eq!(queue.bytes(), waiting);
        queue.push(&packed(40, 10)).expect("room");
        assert_eq!(drain(&mut queue), (20..41).collect::<Vec<_>>());
        assert_eq!(queue.bytes(), 0);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2, "a file to write to, and the position");
    }

    #[test]
    fn what_a_kill_cut_short_costs_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let whole = packed(2, 2_000);
        for cut in [0, 1, HEAD_BYTES as usize - 1, HEAD_BYTES as usize, 100, whole.len() - 1] {
            let mut queue = Queue::open(folder.path(), u64::MAX).expect("opens");
            queue.push(&packed(1, 2_000)).expect("room");
            let path = queue.path(queue.last().0);
            drop(queue);
            OpenOptions::new()
                .append(true)
                .open(path)
                .and_then(|mut file| file.write_all(&whole[..cut]))
                .expect("writable");
            let mut queue = Queue::open(folder.path(), u64::MAX).expect("opens");
            queue.push(&packed(3, 2_000)).expect("room");
            assert_eq!(drain(&mut queue), [1, 3], "cut after {cut} bytes");
        }
    }

    #[test]
    fn a_file_that_cannot_be_removed_holds_up_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut queue = Queue::open(folder.path(), u64::MAX).expect("opens");
        queue.push(&packed(1, 10)).expect("room");
        drop(queue);
        let mut queue = Queue::open(folder.path(), u64::MAX).expect("opens");
        assert_eq!(queue.first().expect("readable"), Some(request(1, 10)));
        queue.delivered().expect("writable");
        queue.push(&packed(2, 10)).expect("room");
        // Somebody else was faster.
        let first = queue.path(1);
        let kept = fs::read(&first).expect("a file");
        fs::remove_file(&first).expect("it is there");
        assert_eq!(drain(&mut queue), [2]);
        drop(queue);
        fs::write(&first, kept).expect("it is there again");
        let mut queue = Queue::open(folder.path(), u64::MAX).expect("opens");
        assert_eq!(drain(&mut queue), [0; 0], "nothing is delivered twice");
        assert!(!first.exists());
    }

    #[test]
    fn what_does_not_fit_is_refused_and_the_rest_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut queue = Queue::open(folder.path(), 40 << 20).expect("opens");
        let taken = (0..60).take_while(|n| queue.push(&packed(*n, 1 << 20)).is_ok()).count() as u64;
        assert!((38..=40).contains(&taken), "{taken}");
        assert!(matches!(queue.push(&packed(99, 1 << 20)), Err(NotQueued::Full)));
        assert_eq!(drain(&mut queue), (0..taken).collect::<Vec<_>>());
        queue.push(&packed(100, 1 << 20)).expect("room again");
        assert_eq!(drain(&mut queue), [100]);
    }
}
