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
            Ok(text) if !text.contains('\\') => (Cow::Borrowed(text), false),
            Ok(text) => {
                let (text, repaired) = unescape(text);
                (Cow::Owned(text), repaired)
            }
            // What is not UTF-8 ends before an escape.
            Err(_) => (Cow::Owned(unescape(&String::from_utf8_lossy(self.escaped)).0), true),
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

fn unescape(escaped: &str) -> (String, bool) {
    let (mut text, mut repaired) = (String::with_capacity(escaped.len()), false);
    let (bytes, mut at) = (escaped.as_bytes(), 0);
    while at < bytes.len() {
        let plain = at..at + plain_run(&bytes[at..]);
        at = plain.end;
        text.push_str(&escaped[plain]);
        // JSON within JSON has one of these every few bytes.
        if let [b'\\', byte @ (b'"' | b'\\'), ..] = &bytes[at..] {
            text.push(char::from(*byte));
            at += 2;
            continue;
        }
        let Some(escape) = escape(&bytes[at..]) else { break };
        text.push(escape.meant);
        repaired |= escape.repaired;
        at += escape.length;
    }
    (text, repaired)
}
