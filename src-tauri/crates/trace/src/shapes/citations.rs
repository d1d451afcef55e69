//! Where an answer says it has something from: pages, files and passages, each a document of the call.
//!
//! Sources: `annotations` of OpenAI's Chat Completions and Responses (`url_citation`, `file_citation`, `container_file_citation`) and
//! of LangChain's standard blocks; `citations` of Anthropic's text blocks, of Bedrock's `citationsContent`, of Cohere's messages and
//! of Perplexity's answers (addresses alone, with `search_results` beside); `groundingMetadata` and `citationMetadata` of Gemini's
//! candidates. What a search tool answered is a tool's result, not one of these.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::any;
use crate::json::{Json, Kind, Object};
use crate::reading::Document;

/// Returns what an answer cites, each once, in its order.
pub(super) fn of(answer: Json<'_>) -> Vec<Document> {
    let mut found = Vec::new();
    said(answer, &mut found);
    let mut seen = BTreeSet::new();
    found.retain(|document| seen.insert(serde_json::to_string(document).unwrap_or_default()));
    found
}

/// An answer, a list of messages or items, or one of them.
fn said(value: Json<'_>, found: &mut Vec<Document>) {
    let object = match value.kind() {
        Kind::Array(items) => return items.for_each(|item| said(item, found)),
        Kind::Object(object) => object,
        _ => return,
    };
    for list in ["choices", "candidates", "generations", "output"].into_iter().filter_map(|key| object.get(key)) {
        match list.kind() {
            Kind::Array(_) => said(list, found),
            // Bedrock's Converse.
            Kind::Object(output) => output.get("message").into_iter().for_each(|message| said(message, found)),
            _ => {}
        }
    }
    // LangChain's `dumpd` keeps the fields beside the class.
    for inner in ["message", "kwargs"].into_iter().filter_map(|key| object.get(key)) {
        said(inner, found);
    }
    message(object, found);
    let of_google = [
        ("groundingMetadata", "groundingChunks"),
        ("grounding_metadata", "grounding_chunks"),
        ("citationMetadata", "citationSources"),
        ("citation_metadata", "citation_sources"),
        ("citationMetadata", "citations"),
        ("citation_metadata", "citations"),
    ];
    for (group, list) in of_google {
        list_of(object.get(group).and_then(Json::as_object), list, found);
    }
}

/// A message, or a part of one that is a message in itself.
fn message(object: Object<'_>, found: &mut Vec<Document>) {
    let before = found.len();
    // Perplexity's, which has the titles; the addresses alone say nothing more.
    list_of(Some(object), "search_results", found);
    if found.len() == before {
        list_of(Some(object), "citations", found);
    }
    list_of(Some(object), "annotations", found);
    let Some(parts) = any(object, &["content", "parts"]) else { return };
    let parts = match parts.kind() {
        // Gemini's content is one object with its parts.
        Kind::Object(content) => content.get("parts"),
        _ => Some(parts),
    };
    for part in parts.and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_object) {
        let part = part.get("citationsContent").and_then(Json::as_object).unwrap_or(part);
        list_of(Some(part), "citations", found);
        list_of(Some(part), "annotations", found);
    }
}

fn list_of(object: Option<Object<'_>>, key: &str, found: &mut Vec<Document>) {
    let list = object.and_then(|object| object.get(key)?.as_array());
    found.extend(list.into_iter().flatten().flat_map(cited));
}

fn cited(citation: Json<'_>) -> Vec<Document> {
    let object = match citation.kind() {
        Kind::String(address) => return vec![Document { id: Some(address.to_owned()), ..Document::default() }],
        Kind::Object(object) => object,
        _ => return Vec::new(),
    };
    // Cohere's names its documents; of others the citation is in an object that is called as its kind.
    if let Some(sources) = object.get("sources").and_then(Json::as_array) {
        let sources = sources.filter_map(Json::as_object);
        let documents = sources.map(|source| source.get("document").and_then(Json::as_object).unwrap_or(source));
        return documents.filter_map(document).collect();
    }
    let kinds =
        ["url_citation", "file_citation", "container_file_citation", "web", "retrievedContext", "retrieved_context"];
    let inner = kinds.into_iter().find_map(|kind| object.get(kind)?.as_object());
    document(inner.unwrap_or(object)).into_iter().collect()
}

fn document(object: Object<'_>) -> Option<Document> {
    let text = |key: &str| object.get(key).and_then(Json::as_str).filter(|text| !text.is_empty());
    let of = |keys: &[&'static str]| keys.iter().find_map(|key| Some((*key, text(key)?.to_owned())));
    let at = object.get("location").and_then(|place| place.get("web")?.get("url")?.as_str());
    let id = of(&["url", "uri", "source", "file_id", "id", "document_title"]);
    let content = of(&["cited_text", "snippet", "text"]);
    let passages = object.get("sourceContent").and_then(Json::as_array).into_iter().flatten();
    let passages: Vec<&str> = passages.filter_map(|passage| passage.get("text")?.as_str()).collect();
    let content_text = content.as_ref().map(|(_, text)| text.clone());
    let document = Document {
        id: at.map(str::to_owned).or_else(|| id.as_ref().map(|(_, id)| id.clone())),
        content: content_text.or_else(|| (!passages.is_empty()).then(|| passages.concat())),
        score: object.get("score").and_then(Json::as_f64),
        metadata: None,
    };
    if document.id.is_none() && document.content.is_none() {
        return None;
    }
    // What is a key of the provider's own to find the passage again tells nobody anything.
    let taken = ["type", "sourceContent", "encrypted_index", "score"];
    let taken = taken.into_iter().chain(id.iter().chain(&content).map(|(key, _)| *key));
    let mut facts: Map<String, Value> = object.to_map();
    taken.for_each(|key| drop(facts.remove(key)));
    facts.retain(|_, fact| !fact.is_null());
    Some(Document { metadata: (!facts.is_empty()).then_some(Value::Object(facts)), ..document })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::AsJson;

    fn cites(answer: Value) -> Vec<(Option<String>, Option<String>, Value)> {
        let found = answer.with(of);
        found.into_iter().map(|found| (found.id, found.content, found.metadata.unwrap_or_default())).collect()
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn what_each_provider_cites_is_found_where_it_puts_it() {
        let page = || (some("https://a.example"), None, json!({"title": "A", "start_index": 0, "end_index": 5}));
        let link =
            json!({"type": "url_citation", "url": "https://a.example", "title": "A", "start_index": 0, "end_index": 5});
        let item = json!({"type": "message", "content": [{"type": "output_text", "text": "t", "annotations": [link]}]});
        assert_eq!(cites(json!({"output": [{"type": "reasoning"}, item]})), [page()]);
        let nested = json!({"type": "url_citation", "url_citation": link});
        assert_eq!(
            cites(json!({"choices": [{"message": {"content": "t", "annotations": [nested, nested]}}]})),
            [page()]
        );
        let block = json!({"type": "text", "text": "t", "citations": [{"type": "web_search_result_location",
            "url": "https://a.example", "title": "A", "encrypted_index": "x", "cited_text": "so it is"}]});
        let quoted = (some("https://a.example"), some("so it is"), json!({"title": "A"}));
        assert_eq!(cites(json!({"content": [block], "stop_reason": "end_turn"})), [quoted]);
        let chunk = json!({"web": {"uri": "https://a.example", "title": "A"}});
        let grounded = json!({"candidates": [{"content": {"parts": [{"text": "t"}]}, "groundingMetadata": {"groundingChunks": [chunk]}}]});
        assert_eq!(cites(grounded), [(some("https://a.example"), None, json!({"title": "A"}))]);
        let sources = json!([{"type": "document", "id": "d1", "document": {"id": "d1", "snippet": "s", "title": "A"}}]);
        let cohere =
            json!({"message": {"content": [], "citations": [{"start": 0, "end": 1, "text": "t", "sources": sources}]}});
        assert_eq!(cites(cohere), [(some("d1"), some("s"), json!({"title": "A"}))]);
        assert_eq!(
            cites(json!({"choices": [], "citations": ["https://a.example"]})),
            [(some("https://a.example"), None, json!(null))]
        );
        let bedrock = json!({"citationsContent": {"content": [{"text": "t"}], "citations": [{"title": "A",
            "sourceContent": [{"text": "so it is"}], "location": {"web": {"url": "https://a.example"}}}]}});
        let [found] = &cites(json!({"output": {"message": {"content": [bedrock]}}}))[..] else { panic!() };
        assert_eq!((&found.0, &found.1), (&some("https://a.example"), &some("so it is")));
    }

    #[test]
    fn what_cites_nothing_has_no_documents() {
        for answer in [
            json!("text"),
            json!({"content": [{"type": "text", "text": "t", "citations": null}]}),
            json!({"choices": [{"message": {"content": "t", "annotations": []}}]}),
            json!({"citations": [{"type": "char_location"}, 1]}),
        ] {
            assert_eq!(cites(answer), []);
        }
    }
}
