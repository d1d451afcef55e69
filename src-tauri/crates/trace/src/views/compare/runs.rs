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

/// Returns two texts as what they share and what they do not, and whether they were longer than what is compared.
pub(super) fn runs(a: &str, b: &str) -> (Vec<Run>, bool) {
    let (first, second) = (cut(a), cut(b));
    let (words_a, words_b) = (words(first), words(second));
    let mut runs: Vec<Run> = Vec::new();
    for pair in align(&words_a, &words_b) {
        let (whose, text) = match pair {
            (Some(at), Some(_)) => (Whose::Both, words_a[at]),
            (Some(at), None) => (Whose::A, words_a[at]),
            (None, Some(at)) => (Whose::B, words_b[at]),
            (None, None) => continue,
        };
        match runs.last_mut().filter(|last| last.whose == whose) {
            Some(last) => last.text.push_str(text),
            None => runs.push(Run { whose, text: text.to_owned() }),
        }
    }
    (runs, first.len() < a.len() || second.len() < b.len())
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
    }
}
