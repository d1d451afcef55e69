//! Numbers that stand for texts: the same on every machine and in every version, so that what is derived of the same records
//! has the same name wherever it is derived. FNV-1a; nothing here keeps anybody from making two texts with the same number.

use crate::span::{SpanId, TraceId};

/// Returns the number of these texts, told apart from the same words divided otherwise.
pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> u64 {
    let mut number = 0xcbf2_9ce4_8422_2325_u64;
    each_byte(texts, |byte| number = (number ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    number
}

/// Returns a trace id made of these texts; never the one that is all zero.
pub fn trace_id<'a>(texts: impl IntoIterator<Item = &'a str>) -> TraceId {
    let mut number = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
    each_byte(texts, |byte| {
        number = (number ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    });
    TraceId(number.max(1).to_be_bytes())
}

/// Returns a span id made of these texts; never the one that is all zero.
pub fn span_id<'a>(texts: impl IntoIterator<Item = &'a str>) -> SpanId {
    SpanId(of(texts).max(1).to_be_bytes())
}

fn each_byte<'a>(texts: impl IntoIterator<Item = &'a str>, mut take: impl FnMut(u8)) {
    for text in texts {
        text.bytes().for_each(&mut take);
        // No text holds this byte: it ends one.
        take(0xff);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_never_change_and_tell_texts_apart() {
        assert_eq!(of(["a"]), of(["a"]));
        assert_ne!(of(["ab", "c"]), of(["a", "bc"]));
        // Stored traces are found again by these.
        assert_eq!(trace_id(["claude_code", "1"]).to_string(), "8afb44ded85ddfe5393e90086878438e");
        assert_eq!(span_id(["claude_code", "1"]).to_string(), "22b204213fe4b41e");
    }
}
