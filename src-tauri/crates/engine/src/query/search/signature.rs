//! Which three-byte pieces of text stand in a block of spans, as bits.
//!
//! Pieces are of bytes and not of words: text in the middle of a word is found, and text of languages that write without
//! blanks. A piece sets one bit of many; that another piece shares it costs a look at the spans and finds nothing wrong.

use crate::query::filter::{Key, Pattern};

/// How many bits a block has.
pub(super) const BITS: usize = 1 << 16;

/// At most so many pieces of what is searched are looked up: more would not rule out more.
const MOST_PIECES: usize = 24;

/// So many pieces of a text are hashed at once.
const AT_ONCE: usize = 64;

/// Stands at both ends of a value that is indexed under a key, so that its ends can be searched.
const END: &str = "\u{1}";

/// Stands for "has a value" and "has a value too long to be indexed under its key".
const PRESENT: &str = "\u{1}\u{2}\u{3}";
const LONG: &str = "\u{1}\u{2}\u{4}";

/// The bits of a block.
#[derive(Clone, Debug)]
pub(super) struct Signature {
    words: Box<[u64; BITS / 64]>,
}

impl Default for Signature {
    fn default() -> Self {
        Self { words: Box::new([0; BITS / 64]) }
    }
}

impl Signature {
    pub(super) fn from_bits(bits: impl Iterator<Item = bool>) -> Self {
        let mut signature = Self::default();
        for (slot, _) in bits.enumerate().filter(|(_, bit)| *bit).take(BITS) {
            signature.words[slot / 64] |= 1 << (slot % 64);
        }
        signature
    }

    /// Returns how many bits are set.
    pub(super) fn set(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(super) fn has(&self, slot: u16) -> bool {
        self.words[usize::from(slot) / 64] >> (slot % 64) & 1 == 1
    }

    /// Adds a text; folded.
    pub(super) fn add(&mut self, text: &str) {
        self.add_under(0, text);
    }

    /// Adds a value of a key; folded.
    pub(super) fn add_value(&mut self, seed: Seed, value: &str) {
        self.add_under(seed.0, PRESENT);
        self.add_under(seed.0, &format!("{END}{value}{END}"));
    }

    /// Adds that there is a value of a key, which is too long to be indexed as such.
    pub(super) fn add_long(&mut self, seed: Seed) {
        self.add_under(seed.0, PRESENT);
        self.add_under(seed.0, LONG);
    }

    /// Adds all of another block.
    pub(super) fn add_all(&mut self, other: &Self) {
        self.words.iter_mut().zip(&*other.words).for_each(|(word, other)| *word |= other);
    }

    /// Returns the bits that are set, in their order.
    pub(super) fn slots(&self) -> impl Iterator<Item = usize> {
        let of_word = |(at, word): (usize, &u64)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
                left &= left - 1;
                Some(at * 64 + bit)
            })
        };
        self.words.iter().enumerate().flat_map(of_word)
    }

    fn add_under(&mut self, seed: u32, text: &str) {
        // Many pieces are hashed before their bits are set: a processor does that side by side.
        let mut slots = [0; AT_ONCE];
        let mut rest = text.as_bytes();
        while let Some(bytes) = rest.first_chunk::<{ AT_ONCE + 2 }>() {
            slots.iter_mut().zip(bytes.windows(3)).for_each(|(slot, piece)| *slot = slot_of(seed, piece));
            slots.iter().for_each(|slot| self.set_bit(*slot));
            rest = &rest[AT_ONCE..];
        }
        rest.windows(3).for_each(|piece| self.set_bit(slot_of(seed, piece)));
    }

    fn set_bit(&mut self, slot: u16) {
        self.words[usize::from(slot) / 64] |= 1 << (slot % 64);
    }
}

/// Keeps the pieces of values of one key apart from those of others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seed(u32);

impl Seed {
    pub(super) fn of(key: &Key) -> Self {
        match key {
            Key::Attribute(name) => Self::of_attribute(name),
            key => Self(crc32c::crc32c(format!("{key:?}").as_bytes()) | 1),
        }
    }

    pub(super) fn of_attribute(name: &str) -> Self {
        Self(crc32c::crc32c_append(1, name.as_bytes()) | 1)
    }
}

fn slot_of(seed: u32, piece: &[u8]) -> u16 {
    let piece = u32::from(piece[0]) | u32::from(piece[1]) << 8 | u32::from(piece[2]) << 16;
    let mixed = (piece ^ seed).wrapping_mul(0x9e37_79b1);
    ((mixed ^ (mixed >> 15)).wrapping_mul(0x85eb_ca77) >> 16) as u16
}

/// Bits that must all be set in a block where something stands; with none, it can stand anywhere.
pub(super) type Slots = Vec<u16>;

/// Returns the bits of a folded text.
pub(super) fn text(text: &str) -> Slots {
    few(slots(0, text))
}

/// Returns the bits of a key's value that is like a pattern.
pub(super) fn value(seed: Seed, pattern: &Pattern) -> Slots {
    let mut found: Slots = slots(seed.0, PRESENT);
    for part in pattern.anchored(END) {
        found.extend(slots(seed.0, &part));
    }
    few(found)
}

/// Returns the bits of a long value of a key that is like a pattern.
pub(super) fn long_value(seed: Seed, pattern: &Pattern) -> Slots {
    let mut found: Slots = slots(seed.0, LONG);
    for part in &pattern.parts {
        found.extend(slots(0, part));
    }
    few(found)
}

fn slots(seed: u32, text: &str) -> Slots {
    text.as_bytes().windows(3).map(|piece| slot_of(seed, piece)).collect()
}

fn few(mut slots: Slots) -> Slots {
    slots.sort_unstable();
    slots.dedup();
    let step = slots.len().div_ceil(MOST_PIECES).max(1);
    slots.into_iter().step_by(step).collect()
}
