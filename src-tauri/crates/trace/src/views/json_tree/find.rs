//! Words in a JSON text: in keys, texts, numbers.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::place_of;
use crate::json::outline::{Outline, Place, Sort, meant};

/// The most places that are named.
const FOUND_LIMIT: usize = 2_000;

/// Where words stand in a JSON text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct JsonHits {
    /// The places of the values they stand in or whose keys they stand in, at most 2,000.
    pub places: Vec<String>,
    /// Whether there are more.
    pub more: bool,
}

/// Returns the places where words stand, in whatever case.
pub fn find(outline: &Outline, words: &str) -> JsonHits {
    let mut finding = Finding { words: Words::of(words), path: Vec::new(), hits: JsonHits::default() };
    if !words.is_empty() {
        finding.inside(outline.root());
    }
    finding.hits
}

struct Finding {
    words: Words,
    path: Vec<u32>,
    hits: JsonHits,
}

impl Finding {
    fn inside(&mut self, around: Place<'_>) {
        for (at, (key, value)) in (0..).zip(around.values(0)) {
            if self.hits.more {
                return;
            }
            self.path.push(at);
            let says = key.is_some_and(|key| self.words.are_in(key))
                || match value.sort() {
                    Sort::Array | Sort::Object => false,
                    _ => self.words.are_in(value.written()),
                };
            if says {
                self.hit();
            }
            if value.holds_values() {
                self.inside(value);
            }
            self.path.pop();
        }
    }

    fn hit(&mut self) {
        match self.hits.places.len() < FOUND_LIMIT {
            true => self.hits.places.push(place_of(&self.path)),
            false => self.hits.more = true,
        }
    }
}

/// What is looked for, in lower case.
struct Words {
    lower: String,
    /// When it is ASCII without quotes: its first byte in both cases.
    first: Option<[u8; 2]>,
}

impl Words {
    fn of(words: &str) -> Self {
        let lower = words.to_lowercase();
        let first = lower.as_bytes().first().filter(|_| lower.is_ascii() && !lower.contains('"'));
        let first = first.map(|byte| [byte.to_ascii_lowercase(), byte.to_ascii_uppercase()]);
        Self { lower, first }
    }

    /// Says whether they stand in what is written so.
    fn are_in(&self, written: &str) -> bool {
        match self.first {
            // What is written plainly in ASCII needs no copy; its quotes stay, as words with quotes are not plain.
            Some(first) if !written.contains('\\') && written.is_ascii() => {
                let (words, bytes) = (self.lower.as_bytes(), written.as_bytes());
                bytes.windows(words.len()).any(|part| first.contains(&part[0]) && part.eq_ignore_ascii_case(words))
            }
            _ if written.starts_with('"') => meant(written).to_lowercase().contains(&self.lower),
            _ => written.to_lowercase().contains(&self.lower),
        }
    }
}
