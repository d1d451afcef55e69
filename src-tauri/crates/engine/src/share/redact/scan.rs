//! Secrets and addresses in one text, whatever it is: prose, a program, a request, or something escaped or in base64.

use std::ops::Range;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use regex::Regex;

use super::keys::FORMS;
use super::known::Finder;
use super::names;
use super::signs::{Sign, signs};
use super::view::{ESCAPE, Escapes, PERCENT, Pieces};

/// How often a text may be made of another: base64 of escaped JSON within JSON is four.
const DEPTH: u32 = 6;

/// What is shorter is neither a secret nor an address.
pub(super) const SHORTEST: usize = 6;

/// How long a run of base64 must be to be looked into, and how long it may be to be looked into from each of the four letters
/// it may begin at.
const RUN: usize = 20;
const RUN_ANYWHERE: usize = 2 << 10;

/// How much of a run is decoded to see what it is.
const HEAD: usize = 16;

/// How files begin that hold pictures, sounds and the like: those hold no text.
const MEDIA: [&[u8]; 9] =
    [b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"%PDF-", b"OggS", b"ID3", b"fLaC", b"\x1a\x45\xdf\xa3"];

/// What is looked for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wanted<'a> {
    pub(super) secrets: bool,
    pub(super) emails: bool,
    /// Secrets that were told by their names elsewhere.
    pub(super) known: Option<&'a Finder>,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) range: Range<usize>,
    pub(super) rule: Rule,
    /// What the mark stands for: the same wherever it is the same secret.
    pub(super) secret: String,
}

/// What a hit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A secret of a form of its own, by its place in the table.
    Form(usize),
    /// The value of a name that says it is secret.
    Named,
    /// The password of an address.
    Password,
    /// An e-mail address.
    Email,
    /// The value of an attribute that was chosen.
    Chosen,
    /// A text, where only the structure is wanted.
    Text,
}

impl Rule {
    /// Returns the word that stands in the mark.
    pub fn id(self) -> &'static str {
        match self {
            Self::Form(index) => FORMS[index].id,
            Self::Named => "secret",
            Self::Password => "password",
            Self::Email => "email",
            Self::Chosen => "attribute",
            Self::Text => "text",
        }
    }

    /// Returns what it is called.
    pub fn title(self) -> &'static str {
        match self {
            Self::Form(index) => FORMS[index].title,
            Self::Named => "Value whose name says it is secret",
            Self::Password => "Password in an address",
            Self::Email => "E-mail address",
            Self::Chosen => "Chosen attribute",
            Self::Text => "Text",
        }
    }
}

/// Returns what is in a text, in no order; what was found in two ways is there twice.
pub(super) fn scan(text: &str, wanted: Wanted<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    if wanted.secrets || wanted.emails {
        within(text, wanted, DEPTH, &mut hits);
    }
    hits
}

fn within(text: &str, wanted: Wanted<'_>, depth: u32, hits: &mut Vec<Hit>) {
    if text.len() < SHORTEST {
        return;
    }
    plainly(text, wanted, hits);
    if depth == 0 {
        return;
    }
    if let Some(view) = ESCAPE.undone(text) {
        // What is in base64 or escaped otherwise is so in there, too.
        return through(&view, text, ESCAPE, wanted, depth, hits);
    }
    if let Some(view) = PERCENT.undone(text) {
        through(&view, text, PERCENT, wanted, depth, hits);
    }
    for run in runs(text) {
        let found = in_base64(&text[run.clone()], wanted, depth - 1);
        let padding = text.as_bytes()[run.end..].iter().take(2).take_while(|byte| **byte == b'=').count();
        hits.extend(found.map(|(rule, secret)| Hit { range: run.start..run.end + padding, rule, secret }));
    }
}

/// Finds what stands in what is left of a text when its escapes are undone.
fn through(view: &str, text: &str, escapes: Escapes, wanted: Wanted<'_>, depth: u32, hits: &mut Vec<Hit>) {
    let mut found = Vec::new();
    within(view, wanted, depth - 1, &mut found);
    if !found.is_empty() {
        let pieces = Pieces::of(text, escapes);
        let range = |range: Range<usize>| pieces.source(range.start)..pieces.source(range.end);
        hits.extend(found.into_iter().map(|hit| Hit { range: range(hit.range), ..hit }));
    }
}

/// Finds what stands there as it is.
fn plainly(text: &str, wanted: Wanted<'_>, hits: &mut Vec<Hit>) {
    if wanted.secrets {
        let signs = signs();
        signs.each(text, |at, sign| {
            hits.extend(match sign {
                Sign::Form(index) => form(text, at, index, &signs.forms[index]),
                Sign::Name(length) => value(text, at..at + length).or_else(|| drawn(text, at..at + length)),
                Sign::Address => password(text, at..at + "://".len()),
            });
        });
    }
    if wanted.emails {
        hits.extend(memchr::memchr_iter(b'@', text.as_bytes()).filter_map(|at| email(text, at)));
    }
    if let Some(known) = wanted.known {
        hits.extend(known.find(text));
    }
}

fn form(text: &str, at: usize, index: usize, expression: &Regex) -> Option<Hit> {
    let first = text[at..].chars().next()?;
    // A key does not begin within a word.
    if first.is_ascii_alphanumeric() && before(text, at).is_some_and(|letter| letter.is_ascii_alphanumeric()) {
        return None;
    }
    let captures = expression.captures(&text[at..])?;
    let secret = captures.name("secret").or_else(|| captures.get(0))?;
    if !FORMS[index].is_meant(secret.as_str()) {
        return None;
    }
    let secret_text = secret.as_str().to_owned();
    Some(Hit { range: at + secret.start()..at + secret.end(), rule: Rule::Form(index), secret: secret_text })
}

fn before(text: &str, at: usize) -> Option<char> {
    text[..at].chars().next_back()
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// Finds the value that is given to a name: `api_key = "…"`, `'password': '…'`, `X-Api-Key: …`, `?token=…`.
fn value(text: &str, sign: Range<usize>) -> Option<Hit> {
    let bytes = text.as_bytes();
    let start = sign.start
        - bytes[..sign.start].iter().rev().take(names::LONGEST).take_while(|byte| is_of_name(**byte)).count();
    let end = sign.end + bytes[sign.end..].iter().take(names::LONGEST).take_while(|byte| is_of_name(**byte)).count();
    let blanks = |at: usize| at + bytes[at..].iter().take(3).take_while(|byte| **byte == b' ').count();
    let mut at = end;
    let is_quoted = matches!(bytes.get(at), Some(b'"' | b'\''));
    at = blanks(at + usize::from(is_quoted));
    let is_parameter = start > 0 && matches!(bytes[start - 1], b'?' | b'&' | b';') && bytes.get(at) == Some(&b'=');
    match bytes.get(at)? {
        b'=' | b':' if !text[at..].starts_with("://") => at += 1,
        _ => return None,
    }
    // `=>` and `==`.
    at += usize::from(matches!(bytes.get(at), Some(b'>' | b'=')));
    at = blanks(at);
    let name = &text[start..end];
    if !if is_parameter { names::is_secret_parameter(name) } else { names::is_secret(name) } {
        return None;
    }
    let quote = bytes.get(at).copied().filter(|byte| matches!(byte, b'"' | b'\'' | b'`'));
    let from = at + usize::from(quote.is_some());
    let rest = text.get(from..)?;
    let length = match quote {
        Some(quote) => rest.bytes().position(|byte| byte == quote || byte == b'\n')?,
        None => rest
            .find(|letter: char| letter.is_whitespace() || "\"'`,;&<>{}()[]|\\".contains(letter))
            .unwrap_or(rest.len()),
    };
    let given = &rest[..length];
    // A scheme before it is no part of it: the same key elsewhere has none.
    let scheme = ["bearer ", "basic ", "token ", "apikey "]
        .iter()
        .find(|scheme| rest.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    if let Some(scheme) = scheme {
        let (from, rest) = (from + scheme.len(), &rest[scheme.len()..]);
        let length =
            rest.find(|letter: char| letter.is_whitespace() || "\"'`,;<>\\".contains(letter)).unwrap_or(rest.len());
        return taken(&rest[..length], from);
    }
    // Without quotes a word of prose may follow: `Password: required`.
    let is_prose = quote.is_none() && !is_parameter && !given.bytes().any(|byte| byte.is_ascii_digit());
    if is_prose || (quote.is_none() && given.len() < 6) {
        return None;
    }
    taken(given, from)
}

/// Finds digits that follow the name of a key: `wallet_key: 0x…`, `the AES key is …`.
fn drawn(text: &str, sign: Range<usize>) -> Option<Hit> {
    let bytes = text.as_bytes();
    let end = sign.end + bytes[sign.end..].iter().take(names::LONGEST).take_while(|byte| is_of_name(**byte)).count();
    let between = |at: usize| at + bytes[at..].iter().take(4).take_while(|byte| b" =:\"'`>".contains(byte)).count();
    let mut from = between(end);
    for word in ["is ", "was "] {
        if text[from..].starts_with(word) {
            from = between(from + word.len());
        }
    }
    let rest = text.get(from..).filter(|_| from > end)?;
    let length = rest.bytes().take(131).take_while(u8::is_ascii_alphanumeric).count();
    let given = &rest[..length];
    if !names::is_drawn(given) {
        return None;
    }
    // Of a name in two words, the first says which key it is.
    let word =
        |end: usize| end - bytes[..end].iter().rev().take(names::LONGEST).take_while(|byte| is_of_name(**byte)).count();
    let mut start = word(sign.start);
    if start > 0 && bytes[start - 1] == b' ' {
        start = word(start - 1);
    }
    let name = text.get(start..end)?;
    names::may_be_secret(name).then(|| taken(given, from)).flatten()
}

fn taken(value: &str, from: usize) -> Option<Hit> {
    let is_one = !names::is_stand_in(value);
    is_one.then(|| Hit { range: from..from + value.len(), rule: Rule::Named, secret: value.to_owned() })
}

/// Finds the password in `scheme://user:password@host`.
fn password(text: &str, sign: Range<usize>) -> Option<Hit> {
    if !before(text, sign.start)?.is_ascii_alphanumeric() {
        return None;
    }
    let rest = &text[sign.end..];
    let end = rest.find(|letter: char| letter.is_whitespace() || "/\"'`<>\\,".contains(letter)).unwrap_or(rest.len());
    let user = &rest[..rest[..end].rfind('@')?];
    let colon = user.find(':')?;
    let password = &user[colon + 1..];
    let from = sign.end + colon + 1;
    let is_one = !password.is_empty() && (password.len() < 3 || !names::is_stand_in(password));
    is_one.then(|| Hit { range: from..from + password.len(), rule: Rule::Password, secret: password.to_owned() })
}

/// Ends of names of files with a scale or a version in them: `icon@2x.png`.
const FILES: [&str; 12] = ["png", "jpg", "jpeg", "gif", "svg", "webp", "js", "ts", "css", "py", "json", "html"];

fn email(text: &str, at: usize) -> Option<Hit> {
    let bytes = text.as_bytes();
    let local =
        bytes[..at].iter().rev().take(64).take_while(|byte| byte.is_ascii_alphanumeric() || b"._%+-".contains(byte));
    let start = at - local.count();
    let start = start + bytes[start..at].iter().take_while(|byte| b".-%+".contains(byte)).count();
    let domain = bytes[at + 1..]
        .iter()
        .take(253)
        .take_while(|byte| byte.is_ascii_alphanumeric() || b".-".contains(byte))
        .count();
    let domain = text[at + 1..at + 1 + domain].trim_end_matches(['.', '-']);
    let (rest, top) = domain.rsplit_once('.')?;
    let is_one = start < at
        && !rest.is_empty()
        && !rest.starts_with('.')
        && (2..=24).contains(&top.len())
        && top.bytes().all(|byte| byte.is_ascii_alphabetic())
        && !FILES.contains(&top.to_ascii_lowercase().as_str())
        // Who a repository is fetched as.
        && !(text[start..at].eq("git") && text[at + 1 + domain.len()..].starts_with([':', '/']));
    let end = at + 1 + domain.len();
    is_one.then(|| Hit { range: start..end, rule: Rule::Email, secret: text[start..end].to_ascii_lowercase() })
}

/// Returns where runs of letters stand that may be base64.
fn runs(text: &str) -> Vec<Range<usize>> {
    static OF_RUN: [bool; 256] = {
        let mut of_run = [false; 256];
        let mut byte = 0;
        while byte < 256 {
            let letter = byte as u8;
            of_run[byte] = letter.is_ascii_alphanumeric() || matches!(letter, b'+' | b'/' | b'-' | b'_');
            byte += 1;
        }
        of_run
    };
    let bytes = text.as_bytes();
    let (mut runs, mut at) = (Vec::new(), RUN - 1);
    while at < bytes.len() {
        // The last letter a run from here on would need: where it is none, no run crosses it.
        if !OF_RUN[usize::from(bytes[at])] {
            at += RUN;
            continue;
        }
        let floor = runs.last().map_or(0, |run: &Range<usize>| run.end);
        let start = at - bytes[floor..at].iter().rev().take_while(|byte| OF_RUN[usize::from(**byte)]).count();
        let end = at + bytes[at..].iter().take_while(|byte| OF_RUN[usize::from(**byte)]).count();
        if end - start >= RUN {
            runs.push(start..end);
        }
        at = end + RUN;
    }
    runs
}

const STANDARD: GeneralPurpose = lenient(&alphabet::STANDARD);
const URL_SAFE: GeneralPurpose = lenient(&alphabet::URL_SAFE);

const fn lenient(alphabet: &alphabet::Alphabet) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(alphabet, config)
}

/// Decodes base64 of either alphabet, with or without padding.
pub(super) fn decoded(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let whole = if text.len() % 4 == 1 { &text[..text.len() - 1] } else { text };
    let engine = if whole.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    engine.decode(whole).ok()
}

/// Says whether what a run of base64 stands for may hold a secret: letters of ASCII in a row, as many as the shortest of them.
fn holds_text(run: &[u8]) -> bool {
    const VALUES: [u8; 256] = {
        let mut values = [0; 256];
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut value = 0;
        while value < 64 {
            values[letters[value] as usize] = value as u8;
            value += 1;
        }
        values[b'-' as usize] = 62;
        values[b'_' as usize] = 63;
        values
    };
    let value = |letter: &u8| u32::from(VALUES[usize::from(*letter)]);
    let mut row = 0;
    for four in run.chunks(4) {
        let bits = four.iter().fold(0, |bits, letter| bits << 6 | value(letter)) << (6 * (4 - four.len()));
        for byte in &bits.to_be_bytes()[1..] {
            row = if matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r') { row + 1 } else { 0 };
            if row >= SHORTEST {
                return true;
            }
        }
    }
    false
}

fn in_base64(run: &str, wanted: Wanted<'_>, depth: u32) -> Option<(Rule, String)> {
    // Ids and hashes are none.
    if matches!(run.len(), 32 | 40 | 64) && run.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let starts = if run.len() <= RUN_ANYWHERE { 4 } else { 1 };
    (0..starts).find_map(|start| {
        let run = &run[start..];
        let head = decoded(&run[..run.len().min(HEAD)])?;
        if MEDIA.iter().any(|media| head.starts_with(media)) || !holds_text(run.as_bytes()) {
            return None;
        }
        let bytes = decoded(run)?;
        let mut hits = Vec::new();
        within(&String::from_utf8_lossy(&bytes), wanted, depth, &mut hits);
        hits.into_iter().min_by_key(|hit| hit.range.start).map(|hit| (hit.rule, hit.secret))
    })
}

#[cfg(test)]
mod tests;
