//! The index as it stands: sections of blocks, and how far they have come.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::block::{Block, End, Reached};
use super::section::{self, BLOCKS, Section};
use super::signature::Signature;
use super::vocabulary::Vocabulary;
use crate::store::{Fault, Order, Reading};

/// The folder's name, within the data folder.
pub(super) const FOLDER: &str = "index";

/// For so long words are read that may complete what is being typed.
const WORDS: Duration = Duration::from_millis(50);

/// The index, shared by who builds it and who asks.
#[derive(Debug)]
pub(super) struct Shelf {
    folder: PathBuf,
    /// Read by whoever needs it first: that of a large store takes a while, which nothing at the start should wait for.
    state: LazyLock<Mutex<State>, Box<dyn FnOnce() -> Mutex<State> + Send>>,
    /// Whether another program builds it: then its files are looked at again when they changed.
    foreign: bool,
}

#[derive(Debug, Default)]
struct State {
    full: Vec<Arc<Section>>,
    open: Vec<(Arc<Block>, Arc<Signature>)>,
    /// Of the open section, the block that is being made included.
    vocabulary: Arc<Vocabulary>,
    /// How many blocks of the open section are on disk, and the bytes they take there.
    saved: usize,
    saved_bytes: u64,
    seen: Option<SystemTime>,
}

/// The index at one moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Snapshot {
    pub(super) sections: Vec<Arc<Section>>,
}

impl State {
    fn open(folder: &Path) -> Self {
        let mut sections = section::open_all(folder);
        section::delete_others(folder, &sections);
        let mut state = Self::default();
        if let Some(last) = sections.pop_if(|last| last.len < BLOCKS) {
            let signatures = last.signatures().unwrap_or_default().into_iter().map(Arc::new);
            state.vocabulary = last.vocabulary().unwrap_or_default();
            state.open = last.blocks().unwrap_or_default().into_iter().zip(signatures).collect();
            (state.saved, state.saved_bytes) = (state.open.len(), last.bytes());
        }
        state.full = sections.into_iter().map(Arc::new).collect();
        state
    }
}

impl Shelf {
    /// Returns the index of a data folder, to build it: what is there of another version, or not whole, is deleted.
    pub(super) fn open(data_dir: &Path) -> Self {
        let folder = data_dir.join(FOLDER);
        let of = folder.clone();
        Self { folder, state: LazyLock::new(Box::new(move || Mutex::new(State::open(&of)))), foreign: false }
    }

    /// Returns the index of a data folder, to ask it.
    pub(super) fn open_foreign(data_dir: &Path) -> Self {
        Self { folder: data_dir.join(FOLDER), state: LazyLock::new(Box::new(Mutex::default)), foreign: true }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let mut state = self.state();
        if self.foreign {
            let changed = fs::metadata(&self.folder).and_then(|folder| folder.modified()).ok();
            if changed != state.seen || changed.is_none() {
                state.full = section::open_all(&self.folder).into_iter().map(Arc::new).collect();
                state.seen = changed;
            }
        }
        let mut sections = state.full.clone();
        if !state.open.is_empty() {
            let number = sections.last().map_or(1, |last| last.number + 1);
            let vocabulary = Arc::clone(&state.vocabulary);
            sections.push(Arc::new(Section::in_memory(number, state.open.clone(), vocabulary)));
        }
        Snapshot { sections }
    }

    /// Returns the words of the open section and of the others, the latest first, as many as can be read while somebody types.
    pub(super) fn vocabularies(&self) -> Vec<Arc<Vocabulary>> {
        let (begun, full, mut all) = {
            let state = self.state();
            (Instant::now(), state.full.clone(), vec![Arc::clone(&state.vocabulary)])
        };
        for section in full.iter().rev().take_while(|_| begun.elapsed() < WORDS) {
            match section.vocabulary() {
                Ok(vocabulary) => all.push(vocabulary),
                Err(error) => tracing::warn!(%error, "words of the search index cannot be read"),
            }
        }
        all
    }

    /// Lets words of what is being indexed be offered.
    pub(super) fn learn(&self, learn: impl FnOnce(&mut Vocabulary)) {
        learn(Arc::make_mut(&mut self.state().vocabulary));
    }

    /// Adds a block; a section that is full with it is written.
    pub(super) fn add(&self, block: Block, signature: Signature) {
        let mut state = self.state();
        state.open.push((Arc::new(block), Arc::new(signature)));
        let full = state.open.len() >= BLOCKS;
        drop(state);
        if full {
            self.save();
        }
    }

    /// Returns how many blocks are not on disk.
    pub(super) fn unsaved(&self) -> usize {
        let state = self.state();
        state.open.len() - state.saved
    }

    /// Writes the open section.
    pub(super) fn save(&self) {
        let (number, open, vocabulary) = {
            let state = self.state();
            let number = state.full.last().map_or(1, |last| last.number + 1);
            (number, state.open.clone(), Arc::clone(&state.vocabulary))
        };
        let blocks = open.len();
        let section = Section::in_memory(number, open, vocabulary);
        let written = fs::create_dir_all(&self.folder).and_then(|()| section.write(&self.folder));
        let mut state = self.state();
        match written {
            Ok(section) if blocks >= BLOCKS => {
                *state = State { full: std::mem::take(&mut state.full), ..State::default() };
                state.full.push(Arc::new(section));
            }
            Ok(section) => (state.saved, state.saved_bytes) = (blocks, section.bytes()),
            Err(error) => {
                tracing::warn!(%error, "a part of the search index could not be written");
                // Searching works without: what is not in a file is indexed again at the next start.
                if blocks >= BLOCKS {
                    *state = State { full: std::mem::take(&mut state.full), ..State::default() };
                    state.full.push(Arc::new(section));
                } else {
                    state.saved = blocks;
                }
            }
        }
    }

    /// Deletes the oldest sections while they cover nothing that is stored, or take more than `most` bytes together. Returns
    /// how many bytes the others take.
    pub(super) fn trim(&self, most: u64, is_gone: impl Fn(&Section) -> bool) -> u64 {
        let mut state = self.state();
        loop {
            let bytes = state.saved_bytes + state.full.iter().map(|section| section.bytes()).sum::<u64>();
            match state.full.first() {
                Some(oldest) if bytes > most || is_gone(oldest) => {
                    oldest.delete();
                    state.full.remove(0);
                }
                _ => return bytes,
            }
        }
    }
}

impl Snapshot {
    /// Returns how far the index has come: as far as the latest block that ends at something that is still there. What
    /// arrived after it may have been given the ids of what was deleted.
    pub(super) fn reached(&self, reading: &Reading<'_>) -> Result<End, Fault> {
        let of = |order: Order, part: fn(&End) -> Reached| -> Result<Reached, Fault> {
            let is_there = |reached: Reached| -> Result<bool, Fault> {
                Ok(reached.id == 0 || (reached.mark.is_some() && reading.mark(order, reached.id)? == reached.mark))
            };
            for section in self.sections.iter().rev() {
                let last = part(&section.covers.end);
                if is_there(last)? {
                    return Ok(last);
                }
                // Of a section that cannot be read nothing is known.
                for block in section.blocks().unwrap_or_default().iter().rev().skip(1) {
                    let reached = part(&block.end);
                    if is_there(reached)? {
                        return Ok(reached);
                    }
                }
            }
            Ok(Reached::default())
        };
        Ok(End {
            spans: of(Order::Spans, |end| end.spans)?,
            logs: of(Order::Logs, |end| end.logs)?,
            revisions: of(Order::Revisions, |end| end.revisions)?,
        })
    }

    /// Returns the first ids of spans and log records that are covered; zeros when nothing before was.
    pub(super) fn begins(&self) -> (i64, i64) {
        self.sections.first().filter(|first| first.number > 1).map_or((0, 0), |first| first.covers.first)
    }
}
