//! Vercel AI SDK 7 and later: the `ai.*` attributes a program may ask for beside GenAI's.
//!
//! Source: `@ai-sdk/otel` 1.0 (`open-telemetry.ts`, "supplemental attributes"). GenAI's words tell the call; these are what those
//! have no word for: the texts and vectors of embeddings, what is spoken and written down, finer counts.

use serde_json::Value;

use super::gen_ai;
use super::proposal::{Found, Proposal, Side};
use super::value::{self, first_count, first_text};
use super::vercel_ai_said::vectors;
use crate::reading::{Message, Part, Reader};
use crate::span::AnyValue;
use crate::usage::normal::{Counts, count};

/// Reads what stands beside GenAI's attributes into the proposal.
pub(super) fn read(reader: &Reader<'_>, proposal: &mut Proposal) {
    let said = |key: &'static str, role: &str| {
        let (_, text) = first_text(reader, &[key])?;
        Some(Found::new(key, vec![Message::new(role, vec![Part::Text { text }])]))
    };
    proposal.input =
        Side { messages: said("ai.request.text", "user"), value: vectors(reader, ["ai.value", "ai.values"]) };
    proposal.output = Side {
        messages: said("ai.response.text", "assistant"),
        value: vectors(reader, ["ai.embedding", "ai.embeddings"]),
    };
    proposal.usage = usage(reader);
    let own =
        [("ai.prompt.toolChoice", "tool_choice"), ("ai.schema", "response_format"), ("ai.settings.output", "output")]
            .into_iter()
            .filter_map(|(key, name)| Some((name.to_owned(), reader.get(key).and_then(value::json)?)));
    let own: Vec<(String, Value)> = own.collect();
    if !own.is_empty() {
        let mut parameters = gen_ai::parameters(reader).map(|found| found.value).unwrap_or_default();
        parameters.extend(own);
        proposal.parameters = Some(Found::new("ai.prompt", parameters));
    }
}

/// The finer counts, with GenAI's own two numbers, so that they are known to be of the same call.
fn usage(reader: &Reader<'_>) -> Option<Found<Counts>> {
    let number = |key: &'static str| first_count(reader, &[key]).map(|(_, number)| number);
    for key in ["ai.usage.inputTokenDetails.noCacheTokens", "ai.usage.outputTokenDetails.textTokens"] {
        let _ = reader.get(key);
    }
    let reasoning = number("ai.usage.outputTokenDetails.reasoningTokens");
    let of_call = |key: &str| reader.peek(key).map(AnyValue::to_json).as_ref().and_then(count);
    let counts = Counts {
        input: of_call("gen_ai.usage.input_tokens"),
        output: of_call("gen_ai.usage.output_tokens"),
        reasoning,
        ..Counts::default()
    };
    reasoning.map(|_| Found::new("ai.usage", counts))
}
