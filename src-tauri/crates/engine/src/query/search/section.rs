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

use super::block::{Block, Covers, as_numbers, from_numbers};
use super::signature::{BITS, Signature, Slots};
use super::vocabulary::Vocabulary;

/// How many blocks a section has when it is full.
pub(super) const BLOCKS: usize = 512;

/// Begins every file; the last digits are the version of what a block's bits are of.
const MAGIC: &[u8; 8] = b"SPGLIX03";

/// How many bytes come before the blocks: the above, the lengths of blocks, words and a row, and the checksums of blocks, words and bits.
const HEAD: usize = MAGIC.len() + 6 * 4;

/// Blocks or words that are larger than this are none of ours.
const LARGEST_PIECE: usize = 64 << 20;

/// A run of blocks. Of one in a file nothing is in memory but where it begins and ends.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) number: u64,
    /// How many blocks it has, at least one.
    pub(super) len: usize,
    pub(super) covers: Covers,
    kept: Kept,
}

#[derive(Debug)]
enum Kept {
    Memory { blocks: Vec<Arc<Block>>, signatures: Vec<Arc<Signature>>, vocabulary: Arc<Vocabulary> },
    File { file: File, path: PathBuf, blocks: Piece, vocabulary: Piece, rows: u64, width: usize },
}

/// A part of a file, with its checksum.
#[derive(Clone, Copy, Debug)]
struct Piece {
    at: u64,
    length: usize,
    sum: u32,
}

impl Piece {
    /// Reads the piece.
    ///
    /// # Errors
    /// When it cannot be read, or is not what was written.
    fn read(self, file: &File) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; self.length];
        read_at(file, &mut bytes, self.at)?;
        if crc32c::crc32c(&bytes) != self.sum {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "its checksum is another"));
        }
        Ok(bytes)
    }
}

impl Section {
    pub(super) fn in_memory(
        number: u64,
        blocks: Vec<(Arc<Block>, Arc<Signature>)>,
        vocabulary: Arc<Vocabulary>,
    ) -> Self {
        let (blocks, signatures): (Vec<_>, Vec<_>) = blocks.into_iter().unzip();
        let (len, covers) = (blocks.len(), Covers::of(&blocks));
        Self { number, len, covers, kept: Kept::Memory { blocks, signatures, vocabulary } }
    }

    /// Returns how many bytes it takes on disk.
    pub(super) fn bytes(&self) -> u64 {
        if let Kept::File { rows, width, .. } = self.kept { rows + (BITS * width) as u64 } else { 0 }
    }

    /// Returns its blocks, in their order.
    pub(super) fn blocks(&self) -> io::Result<Vec<Arc<Block>>> {
        match &self.kept {
            Kept::Memory { blocks, .. } => Ok(blocks.clone()),
            Kept::File { file, blocks, .. } => {
                from_numbers(&blocks.read(file)?).ok_or_else(|| io::ErrorKind::InvalidData.into())
            }
        }
    }

    /// Returns the words of all its blocks.
    pub(super) fn vocabulary(&self) -> io::Result<Arc<Vocabulary>> {
        match &self.kept {
            Kept::Memory { vocabulary, .. } => Ok(Arc::clone(vocabulary)),
            Kept::File { file, vocabulary, .. } => Ok(Arc::new(serde_json::from_slice(&vocabulary.read(file)?)?)),
        }
    }

    /// Returns the places of the blocks in which all these bits are set, in their order.
    pub(super) fn matching(&self, slots: &Slots) -> io::Result<Vec<usize>> {
        let all = 0..self.len;
        match &self.kept {
            Kept::Memory { signatures, .. } => {
                Ok(all.filter(|at| slots.iter().all(|slot| signatures[*at].has(*slot))).collect())
            }
            Kept::File { file, rows, width, .. } => {
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
        let Kept::Memory { blocks, signatures, vocabulary } = &self.kept else {
            return Err(io::Error::other("a section is written once"));
        };
        let blocks = as_numbers(blocks);
        let vocabulary = serde_json::to_vec(&**vocabulary)?;
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
        let (lengths, sums) = ([blocks.len(), vocabulary.len(), width], [&blocks, &vocabulary, &matrix]);
        let sums = sums.map(|piece| crc32c::crc32c(piece));
        for number in lengths.map(|length| length as u32).into_iter().chain(sums) {
            file.write_all(&number.to_le_bytes())?;
        }
        for piece in [blocks, vocabulary, matrix] {
            file.write_all(&piece)?;
        }
        drop(file);
        fs::rename(&unfinished, &path)?;
        Self::open(self.number, path)?.ok_or_else(|| io::Error::other("it was not written as it should be"))
    }

    /// Opens a file; `None` when it is not whole, or made by another version.
    pub(super) fn open(number: u64, path: PathBuf) -> io::Result<Option<Self>> {
        let file = File::open(&path)?;
        let bytes = file.metadata()?.len();
        let mut head = [0; HEAD];
        if read_at(&file, &mut head, 0).is_err() || &head[..MAGIC.len()] != MAGIC {
            return Ok(None);
        }
        let number_at =
            |n: usize| head[MAGIC.len() + 4 * n..].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        let [blocks, vocabulary, width] = [0, 1, 2].map(|n| number_at(n) as usize);
        let blocks = Piece { at: HEAD as u64, length: blocks, sum: number_at(3) };
        let vocabulary = Piece { at: blocks.at + blocks.length as u64, length: vocabulary, sum: number_at(4) };
        let rows = vocabulary.at + vocabulary.length as u64;
        let is_large = blocks.length > LARGEST_PIECE || vocabulary.length > LARGEST_PIECE || width > BLOCKS;
        if is_large || bytes != rows + (BITS * width) as u64 {
            return Ok(None);
        }
        let is_whole = checksum(&file, vocabulary.at, vocabulary.length)? == vocabulary.sum
            && checksum(&file, rows, BITS * width)? == number_at(5);
        let Some(all) = blocks.read(&file).ok().and_then(|bytes| from_numbers(&bytes)) else { return Ok(None) };
        if !is_whole || all.is_empty() || all.len() > width * 8 {
            return Ok(None);
        }
        let (len, covers) = (all.len(), Covers::of(&all));
        Ok(Some(Self { number, len, covers, kept: Kept::File { file, path, blocks, vocabulary, rows, width } }))
    }

    /// Returns the bits of a section that is not full, so that it can be continued.
    pub(super) fn signatures(&self) -> io::Result<Vec<Signature>> {
        let Kept::File { file, rows, width, .. } = &self.kept else { return Ok(Vec::new()) };
        let mut matrix = vec![0; BITS * width];
        read_at(file, &mut matrix, *rows)?;
        let signature =
            |at: usize| Signature::from_bits((0..BITS).map(|slot| matrix[slot * width + at / 8] >> (at % 8) & 1 == 1));
        Ok((0..self.len).map(signature).collect())
    }

    pub(super) fn delete(&self) {
        if let Kept::File { path, .. } = &self.kept {
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
            sections.iter().any(|section| matches!(&section.kept, Kept::File { path: kept, .. } if *kept == path));
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
