//! How to go on writing a filter: keys first, then the values that were seen.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use spanglass_trace::views::counted;
use ts_rs::TS;

use super::vocabulary::Vocabulary;
use crate::query::filter::{BROKEN, KEYS, Key, word_at};

/// The most that are offered.
const MOST: usize = 12;

/// Ways to go on writing a filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Completions {
    /// Where what is offered begins in the filter, in characters.
    pub from: u32,
    /// Where it ends.
    pub to: u32,
    /// What is offered, the likeliest first.
    pub items: Vec<Completion>,
}

/// What a completion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CompletionKind {
    /// A key: its value follows.
    Key,
    /// A whole word.
    Value,
}

/// A way to go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Completion {
    /// What is written.
    pub text: String,
    /// What it asks, or how often it was seen.
    pub note: String,
    /// What it is.
    pub kind: CompletionKind,
}

/// Returns what is offered at a place.
pub(super) fn complete(vocabularies: &[Arc<Vocabulary>], text: &str, at: usize) -> Completions {
    let word = word_at(text, at);
    let not = if word.not { "-" } else { "" };
    let typed = word.value.to_lowercase();
    let items = match &word.key {
        None if word.quoted => Vec::new(),
        None => keys(vocabularies, &word.value, not),
        Some((name, operator)) if Key::named(name).is_some() => values(vocabularies, name, &typed)
            .into_iter()
            .map(|(value, seen)| Completion {
                text: format!("{not}{name}{}{}", operator.sign(), quoted(&value)),
                note: seen,
                kind: CompletionKind::Value,
            })
            .collect(),
        Some(_) => Vec::new(),
    };
    Completions { from: word.from as u32, to: word.to as u32, items }
}

fn keys(vocabularies: &[Arc<Vocabulary>], typed: &str, not: &str) -> Vec<Completion> {
    let small = typed.to_lowercase();
    let key = |text: String, note: String| Completion { text: format!("{not}{text}"), note, kind: CompletionKind::Key };
    if let Some(begun) = typed.strip_prefix("attr.") {
        let mut names: BTreeMap<&str, ()> = BTreeMap::new();
        for name in vocabularies.iter().flat_map(|vocabulary| vocabulary.attributes()) {
            if name["attr.".len()..].to_lowercase().contains(&begun.to_lowercase()) {
                names.insert(name, ());
            }
        }
        let mut names: Vec<&str> = names.into_keys().collect();
        names.sort_by_key(|name| (!name["attr.".len()..].starts_with(begun), name.len()));
        return names.into_iter().take(MOST).map(|name| key(format!("{name}:"), String::new())).collect();
    }
    let known = |help: &&crate::query::filter::KeyHelp| !small.is_empty() && help.text.starts_with(&small);
    let mut items: Vec<Completion> = match small.is_empty() {
        true => KEYS.iter().take(MOST).map(|help| key(help.text.to_owned(), help.note.to_owned())).collect(),
        false => KEYS.iter().filter(known).map(|help| key(help.text.to_owned(), help.note.to_owned())).collect(),
    };
    // A word may be a value of a key that was not thought of.
    if small.chars().count() >= 2 {
        for name in ["tool", "model", "service", "name", "provider", "user", "session", "tag"] {
            let found = values(vocabularies, name, &small).into_iter().take(3);
            items.extend(found.map(|(value, note)| Completion {
                text: format!("{not}{name}:{}", quoted(&value)),
                note,
                kind: CompletionKind::Value,
            }));
        }
    }
    items.truncate(MOST);
    items
}

/// Returns values of a key that contain what is typed, those that begin with it and the commonest ones first.
fn values(vocabularies: &[Arc<Vocabulary>], key: &str, typed: &str) -> Vec<(String, String)> {
    if key == "status" {
        let all = ["error", "ok", "running", "unset"].into_iter().filter(|status| status.starts_with(typed));
        return all.map(|status| (status.to_owned(), String::new())).collect();
    }
    if key == "cache" {
        return BROKEN.starts_with(typed).then(|| (BROKEN.to_owned(), String::new())).into_iter().collect();
    }
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (value, count) in vocabularies.iter().flat_map(|vocabulary| vocabulary.values(key)) {
        if value.to_lowercase().contains(typed) {
            *counts.entry(value).or_default() += u64::from(count);
        }
    }
    let mut found: Vec<(&str, u64)> = counts.into_iter().collect();
    found.sort_by_key(|(value, count)| (!value.to_lowercase().starts_with(typed), std::cmp::Reverse(*count)));
    found.into_iter().take(MOST).map(|(value, count)| (value.to_owned(), counted(count, "span"))).collect()
}

/// Returns a value as a filter writes it.
fn quoted(value: &str) -> String {
    if value.contains(|c: char| c.is_whitespace() || c == '"' || c == '*') {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        value.to_owned()
    }
}
