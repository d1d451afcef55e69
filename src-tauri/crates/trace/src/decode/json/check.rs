//! Checks that bytes are JSON, and finds where its lists and objects end.

use super::{Document, End};
use crate::json::text::plain_run;

/// Of texts of more bytes it is kept where they end.
const LONG: usize = 1 << 10;

/// Why a document was not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::decode) enum Fault {
    /// It is not JSON.
    Syntax {
        /// Where it stops being JSON, such as `line 1 column 18`.
        place: String,
        /// What is wrong there.
        what: &'static str,
    },
    /// It holds more than was allowed.
    TooMany,
}

/// Checks a document, which may begin with a byte order mark. Lists, objects and the values of lists are counted, and at
/// most `limit` let in. What is open is kept on a list, not on the stack.
pub(in crate::decode) fn check(bytes: &[u8], limit: u64) -> Result<Document<'_>, Fault> {
    let start = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    if u32::try_from(bytes.len()).is_err() {
        return Err(Fault::TooMany);
    }
    let mut check = Check { bytes, at: start, ends: Vec::new(), long: Vec::new(), open: Vec::new(), items: 0, limit };
    check.skip_blanks();
    let start = check.at;
    match check.document() {
        Ok(()) => Ok(Document { bytes, start, ends: check.ends, long: check.long }),
        Err(Stop::TooMany) => Err(Fault::TooMany),
        Err(Stop::Syntax(what)) => Err(Fault::Syntax { place: check.place(), what }),
    }
}

enum Stop {
    Syntax(&'static str),
    TooMany,
}

struct Check<'a> {
    bytes: &'a [u8],
    at: usize,
    ends: Vec<End>,
    long: Vec<(u32, u32)>,
    open: Vec<Open>,
    items: u64,
    limit: u64,
}

#[derive(Clone, Copy)]
struct Open {
    index: u32,
    object: bool,
}

impl Check<'_> {
    fn place(&self) -> String {
        let before = &self.bytes[..self.at.min(self.bytes.len())];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        format!("line {line} column {column}")
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn document(&mut self) -> Result<(), Stop> {
        loop {
            // A value begins here.
            self.skip_blanks();
            if self.open.last().is_some_and(|open| !open.object) {
                self.count()?;
            }
            match self.peek() {
                Some(b'{') => {
                    self.begin(true)?;
                    if self.peek() != Some(b'}') {
                        self.key()?;
                        continue;
                    }
                }
                Some(b'[') => {
                    self.begin(false)?;
                    if self.peek() != Some(b']') {
                        continue;
                    }
                }
                Some(b'"') => self.text()?,
                Some(b'-' | b'0'..=b'9') => self.number()?,
                Some(b't') => self.word(b"true")?,
                Some(b'f') => self.word(b"false")?,
                Some(b'n') => self.word(b"null")?,
                Some(_) => return Err(Stop::Syntax("a value must stand here")),
                None => return Err(Stop::Syntax("it ends where a value must stand")),
            }
            // A value ended here, or an empty list or object is about to.
            loop {
                self.skip_blanks();
                let Some(open) = self.open.last().copied() else {
                    return if self.at == self.bytes.len() { Ok(()) } else { Err(Stop::Syntax("nothing may follow")) };
                };
                match (self.peek(), open.object) {
                    (Some(b'}'), true) | (Some(b']'), false) => {
                        self.at += 1;
                        let end = End { at: self.at as u32, begun: self.ends.len() as u32 };
                        self.ends[open.index as usize] = end;
                        self.open.pop();
                    }
                    (Some(b','), true) => {
                        self.at += 1;
                        self.skip_blanks();
                        self.key()?;
                        break;
                    }
                    (Some(b','), false) => {
                        self.at += 1;
                        break;
                    }
                    (Some(_), true) => return Err(Stop::Syntax("`,` or `}` must stand here")),
                    (Some(_), false) => return Err(Stop::Syntax("`,` or `]` must stand here")),
                    (None, _) => return Err(Stop::Syntax("it ends within a list or object")),
                }
            }
        }
    }

    fn count(&mut self) -> Result<(), Stop> {
        self.items += 1;
        if self.items > self.limit { Err(Stop::TooMany) } else { Ok(()) }
    }

    fn begin(&mut self, object: bool) -> Result<(), Stop> {
        self.count()?;
        self.open.push(Open { index: self.ends.len() as u32, object });
        self.ends.push(End::default());
        self.at += 1;
        self.skip_blanks();
        Ok(())
    }

    fn key(&mut self) -> Result<(), Stop> {
        if self.peek() != Some(b'"') {
            return Err(Stop::Syntax("a key in quotation marks must stand here"));
        }
        self.text()?;
        self.skip_blanks();
        if self.peek() != Some(b':') {
            return Err(Stop::Syntax("`:` must stand here"));
        }
        self.at += 1;
        Ok(())
    }

    fn text(&mut self) -> Result<(), Stop> {
        let start = self.at;
        self.at += 1;
        loop {
            self.at += plain_run(&self.bytes[self.at..]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    if self.at - start > LONG {
                        self.long.push((start as u32, self.at as u32));
                    }
                    return Ok(());
                }
                Some(b'\\') => match self.bytes.get(self.at + 1) {
                    Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
                    Some(b'u') => match self.bytes.get(self.at + 2..self.at + 6) {
                        Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => self.at += 6,
                        _ => return Err(Stop::Syntax("four hexadecimal digits must follow `\\u`")),
                    },
                    _ => return Err(Stop::Syntax("`\\` must not stand before this")),
                },
                Some(_) => return Err(Stop::Syntax("a control character must be escaped")),
                None => return Err(Stop::Syntax("it ends within a text")),
            }
        }
    }

    fn digits(&mut self) -> Result<(), Stop> {
        let from = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at > from { Ok(()) } else { Err(Stop::Syntax("a digit must stand here")) }
    }

    fn number(&mut self) -> Result<(), Stop> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
            if let Some(b'0'..=b'9') = self.peek() {
                return Err(Stop::Syntax("a number must not begin with 0"));
            }
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Stop> {
        if !self.bytes[self.at..].starts_with(word) {
            return Err(Stop::Syntax("a value must stand here"));
        }
        self.at += word.len();
        Ok(())
    }
}
