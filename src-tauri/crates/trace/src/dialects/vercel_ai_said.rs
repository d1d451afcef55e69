//! What went in and came out of the AI SDK's functions, model calls and tools.
//!
//! Source: vercel/ai 3 to 6, `packages/ai/src/generate-text`, `stream-text`, `generate-object`, `embed`, `rerank`.

use serde_json::Value;

use super::proposal::{Found, Proposal, Side};
use super::value::{self, first_text};
use crate::reading::{Document, Message, Part, Reader, ToolDefinition, ToolExecution};
use crate::shapes::{self, ai_sdk, tools};
use crate::span::AnyValue;

/// What a function was given: a prompt, or what is to be turned into vectors.
pub(super) fn input(reader: &Reader<'_>) -> Side {
    for key in ["ai.prompt.messages", "ai.prompt"] {
        let Some(sent) = reader.get(key).and_then(|sent| value::objects(sent).or_else(|| value::json(sent))) else {
            continue;
        };
        return match ai_sdk::prompt(&sent) {
            Some(payload) => Side { messages: Some(Found::new(key, payload.messages)), value: None },
            None => Side { messages: None, value: Some(Found::new(key, sent)) },
        };
    }
    // What was to be ordered, of which the ranking may leave some out.
    let ordered = || vectors(reader, ["ai.documents", "ai.documents"]).filter(|_| reader.peek("ai.ranking").is_some());
    let value = vectors(reader, ["ai.value", "ai.values"]).or_else(ordered);
    Side { messages: None, value }
}

/// Texts and vectors are JSON in a text each; several are a list of such texts.
pub(super) fn vectors(reader: &Reader<'_>, keys: [&'static str; 2]) -> Option<Found<Value>> {
    keys.into_iter().find_map(|key| {
        let value = match reader.get(key)? {
            AnyValue::Array(items) => Value::Array(items.iter().filter_map(value::json).collect()),
            single => value::json(single)?,
        };
        Some(Found::new(key, value))
    })
}

/// An answer is spread over one attribute per kind of content; versions before 3.4 called them results.
pub(super) fn read_output(reader: &Reader<'_>, proposal: &mut Proposal) {
    let said = |keys: &[&'static str]| first_text(reader, keys).map(|(_, said)| Value::String(said));
    // The last version before 3.4 and the first after it write both names.
    let json = |keys: [&str; 2]| keys.map(|key| reader.get(key).and_then(value::json)).into_iter().flatten().next();
    let mut parts: Vec<Part> = Vec::new();
    if let Some((_, thought)) = first_text(reader, &["ai.response.reasoning", "ai.result.reasoning"]) {
        parts.push(Part::Reasoning { text: thought });
    }
    const TEXT: [&str; 2] = ["ai.response.text", "ai.result.text"];
    const OBJECT: [&str; 2] = ["ai.response.object", "ai.result.object"];
    parts.extend(said(&TEXT).map(|said| shapes::content(&said)).unwrap_or_default());
    // The object is JSON in a text, or is one.
    let made = || OBJECT.iter().find_map(|key| value::present(reader.get(key)?.to_json()));
    let made = said(&OBJECT).or_else(|| made().map(|made| Value::String(made.to_string())));
    parts.extend(made.map(|made| shapes::content(&made)).unwrap_or_default());
    parts.extend(
        json(["ai.response.files", "ai.result.files"]).map(|files| shapes::content(&files)).unwrap_or_default(),
    );
    let called = json(["ai.response.toolCalls", "ai.result.toolCalls"]);
    parts.extend(called.map(|list| ai_sdk::calls(&list)).unwrap_or_default());
    if !parts.is_empty() {
        proposal.output.messages = Some(Found::new("ai.response", vec![Message::new("assistant", parts)]));
    } else {
        proposal.output.value = vectors(reader, ["ai.embedding", "ai.embeddings"]);
    }
    let reason = first_text(reader, &["ai.response.finishReason", "ai.result.finishReason", "ai.finishReason"]);
    proposal.finish_reasons = reason.map(|(_, reason)| reason).into_iter().collect();
}

pub(super) fn tool(reader: &Reader<'_>) -> Option<Found<ToolExecution>> {
    let said = |keys: [&str; 2]| keys.into_iter().find_map(|key| reader.get(key).and_then(value::of_tool));
    let tool = ToolExecution {
        name: first_text(reader, &["ai.toolCall.name"]).map(|(_, name)| name),
        call_id: first_text(reader, &["ai.toolCall.id"]).map(|(_, id)| id),
        arguments: said(["ai.toolCall.args", "ai.toolCall.input"]),
        result: said(["ai.toolCall.result", "ai.toolCall.output"]),
    };
    (tool != ToolExecution::default()).then(|| Found::new("ai.toolCall", tool))
}

/// A list of JSON texts, one per tool.
pub(super) fn offered(reader: &Reader<'_>) -> Option<Found<Vec<ToolDefinition>>> {
    const KEY: &str = "ai.prompt.tools";
    let list = match reader.get(KEY)? {
        AnyValue::Array(items) => Value::Array(items.iter().filter_map(value::json).collect()),
        other => value::json(other)?,
    };
    let offered = tools::definitions(&list);
    (!offered.is_empty()).then(|| Found::new(KEY, offered))
}

/// What was ordered and in which order, each a list of JSON texts.
pub(super) fn documents(reader: &Reader<'_>) -> Option<Found<Vec<Document>>> {
    let list = |key: &'static str| match reader.get(key) {
        Some(AnyValue::Array(items)) => items.iter().filter_map(value::json).collect(),
        _ => Vec::new(),
    };
    let (given, ranking): (Vec<Value>, Vec<Value>) = (list("ai.documents"), list("ai.ranking"));
    let document = |value: &Value, score: Option<f64>| Document {
        content: Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
        score,
        ..Document::default()
    };
    let ranked = ranking.iter().filter_map(|place| {
        let index = ["index", "originalIndex"].iter().find_map(|key| place.get(*key)?.as_u64())?;
        let score = ["relevanceScore", "score"].iter().find_map(|key| place.get(*key)?.as_f64());
        Some(document(given.get(usize::try_from(index).ok()?)?, score))
    });
    let mut found: Vec<Document> = ranked.collect();
    if found.is_empty() {
        found = given.iter().map(|value| document(value, None)).collect();
    }
    (!found.is_empty()).then(|| Found::new("ai.documents", found))
}
