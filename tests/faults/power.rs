//! What a disk holds after the power went: everything that was synced, and of what was not whatever it happened to have written,
//! in any order, whole or torn between two sectors.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, Read};
use std::path::Path;

use rand::Rng;

/// What a disk writes at once.
const SECTOR: usize = 512;

enum Done {
    Write(u64, Vec<u8>),
    Truncate(u64),
    Sync,
    Unlink,
}

/// What was done to the files, in order, each with where it stands in the journal.
pub(crate) struct Journal(Vec<(u64, String, Done)>);

impl Journal {
    /// Reads a journal as `disk.c` writes it.
    pub(crate) fn read(file: &Path) -> Self {
        let bytes = fs::read(file).unwrap();
        let (mut rest, mut all) = (&bytes[..], Vec::new());
        loop {
            let mut line = String::new();
            if rest.read_line(&mut line).unwrap() == 0 {
                return Self(all);
            }
            let words: Vec<&str> = line.split_whitespace().collect();
            let [what, name, at, length] = words[..] else { panic!("{line:?}") };
            let at = at.parse().unwrap();
            let done = match what {
                "w" => {
                    let mut bytes = vec![0; length.parse().unwrap()];
                    rest.read_exact(&mut bytes).unwrap();
                    Done::Write(at, bytes)
                }
                "t" => Done::Truncate(at),
                "u" => Done::Unlink,
                _ => Done::Sync,
            };
            all.push(((bytes.len() - rest.len()) as u64, name.to_owned(), done));
        }
    }

    /// Writes into a folder what a disk may hold when the power goes at this place of the journal.
    pub(crate) fn cut(&self, at: u64, folder: &Path, random: &mut impl Rng) {
        let done: Vec<_> = self.0.iter().take_while(|(end, ..)| *end <= at).collect();
        let mut synced: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, (_, name, what)) in done.iter().enumerate() {
            if matches!(what, Done::Sync) {
                synced.insert(name, index);
            }
        }
        let mut files: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
        for (index, (_, name, what)) in done.iter().enumerate() {
            if matches!(what, Done::Unlink) {
                // SQLite syncs the folder when it removes a file.
                files.remove(name.as_str());
                continue;
            }
            let file = files.entry(name).or_default();
            let is_synced = synced.get(name.as_str()).is_some_and(|last| index < *last);
            match what {
                Done::Write(at, bytes) if is_synced => put(file, *at as usize, bytes),
                Done::Write(at, bytes) => match random.random_range(0..3) {
                    0 => {}
                    1 => put(file, *at as usize, bytes),
                    _ => {
                        let sectors = bytes.chunks(SECTOR).enumerate();
                        sectors
                            .filter(|_| random.random())
                            .for_each(|(n, sector)| put(file, *at as usize + n * SECTOR, sector));
                    }
                },
                Done::Truncate(length) if is_synced || random.random() => file.resize(*length as usize, 0),
                Done::Truncate(_) | Done::Sync | Done::Unlink => {}
            }
        }
        fs::create_dir_all(folder).unwrap();
        files.iter().for_each(|(name, bytes)| fs::write(folder.join(name), bytes).unwrap());
    }
}

fn put(file: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    if file.len() < at + bytes.len() {
        file.resize(at + bytes.len(), 0);
    }
    file[at..at + bytes.len()].copy_from_slice(bytes);
}
