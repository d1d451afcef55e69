//! What is taken out of one item: every text of it is looked at, those within texts that are JSON too.
//!
//! An item is OTLP JSON, and so is read like any JSON. Of an object that is a name and a value (`key` or `name`, and `value`), as
//! attributes and headers are, the name says what the value is.

use std::borrow::Cow;

use spanglass_trace::fingerprint;

use super::json::{Kind, Token, tokens};
use super::names;
use super::rules::Rules;
use super::scan::{self, Rule, Wanted};
use super::streams::{Pieces, Text};
use super::view::{ESCAPE, Layer};

/// How often JSON may be a text within JSON.
const DEPTH: u32 = 8;

/// What is put in the place of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// Where it stands in the item.
    pub(super) start: usize,
    pub(super) end: usize,
    /// What it is; `None` = the rest of what was cut out of the piece before.
    pub(super) what: Option<(Rule, String)>,
    /// How its place is called.
    pub(super) place: String,
    pub(super) instead: Instead,
}

/// What is written where something was cut out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instead {
    /// The mark, in a text.
    Mark,
    /// An attribute's value that is the mark.
    Value,
    /// JSON's `null`: marks are no numbers.
    Null,
}

/// Why a value is taken out whatever is in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Because {
    /// Its name says it is secret.
    Secret,
    /// Its name was chosen.
    Chosen,
}

/// Where in an item something stands.
#[derive(Clone, Copy)]
struct At<'a> {
    /// How the part of the item is called.
    part: &'a str,
    /// The attribute (or field) of the item.
    attribute: &'a str,
    /// The innermost name.
    name: &'a str,
    because: Option<Because>,
    /// How much deeper JSON is looked for in texts; [`DEPTH`] = this is the item itself.
    depth: u32,
    /// What stands for the names down to here, whichever entries of lists they are in, and for the numbers of turns on the way.
    path: u64,
    turns: u64,
    in_list: bool,
    in_event: bool,
}

/// Looks through an item.
pub(super) struct Walk<'r> {
    rules: &'r Rules,
    wanted: Wanted<'r>,
    pieces: Pieces<'r>,
    /// What is to be cut out of the item.
    pub(super) cuts: Vec<Cut>,
}

impl<'r> Walk<'r> {
    /// Looks through one item of several that follow each other, and does with its pieces what is to be done with them.
    pub(super) fn new(rules: &'r Rules, wanted: Wanted<'r>, pieces: Pieces<'r>) -> Self {
        Self { rules, wanted, pieces, cuts: Vec::new() }
    }

    /// Looks through the item. `part` is how it is called, such as `span`.
    pub(super) fn item(&mut self, part: &str, json: &str) {
        let at = At {
            part,
            attribute: "",
            name: "",
            because: None,
            depth: DEPTH,
            path: fingerprint::of([part]),
            turns: 0,
            in_list: false,
            in_event: part == "log record",
        };
        match tokens(json) {
            Some(tokens) => self.json(&Layer::whole(json), &tokens, 0, at),
            // Nested deeper than anything is read: nothing in it can be told apart.
            None => {
                let length = json.chars().count().to_string();
                self.cut(0, json.len(), (Rule::Text, length), at, Instead::Value);
            }
        }
    }

    /// Looks through a value that begins at a token.
    fn json(&mut self, layer: &Layer<'_>, tokens: &[Token], first: usize, at: At<'_>) {
        let token = tokens[first];
        match token.kind {
            Kind::Text => self.token(layer, token, at),
            Kind::Bare => self.bare(layer, token, at),
            Kind::List => {
                let mut entry = first + 1;
                while entry < token.last() {
                    self.json(layer, tokens, entry, At { in_list: true, ..at });
                    entry = tokens[entry].last() + 1;
                }
            }
            Kind::Object => self.object(layer, tokens, first, at),
            Kind::End | Kind::Key => {}
        }
    }

    fn object(&mut self, layer: &Layer<'_>, tokens: &[Token], first: usize, at: At<'_>) {
        let written = |key: usize| &layer.text[tokens[key].range()];
        let is_text = |key: usize| tokens[key + 1].kind == Kind::Text;
        let Shape { is_pair, named, is_wrapper, turn } = shape(layer.text, tokens, first);
        if is_wrapper && self.number(layer, tokens, first, at) {
            return;
        }
        let pair = named.filter(|_| is_pair).map(|key| unescaped(written(key + 1)));
        for key in members(tokens, first) {
            let name = unescaped(written(key));
            self.key(layer, tokens[key], at);
            if pair.is_some() && is_text(key) && matches!(&*name, "key" | "name") {
                // As much a name as one before a colon.
                self.key(layer, tokens[key + 1], at);
                continue;
            }
            let is_value_of_pair = pair.is_some() && name == "value";
            let name = if is_value_of_pair { pair.as_deref().unwrap_or_default() } else { &name };
            let within = self.inside(at, name, tokens[key + 1].kind, turn, is_value_of_pair);
            self.json(layer, tokens, key + 1, if is_wrapper && at.depth == DEPTH { at } else { within });
        }
    }

    /// Returns where the value of a name stands.
    fn inside<'a>(&self, at: At<'a>, name: &'a str, kind: Kind, turn: u64, is_pair: bool) -> At<'a> {
        let is_outside = at.depth == DEPTH;
        let because = match at.because {
            Some(Because::Chosen) => Some(Because::Chosen),
            _ if (is_pair || !is_outside) && self.rules.chooses(name) => Some(Because::Chosen),
            // The entries of an attribute that is a list.
            Some(Because::Secret) if is_outside && name == "values" => Some(Because::Secret),
            // The fields of what has a secret's name are no secrets for that: a schema describes a password. The value of an
            // attribute is such an object, too.
            _ if (kind != Kind::Object || is_pair && is_outside) && names::is_secret(name) => Some(Because::Secret),
            _ => None,
        }
        .filter(|because| *because == Because::Chosen || self.wanted.secrets);
        let part = match name {
            "events" if is_outside => "event",
            "links" if is_outside => "link",
            _ => at.part,
        };
        // A list of attributes is no list of pieces: each has a name.
        let in_list = at.in_list && !(is_pair && is_outside && !at.in_event);
        At {
            part,
            attribute: if is_outside && !is_wrapper(name) && name != "values" { name } else { at.attribute },
            name,
            because,
            path: fingerprint::of([name]) ^ at.path.rotate_left(7),
            turns: turn ^ at.turns.rotate_left(7),
            in_list,
            in_event: at.in_event || part == "event",
            ..at
        }
    }

    fn key(&mut self, layer: &Layer<'_>, token: Token, at: At<'_>) {
        let written = &layer.text[token.range()];
        if written.len() >= scan::SHORTEST && !is_wrapper(written) {
            let at = At { because: None, in_list: false, ..at };
            self.scanned(&Layer::within(layer, written, written), at);
        }
    }

    fn token(&mut self, layer: &Layer<'_>, token: Token, at: At<'_>) {
        let written = &layer.text[token.range()];
        match ESCAPE.undone(written) {
            Some(text) => self.text(&Layer::within(layer, written, &text), at),
            None => self.text(&Layer::within(layer, written, written), at),
        }
    }

    /// Looks at a text as it is meant.
    fn text(&mut self, layer: &Layer<'_>, at: At<'_>) {
        let text = layer.text;
        if let Some(because) = at.because {
            self.hidden(layer, because, at);
            return;
        }
        if text.len() < scan::SHORTEST && !self.rules.structure() {
            return self.piece(layer, at);
        }
        if self.wanted.secrets && names::is_drawn(text) && names::may_be_secret(at.name) {
            return self.hidden(layer, Because::Secret, at);
        }
        let is_json = at.depth > 0 && matches!(text.trim_ascii_start().as_bytes().first(), Some(b'{' | b'[' | b'"'));
        if let Some(tokens) = is_json.then(|| tokens(text)).flatten() {
            self.json(layer, &tokens, 0, At { depth: at.depth - 1, ..at });
            return;
        }
        if self.rules.structure() && !is_structure(at, text) {
            let length = text.chars().count().to_string();
            return self.cut(layer.in_item(0), layer.in_item(text.len()), (Rule::Text, length), at, Instead::Mark);
        }
        self.scanned(layer, at);
        self.piece(layer, at);
    }

    fn scanned(&mut self, layer: &Layer<'_>, at: At<'_>) {
        if self.pieces.are_cut() {
            return;
        }
        for hit in scan::scan(layer.text, self.wanted) {
            let (start, end) = (layer.in_item(hit.range.start), layer.in_item(hit.range.end));
            self.cut(start, end, (hit.rule, hit.secret), at, Instead::Mark);
        }
    }

    /// Takes a text for the piece of a stream.
    fn piece(&mut self, layer: &Layer<'_>, at: At<'_>) {
        if !(at.in_list || at.in_event) || self.rules.structure() {
            return;
        }
        // A number may be that of a turn, or count the pieces of one.
        for path in [Some(at.path), (at.turns != 0).then_some(at.path ^ at.turns)].into_iter().flatten() {
            for cut in self.pieces.take(path, Text { text: layer.text, is_event: at.in_event }) {
                let (start, end) = (layer.in_item(cut.range.start), layer.in_item(cut.range.end));
                self.cuts.push(Cut { start, end, what: cut.what, place: called(at), instead: Instead::Mark });
            }
        }
    }

    /// Takes out what a name says is to go, whatever it is.
    fn hidden(&mut self, layer: &Layer<'_>, because: Because, at: At<'_>) {
        let text = layer.text;
        if because == Because::Chosen {
            let what = (Rule::Chosen, text.to_owned());
            return self.cut(layer.in_item(0), layer.in_item(text.len()), what, at, Instead::Mark);
        }
        // As `Authorization: …` is read, so that the same key is the same with a scheme before it and without.
        let start = text.len() - text.trim_start().len();
        let scheme = ["bearer ", "basic ", "token ", "apikey "]
            .iter()
            .find(|scheme| text[start..].get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
        let start = start + scheme.map_or(0, |scheme| scheme.len());
        let secret = text[start..].trim_end().trim_matches('"');
        if names::is_stand_in(secret) {
            return self.scanned(layer, At { because: None, ..at });
        }
        let whole = scan::scan(secret, self.wanted).into_iter().find(|hit| hit.range == (0..secret.len()));
        let what = whole.map_or((Rule::Named, secret.to_owned()), |hit| (hit.rule, hit.secret));
        self.cut(layer.in_item(start), layer.in_item(text.len()), what, at, Instead::Mark);
    }

    /// Takes out a number or a word that stands in a list or under a name.
    fn bare(&mut self, layer: &Layer<'_>, token: Token, at: At<'_>) {
        let written = &layer.text[token.range()];
        let is_number = !matches!(written, "true" | "false" | "null");
        let goes = match at.because {
            Some(Because::Chosen) => written != "null",
            Some(Because::Secret) => is_number,
            None => false,
        };
        if goes && at.depth < DEPTH {
            let rule = if at.because == Some(Because::Chosen) { Rule::Chosen } else { Rule::Named };
            let (start, end) = (layer.in_item(token.range().start), layer.in_item(token.range().end));
            self.cut(start, end, (rule, written.to_owned()), at, Instead::Null);
        }
    }

    /// Takes out an attribute's value that is a number, or bytes, as a whole; says whether it did.
    fn number(&mut self, layer: &Layer<'_>, tokens: &[Token], first: usize, at: At<'_>) -> bool {
        let (key, value) = (tokens[first + 1], tokens[first + 2]);
        let kind = &layer.text[key.range()];
        let goes = match at.because {
            Some(Because::Chosen) => !matches!(kind, "stringValue" | "arrayValue" | "kvlistValue"),
            Some(Because::Secret) => matches!(kind, "intValue" | "doubleValue" | "bytesValue"),
            None => kind == "bytesValue" && self.rules.structure(),
        } && at.depth == DEPTH;
        let sent = &layer.text[value.range()];
        let held = if kind == "bytesValue" && !goes { scan::scan(sent, self.wanted).into_iter().next() } else { None };
        let what = match (held, at.because) {
            (Some(hit), _) => (hit.rule, hit.secret),
            (None, _) if !goes => return false,
            (None, Some(Because::Chosen)) => (Rule::Chosen, sent.to_owned()),
            (None, Some(Because::Secret)) => (Rule::Named, sent.to_owned()),
            (None, None) => (Rule::Text, sent.len().to_string()),
        };
        let (start, end) = (tokens[first].range().start, tokens[tokens[first].last()].range().end);
        self.cut(layer.in_item(start), layer.in_item(end), what, at, Instead::Value);
        true
    }

    fn cut(&mut self, start: usize, end: usize, what: (Rule, String), at: At<'_>, instead: Instead) {
        if self.pieces.are_cut() {
            return;
        }
        self.cuts.push(Cut { start, end, what: Some(what), place: called(at), instead });
    }
}

/// What an object is, by its members.
struct Shape {
    /// Whether it has a `value`.
    is_pair: bool,
    /// The first key that is `key` or `name` and has a text.
    named: Option<usize>,
    /// Whether it is the value of an attribute and nothing else.
    is_wrapper: bool,
    /// Streams that are sent in turns say which is which by a number; 0 where there is none.
    turn: u64,
}

fn shape(text: &str, tokens: &[Token], first: usize) -> Shape {
    let mut shape = Shape { is_pair: false, named: None, is_wrapper: false, turn: 0 };
    let mut count = 0;
    for key in members(tokens, first) {
        let (name, value) = (&text[tokens[key].range()], tokens[key + 1]);
        count += 1;
        shape.is_wrapper = count == 1 && is_wrapper(name);
        match value.kind {
            Kind::Text if matches!(name, "key" | "name") => shape.named = shape.named.or(Some(key)),
            Kind::Bare if name.ends_with("index") => shape.turn ^= fingerprint::of([&text[value.range()]]),
            _ => {}
        }
        shape.is_pair |= name == "value";
    }
    shape
}

/// Returns the keys of an object, each of which its value follows.
fn members(tokens: &[Token], first: usize) -> impl Iterator<Item = usize> {
    let (mut key, end) = (first + 1, tokens[first].last());
    std::iter::from_fn(move || {
        let member = (key < end).then_some(key)?;
        key = tokens[key + 1].last() + 1;
        Some(member)
    })
}

fn unescaped(written: &str) -> Cow<'_, str> {
    ESCAPE.undone(written).map_or(Cow::Borrowed(written), Cow::Owned)
}

fn is_wrapper(key: &str) -> bool {
    matches!(
        key,
        "stringValue" | "intValue" | "doubleValue" | "boolValue" | "bytesValue" | "arrayValue" | "kvlistValue"
    )
}

fn called(at: At<'_>) -> String {
    let name: String = at.attribute.chars().take(80).collect();
    if name.is_empty() { at.part.to_owned() } else { format!("{} {name}", at.part) }
}

/// Ends of names whose values are names of things, and beginnings of those that are of persons and machines.
const NAMES_OF_THINGS: [&str; 12] =
    ["type", "kind", "name", "model", "role", "id", "system", "operation", "language", "version", "reason", "reasons"];
const NAMES_OF_PERSONS: [&str; 7] = ["user", "host", "author", "owner", "email", "file", "display"];

/// Says whether a text stays where only the structure is wanted: ids, and what names kinds of things in a word.
fn is_structure(at: At<'_>, text: &str) -> bool {
    let name = at.name.to_ascii_lowercase();
    let is_own = at.depth == DEPTH
        && ["traceId", "spanId", "parentSpanId", "name", "schemaUrl", "traceState", "version"].contains(&at.name);
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || b".+-eE".contains(&byte));
    is_own
        || (at.depth == DEPTH && is_number)
        || (NAMES_OF_THINGS.iter().any(|ending| name.ends_with(ending))
            && !NAMES_OF_PERSONS.iter().any(|person| name.contains(person))
            && text.len() <= 64
            && !text.contains(char::is_whitespace))
}
