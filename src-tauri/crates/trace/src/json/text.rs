//! What stands between the quotation marks of a JSON text.

use wide::u8x16;

/// Returns how many bytes come before the first that ends or interrupts a text: `"`, `\` or a control character.
#[inline]
pub(crate) fn plain_run(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(chunk) = bytes[at..].first_chunk() {
        let found = interruptions(*chunk);
        if found != 0 {
            return at + found.trailing_zeros() as usize;
        }
        at += 16;
    }
    // The end of the text is looked at as if there were quotes behind it.
    let (rest, mut chunk) = (&bytes[at..], [b'"'; 16]);
    chunk[..rest.len()].copy_from_slice(rest);
    at + interruptions(chunk).trailing_zeros() as usize
}

/// Returns which of sixteen bytes end or interrupt a text, one bit each, the first byte's the lowest.
#[inline]
fn interruptions(chunk: [u8; 16]) -> u32 {
    let bytes = u8x16::new(chunk);
    let is = |byte: u8| bytes.simd_eq(u8x16::splat(byte));
    let is_control = bytes.min(u8x16::splat(0x1f)).simd_eq(bytes);
    (is(b'"') | is(b'\\') | is_control).to_bitmask()
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
