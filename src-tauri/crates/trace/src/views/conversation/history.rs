//! Which parts of a call's input the transcript shows already.
//!
//! Every call that was shown is a path in one tree of parts: its input, then its answer. The next call's input is followed down
//! that tree. Where it leaves the tree (the sender trimmed, summarised or merged messages) it may enter again at a later place,
//! but only with an answer or a tool's result in that stretch: a person may well say "yes" twice. System messages are compared
//! by themselves, since agents change them and not what was said.
//!
//! Parts and not messages are compared, because one answer with two tool calls may come back as two messages; reasoning is left
//! out, because most senders leave it out of what they send back.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

use serde_json::Value;

use crate::reading::{Media, Message, Part};

/// How many places of the tree a stretch of input is tried at.
const TRIED_PLACES: usize = 16;

/// What calls have shown so far.
#[derive(Default)]
pub(super) struct History {
    steps: BTreeMap<(u32, u64), u32>,
    /// Where each part occurs, in order of appearance.
    places: BTreeMap<u64, Vec<u32>>,
    nodes: u32,
    /// System texts and reasoning, which are compared by themselves.
    apart: BTreeSet<u64>,
}

/// A part of a message, by place.
struct Unit {
    message: usize,
    part: usize,
    said: u64,
    /// Whether it is of an answer, which hardly comes twice by chance; a question or a tool's "ok" does.
    is_telling: bool,
}

impl History {
    /// Returns, part by part, what of a call's input was shown, and remembers the call.
    pub(super) fn meet(&mut self, input: &[&Message], output: &[&Message]) -> Vec<Vec<bool>> {
        let mut shown: Vec<Vec<bool>> = input.iter().map(|message| vec![false; message.parts.len()]).collect();
        let units = units(input);
        for at in self.follow(&units) {
            shown[units[at].message][units[at].part] = true;
        }
        for (message, shown) in input.iter().zip(&mut shown) {
            // Reasoning that comes back is as old as what was said with it.
            let rest_shown = message.parts.iter().zip(&*shown).all(|(part, shown)| *shown || is_reasoning(part));
            for (part, shown) in message.parts.iter().zip(shown) {
                if is_system(message) || is_reasoning(part) {
                    let seen = self.apart.contains(&sign(message, part));
                    *shown |= seen || (rest_shown && !is_system(message) && message.parts.len() > 1);
                }
            }
        }
        for message in input.iter().chain(output).copied() {
            let apart = message.parts.iter().filter(|part| is_system(message) || is_reasoning(part));
            self.apart.extend(apart.map(|part| sign(message, part)));
        }
        let end = self.remember(0, &units);
        self.remember(end, &self::units(output));
        if output.len() > 1 {
            // Several choices: the sender goes on with one of them.
            for &message in output {
                self.remember(end, &self::units(&[message]));
            }
        }
        shown
    }

    /// Returns which of these parts were shown.
    fn follow(&self, units: &[Unit]) -> Vec<usize> {
        let mut known = Vec::new();
        let (mut node, length) = self.walk(0, units);
        known.extend(0..length);
        let mut at = length;
        while at < units.len() {
            let stretch = self.longest_from(node, &units[at..]);
            match stretch {
                Some((end, length)) => {
                    known.extend(at..at + length);
                    (node, at) = (end, at + length);
                }
                None => at += 1,
            }
        }
        known
    }

    /// Returns where the tree is left and after how many parts.
    fn walk(&self, mut node: u32, units: &[Unit]) -> (u32, usize) {
        for (at, unit) in units.iter().enumerate() {
            match self.steps.get(&(node, unit.said)) {
                Some(&next) => node = next,
                None => return (node, at),
            }
        }
        (node, units.len())
    }

    /// Returns the longest stretch from a place after `node`, when it tells enough to be no coincidence.
    fn longest_from(&self, node: u32, units: &[Unit]) -> Option<(u32, usize)> {
        let places = self.places.get(&units[0].said)?;
        let later = places.iter().rev().filter(|&&place| place > node).take(TRIED_PLACES);
        let (end, length) = later
            .map(|&place| {
                let (end, more) = self.walk(place, &units[1..]);
                (end, more + 1)
            })
            .max_by_key(|&(end, length)| (length, end))?;
        units[..length].iter().any(|unit| unit.is_telling).then_some((end, length))
    }

    fn remember(&mut self, mut node: u32, units: &[Unit]) -> u32 {
        for unit in units {
            node = *self.steps.entry((node, unit.said)).or_insert_with(|| {
                self.nodes += 1;
                self.places.entry(unit.said).or_default().push(self.nodes);
                self.nodes
            });
        }
        node
    }
}

fn units(messages: &[&Message]) -> Vec<Unit> {
    let parts = messages.iter().enumerate().filter(|(_, message)| !is_system(message)).flat_map(|(at, message)| {
        let parts = message.parts.iter().enumerate().filter(|(_, part)| !is_reasoning(part));
        parts.map(move |(part_at, part)| Unit {
            message: at,
            part: part_at,
            said: sign(message, part),
            is_telling: message.role == "assistant",
        })
    });
    parts.collect()
}

pub(in crate::views) fn is_system(message: &Message) -> bool {
    matches!(message.role.as_str(), "system" | "developer")
}

fn is_reasoning(part: &Part) -> bool {
    matches!(part, Part::Reasoning { .. })
}

/// Returns a number that is the same for parts that say the same. Ids of tool calls are left out: what is asked and answered,
/// and in which order, tells enough, and libraries differ in whether they send them.
pub(in crate::views) fn sign(message: &Message, part: &Part) -> u64 {
    // Hashes only decide what is shown twice; their order never shows.
    let mut hasher = DefaultHasher::new();
    let hash = &mut hasher;
    let role = if is_system(message) { "system" } else { message.role.as_str() };
    match part {
        Part::Text { text } | Part::Refusal { text } => ("text", role, text.trim()).hash(hash),
        Part::Reasoning { text } => ("reasoning", text.trim()).hash(hash),
        Part::ToolCall { name, arguments, .. } => {
            ("call", name).hash(hash);
            hash_json(arguments, hash);
        }
        Part::ToolResult { result, .. } => {
            "result".hash(hash);
            hash_json(result, hash);
        }
        Part::Image(media) | Part::Audio(media) | Part::Video(media) | Part::File(media) => {
            let Media { mime, uri, sha256, .. } = media;
            match sha256 {
                Some(sha256) => ("media", role, sha256).hash(hash),
                None => ("media", role, mime, uri).hash(hash),
            }
        }
        Part::Json { value } => {
            ("json", role).hash(hash);
            hash_json(value, hash);
        }
    }
    hasher.finish()
}

/// Returns a number that is the same for JSON that says the same.
pub(super) fn sign_json(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    hash_json(value, &mut hasher);
    hasher.finish()
}

fn hash_json(value: &Value, hasher: &mut DefaultHasher) {
    match value {
        Value::String(text) => text.trim().hash(hasher),
        // Written out, so that neither depth nor the order of keys matters to this code.
        value => sorted(value).hash(hasher),
    }
}

fn sorted(value: &Value) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut waiting: Vec<(String, &Value)> = vec![(String::new(), value)];
    while let Some((path, value)) = waiting.pop() {
        match value {
            Value::Object(fields) => waiting.extend(fields.iter().map(|(key, value)| (format!("{path}/{key}"), value))),
            Value::Array(items) => {
                waiting.extend(items.iter().enumerate().map(|(at, value)| (format!("{path}/{at}"), value)))
            }
            leaf => lines.push(format!("{path}={leaf}")),
        }
    }
    lines.sort_unstable();
    lines.join("\n")
}
