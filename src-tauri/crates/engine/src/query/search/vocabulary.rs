//! The values of the filter's keys that were seen, to complete what is being typed. Not all of them: the first ones of each key
//! within a section.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Values of a key that a section remembers, attributes' names and values of an attribute.
const VALUES: usize = 400;
const ATTRIBUTES: usize = 400;
const VALUES_OF_AN_ATTRIBUTE: usize = 40;

/// A longer value is not offered.
const LONGEST: usize = 80;

/// Keys as a filter writes them, and how often each of their values was seen.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Vocabulary(BTreeMap<String, BTreeMap<String, u32>>);

impl Vocabulary {
    /// Counts a value of a key that was seen some times.
    pub(super) fn count(&mut self, key: &str, value: &str, times: u32) {
        self.count_within(key, value, VALUES, times);
    }

    /// Counts a value of an attribute that was seen some times; `None` = one that is not offered.
    pub(super) fn count_attribute(&mut self, name: &str, value: Option<&str>, times: u32) {
        if name.len() > LONGEST || name.contains(|c: char| c.is_whitespace() || ":=<>\"".contains(c)) {
            return;
        }
        let key = format!("attr.{name}");
        if !self.0.contains_key(&key) {
            if self.0.len() >= ATTRIBUTES {
                return;
            }
            self.0.insert(key.clone(), BTreeMap::new());
        }
        if let Some(value) = value {
            self.count_within(&key, value, VALUES_OF_AN_ATTRIBUTE, times);
        }
    }

    fn count_within(&mut self, key: &str, value: &str, most: usize, times: u32) {
        let offered = (1..=LONGEST).contains(&value.chars().count()) && !value.contains(char::is_control);
        if !offered {
            return;
        }
        if !self.0.contains_key(key) {
            self.0.insert(key.to_owned(), BTreeMap::new());
        }
        let Some(values) = self.0.get_mut(key) else { return };
        if let Some(count) = values.get_mut(value) {
            *count = count.saturating_add(times);
        } else if values.len() < most {
            values.insert(value.to_owned(), times);
        }
    }

    /// Returns the keys of attributes, each with how many of its values are remembered.
    pub(super) fn attributes(&self) -> impl Iterator<Item = &str> {
        self.0.range("attr.".to_owned()..).map(|(key, _)| key.as_str()).take_while(|key| key.starts_with("attr."))
    }

    /// Returns a key's values and how often each was seen.
    pub(super) fn values(&self, key: &str) -> impl Iterator<Item = (&str, u32)> {
        self.0.get(key).into_iter().flatten().map(|(value, count)| (value.as_str(), *count))
    }
}
