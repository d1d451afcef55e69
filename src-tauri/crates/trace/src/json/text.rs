//! What stands between the quotation marks of a JSON text.

/// Returns how many bytes come before the first that ends or interrupts a text: `"`, `\` or a control character.
#[inline]
pub(crate) fn plain_run(bytes: &[u8]) -> usize {
    // Most texts are keys and words.
    match bytes.first_chunk().and_then(first_interruption) {
        Some(at) => at,
        None => long_plain_run(bytes),
    }
}

fn long_plain_run(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(chunk) = bytes[at..].first_chunk::<32>()
        && !chunk.iter().fold(false, |found, byte| found | interrupts(*byte))
    {
        at += 32;
    }
    while let Some(chunk) = bytes[at..].first_chunk() {
        if let Some(first) = first_interruption(chunk) {
            return at + first;
        }
        at += 8;
    }
    at + bytes[at..].iter().take_while(|byte| !interrupts(**byte)).count()
}

#[inline]
fn interrupts(byte: u8) -> bool {
    (byte == b'"') | (byte == b'\\') | (byte < 0x20)
}

/// Returns the place of the first byte of eight that [`interrupts`].
#[inline]
fn first_interruption(chunk: &[u8; 8]) -> Option<usize> {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    let word = u64::from_le_bytes(*chunk);
    let (quote, backslash) = (word ^ (ONES * b'"' as u64), word ^ (ONES * b'\\' as u64));
    // All eight at a time. A borrow can mark bytes above the first marked one wrongly, never below.
    let marks = (quote.wrapping_sub(ONES) & !quote)
        | (backslash.wrapping_sub(ONES) & !backslash)
        | (word.wrapping_sub(ONES * 0x20) & !word);
    (marks & HIGH != 0).then(|| ((marks & HIGH).trailing_zeros() / 8) as usize)
}

/// An escape: the character it stands for, and how many bytes it takes.
pub(crate) struct Escape {
    pub(crate) meant: char,
    pub(crate) length: usize,
    /// Whether it was half a surrogate pair and stands for U+FFFD now.
    pub(crate) repaired: bool,
}

/// Returns the escape at the start of `bytes`; `None` when there is none that JSON has.
pub(crate) fn escape(bytes: &[u8]) -> Option<Escape> {
    let simple = |meant| Some(Escape { meant, length: 2, repaired: false });
    match bytes.get(1)? {
        b'b' => simple('\u{8}'),
        b'f' => simple('\u{c}'),
        b'n' => simple('\n'),
        b'r' => simple('\r'),
        b't' => simple('\t'),
        byte @ (b'"' | b'\\' | b'/') => simple(char::from(*byte)),
        b'u' => {
            let unit = code_unit(bytes)?;
            if let (0xd800..0xdc00, Some(low @ 0xdc00..0xe000)) = (unit, bytes.get(6..).and_then(code_unit)) {
                let code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                return Some(Escape { meant: char::from_u32(code)?, length: 12, repaired: false });
            }
            let meant = char::from_u32(unit);
            let repaired = meant.is_none();
            Some(Escape { meant: meant.unwrap_or(char::REPLACEMENT_CHARACTER), length: 6, repaired })
        }
        _ => None,
    }
}

/// Returns the UTF-16 code unit of a `\u` escape at the start of `bytes`.
fn code_unit(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.get(..6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, digit| Some(unit * 16 + char::from(*digit).to_digit(16)?))
}
