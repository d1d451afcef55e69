//! Texts that a sender cut into pieces, put together: a secret may begin in one and end in another.
//!
//! Items are walked once to gather the pieces, and once more to cut them where something was found across them, which is seldom.

use std::collections::BTreeMap;
use std::ops::Range;

use super::names;
use super::scan::{self, Rule, Wanted};

/// Longest text that is taken for a part of a stream, in bytes; what is longer was not cut into pieces by its sender.
const PIECE: usize = 4 << 10;

/// Of longer texts in a list, a name at the end of one does not say what the next is.
const SHORT: usize = 200;

/// A text that may be a piece.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) text: &'a str,
    /// Whether it is of an event (or log record), and not of a list.
    pub(super) is_event: bool,
}

/// What is done with the pieces of an item.
pub(super) enum Pieces<'s> {
    Gathered(&'s mut Streams),
    Cut(&'s mut Parts),
}

impl Pieces<'_> {
    /// Says whether the pieces are cut, and nothing else is.
    pub(super) fn are_cut(&self) -> bool {
        matches!(self, Self::Cut(_))
    }

    /// Takes the next piece of the stream at a path. Returns what is to be cut out of it.
    pub(super) fn take(&mut self, path: u64, piece: Text<'_>) -> Vec<Part> {
        if piece.text.is_empty() || piece.text.len() > PIECE {
            return Vec::new();
        }
        match self {
            Self::Gathered(streams) => {
                streams.0.entry(path).or_default().push(piece);
                Vec::new()
            }
            Self::Cut(parts) => parts.next(path),
        }
    }
}

/// Streams, by where they stand in whatever is repeated.
#[derive(Default)]
pub(super) struct Streams(BTreeMap<u64, Stream>);

#[derive(Default)]
struct Stream {
    text: String,
    /// Where each piece ends, and whether it is of an event.
    pieces: Vec<(usize, bool)>,
}

/// What is to be cut out of a piece.
pub(super) struct Part {
    pub(super) range: Range<usize>,
    /// What it is; `None` = the rest of what was cut out of the piece before.
    pub(super) what: Option<(Rule, String)>,
}

/// What is to be cut out of pieces, by their stream and place in it.
#[derive(Default)]
pub(super) struct Parts {
    parts: BTreeMap<(u64, usize), Vec<Part>>,
    /// How many pieces of each stream there were.
    seen: BTreeMap<u64, usize>,
}

impl Parts {
    /// Says whether nothing is to be cut out.
    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    fn next(&mut self, path: u64) -> Vec<Part> {
        let seen = self.seen.entry(path).or_default();
        let parts = self.parts.remove(&(path, *seen)).unwrap_or_default();
        *seen += 1;
        parts
    }
}

impl Streams {
    /// Finds what stands across the pieces.
    pub(super) fn across(&self, wanted: Wanted<'_>) -> Parts {
        let mut parts = Parts::default();
        for (path, stream) in self.0.iter().filter(|(_, stream)| stream.pieces.len() > 1) {
            for hit in scan::scan(&stream.text, wanted) {
                let Some(pieces) = stream.across(&hit.range, hit.rule) else { continue };
                let mut what = Some((hit.rule, hit.secret));
                for index in pieces {
                    let piece = stream.range(index);
                    let begin = hit.range.start.max(piece.start) - piece.start;
                    let end = hit.range.end.min(piece.end) - piece.start;
                    let part = Part { range: begin..end, what: what.take() };
                    parts.parts.entry((*path, index)).or_default().push(part);
                }
            }
        }
        parts
    }
}

impl Stream {
    fn push(&mut self, piece: Text<'_>) {
        self.text.push_str(piece.text);
        self.pieces.push((self.text.len(), piece.is_event));
    }

    fn range(&self, index: usize) -> Range<usize> {
        let start = index.checked_sub(1).map_or(0, |before| self.pieces[before].0);
        start..self.pieces[index].0
    }

    /// Returns the pieces something stands in; `None` when it is one, or they have nothing to do with each other.
    fn across(&self, range: &Range<usize>, rule: Rule) -> Option<Range<usize>> {
        let first = self.pieces.partition_point(|(end, _)| *end <= range.start);
        let last = self.pieces.partition_point(|(end, _)| *end < range.end);
        // Of a list of messages, one has nothing to do with the next, and a place to fill in is whole by itself.
        let begins = &self.text[range.start..range.end.min(self.range(first).end)];
        let is_other = rule == Rule::Named && begins.len() > 3 && names::is_stand_in(begins);
        // "No bearer." ends a sentence, whatever the next text begins with; so do "the bearer Model." and "of sk-learn.".
        let is_word = |text: &str| {
            let rest = text.strip_prefix(|first: char| first.is_ascii_uppercase()).unwrap_or(text);
            rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        };
        let is_said = rule != Rule::Named && begins.strip_suffix('.').is_some_and(is_word);
        let are_short = (first..=last).all(|index| self.pieces[index].1 || self.range(index).len() <= SHORT);
        (first != last && !is_other && !is_said && (rule != Rule::Named || are_short)).then_some(first..last + 1)
    }
}
