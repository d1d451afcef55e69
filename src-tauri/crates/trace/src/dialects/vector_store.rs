//! Searches of vector databases under OpenLLMetry: what was asked stands under the database's own prefix, what was found in events.
//!
//! Source: traceloop/openllmetry `opentelemetry-instrumentation-{chromadb,qdrant,pinecone,milvus,weaviate,lancedb,marqo}` 0.62 and
//! `opentelemetry-semantic-conventions-ai` 0.5 (`Events`, `EventAttributes`). The databases' own spans carry nothing else of Traceloop's.

use serde_json::{Map, Value};

use super::proposal::{Evidence, Found, KindVote, NAME, Proposal, Side};
use super::value;
use crate::reading::{Document, Kind, Reader};
use crate::shapes::{self, python};
use crate::span::{Event, LogRecord};

/// What each database is asked stands below one of these, most of it under the operation's name.
const ASKED: &[&str] =
    &["db.chroma.", "db.milvus.", "db.marqo.", "db.weaviate.", "db.pinecone.", "pinecone.", "qdrant.", "db.lancedb."];

/// Asked of all of them; Spring AI asks so, too, and says the rest in its own words.
const LIMIT: &str = "db.vector.query.top_k";

/// What was found, one event each, and the beginning of its fields.
const FOUND: [(&str, &str); 2] = [("db.query.result", "db.query.result."), ("db.search.result", "db.search.result.")];

/// Counts and times of an answer, which are no part of the question.
const ANSWERED: &[&str] = &["result_count", "top_score", "top_distance", "processing_time", "duration", "usage"];

/// Reads a call of a vector database.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    let documents = documents(reader);
    let asked = ASKED.iter().find(|prefix| reader.with_prefix(prefix).next().is_some());
    if asked.is_none() && documents.is_none() {
        return None;
    }
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    let (question, key) = question(reader);
    if documents.is_some() || is_search(reader) {
        let raw = reader.peek("db.operation").and_then(value::text);
        let key = if raw.is_some() { "db.operation" } else { NAME };
        proposal.kind = Some(KindVote { kind: Kind::Retriever, raw, evidence: Evidence::Operation, key });
    }
    let value = (!question.is_empty()).then(|| Found::new(key, Value::Object(question)));
    proposal.input = Side { messages: None, value };
    proposal.documents = documents;
    Some(proposal)
}

/// Says whether the operation is a search: the word is the database's own method, `search` or `query_points`.
fn is_search(reader: &Reader<'_>) -> bool {
    let name = reader.peek("db.operation").and_then(value::text);
    let name = name.unwrap_or_else(|| reader.span.name.clone());
    let method = name.rsplit('.').next().unwrap_or_default();
    ["query", "search", "recommend", "discover"].iter().any(|word| method.split('_').any(|part| part == *word))
}

/// Returns what was asked, by the last part of each name, and where it stands.
fn question(reader: &Reader<'_>) -> (Map<String, Value>, &'static str) {
    let mut asked = Map::new();
    let mut at = "db.operation";
    for prefix in ASKED {
        for (key, name, sent) in reader.with_prefix(prefix) {
            reader.understand(key);
            let name = name.rsplit('.').next().unwrap_or(name);
            let told = value::json(sent).filter(|_| !ANSWERED.iter().any(|word| name.starts_with(word)));
            if let Some(told) = told {
                at = prefix.trim_end_matches('.');
                asked.entry(name).or_insert_with(|| written(told));
            }
        }
    }
    if let Some(limit) = reader.get(LIMIT).and_then(value::json) {
        asked.entry("top_k").or_insert(limit);
    }
    (asked, at)
}

/// Filters and lists are written as Python's `repr`.
fn written(told: Value) -> Value {
    told.as_str().and_then(python::repr).unwrap_or(told)
}

fn documents(reader: &Reader<'_>) -> Option<Found<Vec<Document>>> {
    let events = reader.span.events.iter();
    let mut key = None;
    let found = events.filter_map(|event| {
        let (name, prefix) = FOUND.into_iter().find(|(name, _)| event.name == *name)?;
        key.get_or_insert(name);
        document(event, prefix)
    });
    let found: Vec<Document> = found.collect();
    let key = key.filter(|_| !found.is_empty())?;
    Some(Found::new(key, found))
}

/// Milvus and Marqo write what they found field by field, without a prefix.
fn document(event: &Event, prefix: &str) -> Option<Document> {
    let sent = event.attributes.iter();
    let mut fields: Map<String, Value> =
        sent.map(|(key, sent)| (key.strip_prefix(prefix).unwrap_or(key).to_owned(), sent.to_json())).collect();
    let mut took = |names: &[&str]| names.iter().find_map(|name| fields.remove(*name)).filter(|found| !found.is_null());
    let content = took(&["document", "content", "text"]);
    let told = [("id", took(&["id", "_id"])), ("content", content), ("score", took(&["score", "_score"]))];
    took(&["vector"]);
    let described = took(&["metadata", "entity"]).map(|said| shapes::text::result(&written(said)));
    let mut described = match described {
        Some(Value::Object(said)) => said,
        Some(said) if said.as_str() != Some("None") => Map::from_iter([("metadata".to_owned(), said)]),
        _ => Map::new(),
    };
    described.extend(fields.into_iter().filter(|(_, told)| !told.is_null()));
    let mut whole: Map<String, Value> =
        told.into_iter().filter_map(|(name, told)| Some((name.to_owned(), told?))).collect();
    if !described.is_empty() {
        whole.insert("metadata".to_owned(), Value::Object(described));
    }
    shapes::document(&Value::Object(whole))
}
