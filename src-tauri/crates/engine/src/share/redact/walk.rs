//! What is taken out of one item: every text of it is looked at, those within texts that are JSON too.
//!
//! An item is OTLP JSON, and so is read like any JSON. Of an object that is a name and a value (`key` or `name`, and `value`), as
//! attributes and headers are, the name says what the value is.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

use spanglass_trace::fingerprint;

use super::json::{Kind, Token, tokens};
use super::names;
use super::rules::Rules;
use super::scan::{self, Rule, Wanted};
use super::view::{Place, View};

/// How often JSON may be a text within JSON.
const DEPTH: u32 = 8;

/// Longest text that is taken for a part of a stream, in bytes; what is longer was not cut into pieces by its sender.
const PIECE: usize = 4 << 10;

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

/// Of longer texts in a list, a name at the end of one does not say what the next is.
const SHORT: usize = 200;

/// A text of a stream, and where it stands.
pub(super) struct Piece {
    item: usize,
    text: String,
    place: Rc<Place>,
    called: String,
    /// Whether it is of an event (or log record), and not of a list.
    is_event: bool,
}

/// Texts that follow each other, by where they stand in whatever is repeated.
pub(super) type Streams = BTreeMap<u64, Vec<Piece>>;

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
    wanted: Wanted,
    item: usize,
    streams: &'r mut Streams,
    /// What is to be cut out of the item.
    pub(super) cuts: Vec<Cut>,
}

impl<'r> Walk<'r> {
    /// Looks through one item of several that follow each other, and adds its pieces to their streams.
    pub(super) fn new(rules: &'r Rules, item: usize, streams: &'r mut Streams) -> Self {
        Self { rules, wanted: rules.wanted(), item, streams, cuts: Vec::new() }
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
            Some(tokens) => self.json(json, &tokens, 0, &Place::whole(), at),
            // Nested deeper than anything is read: nothing in it can be told apart.
            None => {
                let length = json.chars().count().to_string();
                self.cut(0, json.len(), (Rule::Text, length), at, Instead::Value);
            }
        }
    }

    /// Looks through a value that begins at a token.
    fn json(&mut self, text: &str, tokens: &[Token], first: usize, place: &Rc<Place>, at: At<'_>) {
        let token = tokens[first];
        match token.kind {
            Kind::Text => self.token(text, token, place, at),
            Kind::Bare => self.bare(&text[token.start..token.end], token, place, at),
            Kind::List => {
                let mut entry = first + 1;
                while entry < token.last {
                    self.json(text, tokens, entry, place, At { in_list: true, ..at });
                    entry = tokens[entry].last + 1;
                }
            }
            Kind::Object => self.object(text, tokens, first, place, at),
            Kind::End | Kind::Key => {}
        }
    }

    fn object(&mut self, text: &str, tokens: &[Token], first: usize, place: &Rc<Place>, at: At<'_>) {
        let members = || {
            let mut key = first + 1;
            std::iter::from_fn(move || {
                let member = (key < tokens[first].last).then_some((key, key + 1))?;
                key = tokens[member.1].last + 1;
                Some(member)
            })
        };
        let written = |key: usize| &text[tokens[key].start..tokens[key].end];
        let named = |names: &[&str]| {
            let named =
                members().find(|(key, value)| names.contains(&written(*key)) && tokens[*value].kind == Kind::Text);
            named.map(|(_, value)| unescaped(written(value)))
        };
        let is_pair = members().any(|(key, _)| written(key) == "value");
        let pair = if is_pair { named(&["key", "name"]) } else { None };
        let is_wrapper = members().count() == 1 && members().all(|(key, _)| is_wrapper(written(key)));
        if is_wrapper && self.number(text, tokens, first, place, at) {
            return;
        }
        // Streams that are sent in turns say which is which by a number.
        let turn =
            members().filter(|(key, value)| tokens[*value].kind == Kind::Bare && written(*key).ends_with("index"));
        let turn = turn.fold(0, |turn, (_, value)| fingerprint::of([written(value)]) ^ turn);
        for (key, value) in members() {
            let name = unescaped(written(key));
            self.key(text, tokens[key], place, at);
            let is_value_of_pair = pair.is_some() && name == "value";
            if pair.is_some() && tokens[value].kind == Kind::Text && matches!(&*name, "key" | "name") {
                // As much a name as one before a colon.
                self.key(text, tokens[value], place, at);
                continue;
            }
            let name = if is_value_of_pair { pair.as_deref().unwrap_or_default() } else { &name };
            let within = self.inside(at, name, tokens[value].kind, turn, is_value_of_pair);
            self.json(text, tokens, value, place, if is_wrapper && at.depth == DEPTH { at } else { within });
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

    fn key(&mut self, text: &str, token: Token, place: &Rc<Place>, at: At<'_>) {
        if token.end - token.start >= scan::SHORTEST {
            let at = At { because: None, in_list: false, ..at };
            self.scanned(&text[token.start..token.end], &Place::within(place, token.start, None), at);
        }
    }

    fn token(&mut self, text: &str, token: Token, place: &Rc<Place>, at: At<'_>) {
        let written = &text[token.start..token.end];
        let view = View::unescaped(written).map(Rc::new);
        let inner = Place::within(place, token.start, view.clone());
        self.text(view.as_ref().map_or(written, |view| &view.text), &inner, at);
    }

    /// Looks at a text as it is meant.
    fn text(&mut self, text: &str, place: &Rc<Place>, at: At<'_>) {
        if let Some(because) = at.because {
            self.hidden(text, place, because, at);
            return;
        }
        if text.len() < scan::SHORTEST && !self.rules.structure() {
            if at.in_list || at.in_event {
                self.piece(text, place, at);
            }
            return;
        }
        let is_json = at.depth > 0 && matches!(text.trim_ascii_start().as_bytes().first(), Some(b'{' | b'[' | b'"'));
        if let Some(tokens) = is_json.then(|| tokens(text)).flatten() {
            self.json(text, &tokens, 0, place, At { depth: at.depth - 1, ..at });
            return;
        }
        if self.rules.structure() && !is_structure(at, text) {
            let length = text.chars().count().to_string();
            return self.cut(place.in_item(0), place.in_item(text.len()), (Rule::Text, length), at, Instead::Mark);
        }
        self.scanned(text, place, at);
        if at.in_list || at.in_event {
            self.piece(text, place, at);
        }
    }

    fn scanned(&mut self, text: &str, place: &Rc<Place>, at: At<'_>) {
        for hit in scan::scan(text, self.wanted) {
            let (start, end) = (place.in_item(hit.range.start), place.in_item(hit.range.end));
            self.cut(start, end, (hit.rule, hit.secret), at, Instead::Mark);
        }
    }

    fn piece(&mut self, text: &str, place: &Rc<Place>, at: At<'_>) {
        if text.is_empty() || text.len() > PIECE || self.rules.structure() {
            return;
        }
        // A number may be that of a turn, or count the pieces of one.
        for path in [Some(at.path), (at.turns != 0).then_some(at.path ^ at.turns)].into_iter().flatten() {
            self.streams.entry(path).or_default().push(Piece {
                item: self.item,
                text: text.to_owned(),
                place: Rc::clone(place),
                called: called(at),
                is_event: at.in_event,
            });
        }
    }

    /// Takes out what a name says is to go, whatever it is.
    fn hidden(&mut self, text: &str, place: &Rc<Place>, because: Because, at: At<'_>) {
        if because == Because::Chosen {
            let what = (Rule::Chosen, text.to_owned());
            return self.cut(place.in_item(0), place.in_item(text.len()), what, at, Instead::Mark);
        }
        // As `Authorization: …` is read, so that the same key is the same with a scheme before it and without.
        let start = text.len() - text.trim_start().len();
        let scheme = ["bearer ", "basic ", "token ", "apikey "]
            .iter()
            .find(|scheme| text[start..].get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
        let start = start + scheme.map_or(0, |scheme| scheme.len());
        let secret = text[start..].trim_end().trim_matches('"');
        if names::is_stand_in(secret) {
            return self.scanned(text, place, At { because: None, ..at });
        }
        let whole = scan::scan(secret, self.wanted).into_iter().find(|hit| hit.range == (0..secret.len()));
        let what = whole.map_or((Rule::Named, secret.to_owned()), |hit| (hit.rule, hit.secret));
        self.cut(place.in_item(start), place.in_item(text.len()), what, at, Instead::Mark);
    }

    /// Takes out a number or a word that stands in a list or under a name.
    fn bare(&mut self, written: &str, token: Token, place: &Rc<Place>, at: At<'_>) {
        let is_number = !matches!(written, "true" | "false" | "null");
        let goes = match at.because {
            Some(Because::Chosen) => written != "null",
            Some(Because::Secret) => is_number,
            None => false,
        };
        if goes && at.depth < DEPTH {
            let rule = if at.because == Some(Because::Chosen) { Rule::Chosen } else { Rule::Named };
            let (start, end) = (place.in_item(token.start), place.in_item(token.end));
            self.cut(start, end, (rule, written.to_owned()), at, Instead::Null);
        }
    }

    /// Takes out an attribute's value that is a number, or bytes, as a whole; says whether it did.
    fn number(&mut self, text: &str, tokens: &[Token], first: usize, place: &Rc<Place>, at: At<'_>) -> bool {
        let (key, value) = (tokens[first + 1], tokens[first + 2]);
        let kind = &text[key.start..key.end];
        let goes = match at.because {
            Some(Because::Chosen) => !matches!(kind, "stringValue" | "arrayValue" | "kvlistValue"),
            Some(Because::Secret) => matches!(kind, "intValue" | "doubleValue" | "bytesValue"),
            None => kind == "bytesValue" && self.rules.structure(),
        } && at.depth == DEPTH;
        let sent = &text[value.start..value.end];
        let held = if kind == "bytesValue" && !goes { scan::scan(sent, self.wanted).into_iter().next() } else { None };
        let what = match (held, at.because) {
            (Some(hit), _) => (hit.rule, hit.secret),
            (None, _) if !goes => return false,
            (None, Some(Because::Chosen)) => (Rule::Chosen, sent.to_owned()),
            (None, Some(Because::Secret)) => (Rule::Named, sent.to_owned()),
            (None, None) => (Rule::Text, sent.len().to_string()),
        };
        let (start, end) = (tokens[first].start, tokens[tokens[first].last].end);
        self.cut(place.in_item(start), place.in_item(end), what, at, Instead::Value);
        true
    }

    fn cut(&mut self, start: usize, end: usize, what: (Rule, String), at: At<'_>, instead: Instead) {
        self.cuts.push(Cut { start, end, what: Some(what), place: called(at), instead });
    }
}

/// Finds what is cut in pieces across the texts of streams; returns each with the item it stands in.
pub(super) fn across(streams: &Streams, wanted: Wanted) -> Vec<(usize, Cut)> {
    let mut cuts = Vec::new();
    for pieces in streams.values().filter(|pieces| pieces.len() > 1) {
        let mut whole = String::new();
        let mut ends = Vec::with_capacity(pieces.len());
        for piece in pieces {
            whole.push_str(&piece.text);
            ends.push(whole.len());
        }
        for hit in scan::scan(&whole, wanted) {
            let first = ends.partition_point(|end| *end <= hit.range.start);
            let last = ends.partition_point(|end| *end < hit.range.end);
            // Of a list of messages, one has nothing to do with the next.
            let are_short = pieces[first..=last].iter().all(|piece| piece.is_event || piece.text.len() <= SHORT);
            if first == last || (hit.rule == Rule::Named && !are_short) {
                continue;
            }
            for (index, piece) in pieces.iter().enumerate().take(last + 1).skip(first) {
                let begin = ends[index] - piece.text.len();
                let (from, to) = (hit.range.start.max(begin) - begin, hit.range.end.min(ends[index]) - begin);
                let what = (index == first).then(|| (hit.rule, hit.secret.clone()));
                let (start, end) = (piece.place.in_item(from), piece.place.in_item(to));
                cuts.push((piece.item, Cut { start, end, what, place: piece.called.clone(), instead: Instead::Mark }));
            }
        }
    }
    cuts
}

fn unescaped(written: &str) -> Cow<'_, str> {
    View::unescaped(written).map_or(Cow::Borrowed(written), |view| Cow::Owned(view.text))
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
