//! A text as it is meant, and where in the text it was made of each letter stands: escapes of JSON and programs undone, or
//! escapes of addresses.

use std::cell::OnceCell;

/// A text as it is meant, and where it stands in the item it was found in. Where its letters stand is worked out when somebody asks:
/// most texts hold nothing that does.
pub(super) struct Layer<'a> {
    pub(super) text: &'a str,
    /// The text around it, and the part of that which it is made of; `None` = it is the item itself.
    around: Option<(&'a Layer<'a>, &'a str)>,
    pieces: OnceCell<Pieces>,
}

impl<'a> Layer<'a> {
    /// Returns an item itself.
    pub(super) fn whole(text: &'a str) -> Self {
        Self { text, around: None, pieces: OnceCell::new() }
    }

    /// Returns the part of a text that is written as `written`, which is a slice of that text, and means `text`.
    pub(super) fn within(around: &'a Layer<'a>, written: &'a str, text: &'a str) -> Self {
        Self { text, around: Some((around, written)), pieces: OnceCell::new() }
    }

    /// Returns where in the item a letter stands. `at` is the beginning or the end of a letter.
    pub(super) fn in_item(&self, at: usize) -> usize {
        let Some((around, written)) = self.around else { return at };
        let is_plain = std::ptr::eq(self.text, written);
        let at = if is_plain { at } else { self.pieces.get_or_init(|| Pieces::of(written, ESCAPE)).source(at) };
        around.in_item(written.as_ptr().addr() - around.text.as_ptr().addr() + at)
    }
}

/// A way to write a letter as several: what they begin with, and how they are read, which returns the letter and how many they are.
#[derive(Clone, Copy)]
pub(super) struct Escapes {
    mark: u8,
    undo: fn(&str) -> Option<(char, usize)>,
}

/// `\n`, `\"`, `\u0041`, `\x41` and the like.
pub(super) const ESCAPE: Escapes = Escapes { mark: b'\\', undo: escape };

/// `%41` and the like. What is not ASCII stays escaped: no secret is.
pub(super) const PERCENT: Escapes = Escapes {
    mark: b'%',
    undo: |text| {
        let byte = u8::from_str_radix(text.get(1..3)?, 16).ok().filter(u8::is_ascii)?;
        Some((char::from(byte), 3))
    },
};

impl Escapes {
    /// Returns where the next escape from `at` on stands, its letter and its length.
    fn next(self, text: &str, mut at: usize) -> Option<(usize, char, usize)> {
        loop {
            at += memchr::memchr(self.mark, &text.as_bytes()[at..])?;
            if let Some((letter, length)) = (self.undo)(&text[at..]) {
                return Some((at, letter, length));
            }
            at += 1;
        }
    }

    /// Undoes all of them; `None` where there are none.
    pub(super) fn undone(self, text: &str) -> Option<String> {
        let mut next = Some(self.next(text, 0)?);
        let mut undone = String::with_capacity(text.len());
        let mut kept = 0;
        while let Some((at, letter, length)) = next {
            undone.push_str(&text[kept..at]);
            undone.push(letter);
            kept = at + length;
            next = self.next(text, kept);
        }
        undone.push_str(&text[kept..]);
        Some(undone)
    }
}

/// Where the pieces of a text begin that stand in it as in the one it was made of: in it, and in that.
pub(super) struct Pieces(Vec<(usize, usize)>);

impl Pieces {
    /// Returns those of what is left of a text when its escapes are undone.
    pub(super) fn of(text: &str, escapes: Escapes) -> Self {
        let mut pieces = vec![(0, 0)];
        let (mut here, mut kept) = (0, 0);
        while let Some((at, letter, length)) = escapes.next(text, kept) {
            here += at - kept;
            // The letter, and what follows it.
            pieces.push((here, at));
            here += letter.len_utf8();
            kept = at + length;
            pieces.push((here, kept));
        }
        Self(pieces)
    }

    /// Returns where a letter stands in the text it was made of. `at` is the beginning or the end of a letter.
    pub(super) fn source(&self, at: usize) -> usize {
        let piece = self.0.partition_point(|(here, _)| *here <= at).saturating_sub(1);
        let (here, there) = self.0[piece];
        there + (at - here)
    }
}

fn escape(text: &str) -> Option<(char, usize)> {
    let letter = match text.as_bytes().get(1)? {
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        &plain @ (b'"' | b'\'' | b'\\' | b'/') => char::from(plain),
        b'x' => return Some((char::from(u8::from_str_radix(text.get(2..4)?, 16).ok()?), 4)),
        b'u' => {
            let unit = |at: usize| u16::from_str_radix(text.get(at..at + 4)?, 16).ok();
            let high = unit(2)?;
            if let Some(letter) = char::from_u32(high.into()) {
                return Some((letter, 6));
            }
            let low = text.get(6..8).filter(|mark| *mark == "\\u").and_then(|_| unit(8));
            let pair = low.and_then(|low| char::decode_utf16([high, low]).next()?.ok());
            return Some(pair.map_or(('\u{fffd}', 6), |letter| (letter, 12)));
        }
        _ => return None,
    };
    Some((letter, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_is_found_where_it_stood() {
        let source = r#"a\u0073k-\u00e9\ud83d\ude00\/z\q"#;
        let text = ESCAPE.undone(source).expect("there are escapes");
        assert_eq!(text, "ask-é😀/z\\q");
        let pieces = Pieces::of(source, ESCAPE);
        let written: Vec<&str> = text
            .char_indices()
            .map(|(at, letter)| &source[pieces.source(at)..pieces.source(at + letter.len_utf8())])
            .collect();
        assert_eq!(written, ["a", "\\u0073", "k", "-", "\\u00e9", "\\ud83d\\ude00", "\\/", "z", "\\", "q"]);
        assert!(ESCAPE.undone("no escapes but \\q").is_none());
        assert_eq!(PERCENT.undone("a%2Fb%C3%zz").as_deref(), Some("a/b%C3%zz"));
    }

    #[test]
    fn places_are_found_through_every_text_around_them() {
        let item = r#"{"a":"{\"b\":\"\\u0041BC\"}"}"#;
        let whole = Layer::whole(item);
        let written = &item[6..item.len() - 2];
        let outer = ESCAPE.undone(written).unwrap();
        assert_eq!(outer, r#"{"b":"\u0041BC"}"#);
        let around = Layer::within(&whole, written, &outer);
        let inner = ESCAPE.undone(&outer[6..14]).unwrap();
        assert_eq!(inner, "ABC");
        let place = Layer::within(&around, &outer[6..14], &inner);
        assert_eq!(&item[place.in_item(0)..place.in_item(3)], r"\\u0041BC");
        assert_eq!(&item[place.in_item(1)..place.in_item(2)], "B");
    }
}
