//! A large JSON text as the rows of a tree, answered in windows: only what is open is counted, only what is asked for is made.

mod brief;
mod find;
mod opened;
#[cfg(test)]
mod tests;

pub use find::{JsonHits, find};
use opened::Open;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::lines::pieces;
use crate::json::outline::{Outline, Place, Sort, meant};
use crate::json::point_below;

/// The most rows of one answer.
const ROWS_LIMIT: u32 = 400;

/// Characters of a text drawn in its row; more opens into lines.
const TEXT_LIMIT: usize = 160;

/// What is read as JSON is no deeper.
const DEEPEST: usize = 127;

/// Bytes of a line of an open text.
const LINE_LIMIT: usize = 200;

/// What a row of a JSON tree shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum JsonKind {
    /// `null`.
    Null,
    /// A truth value.
    Boolean,
    /// A number.
    Number,
    /// A text.
    String,
    /// A list.
    Array,
    /// An object.
    Object,
    /// A line of an open text.
    Line,
}

/// What a value is called in the list or object that holds it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(untagged)]
pub enum JsonKey {
    /// Its place in a list, from 0.
    Index(u32),
    /// Its key in an object.
    Name(String),
}

/// A row of a JSON tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct JsonTreeRow {
    /// The places of the value and of those around it among their siblings, from 0 and the outermost first, such as `0/12/3`.
    pub place: String,
    /// The value's JSON pointer.
    pub pointer: String,
    /// How many lists and objects are around it, the outermost not counted.
    pub depth: u32,
    /// `None` = it is a line of a text.
    pub key: Option<JsonKey>,
    /// What it shows.
    pub kind: JsonKind,
    /// The value, a list or object in brief, or a line.
    pub text: String,
    /// Whether it can be opened.
    pub opens: bool,
    /// Whether it is open.
    pub open: bool,
    /// Values of a list or object, bytes of a text.
    pub size: u32,
}

/// Some rows of a JSON tree.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct JsonTreeRows {
    /// Rows in all.
    pub rows_total: u32,
    /// The first row of `rows`.
    pub from: u32,
    /// The rows.
    pub rows: Vec<JsonTreeRow>,
    /// The places that are open, as they were asked for; else those that are open at first.
    pub open: Vec<String>,
    /// Where the row stands that was asked for.
    pub found: Option<u32>,
}

/// Which rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JsonTreeWindow {
    /// The first row.
    pub from: u32,
    /// How many, at most 400.
    pub rows: u32,
    /// The places that are open; `None` = as many of the outermost as it takes to fill these rows.
    pub open: Option<Vec<String>>,
    /// A place that is to be seen, in the middle of the rows; what is around it is open then.
    pub reveal: Option<String>,
}

/// Returns rows of the tree of a text. The outermost value is always open and has no row.
pub fn rows(outline: &Outline, asked: &JsonTreeWindow) -> JsonTreeRows {
    let count = asked.rows.clamp(1, ROWS_LIMIT);
    let mut open = match &asked.open {
        Some(places) => places.clone(),
        None => opened::at_first(outline, count),
    };
    let revealed = asked.reveal.as_deref().and_then(path_of).filter(|path| outline.at(path).is_some());
    if let Some(path) = &revealed {
        for depth in 1..path.len() {
            let around = place_of(&path[..depth]);
            if !open.contains(&around) {
                open.push(around);
            }
        }
    }
    let tree = Open::of(outline.root(), open.iter().filter_map(|place| path_of(place)));
    let found = revealed.and_then(|path| tree.row_of(&path));
    let from = match found {
        Some(row) => row.saturating_sub(count / 2).min(tree.rows.saturating_sub(count)),
        None => asked.from.min(tree.rows),
    };
    let mut making = Making { skip: from, left: count, rows: Vec::new(), path: Vec::new(), pointer: String::new() };
    making.inside(&tree);
    JsonTreeRows { rows_total: tree.rows, from, rows: making.rows, open, found }
}

/// Returns the value at a place: what a text says, or JSON as it is written; `None` when there is no such place.
pub fn value_at(outline: &Outline, place: &str) -> Option<String> {
    let value = outline.at(&path_of(place)?)?;
    Some(match value.sort() {
        Sort::String => value.meant().into_owned(),
        _ => value.written().to_owned(),
    })
}

/// Returns the steps of a place; `None` when no JSON is that deep.
fn path_of(place: &str) -> Option<Vec<u32>> {
    if place.is_empty() {
        return Some(Vec::new());
    }
    let steps = place.split('/').take(DEEPEST + 1).map(|step| step.parse().ok());
    steps.collect::<Option<Vec<u32>>>().filter(|path| path.len() <= DEEPEST)
}

fn place_of(path: &[u32]) -> String {
    path.iter().map(u32::to_string).collect::<Vec<_>>().join("/")
}

/// Says whether a value can be opened.
fn opens(value: Place<'_>) -> bool {
    match value.sort() {
        Sort::Array | Sort::Object => !value.is_empty(),
        // An escape is a character: what is written is never shorter than what is meant.
        Sort::String => {
            let written = value.written();
            written.len() > TEXT_LIMIT || written.contains("\\n") && value.meant().contains('\n')
        }
        _ => false,
    }
}

/// Rows being made: what comes before them is skipped, whole stretches at a time.
struct Making {
    skip: u32,
    left: u32,
    rows: Vec<JsonTreeRow>,
    path: Vec<u32>,
    pointer: String,
}

impl Making {
    /// Makes the rows within an open value.
    fn inside(&mut self, open: &Open<'_>) {
        if self.skip >= open.rows {
            self.skip -= open.rows;
            return;
        }
        if !open.value.holds_values() {
            return self.lines(open.value);
        }
        let mut next = 0;
        for (&at, inner) in &open.inside {
            self.closed(open.value, next, at - next);
            self.value(open.value, at, Some(inner));
            next = at + 1;
        }
        self.closed(open.value, next, open.len - next);
    }

    /// Makes the rows of `count` values that are closed, from the n-th on.
    fn closed(&mut self, around: Place<'_>, n: u32, count: u32) {
        let skipped = self.skip.min(count);
        self.skip -= skipped;
        let wanted = (count - skipped).min(self.left);
        if wanted > 0 {
            let first = n + skipped;
            for (at, (key, value)) in (first..first + wanted).zip(around.values(first)) {
                self.row(at, key, value, false);
            }
        }
    }

    fn value(&mut self, around: Place<'_>, n: u32, open: Option<&Open<'_>>) {
        if self.left == 0 {
            return;
        }
        let Some((key, value)) = around.values(n).next() else { return };
        if self.skip > 0 {
            self.skip -= 1;
        } else {
            self.row(n, key, value, open.is_some());
        }
        if let Some(open) = open {
            let length = self.enter(n, key);
            self.inside(open);
            self.path.pop();
            self.pointer.truncate(length);
        }
    }

    /// Goes below a value; returns what the pointer is cut to afterwards.
    fn enter(&mut self, n: u32, key: Option<&str>) -> usize {
        let length = self.pointer.len();
        self.path.push(n);
        match key {
            Some(key) => point_below(&mut self.pointer, &meant(key)),
            None => self.pointer.push_str(&format!("/{n}")),
        }
        length
    }

    fn row(&mut self, n: u32, key: Option<&str>, value: Place<'_>, open: bool) {
        if self.left == 0 {
            return;
        }
        let length = self.enter(n, key);
        let (sort, opens) = (value.sort(), opens(value));
        let holds = value.holds_values();
        let (kind, size) = match sort {
            Sort::Null => (JsonKind::Null, 0),
            Sort::Bool => (JsonKind::Boolean, 0),
            Sort::Number => (JsonKind::Number, 0),
            Sort::String => (JsonKind::String, value.written().len() as u32 - 2),
            Sort::Array => (JsonKind::Array, value.len()),
            Sort::Object => (JsonKind::Object, value.len()),
        };
        let text = match (open, holds) {
            (true, _) => String::new(),
            (false, true) => brief::brief(value),
            (false, false) => brief::leaf(value, opens),
        };
        let key = Some(key.map_or(JsonKey::Index(n), |key| JsonKey::Name(meant(key).into_owned())));
        let (place, pointer, depth) = (place_of(&self.path), self.pointer.clone(), self.path.len() as u32 - 1);
        self.rows.push(JsonTreeRow { place, pointer, depth, key, kind, text, opens, open, size });
        self.left -= 1;
        self.path.pop();
        self.pointer.truncate(length);
    }

    /// Makes the rows of the lines of a text.
    fn lines(&mut self, value: Place<'_>) {
        let text = value.meant();
        let (place, depth) = (place_of(&self.path), self.path.len() as u32);
        let wanted = pieces(&text, LINE_LIMIT).skip(self.skip as usize).take(self.left as usize);
        for line in wanted {
            self.rows.push(JsonTreeRow {
                place: place.clone(),
                pointer: self.pointer.clone(),
                depth,
                key: None,
                kind: JsonKind::Line,
                text: line.to_owned(),
                opens: false,
                open: false,
                size: text.len() as u32,
            });
            self.left -= 1;
        }
        self.skip = 0;
    }
}
