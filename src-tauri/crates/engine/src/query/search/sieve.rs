//! Whether what a term asks can stand in a span, told from the bytes it was sent in: most spans of a block are passed over
//! without being read.
//!
//! It errs on one side only. What a text's characters can be written as in those bytes is known of most of them; of the others
//! (blanks, quotation marks, what JSON may escape) nothing is asked.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::bytes::Regex;
use spanglass_trace::decode::{Encoding, Envelope, stored};

use super::texts::STREAMS;
use crate::query::filter::{Asks, Key, fold};

/// A run of fewer characters rules out too little.
const SHORTEST: usize = 2;

/// More characters of a run hardly rule out more; a pattern of thousands takes seconds to be made.
const LONGEST: usize = 64;

/// How JSON writes any character it likes to; then nothing is known of a text.
const ESCAPED: &[u8] = b"\\u";

/// What is looked for in the bytes of spans.
#[derive(Clone, Debug)]
pub(super) enum Sieve {
    /// Everything may fit.
    Open,
    /// A run of characters that stands in every text that fits.
    Text(Regex),
    /// The name of an attribute.
    Attribute(Regex),
    /// A run of characters that stands in the digest.
    Digest(Regex),
}

impl Sieve {
    /// Returns the sieve of what is asked.
    pub(super) fn of(asks: &Asks) -> Self {
        let found = match asks {
            Asks::Text(text) if !is_made(text) => run(text).map(Self::Text),
            Asks::Attribute(name, _) => run_of_name(name).map(Self::Attribute),
            // A kind is written otherwise than it reads.
            Asks::Like(Key::Kind | Key::Status, _) => None,
            Asks::Like(_, pattern) => {
                let longest = pattern.parts.iter().max_by_key(|part| part.len());
                longest.and_then(|part| run(part)).map(Self::Digest)
            }
            Asks::Text(_) | Asks::Within(..) | Asks::CacheBroken => None,
        };
        found.unwrap_or(Self::Open)
    }

    /// Says whether it can stand in a span that was sent in these bytes.
    pub(super) fn lets_span_through(&self, envelope: &Envelope, raw: &[u8]) -> bool {
        let all = [raw, &envelope.resource, &envelope.scope];
        let any_escaped = || all.iter().any(|bytes| memchr::memmem::find(bytes, ESCAPED).is_some());
        let any = |run: &Regex| all.iter().any(|bytes| run.is_match(bytes));
        match self {
            Self::Open | Self::Digest(_) => true,
            Self::Text(run) => any(run) || any_escaped() || may_stream(envelope.encoding, raw),
            Self::Attribute(name) => any(name) || (envelope.encoding == Encoding::Json && any_escaped()),
        }
    }

    /// Says whether it can be told of a span by its digest, as JSON.
    pub(super) fn lets_digest_through(&self, json: &[u8]) -> bool {
        match self {
            Self::Digest(run) => run.is_match(json) || memchr::memmem::find(json, ESCAPED).is_some(),
            Self::Open | Self::Text(_) | Self::Attribute(_) => true,
        }
    }
}

/// Says whether a folded text may be one that is not sent as such: an id, a number, a truth value.
fn is_made(text: &str) -> bool {
    let of = |alphabet: &str| text.chars().all(|c| alphabet.contains(c));
    of("0123456789abcdef")
        || of("0123456789.e+-")
        || ["true", "false", "nan", "-inf"].iter().any(|made| made.contains(text))
}

/// What is searched of a streamed answer is not in one piece in its bytes.
fn may_stream(encoding: Encoding, raw: &[u8]) -> bool {
    stored::events(encoding, raw).is_none_or(|events| events > STREAMS)
}

/// Returns a pattern of the longest run of characters that every text has in which a folded text stands, however that is
/// written; `None` when all are short.
fn run(folded: &str) -> Option<Regex> {
    let is_blank =
        |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\\' | '/' | char::REPLACEMENT_CHARACTER);
    let longest = folded.split(is_blank).max_by_key(|run| run.len())?;
    if longest.chars().count() < SHORTEST {
        return None;
    }
    let mut pattern = String::new();
    for c in longest.chars().take(LONGEST) {
        let written = regex::escape(c.encode_utf8(&mut [0; 4]));
        match CAPITALS.get(&c) {
            Some(capitals) => pattern.extend(["(?:", &written, "|", capitals, ")"]),
            None => pattern.push_str(&written),
        }
    }
    Regex::new(&pattern).ok()
}

/// What is folded to a character, beside itself, as a pattern. All capitals there are stand before this one.
static CAPITALS: LazyLock<BTreeMap<char, String>> = LazyLock::new(|| {
    let mut capitals: BTreeMap<char, String> = BTreeMap::new();
    for c in '\0'..'\u{20000}' {
        let folded = fold(c.encode_utf8(&mut [0; 4])).chars().next().unwrap_or(c);
        if folded != c && !c.is_whitespace() {
            let known = capitals.entry(folded).or_default();
            known.push_str(if known.is_empty() { "" } else { "|" });
            known.push(c);
        }
    }
    capitals
});

fn run_of_name(name: &str) -> Option<Regex> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ':');
    let begins = &name[..name.floor_char_boundary(LONGEST)];
    (name.len() >= SHORTEST && name.chars().all(is_plain)).then(|| Regex::new(&regex::escape(begins)).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_is_found_however_it_is_written() {
        for c in ('\0'..=char::MAX).filter(|c| !c.is_whitespace() && fold(&c.to_string()) != c.to_string()) {
            let folded = fold(&c.to_string());
            let run = run(&folded.repeat(2)).unwrap_or_else(|| panic!("{c}: a run"));
            assert!(run.is_match(c.to_string().repeat(2).as_bytes()), "{c} is written for {folded}");
        }
    }

    #[test]
    fn a_pattern_is_short_however_long_a_text() {
        let run = run(&"word-".repeat(20_000)).expect("a run");
        assert!(run.as_str().len() < 20 * LONGEST, "{} bytes", run.as_str().len());
        assert!(run.is_match("Word-".repeat(20_000).as_bytes()));
        let name = run_of_name(&"name.".repeat(20_000)).expect("a run");
        assert!(name.as_str().len() < 2 * LONGEST && name.is_match("name.".repeat(20_000).as_bytes()));
    }

    #[test]
    fn what_is_told_from_bytes_is_told() {
        let filter = |text: &str| Sieve::of(&text.parse::<crate::query::filter::Filter>().unwrap().terms[0].asks);
        let envelope = |encoding| Envelope { encoding, resource: Default::default(), scope: Default::default() };
        let lets =
            |text: &str, raw: &str| filter(text).lets_span_through(&envelope(Encoding::Protobuf), raw.as_bytes());
        // A field of protobuf, of a number no span has, with the bytes as its value.
        let raw = |text: &str| format!("\u{7a}{}{text}", char::from(text.len() as u8));
        for (words, text, expected) in [
            ("weather", "the WEATHER is", true),
            ("weather", "the whether is", false),
            ("\"the weather\"", "the\\nweather", true),
            ("größenvergl", "GRÖSSENVERGLEICH", false),
            ("größenvergl", "ein GRÖßENVERGLEICH", true),
            ("天気", "今日の天気は", true),
            ("天気", "今日の天は", false),
            ("天気", "\\u5929\\u6c17", true),
            ("istanbul", "İSTANBUL", true),
            ("deadbeef", "an id is not sent as text", true),
            ("42", "nor is a number", true),
            ("\"a b\"", "too short to tell", true),
            ("attr.http.route:x", "http.route", true),
            ("attr.http.route:x", "http.rout", false),
        ] {
            assert_eq!(lets(words, &raw(text)), expected, "{words} in {text}");
        }
        let events = "\u{5a}\u{0}".repeat(STREAMS + 1);
        assert!(lets("weather", &events), "a streamed answer is put together");
        assert!(!lets("weather", &events[2..]));
        assert!(filter("weather").lets_span_through(&envelope(Encoding::Json), b"{}"), "JSON may hold many events");
        let by_digest = |text: &str, json: &str| filter(text).lets_digest_through(json.as_bytes());
        assert!(by_digest("model:4o", r#"{"model":"GPT-4o-mini"}"#));
        assert!(!by_digest("model:4o", r#"{"model":"claude"}"#));
        assert!(by_digest("kind:llm", "{}"));
    }
}
