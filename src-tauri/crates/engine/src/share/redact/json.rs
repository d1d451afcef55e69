//! Where the tokens of a JSON text stand. What is not JSON through and through has none: it is a text.

/// How deep lists and objects may lie within each other; what is deeper is a text.
const DEPTH: usize = 300;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Object,
    List,
    /// The end of an object or a list.
    End,
    Key,
    Text,
    /// A number or a word.
    Bare,
}

/// A token: of keys and texts what stands between the quotes, of the beginning of an object or list its brace.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    start: u32,
    end: u32,
    last: u32,
}

impl Token {
    fn new(kind: Kind, start: usize, end: usize, last: usize) -> Self {
        // No text of an item is as long as 4 GiB, and `tokens` looks.
        Self { kind, start: start as u32, end: end as u32, last: last as u32 }
    }

    /// Returns where it stands.
    pub(super) fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Returns, of an object or list, the token that ends it, and of others itself.
    pub(super) fn last(self) -> usize {
        self.last as usize
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    CommaOrEnd,
}

/// Returns the tokens of a JSON text; `None` when it is no JSON text.
pub(super) fn tokens(text: &str) -> Option<Vec<Token>> {
    let bytes = text.as_bytes();
    u32::try_from(bytes.len()).ok()?;
    let mut tokens: Vec<Token> = Vec::with_capacity(text.len() / 12 + 1);
    let mut open: Vec<usize> = Vec::new();
    let (mut next, mut at) = (Next::Value, 0);
    loop {
        at = after_blanks(bytes, at);
        let Some(byte) = bytes.get(at) else { return (open.is_empty() && next == Next::CommaOrEnd).then_some(tokens) };
        let index = tokens.len();
        let mut push = |kind, start, end| tokens.push(Token::new(kind, start, end, index));
        match (next, byte) {
            (Next::Value | Next::ValueOrEnd, b'{' | b'[') if open.len() < DEPTH => {
                push(if *byte == b'{' { Kind::Object } else { Kind::List }, at, at + 1);
                open.push(index);
                next = if *byte == b'{' { Next::KeyOrEnd } else { Next::ValueOrEnd };
                at += 1;
            }
            (Next::Value | Next::ValueOrEnd, b'"') => {
                let end = end_of_text(bytes, at + 1)?;
                push(Kind::Text, at + 1, end);
                next = Next::CommaOrEnd;
                at = end + 1;
            }
            (Next::Value | Next::ValueOrEnd, b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
                let length = bytes[at..].iter().position(|byte| b" \t\r\n,]}".contains(byte));
                let end = length.map_or(bytes.len(), |length| at + length);
                push(Kind::Bare, at, end);
                next = Next::CommaOrEnd;
                at = end;
            }
            (Next::Key | Next::KeyOrEnd, b'"') => {
                let end = end_of_text(bytes, at + 1)?;
                push(Kind::Key, at + 1, end);
                at = after_blanks(bytes, end + 1);
                if bytes.get(at) != Some(&b':') {
                    return None;
                }
                next = Next::Value;
                at += 1;
            }
            (Next::CommaOrEnd, b',') => {
                next = if tokens[*open.last()?].kind == Kind::Object { Next::Key } else { Next::Value };
                at += 1;
            }
            (Next::KeyOrEnd | Next::ValueOrEnd | Next::CommaOrEnd, b'}' | b']') => {
                let begin = open.pop()?;
                if (tokens[begin].kind == Kind::Object) != (*byte == b'}') {
                    return None;
                }
                tokens.push(Token::new(Kind::End, at, at + 1, index));
                tokens[begin].last = index as u32;
                next = Next::CommaOrEnd;
                at += 1;
            }
            _ => return None,
        }
    }
}

fn after_blanks(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(|byte| b" \t\r\n".contains(byte)) {
        at += 1;
    }
    at
}

/// Returns where the quote stands that ends a text.
fn end_of_text(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_json_are_found_and_other_texts_have_none() {
        let text = r#" {"a\"": [1, "x", {}], "b" : null} "#;
        let found = tokens(text).expect("JSON");
        let shown: Vec<_> = found.iter().map(|token| &text[token.range()]).collect();
        assert_eq!(shown, ["{", "a\\\"", "[", "1", "x", "{", "}", "]", "b", "null", "}"]);
        assert_eq!((found[0].last(), found[2].last(), found[5].last()), (10, 7, 6));
        for other in ["", "{", "{]", "[1 2]", "{\"a\"}", "{\"a\":1,}", "\"", "[1]x", "[,]", "{a:1}", "hello"] {
            assert!(tokens(other).is_none(), "{other}");
        }
        assert!(tokens(&"[".repeat(100_000)).is_none());
    }
}
