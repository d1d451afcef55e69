//! What of a tree is open, and how many rows that makes.

use std::collections::BTreeMap;

use super::{LINE_LIMIT, opens, pieces, place_of};
use crate::json::outline::{Outline, Place};

/// The most lists and objects that are open at first.
const FIRST_OPEN: usize = 64;

/// An open value.
pub(super) struct Open<'o> {
    pub(super) value: Place<'o>,
    /// Values in it.
    pub(super) len: u32,
    /// Rows below its own.
    pub(super) rows: u32,
    /// What is open in it, by its place.
    pub(super) inside: BTreeMap<u32, Self>,
}

/// Which places are open: those below a closed one stay so while nobody sees them.
#[derive(Default)]
struct Places {
    is_open: bool,
    below: BTreeMap<u32, Self>,
}

impl<'o> Open<'o> {
    /// Returns a value with what is open in it.
    pub(super) fn of(value: Place<'o>, open: impl Iterator<Item = Vec<u32>>) -> Self {
        let mut places = Places { is_open: true, ..Places::default() };
        for path in open {
            path.into_iter().fold(&mut places, |around, step| around.below.entry(step).or_default()).is_open = true;
        }
        Self::with(value, &places)
    }

    fn with(value: Place<'o>, places: &Places) -> Self {
        if !value.holds_values() {
            let rows = pieces(&value.meant(), LINE_LIMIT).count() as u32;
            return Self { value, len: 0, rows, inside: BTreeMap::new() };
        }
        let len = value.len();
        let open_below = places.below.iter().filter(|(_, places)| places.is_open);
        let inside: BTreeMap<u32, Self> = open_below
            .filter_map(|(&at, places)| {
                let (_, below) = value.values(at).next()?;
                opens(below).then(|| (at, Self::with(below, places)))
            })
            .collect();
        let rows = inside.values().fold(len, |rows, below| rows.saturating_add(below.rows));
        Self { value, len, rows, inside }
    }

    /// Returns the row of a place in it, if all around that is open.
    pub(super) fn row_of(&self, path: &[u32]) -> Option<u32> {
        let (&first, rest) = path.split_first()?;
        let before: u32 = self.inside.range(..first).map(|(_, below)| below.rows).sum();
        let row = first + before;
        match rest {
            [] => Some(row),
            _ => Some(row + 1 + self.inside.get(&first)?.row_of(rest)?),
        }
    }
}

/// Returns the places that are open at first: level by level, the outermost first, until they make so many rows.
pub(super) fn at_first(outline: &Outline, rows: u32) -> Vec<String> {
    let (mut open, mut drawn) = (Vec::new(), outline.root().len());
    let mut level = vec![(Vec::new(), outline.root())];
    while drawn < rows {
        let mut next = Vec::new();
        for (path, value) in &level {
            for (at, (_, value)) in (0..).zip(value.values(0)) {
                if value.holds_values() && !value.is_empty() {
                    let path: Vec<u32> = path.iter().copied().chain([at]).collect();
                    next.push((path, value));
                }
            }
        }
        if next.is_empty() || open.len() + next.len() > FIRST_OPEN {
            break;
        }
        for (path, value) in &next {
            open.push(place_of(path));
            drawn = drawn.saturating_add(value.len());
        }
        level = next;
    }
    open
}
