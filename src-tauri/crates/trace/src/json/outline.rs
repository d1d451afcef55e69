//! Large JSON that is looked at row by row. What is kept beside the text is where its large lists and objects lie and where some of
//! their values begin, little even for a text of millions of values; what is between is gone through when it is looked at.
//!
//! What is JSON is what [`super::Document`] takes for JSON, but that there is no limit to how many values it holds and to how
//! large its numbers are.

use std::borrow::Cow;
use std::sync::Arc;

use super::parse::MAX_DEPTH;
use super::text::{escape, plain_run};

/// A list or object of fewer bytes is gone through when it is looked at.
const LARGE: usize = 4 << 10;

/// How many values of a large one lie between two whose places are kept.
const STRIDE: usize = 64;

/// A JSON text of up to 4 GB, and where what lies in it.
#[derive(Debug)]
pub struct Outline {
    text: Arc<str>,
    start: usize,
    /// In order of their places.
    large: Vec<Large>,
    /// Where every [`STRIDE`]th value (or its key) of each large list or object begins, the first left out.
    stops: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Large {
    at: u32,
    /// One past its last byte.
    end: u32,
    len: u32,
    /// Its first stop.
    stops: u32,
}

/// A value of an outlined text.
#[derive(Clone, Copy, Debug)]
pub struct Place<'o> {
    outline: &'o Outline,
    at: usize,
}

/// What stands at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// A text.
    String,
    /// A list.
    Array,
    /// An object.
    Object,
}

impl Outline {
    /// Returns the outline of a text; `None` when it is no JSON.
    pub fn of(text: Arc<str>) -> Option<Self> {
        u32::try_from(text.len()).ok()?;
        let mut reader = Reader { text: &text, at: 0, large: Vec::new(), stops: Vec::new(), pending: Vec::new() };
        reader.next()?;
        let start = reader.at;
        reader.value(0)?;
        if reader.next().is_some() {
            return None;
        }
        let Reader { mut large, stops, .. } = reader;
        large.sort_unstable_by_key(|large| large.at);
        Some(Self { text, start, large, stops })
    }

    /// Returns the whole value.
    pub fn root(&self) -> Place<'_> {
        Place { outline: self, at: self.start }
    }

    /// Returns the value at a path of places among the values around it, from 0.
    pub fn at(&self, path: &[u32]) -> Option<Place<'_>> {
        path.iter().try_fold(self.root(), |place, &n| Some(place.values(n).next()?.1))
    }
}

impl<'o> Place<'o> {
    fn byte(self) -> u8 {
        self.outline.text.as_bytes()[self.at]
    }

    fn large(self) -> Option<Large> {
        let large = &self.outline.large;
        large.binary_search_by_key(&(self.at as u32), |large| large.at).ok().map(|found| large[found])
    }

    /// Returns what stands here.
    pub fn sort(self) -> Sort {
        match self.byte() {
            b'{' => Sort::Object,
            b'[' => Sort::Array,
            b'"' => Sort::String,
            b't' | b'f' => Sort::Bool,
            b'n' => Sort::Null,
            _ => Sort::Number,
        }
    }

    /// Says whether it is a list or an object.
    pub fn holds_values(self) -> bool {
        matches!(self.sort(), Sort::Array | Sort::Object)
    }

    /// Returns the value as it is written.
    pub fn written(self) -> &'o str {
        &self.outline.text[self.at..self.end()]
    }

    /// Returns what a text says; nothing of what is none.
    pub fn meant(self) -> Cow<'o, str> {
        match self.sort() {
            Sort::String => meant(self.written()),
            _ => Cow::Borrowed(""),
        }
    }

    fn end(self) -> usize {
        self.large().map_or_else(|| skip(self.outline.text.as_bytes(), self.at), |large| large.end as usize)
    }

    /// Returns how many values a list or object holds.
    pub fn len(self) -> u32 {
        self.large().map_or_else(|| self.values(0).count() as u32, |large| large.len)
    }

    /// Says whether it holds none.
    pub fn is_empty(self) -> bool {
        self.values(0).next().is_none()
    }

    /// Returns the values of a list or object from the n-th on, each with its key as it is written.
    pub fn values(self, n: u32) -> Values<'o> {
        let sort = self.sort();
        let (mut at, mut skipped) = (self.at + 1, 0);
        let mut is_over = !self.holds_values();
        if let Some(large) = self.large() {
            is_over = n >= large.len;
            if let Some(stop) = (n as usize / STRIDE).checked_sub(1).filter(|_| !is_over) {
                at = self.outline.stops[large.stops as usize + stop] as usize;
                skipped = (stop as u32 + 1) * STRIDE as u32;
            }
        }
        let mut values = Values { place: self, at, keyed: sort == Sort::Object, is_over };
        while skipped < n && values.next().is_some() {
            skipped += 1;
        }
        values
    }
}

/// Values in a list or object.
#[derive(Clone, Debug)]
pub struct Values<'o> {
    place: Place<'o>,
    at: usize,
    keyed: bool,
    is_over: bool,
}

impl<'o> Iterator for Values<'o> {
    type Item = (Option<&'o str>, Place<'o>);

    fn next(&mut self) -> Option<Self::Item> {
        let text = &self.place.outline.text;
        let bytes = text.as_bytes();
        if self.is_over {
            return None;
        }
        self.at = bytes.iter().skip(self.at).position(|byte| !is_between(*byte)).map_or(bytes.len(), |on| self.at + on);
        if matches!(bytes.get(self.at), None | Some(b']' | b'}')) {
            self.is_over = true;
            return None;
        }
        let key = self.keyed.then(|| {
            let from = self.at;
            self.at = skip(bytes, from);
            let key = &text[from..self.at];
            self.at += bytes[self.at..].iter().take_while(|byte| is_between(**byte)).count();
            key
        });
        let value = Place { at: self.at, ..self.place };
        self.at = value.end();
        Some((key, value))
    }
}

/// Returns what a text that is written so (with its quotes) says.
pub fn meant(written: &str) -> Cow<'_, str> {
    let inside = written.get(1..written.len().saturating_sub(1)).unwrap_or_default();
    let mut at = plain_run(inside.as_bytes());
    if at == inside.len() {
        return Cow::Borrowed(inside);
    }
    let mut meant = String::with_capacity(inside.len());
    let mut plain = 0;
    while let Some(escape) = inside.as_bytes().get(at..).and_then(escape) {
        meant.push_str(&inside[plain..at]);
        meant.push(escape.meant);
        plain = at + escape.length;
        at = plain + plain_run(&inside.as_bytes()[plain..]);
    }
    meant.push_str(&inside[plain..]);
    Cow::Owned(meant)
}

/// Says whether a byte stands between values.
fn is_between(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b':')
}

/// Returns one past the end of the value at a place of a text that is JSON.
fn skip(bytes: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0_usize);
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'"' => at = after_text(bytes, at),
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ if depth == 0 => {
                let rest = bytes[at..].iter().take_while(|byte| !is_between(**byte) && !matches!(byte, b']' | b'}'));
                return at + rest.count();
            }
            _ => continue,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// Returns the place after the quote that ends a text which goes on at `at`.
fn after_text(bytes: &[u8], mut at: usize) -> usize {
    loop {
        at += plain_run(bytes.get(at..).unwrap_or_default());
        match bytes.get(at) {
            None => return bytes.len(),
            Some(b'"') => return at + 1,
            Some(_) => at += 2,
        }
    }
}

/// Goes through a text once.
struct Reader<'t> {
    text: &'t str,
    at: usize,
    large: Vec<Large>,
    stops: Vec<u32>,
    /// Stops of what is not over yet, the outermost first.
    pending: Vec<u32>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Goes past blanks and returns what comes then, which is not gone past.
    fn next(&mut self) -> Option<u8> {
        loop {
            match self.peek()? {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                byte => return Some(byte),
            }
        }
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        match self.next()? {
            b'"' => self.string(),
            b'[' => self.values(depth, b']'),
            b'{' => self.values(depth, b'}'),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => self.number(),
        }
    }

    fn values(&mut self, depth: usize, close: u8) -> Option<()> {
        (depth < MAX_DEPTH).then_some(())?;
        let (start, first_stop) = (self.at, self.pending.len());
        let mut len = 0;
        self.at += 1;
        if self.next()? != close {
            loop {
                let first = self.next()?;
                if len > 0 && len % STRIDE == 0 {
                    self.pending.push(self.at as u32);
                }
                if close == b'}' {
                    (first == b'"').then_some(())?;
                    self.string()?;
                    (self.next()? == b':').then_some(())?;
                    self.at += 1;
                }
                self.value(depth + 1)?;
                len += 1;
                match self.next()? {
                    b',' => self.at += 1,
                    byte if byte == close => break,
                    _ => return None,
                }
            }
        }
        self.at += 1;
        if self.at - start >= LARGE {
            let stops = self.stops.len() as u32;
            self.stops.extend_from_slice(&self.pending[first_stop..]);
            self.large.push(Large { at: start as u32, end: self.at as u32, len: len as u32, stops });
        }
        self.pending.truncate(first_stop);
        Some(())
    }

    /// Goes past a text, whose quote comes next.
    fn string(&mut self) -> Option<()> {
        let bytes = self.text.as_bytes();
        self.at += 1;
        loop {
            self.at += plain_run(&bytes[self.at..]);
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += escape(&bytes[self.at..])?.length,
                _ => return None,
            }
        }
        self.at += 1;
        Some(())
    }

    fn word(&mut self, word: &str) -> Option<()> {
        self.text.as_bytes()[self.at..].starts_with(word.as_bytes()).then(|| self.at += word.len())
    }

    fn number(&mut self) -> Option<()> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let from = self.at;
        let whole = self.digits()?;
        (whole == 1 || self.text.as_bytes()[from] != b'0').then_some(())?;
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    /// Goes past digits, of which there is at least one; returns how many.
    fn digits(&mut self) -> Option<usize> {
        let count = self.text.as_bytes()[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        (count > 0).then_some(count)
    }
}
