//! What OpenLLMetry says of a span beside its messages: chunks, associations and facts.

use super::identity;
use super::proposal::{Found, Proposal, Session, Streamed};
use super::traceloop::ENTITY_KIND;
use super::value::{self, first_text};
use crate::reading::{Chunk, ChunkType, Document, Reader, Stream};
use crate::shapes::{self, Payload};
use crate::span::attribute;

const ASSOCIATIONS: &str = "traceloop.association.properties.";

/// Reads it.
pub(super) fn read(reader: &Reader<'_>, proposal: &mut Proposal) {
    proposal.stream = stream(reader);
    read_facts(reader, proposal);
}

/// What a search answered: LlamaIndex's nodes with their scores, LangChain's documents.
pub(super) fn searched(reader: &Reader<'_>) -> Option<Found<Vec<Document>>> {
    const KEY: &str = "traceloop.entity.output";
    const STARTS: [&str; 3] = ["[{", "[\"{", "{\"documents\""];
    let sent = reader.peek(KEY)?;
    sent.as_str().filter(|sent| STARTS.iter().any(|start| sent.starts_with(start)))?;
    let sent = value::json(sent)?;
    let list = sent.get("documents").unwrap_or(&sent);
    let all = list.as_array().is_some_and(|items| items.iter().all(shapes::is_found));
    let documents = if all { shapes::documents(list) } else { Vec::new() };
    (!documents.is_empty()).then(|| Found::new(KEY, documents))
}

/// One event per chunk, which says only when it came.
fn stream(reader: &Reader<'_>) -> Option<Found<Box<Streamed>>> {
    let span = reader.span;
    let is_chunk = |name: &str| name == "llm.content.completion.chunk" || name == "gen_ai.content.completion.chunk";
    let key = span.events.iter().map(|event| event.name.as_str()).find(|name| is_chunk(name))?;
    let offset = |time: u64| i64::try_from(i128::from(time) - i128::from(span.start_time_unix_nano)).unwrap_or(0);
    let events = span.events.iter().filter(|event| is_chunk(&event.name));
    let items: Vec<Chunk> = (0..)
        .zip(events)
        .map(|(index, event)| Chunk {
            index,
            offset_ns: offset(event.time_unix_nano),
            kind: ChunkType::Other,
            text: attribute(&event.attributes, "content").and_then(value::text).unwrap_or_default(),
            choice: 0,
            tool_call: None,
        })
        .collect();
    let first = items.first()?;
    let dropped = u64::from(span.dropped_events);
    let after = u64::try_from(first.offset_ns).ok().filter(|_| dropped == 0);
    let stream = Stream {
        chunks: items.len() as u64,
        dropped_chunks: dropped,
        time_to_first_chunk_ns: after,
        time_to_first_chunk_source: after.map(|_| format!("traceloop:{key}")),
        text: items.iter().map(|item| item.text.as_str()).collect(),
        items,
    };
    Some(Found::new(key, Box::new(Streamed { stream, assembled: Payload::default() })))
}

fn read_facts(reader: &Reader<'_>, proposal: &mut Proposal) {
    let mut session = Session::default();
    for (key, name, sent) in reader.with_prefix(ASSOCIATIONS) {
        reader.understand(key);
        if !identity::take(&mut session, name, sent) {
            proposal.metadata.extend(value::json(sent).map(|sent| (name.to_owned(), sent)));
        }
    }
    let user = first_text(reader, &["llm.user", "gen_ai.user"]).map(|(_, user)| user);
    session.user_id = session.user_id.or(user.filter(|user| user != "None"));
    proposal.session = (session != Session::default()).then(|| Found::new(ASSOCIATIONS.trim_end_matches('.'), session));
    let read = [ENTITY_KIND, "traceloop.entity.input", "traceloop.entity.output"];
    // Newer versions repeat a task's input and output under a second name.
    let repeated = ["gen_ai.task.input", "gen_ai.task.output"];
    let facts = [
        "traceloop.",
        "gen_ai.task.",
        "gen_ai.handoff.",
        "gen_ai.headers",
        "llm.headers",
        "llm.request.",
        "llm.response.",
    ];
    for (key, _, sent) in facts.into_iter().flat_map(|prefix| reader.with_prefix(prefix)) {
        reader.understand(key);
        let is_read = read.contains(&key)
            || repeated.contains(&key)
            || key.starts_with(ASSOCIATIONS)
            || key.starts_with("llm.request.")
            || key.starts_with("llm.response.model");
        let sent = value::json(sent).filter(|sent| !is_read && sent.as_str() != Some("None"));
        proposal.metadata.extend(sent.map(|sent| (key.to_owned(), sent)));
    }
}
