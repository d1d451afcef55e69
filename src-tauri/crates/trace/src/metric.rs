//! Measurements as they were received: numbers under a name, told apart by labels.

use std::collections::BTreeMap;

/// How many labels a measurement may have, and how long one may be in bytes; what is over is left out.
const MAX_LABELS: usize = 32;
const MAX_LABEL_BYTES: usize = 200;

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Counting {
    /// What was added since the last number: a count's step, or single values of a distribution.
    Added,
    /// All since the sender's start; the next number includes this one.
    Running,
    /// How much there is now.
    Level,
}

/// What was measured, told apart from everything else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Series {
    /// The name.
    pub name: String,
    /// The unit as sent, such as `s` or `{token}`; empty when none was.
    pub unit: String,
    /// What its numbers count.
    pub counting: Counting,
    /// Labels by key; at most 32, each at most 200 bytes long.
    pub labels: BTreeMap<String, String>,
}

/// Numbers of one moment or stretch of time, summed up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// How many there were.
    pub count: u64,
    /// All of them together.
    pub sum: f64,
    /// The smallest, when known.
    pub min: Option<f64>,
    /// The largest, when known.
    pub max: Option<f64>,
    /// The latest.
    pub last: f64,
}

/// A measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// What was measured.
    pub series: Series,
    /// When, in nanoseconds since 1970; 0 = now.
    pub time_unix_nano: u64,
    /// How much.
    pub summary: Summary,
}

impl Series {
    /// Returns a series; labels without a value are left out.
    pub fn new(name: &str, unit: &str, counting: Counting, labels: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut kept = BTreeMap::new();
        for (key, value) in labels {
            if kept.len() < MAX_LABELS && !key.is_empty() && !value.is_empty() {
                kept.insert(short(&key), short(&value));
            }
        }
        Self { name: short(name), unit: short(unit), counting, labels: kept }
    }
}

fn short(text: &str) -> String {
    text[..text.floor_char_boundary(MAX_LABEL_BYTES)].to_owned()
}

/// Returns the nearest number that has an end: what has none is no JSON.
fn finite(sum: f64) -> f64 {
    sum.clamp(f64::MIN, f64::MAX)
}

impl Summary {
    /// Returns the summary of `count` equal numbers.
    pub fn of(value: f64, count: u64) -> Self {
        Self { count, sum: finite(value * count as f64), min: Some(value), max: Some(value), last: value }
    }

    /// Adds later numbers.
    pub fn add(&mut self, later: &Self) {
        let (min, max) = (self.min.into_iter().chain(later.min), self.max.into_iter().chain(later.max));
        *self = Self {
            count: self.count.saturating_add(later.count),
            sum: finite(self.sum + later.sum),
            min: min.reduce(f64::min),
            max: max.reduce(f64::max),
            last: later.last,
        };
    }
}
