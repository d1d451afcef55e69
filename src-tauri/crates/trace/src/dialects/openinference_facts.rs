//! What OpenInference says of a span beside its messages: documents, counts, cost, session and facts.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::proposal::{Found, Proposal};
use super::value::{self, first_count};
use super::{flattened, identity};
use crate::reading::{Document, Kind, Reader};
use crate::shapes;
use crate::usage::normal::Counts;

/// Reads them.
pub(super) fn read(reader: &Reader<'_>, proposal: &mut Proposal) {
    proposal.documents = documents(reader).or(proposal.documents.take());
    proposal.usage = usage(reader);
    proposal.cost_usd = reader
        .get("llm.cost.total")
        .and_then(|cost| value::amount(&cost.to_json()))
        .map(|cost| Found::new("llm.cost.total", cost));
    read_facts(reader, proposal);
}

fn documents(reader: &Reader<'_>) -> Option<Found<Vec<Document>>> {
    ["retrieval.documents.", "reranker.output_documents.", "reranker.input_documents."].into_iter().find_map(|prefix| {
        let list = flattened::list(reader, prefix);
        let documents: Vec<Document> =
            list.iter().filter_map(|entry| shapes::document(entry.get("document")?.as_object()?)).collect();
        (!documents.is_empty()).then(|| Found::new(prefix.trim_end_matches('.'), documents))
    })
}

fn usage(reader: &Reader<'_>) -> Option<Found<Counts>> {
    let number = |keys: &[&'static str]| first_count(reader, keys).map(|(_, number)| number);
    let counts = Counts {
        input: number(&["llm.token_count.prompt"]),
        output: number(&["llm.token_count.completion"]),
        total: number(&["llm.token_count.total"]),
        cache_read: number(&[
            "llm.token_count.prompt_details.cache_read",
            "llm.token_count.prompt_details.cache_input",
        ]),
        cache_write: number(&["llm.token_count.prompt_details.cache_write"]),
        reasoning: number(&["llm.token_count.completion_details.reasoning"]),
        ..Counts::default()
    };
    (counts != Counts::default()).then(|| Found::new("llm.token_count", counts))
}

fn read_facts(reader: &Reader<'_>, proposal: &mut Proposal) {
    if let Some(Value::Object(metadata)) = reader.get("metadata").and_then(value::json) {
        // Who it was for is asked for as `user.id`; programs that know nothing of that tell their framework.
        proposal.session = identity::among(&metadata).map(|told| Found::new("metadata", told));
        proposal.metadata = metadata;
    }
    // The AI SDK's processor flattens what others send as one object.
    for (key, name, sent) in reader.with_prefix("metadata.") {
        reader.understand(key);
        proposal.metadata.extend(value::json(sent).map(|sent| (name.to_owned(), sent)));
    }
    proposal.tags = reader.get("tag.tags").map(value::texts).unwrap_or_default();
    let facts = [
        "llm.prompt_template.",
        "prompt.",
        "agent.",
        "graph.node.",
        "embedding.",
        "reranker.",
        "tool.",
        "openinference.",
        "agno.",
        "smolagents.",
    ];
    proposal.keep_facts(reader, &facts, |key, _| {
        ["openinference.span.kind", "tool.name", "tool.parameters", "tool.id"].contains(&key)
            || key.ends_with("model_name")
            || key.ends_with("invocation_parameters")
            || key.contains("_documents.")
            || key.contains(".embeddings.")
    });
    for prefix in ["llm.token_count.", "llm.cost."] {
        reader.with_prefix(prefix).for_each(|(key, _, _)| reader.understand(key));
    }
    for key in ["input.value", "input.mime_type", "output.value", "output.mime_type"] {
        reader.understand(key);
    }
    let first = reader.span.events.iter().find(|event| event.name == "First Token Stream Event");
    proposal.time_to_first_chunk_ns = first.and_then(|event| {
        let after = event.time_unix_nano.checked_sub(reader.span.start_time_unix_nano)?;
        Some(Found::new("First Token Stream Event", after))
    });
    const FIRST: &str = "time_to_first_token_ms";
    let first = reader.get(FIRST).and_then(|sent| value::amount(&sent.to_json()));
    let first = first.filter(|after| (0.0..1e9).contains(after)).map(|after| Found::new(FIRST, (after * 1e6) as u64));
    proposal.time_to_first_chunk_ns = proposal.time_to_first_chunk_ns.take().or(first);
    proposal.keep_keys(reader, &["end_reason"]);
}

/// Returns what vectors were made of, or what was to be ordered, for a span that tells no input as a whole.
pub(super) fn given(reader: &Reader<'_>, kind: Option<Kind>) -> Option<Found<Value>> {
    const EMBEDDED: &str = "embedding.embeddings.";
    const ORDERED: &str = "reranker.input_documents.";
    match kind? {
        Kind::Embedding => {
            let texts = reader.with_prefix(EMBEDDED).filter_map(|(_, name, sent)| {
                let (number, rest) = name.split_once('.')?;
                Some((number.parse::<u32>().ok().filter(|_| rest == "embedding.text")?, value::text(sent)?))
            });
            let texts: BTreeMap<u32, String> = texts.collect();
            let texts: Vec<Value> = texts.into_values().map(Value::String).collect();
            (!texts.is_empty()).then(|| Found::new(EMBEDDED.trim_end_matches('.'), Value::Array(texts)))
        }
        Kind::Reranker => {
            let documents = flattened::list(reader, ORDERED);
            let documents = documents.iter().filter_map(|entry| entry.pointer("/document/content").cloned());
            let documents: Vec<Value> = documents.collect();
            let query = reader.get("reranker.query").and_then(value::text);
            let given = query.map(|query| ("query".to_owned(), Value::String(query)));
            let ordered = (!documents.is_empty()).then(|| ("documents".to_owned(), Value::Array(documents)));
            let given: Map<String, Value> = given.into_iter().chain(ordered).collect();
            (!given.is_empty()).then(|| Found::new("reranker", Value::Object(given)))
        }
        _ => None,
    }
}
