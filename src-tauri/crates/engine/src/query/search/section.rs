//! Blocks of spans in sections, and sections as files.
//!
//! A section's bits lie by piece and not by block: a file is as many rows as a block has bits, each with one bit per block. To
//! ask for a piece is to read one row, 64 bytes of a full section. A file that is not whole is not there: what it covered is
//! indexed again.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use spanglass_trace::reading::READING_VERSION;

use super::signature::{BITS, Signature, Slots};
use super::vocabulary::Vocabulary;
use crate::store::Mark;

/// How many blocks a section has when it is full.
pub(super) const BLOCKS: usize = 512;

/// Begins every file; the last digits are the version of what a block's bits are of.
const MAGIC: &[u8; 8] = b"SPGLIX01";

/// A directory larger than this is not one of ours.
const LARGEST_DIRECTORY: usize = 64 << 20;

/// How far the index has come in the order of arrival: the latest place, and what stands there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reached {
    pub(super) id: i64,
    /// `None` = nothing stood there when it was looked at.
    pub(super) mark: Option<Mark>,
}

/// The same for spans, log records and revisions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct End {
    pub(super) spans: Reached,
    pub(super) logs: Reached,
    pub(super) revisions: Reached,
}

/// Ranges of ids, both ends within.
pub(super) type Ranges = Vec<(i64, i64)>;

/// What a block's bits are of.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Block {
    /// Ids of spans.
    pub(super) spans: Ranges,
    /// Ids of log records.
    pub(super) logs: Ranges,
    /// The numbers of their traces, sorted.
    pub(super) traces: Vec<i64>,
    /// How far the index had come with it.
    pub(super) end: End,
}

/// A run of blocks.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) number: u64,
    pub(super) blocks: Vec<Arc<Block>>,
    pub(super) vocabulary: Arc<Vocabulary>,
    bits: Bits,
}

#[derive(Debug)]
enum Bits {
    Memory(Vec<Arc<Signature>>),
    File { file: File, path: PathBuf, rows: u64, width: usize, bytes: u64 },
}

#[derive(Serialize, Deserialize)]
struct Directory {
    reading: u32,
    blocks: Vec<Block>,
    vocabulary: Vocabulary,
}

impl Section {
    pub(super) fn in_memory(
        number: u64,
        blocks: Vec<(Arc<Block>, Arc<Signature>)>,
        vocabulary: Arc<Vocabulary>,
    ) -> Self {
        let (blocks, bits) = blocks.into_iter().unzip();
        Self { number, blocks, vocabulary, bits: Bits::Memory(bits) }
    }

    /// Returns how many bytes it takes on disk.
    pub(super) fn bytes(&self) -> u64 {
        if let Bits::File { bytes, .. } = self.bits { bytes } else { 0 }
    }

    /// Returns the blocks in which all these bits are set, in their order.
    pub(super) fn matching(&self, slots: &Slots) -> io::Result<Vec<usize>> {
        let all = 0..self.blocks.len();
        match &self.bits {
            Bits::Memory(signatures) => {
                Ok(all.filter(|at| slots.iter().all(|slot| signatures[*at].has(*slot))).collect())
            }
            Bits::File { file, rows, width, .. } => {
                let (mut left, mut row) = (vec![u8::MAX; *width], vec![0; *width]);
                for slot in slots {
                    read_at(file, &mut row, rows + u64::from(*slot) * *width as u64)?;
                    left.iter_mut().zip(&row).for_each(|(left, row)| *left &= row);
                    if left.iter().all(|byte| *byte == 0) {
                        break;
                    }
                }
                Ok(all.filter(|at| left[at / 8] >> (at % 8) & 1 == 1).collect())
            }
        }
    }

    /// Writes the section into a folder, in place of one with its number.
    pub(super) fn write(&self, folder: &Path) -> io::Result<Self> {
        let Bits::Memory(signatures) = &self.bits else {
            return Err(io::Error::other("a section is written once"));
        };
        let blocks = self.blocks.iter().map(|block| Block::clone(block)).collect();
        let directory = Directory { reading: READING_VERSION, blocks, vocabulary: Vocabulary::clone(&self.vocabulary) };
        let directory = serde_json::to_vec(&directory)?;
        let width = signatures.len().div_ceil(8).next_power_of_two();
        let mut matrix = vec![0; BITS * width];
        for (at, signature) in signatures.iter().enumerate() {
            for slot in signature.slots() {
                matrix[slot * width + at / 8] |= 1 << (at % 8);
            }
        }
        let path = folder.join(format!("{:08}.blocks", self.number));
        let unfinished = path.with_extension("part");
        let mut file = File::create(&unfinished)?;
        file.write_all(MAGIC)?;
        for number in [directory.len() as u32, width as u32, crc32c::crc32c(&directory), crc32c::crc32c(&matrix)] {
            file.write_all(&number.to_le_bytes())?;
        }
        file.write_all(&directory)?;
        file.write_all(&matrix)?;
        drop(file);
        fs::rename(&unfinished, &path)?;
        Self::open(self.number, path)?.ok_or_else(|| io::Error::other("it was not written as it should be"))
    }

    /// Opens a file; `None` when it is not whole, or made by another version.
    pub(super) fn open(number: u64, path: PathBuf) -> io::Result<Option<Self>> {
        let file = File::open(&path)?;
        let bytes = file.metadata()?.len();
        let mut head = [0; 24];
        if read_at(&file, &mut head, 0).is_err() || &head[..8] != MAGIC {
            return Ok(None);
        }
        let number_at = |at: usize| head[at..at + 4].try_into().map_or(0, u32::from_le_bytes);
        let (length, width) = (number_at(8) as usize, number_at(12) as usize);
        let rows = (head.len() + length) as u64;
        if length > LARGEST_DIRECTORY || width > BLOCKS || bytes != rows + (BITS * width) as u64 {
            return Ok(None);
        }
        let mut directory = vec![0; length];
        read_at(&file, &mut directory, head.len() as u64)?;
        if (crc32c::crc32c(&directory), checksum(&file, rows, BITS * width)?) != (number_at(16), number_at(20)) {
            return Ok(None);
        }
        let Ok(Directory { reading: READING_VERSION, blocks, vocabulary }) = serde_json::from_slice(&directory) else {
            return Ok(None);
        };
        if blocks.len() > width * 8 {
            return Ok(None);
        }
        let blocks = blocks.into_iter().map(Arc::new).collect();
        let bits = Bits::File { file, path, rows, width, bytes };
        Ok(Some(Self { number, blocks, vocabulary: Arc::new(vocabulary), bits }))
    }

    /// Returns the bits of a section that is not full, so that it can be continued.
    pub(super) fn signatures(&self) -> io::Result<Vec<Signature>> {
        let Bits::File { file, rows, width, .. } = &self.bits else { return Ok(Vec::new()) };
        let mut matrix = vec![0; BITS * width];
        read_at(file, &mut matrix, *rows)?;
        let signature =
            |at: usize| Signature::from_bits((0..BITS).map(|slot| matrix[slot * width + at / 8] >> (at % 8) & 1 == 1));
        Ok((0..self.blocks.len()).map(signature).collect())
    }

    pub(super) fn delete(&self) {
        if let Bits::File { path, .. } = &self.bits {
            let _ = fs::remove_file(path);
        }
    }
}

/// Returns the sections of a folder in their order: those before the first that is missing or not whole.
pub(super) fn open_all(folder: &Path) -> Vec<Section> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let number = path.file_stem().and_then(|name| name.to_str()).and_then(|name| name.parse::<u64>().ok());
        if let (Some(number), Some("blocks")) = (number, path.extension().and_then(|kind| kind.to_str())) {
            files.insert(number, path);
        }
    }
    let mut sections: Vec<Section> = Vec::new();
    for (number, path) in files {
        if sections.last().is_some_and(|last| last.number + 1 != number) {
            break;
        }
        match Section::open(number, path) {
            Ok(Some(section)) => sections.push(section),
            Ok(None) => break,
            Err(error) => {
                tracing::warn!(%error, number, "a part of the search index cannot be read");
                break;
            }
        }
    }
    sections
}

/// Deletes everything of a folder's index that is not among these sections.
pub(super) fn delete_others(folder: &Path, sections: &[Section]) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let kept =
            sections.iter().any(|section| matches!(&section.bits, Bits::File { path: kept, .. } if *kept == path));
        let ours = matches!(path.extension().and_then(|kind| kind.to_str()), Some("blocks" | "part"));
        if ours && !kept {
            let _ = fs::remove_file(path);
        }
    }
}

/// Returns the checksum of a part of a file, which is read piece by piece.
fn checksum(file: &File, from: u64, length: usize) -> io::Result<u32> {
    let (mut piece, mut sum) = (vec![0; (64 << 10).min(length)], 0);
    for at in (0..length).step_by(piece.len().max(1)) {
        let taken = piece.len().min(length - at);
        read_at(file, &mut piece[..taken], from + at as u64)?;
        sum = crc32c::crc32c_append(sum, &piece[..taken]);
    }
    Ok(sum)
}

#[cfg(unix)]
fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, into, at)
}

#[cfg(windows)]
fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<()> {
    let mut done = 0;
    while done < into.len() {
        match std::os::windows::fs::FileExt::seek_read(file, &mut into[done..], at + done as u64)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => done += read,
        }
    }
    Ok(())
}
