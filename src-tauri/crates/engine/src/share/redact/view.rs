//! A text as it is meant, and where in the text it was made of each letter stands: escapes of JSON and programs undone, or
//! escapes of addresses.

use std::rc::Rc;

/// A text made of another.
#[derive(Debug)]
pub(super) struct View {
    pub(super) text: String,
    /// Where pieces that stand as they are begin: here, and in the text it was made of.
    pieces: Vec<(usize, usize)>,
}

impl View {
    /// Returns where a letter of this text stands in the one it was made of. `at` is the beginning or the end of a letter.
    pub(super) fn source(&self, at: usize) -> usize {
        let piece = self.pieces.partition_point(|(here, _)| *here <= at).saturating_sub(1);
        let (here, there) = self.pieces.get(piece).copied().unwrap_or_default();
        there + (at - here)
    }

    /// Undoes `\n`, `\"`, `\u0041`, `\x41` and the like; `None` where there are none.
    pub(super) fn unescaped(text: &str) -> Option<Self> {
        Self::of(text, b'\\', escape)
    }

    /// Undoes `%41` and the like; `None` where there are none. What is not ASCII stays escaped: no secret is.
    pub(super) fn percent_decoded(text: &str) -> Option<Self> {
        Self::of(text, b'%', |text| {
            let byte = u8::from_str_radix(text.get(1..3)?, 16).ok().filter(u8::is_ascii)?;
            Some((char::from(byte), 3))
        })
    }

    /// `undo` reads an escape at the beginning of a text: the letter, and how long the escape is.
    fn of(text: &str, mark: u8, undo: impl Fn(&str) -> Option<(char, usize)>) -> Option<Self> {
        let mut view = Self { text: String::new(), pieces: Vec::new() };
        let (mut kept, mut at) = (0, 0);
        while let Some(found) = memchr::memchr(mark, &text.as_bytes()[at..]) {
            at += found;
            let Some((letter, length)) = undo(&text[at..]) else {
                at += 1;
                continue;
            };
            view.keep(&text[kept..at], kept);
            view.pieces.push((view.text.len(), at));
            view.text.push(letter);
            at += length;
            kept = at;
        }
        if view.pieces.is_empty() {
            return None;
        }
        view.keep(&text[kept..], kept);
        // The end of the last letter.
        view.pieces.push((view.text.len(), text.len()));
        Some(view)
    }

    fn keep(&mut self, plain: &str, at: usize) {
        self.pieces.push((self.text.len(), at));
        self.text.push_str(plain);
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

/// Where a text stands in the item it was found in.
#[derive(Debug)]
pub(super) struct Place {
    /// How it was made of the part of the text around it that begins at `offset`; `None` = it is that part.
    view: Option<Rc<View>>,
    offset: usize,
    around: Option<Rc<Place>>,
}

impl Place {
    /// Returns the place of an item itself.
    pub(super) fn whole() -> Rc<Self> {
        Rc::new(Self { view: None, offset: 0, around: None })
    }

    /// Returns the place of a part, as it stands or as `view` shows it.
    pub(super) fn within(around: &Rc<Self>, offset: usize, view: Option<Rc<View>>) -> Rc<Self> {
        Rc::new(Self { view, offset, around: Some(Rc::clone(around)) })
    }

    /// Returns where in the item a letter stands.
    pub(super) fn in_item(&self, at: usize) -> usize {
        let at = self.offset + self.view.as_ref().map_or(at, |view| view.source(at));
        self.around.as_ref().map_or(at, |around| around.in_item(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_is_found_where_it_stood() {
        let source = r#"a\u0073k-\u00e9\ud83d\ude00\/z\q"#;
        let view = View::unescaped(source).expect("there are escapes");
        assert_eq!(view.text, "ask-é😀/z\\q");
        let written: Vec<&str> = view
            .text
            .char_indices()
            .map(|(at, letter)| &source[view.source(at)..view.source(at + letter.len_utf8())])
            .collect();
        assert_eq!(written, ["a", "\\u0073", "k", "-", "\\u00e9", "\\ud83d\\ude00", "\\/", "z", "\\", "q"]);
        assert!(View::unescaped("no escapes but \\q").is_none());
        assert_eq!(View::percent_decoded("a%2Fb%C3%zz").map(|view| view.text).as_deref(), Some("a/b%C3%zz"));
    }

    #[test]
    fn places_are_found_through_every_text_around_them() {
        let item = r#"{"a":"{\"b\":\"\\u0041BC\"}"}"#;
        let outer = View::unescaped(&item[6..item.len() - 2]).unwrap();
        assert_eq!(outer.text, r#"{"b":"\u0041BC"}"#);
        let inner = View::unescaped(&outer.text[6..14]).unwrap();
        assert_eq!(inner.text, "ABC");
        let around = Place::within(&Place::whole(), 6, Some(outer.into()));
        let place = Place::within(&around, 6, Some(inner.into()));
        assert_eq!(&item[place.in_item(0)..place.in_item(3)], r"\\u0041BC");
        assert_eq!(&item[place.in_item(1)..place.in_item(2)], "B");
    }
}
