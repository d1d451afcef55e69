//! JSON as it stands in the bytes: checked once in full, then walked without building a tree.
//!
//! Not `serde_json`, which refuses a whole document for one lone surrogate or for lists nested 128 deep, and keeps neither the
//! bytes of a part nor a key that stands twice. The grammar is RFC 8259's, no more and no less; text that is not UTF-8 or not
//! UTF-16 when unescaped is repaired when it is read.

mod check;
mod minify;
mod number;
mod text;

pub(super) use check::{Fault, check};
pub(super) use minify::minify;
pub(super) use number::{double, integer};
pub(super) use text::Text;

/// A JSON document that is known to be valid.
#[derive(Debug)]
pub(super) struct Document<'a> {
    bytes: &'a [u8],
    start: usize,
    /// Of the n-th list or object that begins: where it ends.
    ends: Vec<End>,
    /// Where long texts begin and what is one past their end, in order: who walks past one need not look through it again.
    long: Vec<(u32, u32)>,
}

/// Where a list or object ends.
#[derive(Clone, Copy, Debug, Default)]
struct End {
    /// One past its closing bracket.
    at: u32,
    /// How many lists and objects have begun by then.
    begun: u32,
}

/// A value of a document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'d, 'a> {
    document: &'d Document<'a>,
    at: usize,
    /// One past its last byte.
    end: usize,
    /// How many lists and objects begin before it.
    begun: u32,
}

/// What a value is.
pub(super) enum Kind<'d, 'a> {
    Null,
    Bool(bool),
    Number(&'a str),
    Text(Text<'a>),
    List(Items<'d, 'a>),
    Object(Members<'d, 'a>),
}

impl<'a> Document<'a> {
    pub(super) fn root(&self) -> Value<'_, 'a> {
        Walk { document: self, at: self.start, begun: 0 }.value()
    }

    /// Returns one past the end of the text whose first quotation mark stands at a place.
    fn after_text(&self, at: usize) -> usize {
        let known = self.long.binary_search_by_key(&(at as u32), |(start, _)| *start);
        known.map_or_else(|_| at + text::inside(&self.bytes[at..]).len() + 2, |found| self.long[found].1 as usize)
    }
}

impl<'d, 'a> Value<'d, 'a> {
    /// Returns the value's bytes.
    pub(super) fn raw(&self) -> &'a [u8] {
        &self.document.bytes[self.at..self.end]
    }

    pub(super) fn is_null(&self) -> bool {
        self.document.bytes[self.at] == b'n'
    }

    pub(super) fn kind(&self) -> Kind<'d, 'a> {
        let walk = Walk { document: self.document, at: self.at + 1, begun: self.begun + 1 };
        match self.document.bytes[self.at] {
            b'n' => Kind::Null,
            b't' => Kind::Bool(true),
            b'f' => Kind::Bool(false),
            b'"' => Kind::Text(Text::new(&self.document.bytes[self.at + 1..self.end - 1])),
            b'[' => Kind::List(Items(walk)),
            b'{' => Kind::Object(Members(walk)),
            _ => Kind::Number(std::str::from_utf8(self.raw()).unwrap_or_default()),
        }
    }
}

/// The values of a list.
pub(super) struct Items<'d, 'a>(Walk<'d, 'a>);

/// The keys and values of an object, in order; a key may stand twice.
pub(super) struct Members<'d, 'a>(Walk<'d, 'a>);

struct Walk<'d, 'a> {
    document: &'d Document<'a>,
    at: usize,
    begun: u32,
}

impl<'d, 'a> Walk<'d, 'a> {
    /// Goes to the next byte that is neither blank nor one of `also`.
    fn skip(&mut self, also: u8) -> u8 {
        loop {
            match self.document.bytes[self.at] {
                byte if byte == also || byte.is_ascii_whitespace() => self.at += 1,
                byte => return byte,
            }
        }
    }

    /// Returns the value that begins here, and goes past it.
    fn value(&mut self) -> Value<'d, 'a> {
        let (bytes, at, begun) = (self.document.bytes, self.at, self.begun);
        match bytes[at] {
            b'{' | b'[' => {
                let end = self.document.ends[begun as usize];
                (self.at, self.begun) = (end.at as usize, end.begun);
            }
            b'"' => self.at = self.document.after_text(at),
            _ => {
                let is_end = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r');
                self.at += bytes[at..].iter().position(is_end).unwrap_or(bytes.len() - at);
            }
        }
        Value { document: self.document, at, end: self.at, begun }
    }
}

impl<'d, 'a> Iterator for Items<'d, 'a> {
    type Item = Value<'d, 'a>;

    fn next(&mut self) -> Option<Self::Item> {
        (self.0.skip(b',') != b']').then(|| self.0.value())
    }
}

impl<'d, 'a> Iterator for Members<'d, 'a> {
    type Item = (Text<'a>, Value<'d, 'a>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.skip(b',') == b'}' {
            return None;
        }
        let key = text::inside(&self.0.document.bytes[self.0.at..]);
        self.0.at += key.len() + 2;
        self.0.skip(b':');
        Some((Text::new(key), self.0.value()))
    }
}

#[cfg(test)]
mod tests;
