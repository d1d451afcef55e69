//! Lists and objects that a sender spread over dotted keys: `prefix.0.message.role`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::reading::Reader;
use crate::span::AnyValue;

/// Key segments deeper than this are not read.
const MAX_DEPTH: usize = 16;

/// A value that grows as keys are added.
#[derive(Default)]
struct Node {
    value: Option<Value>,
    entries: BTreeMap<String, Node>,
}

/// Returns the list spread under `prefix` (which ends in a dot), in index order; its keys are remembered as understood.
///
/// Keys whose first segment is not an index are someone else's and left alone.
pub(super) fn list<'a>(reader: &Reader<'a>, prefix: &'static str) -> Vec<Value> {
    // Not a vector: a hostile `prefix.999999999.x` costs one element.
    let mut elements: BTreeMap<u64, Node> = BTreeMap::new();
    for (key, rest, value) in reader.with_prefix(prefix) {
        let (at, path) = rest.split_once('.').unwrap_or((rest, ""));
        let Some(index) = index(at) else { continue };
        reader.understand(key);
        insert(elements.entry(index).or_default(), path, value);
    }
    elements.into_values().map(Node::into_value).collect()
}

/// Returns what is spread under `prefix` (which ends in a dot), an object or a list; `None` where nothing is. Its keys are remembered
/// as understood.
pub(super) fn object<'a>(reader: &Reader<'a>, prefix: &'static str) -> Option<Value> {
    of(reader.with_prefix(prefix).map(|(key, path, value)| {
        reader.understand(key);
        (path, value)
    }))
}

/// Returns the object or the list that is spread over these paths; `None` where there are none.
pub(super) fn of<'a>(spread: impl Iterator<Item = (&'a str, &'a AnyValue)>) -> Option<Value> {
    let mut whole = Node::default();
    for (path, value) in spread {
        insert(&mut whole, path, value);
    }
    (!whole.entries.is_empty()).then(|| whole.into_value())
}

/// Returns the index a segment says, if it is written as indexes are: `01` and `+1` are names, and not those of element 1.
fn index(segment: &str) -> Option<u64> {
    let is_written_so = segment == "0" || segment.starts_with(|first: char| ('1'..='9').contains(&first));
    segment.parse().ok().filter(|_| is_written_so)
}

fn insert(node: &mut Node, path: &str, value: &AnyValue) {
    let mut node = node;
    for segment in path.split('.').filter(|segment| !segment.is_empty()).take(MAX_DEPTH) {
        node = node.entries.entry(segment.to_owned()).or_default();
    }
    node.value = Some(value.to_json());
}

impl Node {
    /// Returns the object or list of the entries; a value of its own stands only where there are none.
    fn into_value(self) -> Value {
        if self.entries.is_empty() {
            return self.value.unwrap_or(Value::Null);
        }
        let indexes: Option<BTreeMap<u64, &String>> = self.entries.keys().map(|key| Some((index(key)?, key))).collect();
        let order: Option<Vec<String>> = indexes.map(|indexes| indexes.into_values().cloned().collect());
        let mut entries = self.entries;
        match order {
            Some(keys) => keys.iter().filter_map(|key| entries.remove(key)).map(Self::into_value).collect(),
            None => {
                Value::Object(entries.into_iter().map(|(key, node)| (key, node.into_value())).collect::<Map<_, _>>())
            }
        }
    }
}
