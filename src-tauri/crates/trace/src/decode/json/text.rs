//! Texts of JSON documents.

use std::borrow::Cow;

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

/// Returns how many bytes come before the first that ends or interrupts a text: `"`, `\` or a control character.
pub(super) fn plain_run(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    let mut at = 0;
    // Eight bytes at a time. A borrow can mark bytes above the first marked one wrongly, never below.
    while let Some(chunk) = bytes[at..].first_chunk::<8>() {
        let word = u64::from_le_bytes(*chunk);
        let (quote, backslash) = (word ^ (ONES * u64::from(b'"')), word ^ (ONES * u64::from(b'\\')));
        let marks = (quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash)
            | (word.wrapping_sub(ONES * 0x20) & !word);
        if marks & HIGH != 0 {
            return at + ((marks & HIGH).trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    at + bytes[at..].iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)).count()
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
        let rest = &escaped[at..];
        let Some(&escape) = rest.get(1) else { break };
        let mut length = 2;
        text.push(match escape {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                length = 6;
                let unit = code_unit(rest);
                match (unit, code_unit(rest.get(6..).unwrap_or_default())) {
                    (Some(high @ 0xd800..0xdc00), Some(low @ 0xdc00..0xe000)) => {
                        length = 12;
                        let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                        char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
                    }
                    (unit, _) => unit.and_then(char::from_u32).unwrap_or_else(|| {
                        repaired = true;
                        char::REPLACEMENT_CHARACTER
                    }),
                }
            }
            other => char::from(other),
        });
        at += length;
    }
    (text, repaired)
}

/// Returns the UTF-16 code unit of a `\u` escape at the start of `bytes`.
fn code_unit(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.get(..6)?.strip_prefix(b"\\u")?;
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}
