//! The content of a message: text, or a list of parts in any provider's format.

use super::{
    ai_sdk, anthropic, bedrock, gemini, genkit, haystack, langchain, llama_index, openai_chat, openai_responses, parts,
    pydantic_ai, text as texts,
};
use crate::json::{AsJson, Json, Kind, Object};
use crate::reading::Part;

type PartReader = fn(Object<'_>) -> Option<Vec<Part>>;

/// The formats of a part. Their type words hardly overlap; where they do, each reader asks for its own fields.
const PARTS: &[PartReader] = &[
    openai_responses::part,
    openai_chat::part,
    anthropic::part,
    pydantic_ai::of_event,
    ai_sdk::part,
    parts::part,
    langchain::part,
    gemini::part,
    bedrock::part,
    genkit::part,
    haystack::part,
    llama_index::part,
];

/// Returns the parts of a message's content; empty texts are no parts, and what no format knows is kept as JSON.
pub fn read(value: impl AsJson) -> Vec<Part> {
    value.with(|value| match value.kind() {
        Kind::Null => Vec::new(),
        Kind::String(content) => texts::parts(content),
        Kind::Array(items) => items.flat_map(item).collect(),
        Kind::Object(_) => item(value),
        Kind::Bool(_) | Kind::Number => vec![Part::Text { text: value.to_value().to_string() }],
    })
}

fn item(value: Json<'_>) -> Vec<Part> {
    match value.kind() {
        Kind::Null => Vec::new(),
        Kind::String(content) => texts::parts(content),
        Kind::Object(object) => part(object).unwrap_or_else(|| vec![Part::Json { value: value.to_value() }]),
        _ => vec![Part::Json { value: value.to_value() }],
    }
}

/// Returns the parts an object is read as by the first format that knows it.
pub(super) fn part(object: Object<'_>) -> Option<Vec<Part>> {
    PARTS.iter().find_map(|read| read(object))
}

/// Returns a text part, or none for an empty text. Nothing is looked for inside.
pub(super) fn text(content: &str) -> Vec<Part> {
    if content.is_empty() { Vec::new() } else { vec![Part::Text { text: content.to_owned() }] }
}

/// Returns a reasoning part, or none for an empty text.
pub(super) fn reasoning(content: &str) -> Vec<Part> {
    if content.is_empty() { Vec::new() } else { vec![Part::Reasoning { text: content.to_owned() }] }
}

/// Returns a refusal part, or none for an empty text.
pub(super) fn refusal(content: &str) -> Vec<Part> {
    if content.is_empty() { Vec::new() } else { vec![Part::Refusal { text: content.to_owned() }] }
}
