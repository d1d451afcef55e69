//! Documents found by a search, under the names libraries give their fields.

use serde_json::Value;

use super::any;
use crate::json::{AsJson, Json, Kind, Object};
use crate::reading::Document;

/// Returns the document an object describes; `None` when it has neither an id nor content.
pub fn document(value: impl AsJson) -> Option<Document> {
    value.with(|value| described(value.as_object()?))
}

fn described(object: Object<'_>) -> Option<Document> {
    // LlamaIndex puts what it found beside its score.
    if let Some(node) = object.get("node").and_then(Json::as_object) {
        let score = object.get("score").and_then(Json::as_f64);
        return described(node).map(|found| Document { score: score.or(found.score), ..found });
    }
    // LangChain's `dumpd` keeps the fields beside the class.
    if let Some(fields) = object.get("kwargs").and_then(Json::as_object).filter(|fields| has_page(*fields)) {
        return described(fields);
    }
    let text = |keys: &[&str]| {
        any(object, keys)
            .and_then(|value| value.as_str().map(str::to_owned).or_else(|| Some(value.as_i64()?.to_string())))
    };
    let document = Document {
        id: text(&["id", "doc_id", "document_id", "id_"]),
        content: text(&["content", "text", "page_content", "pageContent"]),
        score: any(object, &["score", "relevance_score"]).and_then(Json::as_f64),
        metadata: any(object, &["metadata", "meta"]).map(super::text::parsed),
    };
    (document.id.is_some() || document.content.is_some()).then_some(document)
}

fn has_page(object: Object<'_>) -> bool {
    object.contains_key("page_content") || object.contains_key("pageContent")
}

/// Says whether a value is what LlamaIndex or LangChain answer a search with: a node beside its score (in Python each written as
/// text), a document, or one as `dumpd` writes it.
pub fn is_found(value: &Value) -> bool {
    if let Some(text) = value.as_str() {
        return node(text).is_some();
    }
    value.with(|value| {
        let Some(object) = value.as_object() else { return false };
        let fields = object.get("kwargs").and_then(Json::as_object);
        object.get("node").is_some_and(Json::is_object) || has_page(object) || fields.is_some_and(has_page)
    })
}

/// Returns the node with its score that a text is.
fn node(text: &str) -> Option<Value> {
    let found: Value = text.starts_with("{\"node\"").then(|| serde_json::from_str(text).ok())??;
    found.get("node").is_some_and(Value::is_object).then_some(found)
}

/// Returns the documents in a search's answer: a list of documents or texts, or such a list under a name.
pub fn documents(value: impl AsJson) -> Vec<Document> {
    value.with(found)
}

fn found(value: Json<'_>) -> Vec<Document> {
    let list = match value.kind() {
        Kind::Object(object) => any(object, &["documents", "passages", "results", "nodes", "matches"]),
        _ => Some(value),
    };
    let items = list.and_then(Json::as_array).into_iter().flatten();
    let found = items.filter_map(|item| match item.kind() {
        Kind::String(content) => match node(content) {
            Some(found) => document(&found),
            None => Some(Document { content: Some(content.to_owned()), ..Document::default() }),
        },
        Kind::Object(object) => described(object),
        _ => None,
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_search_found_is_known_by_its_own_words() {
        let dumped = json!({"lc": 1, "type": "constructor", "id": ["langchain", "schema", "document", "Document"],
            "kwargs": {"page_content": "p", "metadata": {"file": "a"}}});
        let node = json!({"node": {"id_": "n", "text": "p", "metadata": {}}, "score": 0.5});
        let written = json!(node.to_string());
        for found in [&dumped, &node, &written, &json!({"pageContent": "p"})] {
            assert!(is_found(found), "{found}");
            assert_eq!(documents(&json!([found]))[0].content.as_deref(), Some("p"), "{found}");
        }
        for other in [json!("text"), json!("{\"node\": 1}"), json!({"kwargs": {}}), json!(1), json!({"text": "p"})] {
            assert!(!is_found(&other), "{other}");
        }
    }
}
