//! The pages of a database file and of its write-ahead log, read without SQLite: that reads nothing below a page that is damaged.
//!
//! Source: sqlite.org/fileformat2.html. The pages are of the size that every database of ours has.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use crate::store::migrate::PAGE_BYTES;

/// A page.
pub(super) type Page = [u8; PAGE_BYTES];

/// A database's pages, those of its log before its own.
pub(super) struct Pages {
    file: File,
    log: Option<File>,
    /// Where in the log a page stands, as of the last commit in it.
    logged: HashMap<u32, u64>,
    /// How many pages there are.
    pub(super) count: u32,
}

impl Pages {
    pub(super) fn open(database: &Path, log: &Path) -> io::Result<Self> {
        let file = File::open(database)?;
        let mut log = File::open(log).ok();
        // A log that cannot be read adds nothing.
        let logged = log.as_mut().and_then(|log| committed(log).ok()).unwrap_or_default();
        let of_file = file.metadata()?.len() / PAGE_BYTES as u64;
        let last = logged.keys().max().copied().unwrap_or(0);
        Ok(Self { file, log, logged, count: u32::try_from(of_file).unwrap_or(u32::MAX).max(last) })
    }

    /// Returns a page, numbered from 1; `None` = it is not there or the disk does not give it.
    pub(super) fn get(&mut self, number: u32) -> Option<Page> {
        let (file, at) = match (self.logged.get(&number), &mut self.log) {
            (Some(at), Some(log)) => (log, *at),
            _ => (&mut self.file, u64::from(number.checked_sub(1)?) * PAGE_BYTES as u64),
        };
        let mut page = [0; PAGE_BYTES];
        file.seek(SeekFrom::Start(at)).and_then(|_| file.read_exact(&mut page)).ok()?;
        Some(page)
    }

    /// Says whether nothing is in a page any more, as far as the page that says so can be read.
    pub(super) fn is_free(&mut self, map: &mut Option<(u32, Page)>, number: u32) -> bool {
        /// An entry is what a page is, and a page above it.
        const ENTRY: usize = 5;
        const FREE: u8 = 2;
        let of_map = (PAGE_BYTES / ENTRY) as u32;
        let Some(after_first) = number.checked_sub(3) else { return false };
        // The first such page is the second of all; each is followed by the pages it tells of.
        let (group, at) = (after_first / (of_map + 1), after_first % (of_map + 1));
        let told_by = 2 + group * (of_map + 1);
        if map.as_ref().is_none_or(|(number, _)| *number != told_by) {
            *map = self.get(told_by).map(|page| (told_by, page));
        }
        map.as_ref().is_some_and(|(_, page)| page.get(at as usize * ENTRY) == Some(&FREE))
    }
}

/// Returns where in a write-ahead log each page stands: up to its last commit, and up to the first frame that is not whole.
fn committed(log: &mut File) -> io::Result<HashMap<u32, u64>> {
    const MAGIC: u32 = 0x377f_0682;
    const HEADER: usize = 32;
    const FRAME: usize = 24;
    let mut header = [0; HEADER];
    log.seek(SeekFrom::Start(0))?;
    log.read_exact(&mut header)?;
    let word = |bytes: &[u8], at: usize| bytes[at..].first_chunk().map_or(0, |word| u32::from_be_bytes(*word));
    let is_big = word(&header, 0) == MAGIC | 1;
    if word(&header, 0) & !1 != MAGIC || word(&header, 8) as usize != PAGE_BYTES {
        return Ok(HashMap::new());
    }
    let mut sum = add(is_big, [0; 2], &header[..24]);
    let (mut committed, mut since) = (HashMap::new(), HashMap::new());
    let (mut at, mut frame) = (HEADER as u64, [0; FRAME + PAGE_BYTES]);
    while log.read_exact(&mut frame).is_ok() {
        sum = add(is_big, add(is_big, sum, &frame[..8]), &frame[FRAME..]);
        if frame[8..16] != header[16..24] || sum != [word(&frame, 16), word(&frame, 20)] {
            break;
        }
        since.insert(word(&frame, 0), at + FRAME as u64);
        // The last frame of a commit says how many pages there are then.
        if word(&frame, 4) != 0 {
            committed.extend(since.drain());
        }
        at += frame.len() as u64;
    }
    Ok(committed)
}

/// Goes on with a log's checksum.
fn add(is_big: bool, sum: [u32; 2], bytes: &[u8]) -> [u32; 2] {
    let word = |bytes: [u8; 4]| if is_big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) };
    bytes.as_chunks().0.chunks_exact(2).fold(sum, |[a, b], pair| {
        let a = a.wrapping_add(word(pair[0])).wrapping_add(b);
        [a, b.wrapping_add(word(pair[1])).wrapping_add(a)]
    })
}
