//! What a text is compared with: case does not matter, and a part of it suffices unless the pattern says otherwise.

use super::words::{Operator, Word};

/// A text with holes. `value` has open ends, `=value` none; a `*` is any text, and with one only the ends it stands at are
/// open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// What must stand there, in this order; folded, none of them empty.
    pub(crate) parts: Vec<String>,
    /// Whether anything may stand before the first part.
    open_start: bool,
    /// Whether anything may stand after the last one.
    open_end: bool,
}

impl Pattern {
    pub(super) fn new(word: &Word, operator: Operator) -> Self {
        let value = fold(&word.value);
        let starred = !word.quoted && value.contains('*');
        let ends = operator == Operator::Has && !starred;
        let parts: Vec<&str> = if starred { value.split('*').collect() } else { vec![&value] };
        Self {
            open_start: ends || starred && parts.first().is_some_and(|part| part.is_empty()),
            open_end: ends || starred && parts.last().is_some_and(|part| part.is_empty()),
            parts: parts.into_iter().filter(|part| !part.is_empty()).map(str::to_owned).collect(),
        }
    }

    /// Returns the parts, with `end` where a value must begin or end with one.
    pub(crate) fn anchored(&self, end: &str) -> Vec<String> {
        let last = self.parts.len().saturating_sub(1);
        let anchored = |(at, part): (usize, &String)| {
            let start = if at == 0 && !self.open_start { end } else { "" };
            let stop = if at == last && !self.open_end { end } else { "" };
            format!("{start}{part}{stop}")
        };
        self.parts.iter().enumerate().map(anchored).collect()
    }

    /// Says whether a text (of any case) is like this.
    pub(crate) fn is_like(&self, text: &str) -> bool {
        self.is_like_folded(&fold(text))
    }

    /// Says whether a folded text is like this.
    pub(crate) fn is_like_folded(&self, text: &str) -> bool {
        let (Some((last, others)), mut rest) = (self.parts.split_last(), text) else {
            return self.open_start || self.open_end || text.is_empty();
        };
        let mut open = self.open_start;
        for part in others {
            let found = if open { rest.find(part.as_str()) } else { rest.starts_with(part.as_str()).then_some(0) };
            let Some(at) = found else { return false };
            rest = &rest[at + part.len()..];
            open = true;
        }
        match (open, self.open_end) {
            (true, true) => rest.contains(last.as_str()),
            (true, false) => rest.ends_with(last.as_str()),
            (false, true) => rest.starts_with(last.as_str()),
            (false, false) => rest == last,
        }
    }
}

/// Returns a text as it is compared: in small letters, every white space a blank, as many characters as before.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_into(text, &mut folded);
    folded
}

/// Appends a text as it is compared.
pub(crate) fn fold_into(text: &str, folded: &mut String) {
    let mut rest = text;
    while !rest.is_empty() {
        let length = if rest.is_ascii() { rest.len() } else { rest.bytes().take_while(u8::is_ascii).count() };
        let (ascii, others) = rest.split_at(length);
        let start = folded.len();
        folded.push_str(ascii);
        folded[start..].make_ascii_lowercase();
        // All bytes are looked at, which a processor does side by side.
        if ascii.bytes().fold(false, |found, byte| found | (byte < b' ')) {
            let blanks = folded[start..].replace(['\n', '\r', '\t', '\u{b}', '\u{c}'], " ");
            folded.replace_range(start.., &blanks);
        }
        let mut others = others.chars();
        if let Some(c) = others.next() {
            let small = if c.is_whitespace() { ' ' } else { c.to_lowercase().next().unwrap_or(c) };
            folded.push(small);
        }
        rest = others.as_str();
    }
}
