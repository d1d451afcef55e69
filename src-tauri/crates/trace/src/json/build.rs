//! Documents of what is no JSON text: values of attributes, and values that were made elsewhere.

use std::borrow::Cow;

use base64::Engine as _;
use serde_json::{Map, Number, Value};

use super::parse::MAX_NODES;
use super::{Document, Node};
use crate::span::AnyValue;

impl Node {
    pub(super) fn of(number: &Number) -> Self {
        match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Self::Whole(number),
            (None, Some(number)) => Self::Negative(number),
            (None, None) => number.as_f64().map_or(Self::Null, Self::Double),
        }
    }
}

impl<'a> Document<'a> {
    /// Returns a document that is one text.
    pub fn text(text: &'a str) -> Self {
        match u32::try_from(text.len()) {
            Ok(len) => {
                Self { text: Cow::Borrowed(text), written: String::new(), nodes: vec![Node::Plain { at: 0, len }] }
            }
            Err(_) => Self::default(),
        }
    }

    /// Adds a text and returns its node.
    pub(super) fn written(&mut self, text: &str) -> Node {
        let at = self.written.len();
        match u32::try_from(at + text.len()) {
            Ok(end) => {
                self.written.push_str(text);
                Node::Written { at: at as u32, len: end - at as u32 }
            }
            Err(_) => Node::Null,
        }
    }

    /// Adds a list or object; what no longer fits is left out.
    fn add_all<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut add: impl FnMut(&mut Self, T),
        node: fn(u32, u32) -> Node,
    ) {
        let start = self.nodes.len();
        self.nodes.push(Node::Null);
        let mut len = 0;
        for item in items {
            if self.nodes.len() >= MAX_NODES {
                break;
            }
            add(self, item);
            len += 1;
        }
        self.nodes[start] = node(len, self.nodes.len() as u32);
    }

    fn add_key(&mut self, key: &str) {
        let key = self.written(key);
        self.nodes.push(key);
    }

    fn add_sent(&mut self, sent: &AnyValue) {
        let node = match sent {
            AnyValue::Null => Node::Null,
            AnyValue::Str(text) => self.written(text),
            AnyValue::Bool(value) => Node::Bool(*value),
            AnyValue::Int(number) => u64::try_from(*number).map_or(Node::Negative(*number), Node::Whole),
            AnyValue::Double(number) if number.is_finite() => Node::Double(*number),
            AnyValue::Double(number) if number.is_nan() => self.written("NaN"),
            AnyValue::Double(number) => self.written(if *number > 0.0 { "Infinity" } else { "-Infinity" }),
            AnyValue::Bytes(bytes) => {
                let text = base64::engine::general_purpose::STANDARD.encode(bytes);
                self.written(&text)
            }
            AnyValue::Array(items) => {
                return self.add_all(items, |document, item| document.add_sent(item), list);
            }
            AnyValue::Map(entries) => {
                let add = |document: &mut Self, (key, value): &(String, AnyValue)| {
                    document.add_key(key);
                    document.add_sent(value);
                };
                return self.add_all(entries, add, object);
            }
        };
        self.nodes.push(node);
    }

    fn add_value(&mut self, value: &Value) {
        let node = match value {
            Value::Null => Node::Null,
            Value::Bool(value) => Node::Bool(*value),
            Value::Number(number) => Node::of(number),
            Value::String(text) => self.written(text),
            Value::Array(items) => {
                return self.add_all(items, |document, item| document.add_value(item), list);
            }
            Value::Object(entries) => return self.add_map(entries),
        };
        self.nodes.push(node);
    }

    fn add_map(&mut self, entries: &Map<String, Value>) {
        let add = |document: &mut Self, (key, value): (&String, &Value)| {
            document.add_key(key);
            document.add_value(value);
        };
        self.add_all(entries, add, object);
    }
}

fn list(len: u32, end: u32) -> Node {
    Node::List { len, end }
}

fn object(len: u32, end: u32) -> Node {
    // Any key may be there.
    Node::Object { len, end, keys: u32::MAX }
}

impl Default for Document<'_> {
    /// Null.
    fn default() -> Self {
        Self { text: Cow::Borrowed(""), written: String::new(), nodes: vec![Node::Null] }
    }
}

impl<'a> From<&'a AnyValue> for Document<'a> {
    /// The value as it is: a text stays a text, whatever it holds.
    fn from(sent: &'a AnyValue) -> Self {
        if let AnyValue::Str(text) = sent {
            return Self::text(text);
        }
        let mut document = Self { nodes: Vec::new(), ..Self::default() };
        document.add_sent(sent);
        document
    }
}

impl From<&Value> for Document<'_> {
    fn from(value: &Value) -> Self {
        let mut document = Self { nodes: Vec::new(), ..Self::default() };
        document.add_value(value);
        document
    }
}

impl From<&Map<String, Value>> for Document<'_> {
    fn from(entries: &Map<String, Value>) -> Self {
        let mut document = Self { nodes: Vec::new(), ..Self::default() };
        document.add_map(entries);
        document
    }
}
