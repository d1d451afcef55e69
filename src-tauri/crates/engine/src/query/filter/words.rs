//! A filter's text, split into its words.

use super::{FilterError, Wrong};

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    /// `:`
    Has,
    /// `=`
    Is,
    /// `>`
    More,
    /// `>=`
    AtLeast,
    /// `<`
    Less,
    /// `<=`
    AtMost,
}

impl Operator {
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Has => ":",
            Self::Is => "=",
            Self::More => ">",
            Self::AtLeast => ">=",
            Self::Less => "<",
            Self::AtMost => "<=",
        }
    }

    /// Returns the comparison a value begins with, and what follows.
    pub(super) fn before(value: &str) -> Option<(Self, &str)> {
        [Self::AtLeast, Self::AtMost, Self::More, Self::Less]
            .into_iter()
            .find_map(|operator| Some((operator, value.strip_prefix(operator.sign())?)))
    }

    pub(super) fn compares(self) -> bool {
        !matches!(self, Self::Has | Self::Is)
    }
}

/// A word of a filter, with the key before it if there is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) not: bool,
    /// The key in small letters but for an attribute's name, and what stands between it and the value.
    pub(crate) key: Option<(String, Operator)>,
    /// Without quotation marks.
    pub(crate) value: String,
    /// Whether a part of the value was quoted.
    pub(crate) quoted: bool,
    /// Where it begins, in characters.
    pub(crate) from: usize,
    /// Where its value begins.
    pub(crate) value_from: usize,
    /// Where it ends.
    pub(crate) to: usize,
}

impl Word {
    /// Says whether nothing was written: a `-` alone, or an empty pair of quotation marks.
    pub(super) fn is_empty(&self) -> bool {
        self.key.is_none() && self.value.is_empty()
    }
}

pub(super) fn split(text: &str) -> Result<Vec<Word>, FilterError> {
    let (words, open) = read(text);
    match open {
        Some(from) => Err(FilterError { what: Wrong::OpenQuote, from, to: text.chars().count() }),
        None => Ok(words),
    }
}

/// Returns the word at a place (in characters), to be completed; an empty one where there is none. A quotation mark that is
/// not closed yet does not matter.
pub(crate) fn word_at(text: &str, at: usize) -> Word {
    let before: String = text.chars().take(at).collect();
    let at = before.chars().count();
    let (words, _) = read(&before);
    let empty = Word { from: at, value_from: at, to: at, ..Word::default() };
    words.into_iter().next_back().filter(|word| word.to == at).unwrap_or(empty)
}

/// Returns the words and where a quotation mark stands that is not closed.
fn read(text: &str) -> (Vec<Word>, Option<usize>) {
    let chars: Vec<char> = text.chars().collect();
    let (mut words, mut open, mut at) = (Vec::new(), None, 0);
    while at < chars.len() {
        if chars[at].is_whitespace() {
            at += 1;
            continue;
        }
        let mut word = Word { from: at, ..Word::default() };
        if chars[at] == '-' && chars.get(at + 1).is_some_and(|next| !next.is_whitespace()) {
            word.not = true;
            at += 1;
        }
        word.value_from = at;
        while at < chars.len() && !chars[at].is_whitespace() {
            match chars[at] {
                '"' => {
                    word.quoted = true;
                    let quote = at;
                    at = quoted(&chars, at + 1, &mut word.value).unwrap_or_else(|| {
                        open = Some(quote);
                        chars.len()
                    });
                    continue;
                }
                sign @ (':' | '=' | '>' | '<') if word.key.is_none() && !word.quoted && is_key(&word.value) => {
                    let equal = chars.get(at + 1) == Some(&'=');
                    let operator = match (sign, equal) {
                        (':', _) => Operator::Has,
                        ('>', true) => Operator::AtLeast,
                        ('>', false) => Operator::More,
                        ('<', true) => Operator::AtMost,
                        ('<', false) => Operator::Less,
                        _ => Operator::Is,
                    };
                    at += usize::from(equal && sign != ':' && sign != '=');
                    word.key = Some((std::mem::take(&mut word.value), operator));
                    word.value_from = at + 1;
                }
                c => word.value.push(c),
            }
            at += 1;
        }
        word.to = at;
        words.push(word);
    }
    (words, open)
}

/// Says whether what stands before an operator can be a key: `->` or `a=b+c` written as text is none.
fn is_key(text: &str) -> bool {
    text.starts_with(char::is_alphabetic)
}

/// Reads up to the closing quotation mark, `\"` being one within; returns where it goes on, `None` when there is none.
fn quoted(chars: &[char], mut at: usize, value: &mut String) -> Option<usize> {
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('"', _) => return Some(at + 1),
            ('\\', Some(&escaped @ ('"' | '\\'))) => {
                value.push(escaped);
                at += 1;
            }
            (c, _) => value.push(c),
        }
        at += 1;
    }
    None
}
