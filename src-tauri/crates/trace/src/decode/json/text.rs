//! Texts of JSON documents.

use std::borrow::Cow;

use crate::json::text::{escape, plain_run};

/// A text as it stands in a document, between its quotation marks.
#[derive(Clone, Copy, Debug)]
pub(in crate::decode) struct Text<'a> {
    escaped: &'a [u8],
}

impl<'a> Text<'a> {
    pub(super) fn new(escaped: &'a [u8]) -> Self {
        Self { escaped }
    }

    /// Returns the text as it stands in the document.
    pub(in crate::decode) fn escaped(self) -> &'a [u8] {
        self.escaped
    }

    /// Returns the text, and whether it had to be repaired: half a surrogate pair and what is not UTF-8 become U+FFFD.
    pub(in crate::decode) fn read(self) -> (Cow<'a, str>, bool) {
        match std::str::from_utf8(self.escaped) {
            Ok(text) if !self.escaped.contains(&b'\\') => (Cow::Borrowed(text), false),
            _ => {
                let (text, repaired) = unescape(self.escaped);
                (Cow::Owned(text), repaired)
            }
        }
    }
}

/// Returns what stands between the quotation mark at the start of `bytes` and its other half. The text is known to be valid.
pub(super) fn inside(bytes: &[u8]) -> &[u8] {
    let mut at = 1;
    loop {
        at += plain_run(&bytes[at..]);
        if bytes[at] == b'"' {
            return &bytes[1..at];
        }
        at += 2;
    }
}

fn unescape(escaped: &[u8]) -> (String, bool) {
    let mut text = String::with_capacity(escaped.len());
    let mut repaired = false;
    // Checked once as a whole: JSON within JSON has an escape every few bytes.
    let valid = std::str::from_utf8(escaped).ok();
    let mut at = 0;
    while at < escaped.len() {
        let plain = at..at + plain_run(&escaped[at..]);
        at = plain.end;
        match valid {
            Some(valid) => text.push_str(&valid[plain]),
            None => {
                let plain = String::from_utf8_lossy(&escaped[plain]);
                repaired |= matches!(plain, Cow::Owned(_));
                text.push_str(&plain);
            }
        }
        let Some(escape) = escape(&escaped[at..]) else { break };
        text.push(escape.meant);
        repaired |= escape.repaired;
        at += escape.length;
    }
    (text, repaired)
}
