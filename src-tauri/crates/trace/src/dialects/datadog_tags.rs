//! Datadog's LLM Observability before ddtrace 4.9: parts of the structure are tags of their own.
//!
//! Source: ddtrace 2.6 to 4.8, `llmobs/_llmobs.py` and `llmobs/_constants.py`.

use serde_json::{Map, Value};

use super::value;
use crate::reading::Reader;

/// What these tags begin with.
pub(super) const PREFIX: &str = "_ml_obs.";

/// Returns the structure that older versions spread over tags: `_ml_obs.meta.input.value`, JSON in a text where it is more.
pub(super) fn event(reader: &Reader<'_>) -> Option<Value> {
    let mut event = Map::new();
    for (key, path, sent) in reader.with_prefix(PREFIX) {
        reader.understand(key);
        let Some(said) = value::json(sent) else { continue };
        let said = match (path, said) {
            // `span.kind` is one name here.
            ("meta.span.kind" | "span_kind", said) => {
                insert(&mut event, &["meta", "span.kind"], said);
                continue;
            }
            ("meta.input.messages" | "meta.output.messages" | "metrics" | "tags", Value::String(_)) => continue,
            (_, said) => said,
        };
        let segments: Vec<&str> = path.splitn(3, '.').collect();
        insert(&mut event, &segments, said);
    }
    (!event.is_empty()).then_some(Value::Object(event))
}

fn insert(into: &mut Map<String, Value>, path: &[&str], said: Value) {
    match path {
        [] => {}
        [name] => {
            into.insert((*name).to_owned(), said);
        }
        [name, rest @ ..] => {
            let inner = into.entry(*name).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                insert(inner, rest, said);
            }
        }
    }
}
