//! JSON that is kept and seldom looked at, such as the schemas of tools: copied out of a document without being taken apart.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{Document, Json, Node};

/// A value of a document that outlives it; as JSON it is what [`Json::to_value`] says.
#[derive(Clone, Debug)]
pub struct Kept(Document<'static>);

impl Kept {
    /// Returns a copy of a value.
    pub fn of(value: Json<'_>) -> Self {
        let Document { text, written, nodes } = value.document;
        let (from, end) = (value.at, value.document.after(value.at));
        let nodes = &nodes[from..end];
        // Texts stand in the order of their nodes: what all of them take is copied in one piece.
        let (mut plain, mut other) = (Piece::default(), Piece::default());
        for node in nodes {
            match *node {
                Node::Plain { at, len } => plain.take(at, len),
                Node::Written { at, len } => other.take(at, len),
                _ => {}
            }
        }
        let moved = |node: &Node| match *node {
            Node::List { len, end } => Node::List { len, end: end - from as u32 },
            Node::Object { len, end, keys } => Node::Object { len, end: end - from as u32, keys },
            Node::Plain { at, len } => Node::Plain { at: at - plain.from, len },
            Node::Written { at, len } => Node::Written { at: at - other.from, len },
            node => node,
        };
        Self(Document {
            nodes: nodes.iter().map(moved).collect(),
            text: Cow::Owned(text[plain.range()].to_owned()),
            written: written[other.range()].to_owned(),
        })
    }

    /// Returns the value.
    pub fn to_value(&self) -> Value {
        self.0.root().to_value()
    }
}

/// From where to where texts stand.
#[derive(Default)]
struct Piece {
    from: u32,
    to: u32,
}

impl Piece {
    fn take(&mut self, at: u32, len: u32) {
        if self.to == 0 {
            self.from = at;
        }
        self.to = at + len;
    }

    fn range(&self) -> std::ops::Range<usize> {
        self.from as usize..self.to as usize
    }
}

impl From<Value> for Kept {
    fn from(value: Value) -> Self {
        Self(Document::from(&value))
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.to_value() == other.to_value()
    }
}

impl Serialize for Kept {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Kept {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::from)
    }
}
