//! JSON that is looked at and not kept: a payload is read into one flat list of nodes, and messages are made from there.
//!
//! Not `serde_json`'s tree, whose maps, keys and texts are an allocation each; a conversation of fifty messages is parsed into
//! two. What a reading keeps (arguments, results, metadata) is a [`Value`] made by [`Json::to_value`], or [`Kept`] where few ask for it.
//!
//! What is JSON is what `serde_json` takes for JSON, but that half a surrogate pair becomes U+FFFD, as in [`crate::decode`], and
//! that a payload of more than a million values is none: it is shown as the text it is.

mod build;
mod kept;
pub mod outline;
mod parse;
pub(crate) mod text;

use std::borrow::Cow;

pub use kept::Kept;
use serde_json::{Map, Number, Value};

/// Leads a JSON pointer (RFC 6901) to the value of a key in the object it points at.
pub fn point_below(pointer: &mut String, key: &str) {
    pointer.push('/');
    pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
}

/// A JSON document.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    text: Cow<'a, str>,
    /// Texts that do not stand in `text` as they are meant: those with escapes, and those of no JSON text at all.
    written: String,
    /// Every value, in order; a key is the node before its value.
    nodes: Vec<Node>,
}

/// A value or a key. Places and lengths are in bytes and always within what they point into.
#[derive(Clone, Copy, Debug)]
enum Node {
    Null,
    Bool(bool),
    Whole(u64),
    Negative(i64),
    Double(f64),
    /// Stands in `text`.
    Plain {
        at: u32,
        len: u32,
    },
    /// Stands in `written`.
    Written {
        at: u32,
        len: u32,
    },
    /// `end`: one past its last node.
    List {
        len: u32,
        end: u32,
    },
    /// `keys`: the [`key_bit`] of each key.
    Object {
        len: u32,
        end: u32,
        keys: u32,
    },
}

/// Returns the bit that stands for a key among the keys of an object: most objects are asked for many keys that they have not.
#[inline]
const fn key_bit(bytes: &[u8]) -> u32 {
    match bytes {
        [first, .., last] => {
            1 << ((*first as usize ^ (*last as usize).wrapping_mul(5) ^ bytes.len().wrapping_mul(3)) % 32)
        }
        [only] => 1 << (*only % 32),
        [] => 1,
    }
}

/// A value of a document.
#[derive(Clone, Copy)]
pub struct Json<'d> {
    document: &'d Document<'d>,
    at: usize,
}

/// What a value is.
#[derive(Clone, Copy, Debug)]
pub enum Kind<'d> {
    /// Null.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number; see [`Json::as_u64`] and its like.
    Number,
    /// A text.
    String(&'d str),
    /// A list.
    Array(Array<'d>),
    /// An object.
    Object(Object<'d>),
}

impl<'a> Document<'a> {
    /// Returns the whole document's value.
    pub fn root(&self) -> Json<'_> {
        Json { document: self, at: 0 }
    }

    /// Returns the node after this one and all that is in it.
    #[inline]
    fn after(&self, at: usize) -> usize {
        match self.nodes[at] {
            Node::List { end, .. } | Node::Object { end, .. } => end as usize,
            _ => at + 1,
        }
    }

    /// Says whether a node is this text.
    #[inline]
    fn is_text(&self, at: usize, text: &str) -> bool {
        let (place, at, len) = match self.nodes[at] {
            Node::Plain { at, len } => (&*self.text, at, len),
            Node::Written { at, len } => (&*self.written, at, len),
            _ => return false,
        };
        len as usize == text.len() && &place.as_bytes()[at as usize..][..text.len()] == text.as_bytes()
    }
}

impl<'d> Json<'d> {
    fn node(self) -> Node {
        self.document.nodes[self.at]
    }

    /// Returns what stands after this value (and all that is in it).
    fn next(self) -> Self {
        Self { at: self.document.after(self.at), ..self }
    }

    /// Returns what the value is.
    pub fn kind(self) -> Kind<'d> {
        let inside = Self { at: self.at + 1, ..self };
        match self.node() {
            Node::Null => Kind::Null,
            Node::Bool(value) => Kind::Bool(value),
            Node::Whole(_) | Node::Negative(_) | Node::Double(_) => Kind::Number,
            Node::Plain { at, len } => Kind::String(&self.document.text[at as usize..][..len as usize]),
            Node::Written { at, len } => Kind::String(&self.document.written[at as usize..][..len as usize]),
            Node::List { len, .. } => Kind::Array(Array { next: inside, left: len as usize }),
            Node::Object { len, keys, .. } => Kind::Object(Object { next: inside, left: len as usize, keys }),
        }
    }

    /// Returns the text, when it is one.
    pub fn as_str(self) -> Option<&'d str> {
        match self.kind() {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the list, when it is one.
    pub fn as_array(self) -> Option<Array<'d>> {
        match self.kind() {
            Kind::Array(items) => Some(items),
            _ => None,
        }
    }

    /// Returns the object, when it is one.
    pub fn as_object(self) -> Option<Object<'d>> {
        match self.kind() {
            Kind::Object(entries) => Some(entries),
            _ => None,
        }
    }

    /// Returns the truth value, when it is one.
    pub fn as_bool(self) -> Option<bool> {
        match self.node() {
            Node::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// Returns the number, when it is a whole one from 0 up.
    pub fn as_u64(self) -> Option<u64> {
        self.as_number()?.as_u64()
    }

    /// Returns the number, when it is a whole one of 64 bits.
    pub fn as_i64(self) -> Option<i64> {
        self.as_number()?.as_i64()
    }

    /// Returns the number, when it is one.
    pub fn as_f64(self) -> Option<f64> {
        self.as_number()?.as_f64()
    }

    /// Returns the number, when it is one.
    pub fn as_number(self) -> Option<Number> {
        match self.node() {
            Node::Whole(number) => Some(number.into()),
            Node::Negative(number) => Some(number.into()),
            Node::Double(number) => Number::from_f64(number),
            _ => None,
        }
    }

    /// Says whether it is null.
    pub fn is_null(self) -> bool {
        matches!(self.node(), Node::Null)
    }

    /// Says whether it is a text.
    pub fn is_string(self) -> bool {
        matches!(self.node(), Node::Plain { .. } | Node::Written { .. })
    }

    /// Says whether it is a list.
    pub fn is_array(self) -> bool {
        matches!(self.node(), Node::List { .. })
    }

    /// Says whether it is an object.
    pub fn is_object(self) -> bool {
        matches!(self.node(), Node::Object { .. })
    }

    /// Returns the value of a key of an object.
    pub fn get(self, key: &str) -> Option<Json<'d>> {
        self.as_object()?.get(key)
    }

    /// Returns the value at a path of keys and indexes, such as `/usage/input_tokens`.
    pub fn pointer(self, path: &str) -> Option<Json<'d>> {
        path.split('/').skip(1).try_fold(self, |value, step| match value.kind() {
            Kind::Array(items) => items.get(step.parse().ok()?),
            Kind::Object(entries) => entries.get(step),
            _ => None,
        })
    }

    /// Returns the value to be kept.
    pub fn to_value(self) -> Value {
        match self.kind() {
            Kind::Null => Value::Null,
            Kind::Bool(value) => Value::Bool(value),
            Kind::Number => self.as_number().map_or(Value::Null, Value::Number),
            Kind::String(text) => Value::String(text.to_owned()),
            Kind::Array(items) => Value::Array(items.map(Json::to_value).collect()),
            Kind::Object(entries) => Value::Object(entries.to_map()),
        }
    }
}

impl std::fmt::Debug for Json<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.to_value().fmt(f)
    }
}

/// The values of a list.
#[derive(Clone, Copy, Debug)]
pub struct Array<'d> {
    next: Json<'d>,
    left: usize,
}

impl<'d> Array<'d> {
    /// Returns how many there are.
    pub fn len(self) -> usize {
        self.left
    }

    /// Says whether there is none.
    pub fn is_empty(self) -> bool {
        self.left == 0
    }

    /// Returns the values.
    pub fn iter(self) -> Self {
        self
    }

    /// Returns the n-th value, from 0.
    pub fn get(mut self, n: usize) -> Option<Json<'d>> {
        self.nth(n)
    }
}

impl<'d> Iterator for Array<'d> {
    type Item = Json<'d>;

    fn next(&mut self) -> Option<Json<'d>> {
        self.left = self.left.checked_sub(1)?;
        let value = self.next;
        self.next = value.next();
        Some(value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

/// The keys and values of an object.
#[derive(Clone, Copy, Debug)]
pub struct Object<'d> {
    next: Json<'d>,
    left: usize,
    /// No key whose [`key_bit`] is missing is there.
    keys: u32,
}

impl<'d> Object<'d> {
    /// Returns how many keys there are; one that stands twice counts twice.
    pub fn len(self) -> usize {
        self.left
    }

    /// Says whether there is none.
    pub fn is_empty(self) -> bool {
        self.left == 0
    }

    /// Returns the keys and values, in order.
    pub fn iter(self) -> Self {
        self
    }

    /// Returns the keys, in order.
    pub fn keys(self) -> impl Iterator<Item = &'d str> {
        self.map(|(key, _)| key)
    }

    /// Returns the values, in order.
    pub fn values(self) -> impl Iterator<Item = Json<'d>> {
        self.map(|(_, value)| value)
    }

    /// Returns the value of a key; of one that stands twice the last.
    #[inline]
    pub fn get(self, key: &str) -> Option<Json<'d>> {
        if self.keys & key_bit(key.as_bytes()) == 0 { None } else { self.find(key) }
    }

    fn find(self, key: &str) -> Option<Json<'d>> {
        let Json { document, mut at } = self.next;
        let mut found = None;
        for _ in 0..self.left {
            let value = at + 1;
            if document.is_text(at, key) {
                found = Some(Json { document, at: value });
            }
            at = document.after(value);
        }
        found
    }

    /// Says whether a key is there.
    pub fn contains_key(self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Returns the object as a value.
    pub fn json(self) -> Json<'d> {
        Json { at: self.next.at - 1, ..self.next }
    }

    /// Returns the object to be kept.
    pub fn to_map(self) -> Map<String, Value> {
        self.map(|(key, value)| (key.to_owned(), value.to_value())).collect()
    }
}

impl<'d> Iterator for Object<'d> {
    type Item = (&'d str, Json<'d>);

    fn next(&mut self) -> Option<(&'d str, Json<'d>)> {
        self.left = self.left.checked_sub(1)?;
        let key = self.next;
        let value = key.next();
        self.next = value.next();
        Some((key.as_str().unwrap_or_default(), value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

/// What can be looked at as JSON: a document or a value of one, and values that were made elsewhere.
pub trait AsJson {
    /// Calls `look` with the JSON.
    fn with<R>(self, look: impl FnOnce(Json<'_>) -> R) -> R;
}

impl AsJson for Json<'_> {
    fn with<R>(self, look: impl FnOnce(Json<'_>) -> R) -> R {
        look(self)
    }
}

impl AsJson for Object<'_> {
    fn with<R>(self, look: impl FnOnce(Json<'_>) -> R) -> R {
        look(self.json())
    }
}

impl AsJson for &Document<'_> {
    fn with<R>(self, look: impl FnOnce(Json<'_>) -> R) -> R {
        look(self.root())
    }
}

impl AsJson for &Value {
    fn with<R>(self, look: impl FnOnce(Json<'_>) -> R) -> R {
        look(Document::from(self).root())
    }
}

impl AsJson for &Map<String, Value> {
    fn with<R>(self, look: impl FnOnce(Json<'_>) -> R) -> R {
        look(Document::from(self).root())
    }
}

#[cfg(test)]
mod tests;
