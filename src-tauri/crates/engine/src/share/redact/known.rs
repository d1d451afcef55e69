//! Secrets that were told by their names somewhere in an export, wherever else in it they stand without one.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::names;
use super::scan::{Hit, Rule};

/// How many are looked for; of more, each is found by its name alone.
const MOST: usize = 10_000;

/// The shortest that is looked for, in bytes, and the shortest that is made of letters alone.
const SHORTEST: usize = 6;
const SHORTEST_WORD: usize = 16;

/// Digits of the shortest key that is told by them and the word before them.
const DRAWN: usize = 32;

/// Secrets that were told by their names.
#[derive(Default)]
pub(super) struct Known {
    secrets: BTreeMap<String, Rule>,
    finder: Option<Finder>,
}

/// Finds secrets in texts.
#[derive(Debug)]
pub(super) struct Finder {
    found: AhoCorasick,
    secrets: Vec<(String, Rule)>,
}

impl Known {
    /// Adds a secret to those that are looked for, when it is one of its own: `admin` and `123456` stand elsewhere for other things.
    pub(super) fn learn(&mut self, secret: &str, rule: Rule) {
        let is_told_by_name = matches!(rule, Rule::Named | Rule::Password);
        let has = |of: fn(&char) -> bool| secret.chars().any(|letter| of(&letter));
        let is_mixed = has(char::is_ascii_alphabetic) && has(|letter| !letter.is_ascii_alphabetic());
        let is_long = secret.len() >= if is_mixed { SHORTEST } else { SHORTEST_WORD };
        let is_own = is_long && has(char::is_ascii_alphabetic) && !has(|letter| letter.is_whitespace());
        if is_told_by_name && is_own && self.secrets.len() < MOST && !self.secrets.contains_key(secret) {
            self.secrets.insert(secret.to_owned(), rule);
            self.finder = None;
        }
    }

    /// Makes what looks for all that were learned.
    pub(super) fn prepare(&mut self) {
        if self.finder.is_none() && !self.secrets.is_empty() {
            let secrets: Vec<_> = self.secrets.iter().map(|(secret, rule)| (secret.clone(), *rule)).collect();
            let words = secrets.iter().map(|(secret, _)| secret);
            let found = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(words);
            // What is more than fits into an automaton is found by its name.
            self.finder = found.ok().map(|found| Finder { found, secrets });
        }
    }

    /// Returns what looks for those there were when it was made.
    pub(super) fn finder(&self) -> Option<&Finder> {
        self.finder.as_ref()
    }
}

impl Finder {
    /// Finds secrets in a text, where they are no part of a longer word.
    pub(super) fn find<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Hit> + 'a {
        let is_of_word = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
        self.found.find_iter(text).filter_map(move |found| {
            let (before, after) = (text[..found.start()].chars().next_back(), text[found.end()..].chars().next());
            let (secret, rule) = &self.secrets[found.pattern().as_usize()];
            let is_whole = !is_of_word(before) && !is_of_word(after);
            is_whole.then(|| Hit { range: found.range(), rule: *rule, secret: secret.clone() })
        })
    }
}

/// Says whether what was received may hold a name that tells of a secret, however it is encoded. What a name is written in pieces or in
/// base64 of is not looked into: such a secret is found where it stands, and not elsewhere.
pub(super) fn may_tell(raw: &[u8]) -> bool {
    static SIGNS: LazyLock<AhoCorasick> = LazyLock::new(|| {
        let signs = names::SIGNS.iter().copied().chain(["://"]);
        let built = AhoCorasick::builder().ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).build(signs);
        built.expect("a dozen short patterns")
    });
    let is_of_name = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_-".contains(byte);
    SIGNS.find_overlapping_iter(raw).any(|sign| {
        let rest = &raw[sign.end()..];
        if sign.pattern().as_usize() == names::SIGNS.len() {
            return rest.iter().take(256).take_while(|byte| !b"/ \"\\\n".contains(byte)).any(|byte| *byte == b'@');
        }
        let before = raw[..sign.start()].iter().rev().take(names::LONGEST).take_while(is_of_name).count();
        let after = rest.iter().take(names::LONGEST).take_while(is_of_name).count();
        let start = sign.start() - before;
        let Ok(name) = std::str::from_utf8(&raw[start..sign.end() + after]) else { return false };
        let is_parameter = start > 0 && b"?&;".contains(&raw[start - 1]);
        names::is_secret(name)
            || is_parameter && names::is_secret_parameter(name)
            || rest[after..].windows(DRAWN).take(DRAWN).any(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_mean_other_things_are_not_looked_for() {
        let mut known = Known::default();
        for secret in ["admin", "123456789", "hunter2", "correcthorsebatterystaple", "a b c d e f g h 1", "postgres"] {
            known.learn(secret, Rule::Named);
        }
        known.learn("ada1@example.org", Rule::Email);
        assert_eq!(known.secrets.keys().collect::<Vec<_>>(), ["correcthorsebatterystaple", "hunter2"]);
        assert!(known.finder().is_none());
        known.prepare();
        let finder = known.finder().expect("two");
        let found: Vec<_> = finder.find("is hunter2? hunter22, xhunter2, (hunter2)").map(|hit| hit.range).collect();
        assert_eq!(found, [3..10, 33..40]);
    }
}
