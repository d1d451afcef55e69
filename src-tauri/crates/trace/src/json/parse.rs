//! From a text to a document, in one pass.

use std::borrow::Cow;

use serde_json::Number;

use super::text::{escape, plain_run};
use super::{Document, Node, key_bit};

/// Lists and objects nested deeper are not read.
pub(super) const MAX_DEPTH: usize = 127;

/// A document of more values is not read.
pub(super) const MAX_NODES: usize = 1 << 20;

impl<'a> Document<'a> {
    /// Returns the JSON that a text is, if it is JSON and nothing else but blanks around it.
    pub fn parse(text: &'a str) -> Option<Self> {
        u32::try_from(text.len()).ok()?;
        // Stream chunks are little but keys, conversations are mostly prose.
        let nodes = Vec::with_capacity((text.len() / 8).min(text.len() / 32 + 64) + 1);
        let mut parser = Parser { text, at: 0, written: String::new(), nodes };
        parser.value(0)?;
        let is_all = parser.next().is_none();
        let Parser { written, nodes, .. } = parser;
        is_all.then_some(Document { text: Cow::Borrowed(text), written, nodes })
    }

    /// Returns the same of a text nobody else keeps.
    pub fn parse_owned(text: String) -> Option<Document<'static>> {
        let Document { written, nodes, .. } = Document::parse(&text)?;
        Some(Document { text: Cow::Owned(text), written, nodes })
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    written: String,
    nodes: Vec<Node>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Goes past blanks and returns what comes then, which is not gone past.
    #[inline]
    fn next(&mut self) -> Option<u8> {
        loop {
            match self.peek()? {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                byte => return Some(byte),
            }
        }
    }

    #[inline]
    fn push(&mut self, node: Node) -> Option<()> {
        (self.nodes.len() < MAX_NODES).then(|| self.nodes.push(node))
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        match self.next()? {
            b'"' => {
                let text = self.string()?;
                self.push(text)
            }
            b'[' => self.list(depth),
            b'{' => self.object(depth),
            b't' => self.word("true", Node::Bool(true)),
            b'f' => self.word("false", Node::Bool(false)),
            b'n' => self.word("null", Node::Null),
            b'-' | b'0'..=b'9' => self.number(),
            _ => None,
        }
    }

    fn list(&mut self, depth: usize) -> Option<()> {
        let (start, mut len) = (self.begin(depth)?, 0);
        if self.next()? != b']' {
            loop {
                self.value(depth + 1)?;
                len += 1;
                match self.next()? {
                    b',' => self.at += 1,
                    b']' => break,
                    _ => return None,
                }
            }
        }
        self.at += 1;
        self.nodes[start] = Node::List { len, end: self.nodes.len() as u32 };
        Some(())
    }

    fn object(&mut self, depth: usize) -> Option<()> {
        let (start, mut len) = (self.begin(depth)?, 0);
        let mut keys = 0;
        if self.next()? != b'}' {
            loop {
                if self.next()? != b'"' {
                    return None;
                }
                let key = self.string()?;
                keys |= key_bit(self.text_of(key));
                self.push(key)?;
                if self.next()? != b':' {
                    return None;
                }
                self.at += 1;
                self.value(depth + 1)?;
                len += 1;
                match self.next()? {
                    b',' => self.at += 1,
                    b'}' => break,
                    _ => return None,
                }
            }
        }
        self.at += 1;
        self.nodes[start] = Node::Object { len, end: self.nodes.len() as u32, keys };
        Some(())
    }

    /// Begins a list or object, whose node is known once it ends.
    fn begin(&mut self, depth: usize) -> Option<usize> {
        (depth < MAX_DEPTH).then_some(())?;
        let start = self.nodes.len();
        self.push(Node::Null)?;
        self.at += 1;
        Some(start)
    }

    /// Reads a text, whose quote comes next.
    #[inline]
    fn string(&mut self) -> Option<Node> {
        let start = self.at + 1;
        self.at = start + plain_run(&self.text.as_bytes()[start..]);
        if self.peek()? != b'"' {
            return self.string_with_escapes(start);
        }
        self.at += 1;
        Some(Node::Plain { at: start as u32, len: (self.at - 1 - start) as u32 })
    }

    /// Goes on with a text that is plain from `start` to here.
    fn string_with_escapes(&mut self, start: usize) -> Option<Node> {
        let bytes = self.text.as_bytes();
        let from = self.written.len();
        if from == 0 {
            self.written.reserve(self.text.len() - start);
        }
        let mut plain = start;
        loop {
            self.written.push_str(&self.text[plain..self.at]);
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    let escape = escape(&bytes[self.at..])?;
                    self.written.push(escape.meant);
                    self.at += escape.length;
                }
                _ => return None,
            }
            plain = self.at;
            self.at += plain_run(&bytes[self.at..]);
        }
        self.at += 1;
        Some(Node::Written { at: from as u32, len: (self.written.len() - from) as u32 })
    }

    /// Returns the bytes of a text that was read.
    #[inline]
    fn text_of(&self, node: Node) -> &[u8] {
        match node {
            Node::Plain { at, len } => &self.text.as_bytes()[at as usize..][..len as usize],
            Node::Written { at, len } => &self.written.as_bytes()[at as usize..][..len as usize],
            _ => &[],
        }
    }

    fn word(&mut self, word: &str, node: Node) -> Option<()> {
        self.text.as_bytes()[self.at..].starts_with(word.as_bytes()).then_some(())?;
        self.at += word.len();
        self.push(node)
    }

    fn number(&mut self) -> Option<()> {
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let bytes = &self.text.as_bytes()[self.at..];
        let digits = &self.text[self.at..][..bytes.iter().take_while(|byte| is_part(byte)).count()];
        self.at += digits.len();
        let is_short = digits.len() < 19 && digits.bytes().all(|digit| digit.is_ascii_digit());
        if is_short && (digits.len() == 1 || !digits.starts_with('0')) {
            return self.push(Node::Whole(digits.bytes().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'))));
        }
        let number: Number = serde_json::from_str(digits).ok()?;
        self.push(Node::of(&number))
    }
}
