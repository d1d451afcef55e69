//! How two texts differ, word by word.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::align::align;

/// A text is compared by its first bytes.
const LONGEST: usize = 16 << 10;

/// Whose a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// Of both.
    Both,
    /// Of the first trace.
    A,
    /// Of the second.
    B,
}

/// A piece of two texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Run {
    /// Whose it is.
    pub whose: Whose,
    /// The piece.
    pub text: String,
}

/// Texts that share less than this part of the shorter one's words say something else: what they share by chance only disturbs.
const LITTLE: usize = 5;

/// Returns two texts as what they share and what they do not, and whether they were longer than what is compared.
pub(super) fn runs(a: &str, b: &str) -> (Vec<Run>, bool) {
    let (first, second) = (cut(a), cut(b));
    let (words_a, words_b) = (words(first), words(second));
    let pairs = align(&words_a, &words_b);
    let told = |words: &[&str]| words.iter().map(|word| telling(word)).sum::<usize>();
    let shared: usize = pairs.iter().filter_map(|&(at, other)| other.and(at)).map(|at| telling(words_a[at])).sum();
    let shorter = told(&words_a).min(told(&words_b));
    let mut found = Runs::default();
    if shared * LITTLE < shorter {
        (found.a, found.b) = (first.to_owned(), second.to_owned());
    } else {
        for pair in pairs {
            match pair {
                (Some(at), Some(_)) => found.both(words_a[at]),
                (Some(at), None) => found.one(Whose::A, words_a[at]),
                (None, Some(at)) => found.one(Whose::B, words_b[at]),
                (None, None) => {}
            }
        }
    }
    (found.finish(), first.len() < a.len() || second.len() < b.len())
}

/// What differs, gathered until a word of both comes: blanks and signs between two replaced words belong to what is replaced.
#[derive(Default)]
struct Runs {
    runs: Vec<Run>,
    a: String,
    b: String,
    /// Blanks and signs of both after what differs.
    between: String,
}

impl Runs {
    fn both(&mut self, word: &str) {
        if telling(word) == 0 && !(self.a.is_empty() && self.b.is_empty()) {
            self.between.push_str(word);
            return;
        }
        self.put_down();
        self.push(Whose::Both, word);
    }

    fn one(&mut self, whose: Whose, word: &str) {
        if !self.between.is_empty() {
            let is_replaced = (whose == Whose::A || !self.a.is_empty()) && (whose == Whose::B || !self.b.is_empty());
            if is_replaced {
                let between = std::mem::take(&mut self.between);
                self.a.push_str(&between);
                self.b.push_str(&between);
            } else {
                self.put_down();
            }
        }
        if whose == Whose::A { self.a.push_str(word) } else { self.b.push_str(word) }
    }

    fn put_down(&mut self) {
        let (a, b, between) =
            (std::mem::take(&mut self.a), std::mem::take(&mut self.b), std::mem::take(&mut self.between));
        for (whose, text) in [(Whose::A, a), (Whose::B, b), (Whose::Both, between)] {
            self.push(whose, &text);
        }
    }

    fn push(&mut self, whose: Whose, text: &str) {
        match self.runs.last_mut().filter(|last| last.whose == whose) {
            _ if text.is_empty() => {}
            Some(last) => last.text.push_str(text),
            None => self.runs.push(Run { whose, text: text.to_owned() }),
        }
    }

    fn finish(mut self) -> Vec<Run> {
        self.put_down();
        self.runs
    }
}

/// Returns how long a word is; blanks and signs tell nothing.
fn telling(word: &str) -> usize {
    if word.contains(char::is_alphanumeric) { word.len() } else { 0 }
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST)]
}

/// Splits a text into words, blanks and single signs; together they are the text.
fn words(text: &str) -> Vec<&str> {
    let kind = |c: char| match c {
        c if c.is_whitespace() => 0,
        // Languages without blanks are compared sign by sign.
        c if c.is_alphanumeric() && (c as u32) < 0x2e80 => 1,
        _ => 2,
    };
    let (mut words, mut begin, mut last) = (Vec::new(), 0, None);
    for (at, c) in text.char_indices() {
        let now = kind(c);
        if at > 0 && (last != Some(now) || now == 2) {
            words.push(&text[begin..at]);
            begin = at;
        }
        last = Some(now);
    }
    if begin < text.len() {
        words.push(&text[begin..]);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(a: &str, b: &str, expected: &str) {
        let (runs, _) = runs(a, b);
        let side = |side: Whose| -> String {
            runs.iter().filter(|run| run.whose == Whose::Both || run.whose == side).map(|run| &run.text[..]).collect()
        };
        assert_eq!((side(Whose::A).as_str(), side(Whose::B).as_str()), (a, b));
        let drawn = runs.iter().map(|run| match run.whose {
            Whose::Both => run.text.clone(),
            Whose::A => format!("[-{}]", run.text),
            Whose::B => format!("[+{}]", run.text),
        });
        assert_eq!(drawn.collect::<String>(), expected);
    }

    #[test]
    fn what_both_say_stands_once() {
        check("Use the tools.", "Use the tools; never guess.", "Use the tools[+; never guess].");
        check("", "new", "[+new]");
        check("same", "same", "same");
        check("今日の天気", "今日は天気", "今日[-の][+は]天気");
        check("a: 1, b: 2", "a: 1, c: 9, b: 2", "a: 1, [+c: 9, ]b: 2");
    }

    #[test]
    fn words_that_are_replaced_together_stand_together() {
        check(
            "Book a cheap flight to Paris.",
            "Book one quick train to Paris.",
            "Book [-a cheap flight][+one quick train] to Paris.",
        );
        check("{\"unit\": \"C\"}", "{\"unit\": \"F\"}", "{\"unit\": \"[-C][+F]\"}");
    }

    #[test]
    fn texts_that_say_something_else_stand_apart() {
        check(
            "It rains in Paris, take a coat.",
            "I could not find that city, sorry.",
            "[-It rains in Paris, take a coat.][+I could not find that city, sorry.]",
        );
    }
}
