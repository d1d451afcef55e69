//! JSON that is kept and seldom looked at, such as the schemas of tools: copied out of a document without being taken apart.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{Document, Json, Node};

/// A value of a document that outlives it; as JSON it is what [`Json::to_value`] says.
#[derive(Clone, Debug)]
pub struct Kept(Document<'static>);

impl Kept {
    /// Returns a copy of a value.
    pub fn of(value: Json<'_>) -> Self {
        let (from, end) = (value.at, value.document.after(value.at));
        let mut kept = Document { nodes: Vec::with_capacity(end - from), ..Document::default() };
        for at in from..end {
            let node = match value.document.nodes[at] {
                Node::List { len, end } => Node::List { len, end: end - from as u32 },
                Node::Object { len, end, keys } => Node::Object { len, end: end - from as u32, keys },
                node => match (Json { at, ..value }).as_str() {
                    Some(text) => kept.written(text),
                    None => node,
                },
            };
            kept.nodes.push(node);
        }
        Self(kept)
    }

    /// Returns the value.
    pub fn to_value(&self) -> Value {
        self.0.root().to_value()
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
