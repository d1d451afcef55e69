//! Spring AI over Micrometer: `spring.ai.*` for clients, advisors and tools, `db.vector.*` for vector stores; every value is a text.
//!
//! Source: spring-projects/spring-ai 1.0 to 2.1 (`AiObservationAttributes`, `ChatClientObservationDocumentation`,
//! `ToolCallingObservationDocumentation`, `VectorStoreObservationDocumentation`) and its "Observability" page.

use serde_json::Value;

use super::proposal::{Evidence, Found, KindVote, Proposal, Session, Side};
use super::switches::Switch;
use super::value::{self, first_text};
use crate::reading::{Document, Kind, Reader, ToolDefinition, ToolExecution};
use crate::shapes;
use crate::span::LogRecord;

/// What brings text that is missing: Spring AI 1.0 to 2.1, "Observability".
pub(super) const CONTENT: &[Switch] = &[Switch::of(
    "Spring AI",
    "spring.ai.tools.observations.include-content=true",
    "Spring AI keeps a tool's arguments and result back, and logs prompts and completions instead of sending them.",
)];

const KIND: &str = "spring.ai.kind";
const QUERY: &str = "db.vector.query.content";
const FOUND: &str = "db.vector.query.response.documents";
const SESSION: &str = "spring.ai.chat.client.conversation.id";
const TOOLS: [&str; 3] = [
    "spring.ai.model.request.tool.names",
    "spring.ai.chat.client.tool.names",
    "spring.ai.chat.client.tool.function.names",
];
const TOOL: &str = "spring.ai.tool.definition.name";

/// Reads a span of Spring AI's.
pub(super) fn read(reader: &Reader<'_>, _logs: &[LogRecord]) -> Option<Proposal> {
    reader.with_prefix("spring.ai.").next()?;
    let mut proposal = Proposal { spoken: true, ..Proposal::default() };
    proposal.kind = kind(reader);
    let query = reader.get(QUERY).and_then(value::text);
    proposal.input = Side { messages: None, value: query.map(|query| Found::new(QUERY, Value::String(query))) };
    proposal.documents = documents(reader).or(proposal.documents.take());
    proposal.tool = tool(reader);
    proposal.tools = offered(reader);
    proposal.session = reader.get(SESSION).and_then(value::text).filter(|id| id != "default").map(|id| {
        let session = Session { session_id: Some(id), user_id: None };
        Found::new(SESSION, session)
    });
    let read = [KIND, QUERY, FOUND, TOOL, "spring.ai.tool.call.arguments", "spring.ai.tool.call.result"];
    for (key, _, sent) in ["spring.ai.", "db.vector."].into_iter().flat_map(|prefix| reader.with_prefix(prefix)) {
        reader.understand(key);
        if !read.contains(&key) && !TOOLS.contains(&key) {
            proposal.metadata.extend(value::text(sent).map(|sent| (key.to_owned(), Value::String(sent))));
        }
    }
    Some(proposal)
}

fn kind(reader: &Reader<'_>) -> Option<KindVote> {
    let (key, raw) = first_text(reader, &[KIND])?;
    let is_query = reader.peek("db.operation.name").and_then(|name| name.as_str()) == Some("query");
    let kind = match raw.as_str() {
        "chat_client" | "advisor" => Kind::Chain,
        "tool_call" => Kind::Tool,
        "vector_store" if is_query => Kind::Retriever,
        "vector_store" => Kind::Db,
        _ => return None,
    };
    Some(KindVote { kind, raw: Some(raw), evidence: Evidence::Word, key })
}

/// Documents are JSON, or a list of texts.
fn documents(reader: &Reader<'_>) -> Option<Found<Vec<Document>>> {
    let said = reader.get(FOUND).and_then(value::json)?;
    let mut found = shapes::documents(&said);
    if found.is_empty() {
        let texts = said.as_array().into_iter().flatten().filter_map(Value::as_str);
        found = texts.map(|text| Document { content: Some(text.to_owned()), ..Document::default() }).collect();
    }
    (!found.is_empty()).then(|| Found::new(FOUND, found))
}

fn tool(reader: &Reader<'_>) -> Option<Found<ToolExecution>> {
    let name = reader.get(TOOL).and_then(value::text)?;
    let said = |key: &str| reader.get(key).and_then(value::of_tool);
    let tool = ToolExecution {
        name: Some(name),
        call_id: reader.get("spring.ai.tool.call.id").and_then(value::text),
        arguments: said("spring.ai.tool.call.arguments"),
        result: said("spring.ai.tool.call.result"),
    };
    Some(Found::new(TOOL, tool))
}

/// Tools by name only.
fn offered(reader: &Reader<'_>) -> Option<Found<Vec<ToolDefinition>>> {
    let key = TOOLS.into_iter().find(|key| reader.peek(key).is_some())?;
    let names = value::texts(reader.get(key)?);
    let offered: Vec<_> = names.into_iter().map(|name| ToolDefinition { name, ..Default::default() }).collect();
    (!offered.is_empty()).then(|| Found::new(key, offered))
}
