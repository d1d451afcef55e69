//! What `--filter` and the filter box say: words and `key:value` pairs, all of which must hold for a trace.
//!
//! A word, or a text in quotation marks, stands anywhere in the trace: in what was said, in names, in attributes. What a
//! value is compared with is said in [`Key`]. How the traces are found for which all of it holds is not here: see
//! [`super::search`].

mod amount;
mod keys;
mod pattern;
mod words;

use std::str::FromStr;

pub(crate) use amount::Bounds;
pub(crate) use keys::{BROKEN, KEYS, Key, KeyHelp, Number};
pub(crate) use pattern::{Pattern, fold, fold_into};
use words::Word;
pub(crate) use words::word_at;

/// The most characters of a filter, and the most words and pairs: each is looked for in every trace.
const MOST_CHARS: usize = 10_000;
const MOST_TERMS: usize = 200;

/// A filter over the trace list; the empty one lets everything through.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    pub(crate) terms: Vec<Term>,
}

/// One thing that must hold, or must not.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Term {
    /// Whether it must not hold: it was written with a `-` before it.
    pub(crate) not: bool,
    pub(crate) asks: Asks,
}

/// What a term asks.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Asks {
    /// A text stands somewhere in the trace; folded.
    Text(String),
    /// A value of this key is like the pattern.
    Like(Key, Pattern),
    /// An attribute of this name (as sent) is like the pattern.
    Attribute(String, Pattern),
    /// A number of the trace is within the bounds.
    Within(Number, Bounds),
    /// A prompt cache could not be used any further.
    CacheBroken,
}

/// Says what is wrong with a filter, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct FilterError {
    /// What is wrong, and what would be right.
    pub what: Wrong,
    /// Where the wrong part begins, in characters from the start of the filter.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
}

/// What is wrong with a filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// A key nobody knows.
    #[error("`{0}` is not a key; there are {keys} (quote the word to search for it as text)", keys = keys::names())]
    UnknownKey(String),
    /// A key without a value.
    #[error("`{0}` needs a value, such as `{1}`")]
    NoValue(String, &'static str),
    /// What other languages of filters write between terms and around them.
    #[error(
        "`{0}` is not of this language: all terms must hold, and `-status:ok` means not; quote the word to search for it as text"
    )]
    OtherLanguage(String),
    /// A kind that no span can have.
    #[error("`kind:{0}` is not a kind; there are {kinds}", kinds = keys::kinds())]
    UnknownKind(String),
    /// A status nobody knows.
    #[error("`status:{0}` is not a status; there are ok, error, unset and running")]
    UnknownStatus(String),
    /// Nothing that is known of a cache.
    #[error("`cache:{0}` is nothing a trace tells; there is cache:broken")]
    UnknownCache(String),
    /// No number where one is compared.
    #[error("`{0}` is not {1}")]
    NotAnAmount(String, &'static str),
    /// A text cannot be more or less than another.
    #[error("`{0}` holds text: write `{0}:value` (contains) or `{0}=value` (is exactly)")]
    NotComparable(String),
    /// More characters than anybody writes.
    #[error("a filter has at most {most} characters", most = MOST_CHARS)]
    TooLong,
    /// More terms than anybody writes.
    #[error("a filter has at most {most} words and `key:value` pairs", most = MOST_TERMS)]
    TooMany,
    /// A quotation mark without its other half.
    #[error("this quotation mark is not closed")]
    OpenQuote,
}

impl FromStr for Filter {
    type Err = FilterError;

    /// Reads words separated by blanks; `"…"` keeps blanks and colons within a word.
    fn from_str(text: &str) -> Result<Self, FilterError> {
        if text.chars().nth(MOST_CHARS).is_some() {
            return Err(FilterError { what: Wrong::TooLong, from: MOST_CHARS, to: text.chars().count() });
        }
        let mut words = words::split(text)?;
        words.retain(|word| !word.is_empty());
        if let (Some(first), Some(last)) = (words.get(MOST_TERMS), words.last()) {
            return Err(FilterError { what: Wrong::TooMany, from: first.from, to: last.to });
        }
        Ok(Self { terms: words.iter().map(term).collect::<Result<_, _>>()? })
    }
}

impl Filter {
    /// Says whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }
}

fn term(word: &Word) -> Result<Term, FilterError> {
    let wrong = |what| FilterError { what, from: word.from, to: word.to };
    let Some((name, operator)) = &word.key else {
        if is_of_another_language(word) {
            return Err(wrong(Wrong::OtherLanguage(word.value.clone())));
        }
        return Ok(Term { not: word.not, asks: Asks::Text(fold(&word.value)) });
    };
    let key = Key::named(name).ok_or_else(|| wrong(Wrong::UnknownKey(format!("{name}:"))))?;
    if word.value.is_empty() && !word.quoted {
        return Err(wrong(Wrong::NoValue(format!("{name}{}", operator.sign()), key.example())));
    }
    let asks = match key {
        Key::Number(number) => Asks::Within(number, amount::bounds(number, *operator, &word.value).map_err(wrong)?),
        _ if operator.compares() => return Err(wrong(Wrong::NotComparable(name.clone()))),
        Key::Attribute(attribute) => Asks::Attribute(attribute, Pattern::new(word, *operator)),
        Key::Status if !keys::STATUSES.contains(&word.value.to_lowercase().as_str()) => {
            return Err(wrong(Wrong::UnknownStatus(word.value.clone())));
        }
        Key::Cache if !word.value.eq_ignore_ascii_case(keys::BROKEN) => {
            return Err(wrong(Wrong::UnknownCache(word.value.clone())));
        }
        Key::Cache => Asks::CacheBroken,
        key => {
            let pattern = Pattern::new(word, *operator);
            // A part of a kind suffices, so that one is being written is no mistake.
            if key == Key::Kind && !keys::KINDS.iter().any(|kind| pattern.is_like(kind)) {
                return Err(wrong(Wrong::UnknownKind(word.value.clone())));
            }
            Asks::Like(key, pattern)
        }
    };
    Ok(Term { not: word.not, asks })
}

/// Says whether a word without a key is an operator elsewhere, or a key with a `!` or a parenthesis before it.
fn is_of_another_language(word: &Word) -> bool {
    let inner = word.value.trim_start_matches(['!', '(']);
    let is_term = || inner.split_once([':', '=', '<', '>']).is_some_and(|(name, _)| Key::named(name).is_some());
    !word.quoted
        && (matches!(word.value.as_str(), "AND" | "OR" | "NOT" | "&&" | "||")
            || inner.len() < word.value.len() && is_term())
}

#[cfg(test)]
mod tests;
