//! A span's attributes, looked up by dialects, most of which ask for keys that another convention has.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use crate::span::{AnyValue, Span};

/// Reads a span's attributes and remembers which were understood.
pub struct Reader<'a> {
    /// The span that is read.
    pub span: &'a Span,
    /// Of each attribute, in order: whether it was understood.
    understood: RefCell<Vec<bool>>,
    /// Where the key that was remembered last stands: who goes through all keys that begin alike goes on from there.
    last: Cell<usize>,
    /// The [`of_key`] of all keys: most keys that are asked for are another convention's.
    keys: Seen,
    /// The [`of_start`] of all that the keys begin with.
    starts: Seen,
}

/// Which of 512 numbers were seen.
#[derive(Default)]
struct Seen([u64; 8]);

impl Seen {
    #[inline]
    fn add(&mut self, number: usize) {
        self.0[number / 64 % 8] |= 1 << (number % 64);
    }

    #[inline]
    const fn has(&self, number: usize) -> bool {
        self.0[number / 64 % 8] & (1 << (number % 64)) != 0
    }
}

/// Returns a number that stands for a key; other keys may have the same.
#[inline]
const fn of_key(key: &str) -> usize {
    match key.as_bytes() {
        [.., next, last] => *next as usize * 31 + *last as usize * 7 + key.len() * 3,
        short => short.len(),
    }
}

/// Returns a number that stands for all keys that begin alike, as far as eight letters tell or, of what is shorter, two; 0 for less.
#[inline]
const fn of_start(start: &[u8]) -> usize {
    match (start.first_chunk(), start) {
        (Some(eight), _) => (u64::from_le_bytes(*eight).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 55) as usize,
        (None, [first, second, ..]) => *first as usize * 31 + *second as usize,
        _ => 0,
    }
}

impl<'a> Reader<'a> {
    /// Returns a reader that has understood nothing yet.
    pub fn new(span: &'a Span) -> Self {
        let (mut keys, mut starts) = (Seen::default(), Seen::default());
        for (name, _) in &span.attributes {
            keys.add(of_key(name));
            starts.add(of_start(name.as_bytes()));
            starts.add(of_start(name.as_bytes().get(..2).unwrap_or_default()));
        }
        let understood = RefCell::new(vec![false; span.attributes.len()]);
        Self { span, understood, last: Cell::new(0), keys, starts }
    }

    /// Returns an attribute and remembers it as understood.
    #[inline]
    pub fn get(&self, key: &str) -> Option<&'a AnyValue> {
        if self.keys.has(of_key(key)) { self.find(key) } else { None }
    }

    fn find(&self, key: &str) -> Option<&'a AnyValue> {
        let at = self.span.attributes.iter().rposition(|(name, _)| name == key)?;
        self.understood.borrow_mut()[at] = true;
        Some(&self.span.attributes[at].1)
    }

    /// Returns an attribute without saying that it was understood.
    #[inline]
    pub fn peek(&self, key: &str) -> Option<&'a AnyValue> {
        if self.keys.has(of_key(key)) { self.span.attribute(key) } else { None }
    }

    /// Remembers a key as understood.
    pub fn understand(&self, key: &str) {
        let (before, rest) = self.span.attributes.split_at(self.last.get());
        let names = (self.last.get()..).zip(rest).chain((0..).zip(before));
        // Most callers have the key from the span itself: the same place in memory.
        let same = |(_, (name, _)): &(usize, &(String, AnyValue))| std::ptr::eq(name.as_str(), key);
        let find = || names.clone().find(|(_, (name, _))| name == key);
        if let Some((at, _)) = names.clone().find(same).or_else(find) {
            self.understood.borrow_mut()[at] = true;
            self.last.set(at);
        }
    }

    /// Returns all attributes whose key starts with `prefix`, with the rest of the key; none is remembered as understood.
    #[inline]
    pub fn with_prefix(&self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str, &'a AnyValue)> {
        let is_there = prefix.len() < 2 || self.starts.has(of_start(prefix.as_bytes()));
        let attributes = if is_there { &self.span.attributes[..] } else { &[] };
        attributes.iter().filter_map(move |(key, value)| Some((key.as_str(), key.strip_prefix(prefix)?, value)))
    }

    /// Returns the keys nobody understood, in the order sent, each once.
    pub fn not_understood(&self) -> Vec<String> {
        let understood = self.understood.borrow();
        let names = || self.span.attributes.iter().map(|(name, _)| name.as_str());
        let mut unread: Vec<&str> =
            names().zip(understood.iter()).filter(|(_, read)| !**read).map(|(name, _)| name).collect();
        if unread.is_empty() {
            return Vec::new();
        }
        // A key that stands twice is understood when one of them is, and listed once.
        let mut seen: BTreeSet<&str> =
            names().zip(understood.iter()).filter(|(_, read)| **read).map(|(name, _)| name).collect();
        unread.retain(|name| seen.insert(name));
        unread.into_iter().map(str::to_owned).collect()
    }
}
