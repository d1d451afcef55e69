//! What is indexed of spans and log records that come together: their bits, and the words a filter can be completed with.

use std::collections::BTreeMap;
use std::sync::Arc;

use spanglass_trace::reading::{Reading, TraceFacts};
use spanglass_trace::span::{AnyValue, LogRecord, Resource, Span};
use spanglass_trace::views::summary::Digest;

use super::facets;
use super::said::Said;
use super::signature::{BITS, Seed, Signature};
use super::texts::{self, Taker};
use super::vocabulary::Vocabulary;
use crate::query::filter::{Key, fold_into};
use crate::read;

/// A block takes nothing further once an eighth of its bits are set and it has some spans, or at these bounds: few bits
/// rule out much, and few spans are quickly looked through.
const FULL_BITS: usize = BITS / 8;
const FEWEST_SPANS: usize = 32;
const MOST_SPANS: usize = 256;
const MOST_BYTES: usize = 4 << 20;

/// What was gathered.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    signature: Signature,
    words: Words,
    items: usize,
    bytes: usize,
    said: Said,
    /// Whose attributes were added last.
    resource: Option<Arc<Resource>>,
    folded: String,
}

impl Gathering {
    /// Says whether a block of it takes nothing further.
    pub(super) fn is_full(&self) -> bool {
        self.items >= MOST_SPANS
            || self.bytes >= MOST_BYTES
            || (self.items >= FEWEST_SPANS && self.signature.set() >= FULL_BITS)
    }

    /// Adds the bits of another one unless a block of both would hold too much; says whether it did. Words are not added.
    pub(super) fn add_all(&mut self, other: &Self) -> bool {
        let mut signature = self.signature.clone();
        signature.add_all(&other.signature);
        let (items, bytes) = (self.items + other.items, self.bytes + other.bytes);
        let too_full = self.items >= FEWEST_SPANS && signature.set() > FULL_BITS;
        if self.items > 0 && (too_full || items > MOST_SPANS || bytes > MOST_BYTES) {
            return false;
        }
        *self = Self { signature, items, bytes, ..std::mem::take(self) };
        true
    }

    /// Returns the bits and the words, without what helped to gather them: that may be megabytes of text.
    pub(super) fn finish(self) -> (Self, Words) {
        let Self { signature, words, items, bytes, .. } = self;
        (Self { signature, items, bytes, ..Self::default() }, words)
    }

    /// Takes out the words that were seen.
    pub(super) fn take_words(&mut self) -> Words {
        std::mem::take(&mut self.words)
    }

    /// Returns the bits of the block.
    pub(super) fn into_signature(self) -> Signature {
        self.signature
    }

    /// Adds a span; `span` and `reading` are missing where its bytes are damaged or were not read.
    pub(super) fn add_span(&mut self, span: Option<&Span>, reading: Option<&Reading>, digest: &Digest) {
        self.items += 1;
        facets::of_digest(digest, &mut |key, value| self.add_value(key, value));
        let Some(span) = span else { return };
        texts::sent(span, self);
        if texts::is_stream(span) {
            let mut add = |place: &str, text: &str| self.add_new(place, text);
            match reading {
                Some(reading) => texts::said(reading, &mut add),
                None => texts::said(&read::read(span, Vec::new()), &mut add),
            };
        }
        if self.resource.as_ref().is_none_or(|known| !Arc::ptr_eq(known, &span.resource)) {
            texts::of_attributes(&span.resource.attributes, self);
            self.resource = Some(Arc::clone(&span.resource));
        }
        self.add_new("scope", &span.scope.name);
    }

    /// Counts a log record, and adds it where it can be read.
    pub(super) fn add_log(&mut self, log: Option<&LogRecord>) {
        self.items += 1;
        let Some(log) = log else { return };
        texts::of_log(log, &mut |_, text| {
            self.bytes += text.len();
            self.add_text(text)
        });
        for (name, value) in &log.attributes {
            self.add_under_name(name, value);
        }
    }

    /// Adds what is told of a trace beside its spans, and the digests of spans that are made of its log records.
    pub(super) fn add_facts(&mut self, facts: &TraceFacts, digests: &[Digest]) {
        let mut add = |key: &Key, value: &str| self.add_value(key, value);
        facets::of_facts(facts, &mut add);
        digests.iter().for_each(|digest| {
            facets::of_digest(digest, &mut add);
        });
    }

    fn add_value(&mut self, key: &Key, value: &str) -> bool {
        if self.words.saw_value(key, value) {
            self.folded.clear();
            fold_into(value, &mut self.folded);
            self.signature.add_value(Seed::of(key), &self.folded);
        }
        false
    }

    /// Adds the values of an attribute under its name; says what of it was seen before, of a long value nothing.
    fn add_under_name(&mut self, name: &str, value: &AnyValue) -> Known {
        let mut all = Known { name: false, value: true };
        texts::short(value, |short| {
            let known = self.words.saw_attribute(name, short);
            all.name |= known.name;
            all.value &= known.value && short.is_some();
            if known.value {
                return;
            }
            let seed = Seed::of_attribute(name);
            match short {
                Some(value) => {
                    self.folded.clear();
                    fold_into(value, &mut self.folded);
                    self.signature.add_value(seed, &self.folded);
                }
                None => self.signature.add_long(seed),
            }
        });
        all
    }

    /// Adds what is new of a text as it was sent.
    fn add_new(&mut self, place: &str, text: &str) -> bool {
        self.bytes += text.len();
        let mut said = std::mem::take(&mut self.said);
        texts::plain(said.new_part(place, text), texts::is_json(text), &mut |words| self.add_text(words));
        self.said = said;
        false
    }

    fn add_text(&mut self, text: &str) -> bool {
        self.folded.clear();
        fold_into(text, &mut self.folded);
        self.signature.add(&self.folded);
        false
    }
}

impl Taker for Gathering {
    fn text(&mut self, place: &str, text: &str) -> bool {
        self.add_new(place, text)
    }

    fn attribute(&mut self, name: &str, value: &AnyValue) -> bool {
        // What was seen of an attribute was added as a text too.
        let known = self.add_under_name(name, value);
        match known.name {
            true => self.bytes += name.len(),
            false => _ = self.add_new(name, name),
        }
        let is_simple = !matches!(value, AnyValue::Array(_) | AnyValue::Map(_));
        if !(is_simple && known.value) {
            texts::of_value(name, value, &mut |place, text| self.add_new(place, text), 0);
        }
        false
    }
}

/// Values of keys and attributes, and how often each was seen.
#[derive(Debug, Default)]
pub(super) struct Words {
    keys: BTreeMap<&'static str, BTreeMap<String, u32>>,
    attributes: BTreeMap<String, Values>,
}

/// What of an attribute was seen before.
struct Known {
    name: bool,
    value: bool,
}

#[derive(Debug, Default)]
struct Values {
    /// Of those that are too long to be told apart.
    long: u32,
    short: BTreeMap<String, u32>,
}

impl Words {
    /// Counts a value of a key; says whether it is a new one.
    fn saw_value(&mut self, key: &Key, value: &str) -> bool {
        is_first(self.keys.entry(key.word()).or_default(), value)
    }

    /// Counts a value of an attribute; says what of it was seen before.
    fn saw_attribute(&mut self, name: &str, value: Option<&str>) -> Known {
        let Some(values) = self.attributes.get_mut(name) else {
            let (long, short) = match value {
                Some(value) => (0, BTreeMap::from([(value.to_owned(), 1)])),
                None => (1, BTreeMap::new()),
            };
            self.attributes.insert(name.to_owned(), Values { long, short });
            return Known { name: false, value: false };
        };
        let is_first = match value {
            Some(value) => is_first(&mut values.short, value),
            None => {
                values.long += 1;
                values.long == 1
            }
        };
        Known { name: true, value: !is_first }
    }

    /// Lets them be offered.
    pub(super) fn teach(&self, vocabulary: &mut Vocabulary) {
        for (key, values) in &self.keys {
            values.iter().for_each(|(value, times)| vocabulary.count(key, value, *times));
        }
        for (name, Values { long, short }) in &self.attributes {
            if *long > 0 {
                vocabulary.count_attribute(name, None, *long);
            }
            short.iter().for_each(|(value, times)| vocabulary.count_attribute(name, Some(value), *times));
        }
    }
}

fn is_first(values: &mut BTreeMap<String, u32>, value: &str) -> bool {
    if let Some(times) = values.get_mut(value) {
        *times += 1;
        return false;
    }
    values.insert(value.to_owned(), 1);
    true
}

#[cfg(test)]
mod tests {
    use spanglass_trace::span::{Attributes, Event, SpanId, TraceId};

    use super::*;
    use crate::query::filter::fold;
    use crate::query::search::signature;

    fn text(text: &str) -> AnyValue {
        AnyValue::Str(text.to_owned())
    }

    fn span(id: u8, attributes: Attributes) -> Span {
        let mut span = Span::new(TraceId([id; 16]), SpanId([id; 8]), Arc::default(), Arc::default());
        span.events = vec![Event { name: "retry".to_owned(), attributes: attributes.clone(), ..Event::default() }];
        Span { attributes, ..span }
    }

    #[test]
    fn every_text_of_a_span_is_in_the_bits_however_often_it_was_seen() {
        let list = |items: &[&str]| AnyValue::Array(items.iter().map(|item| text(item)).collect());
        let map = AnyValue::Map(vec![("inner".to_owned(), text("Tief")), ("other".to_owned(), AnyValue::Int(17))]);
        let spans: Vec<Span> =
            [text("chat"), text("chat"), text(&"long ".repeat(99)), list(&[]), list(&["chat", "agent"])]
                .into_iter()
                .chain([map.clone(), AnyValue::Int(4711), map, text("{\"city\": \"Z\\u00fcrich\"}"), AnyValue::Null])
                .zip(1..)
                .map(|(value, id)| {
                    span(id, vec![("operation".to_owned(), value), (format!("key.{}", id / 2), text("chat"))])
                })
                .collect();
        let mut gathering = Gathering::default();
        for span in &spans {
            let reading = read::read(span, Vec::new());
            gathering.add_span(Some(span), Some(&reading), &read::digest(span, &reading, 0));
        }
        let signature = gathering.into_signature();
        for span in &spans {
            texts::of_span(span, &mut |place, text| {
                let missing = signature::text(&fold(text)).into_iter().find(|slot| !signature.has(*slot));
                assert_eq!(missing, None, "{place}: {text}");
                false
            });
        }
    }
}
