//! Documents found by a search, under the names libraries give their fields.

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
        Kind::String(content) => Some(Document { content: Some(content.to_owned()), ..Document::default() }),
        Kind::Object(object) => described(object),
        _ => None,
    });
    found.collect()
}
