//! Stream chunks of LangChain: a `ChatGenerationChunk` as `dumps` writes it, a piece of a message in each.
//!
//! Source: `langchain_core.outputs` and `langchain_core.messages.ai` of LangChain 0.3 to 1.4. What its chunks count are pieces that add
//! up in some integrations and repeat in others, so counts are left to whoever recorded the stream.

use super::calls::Calls;
use super::{Assembler, Delta, index};
use crate::json::{Json, Object};
use crate::reading::{ChunkType, Message, Part};
use crate::shapes::{Payload, cited, text};

/// The chunks of one answer.
#[derive(Default)]
pub(super) struct Generation {
    text: String,
    thought: String,
    calls: Calls,
    payload: Payload,
}

/// A chunk's own fields, whichever way it was written.
fn fields(chunk: Object<'_>) -> Object<'_> {
    chunk.get("kwargs").and_then(Json::as_object).unwrap_or(chunk)
}

fn told<'v>(from: Object<'v>, key: &str) -> Option<&'v str> {
    from.get(key).and_then(Json::as_str).filter(|text| !text.is_empty())
}

/// Returns the piece of a thought in a message: a block of Anthropic's among its content, or what DeepSeek's integration has beside it.
fn thought(message: Object<'_>) -> String {
    let blocks = message.get("content").and_then(Json::as_array).into_iter().flatten();
    let blocks = blocks.filter_map(|block| told(block.as_object()?, "thinking"));
    let beside = message.get("additional_kwargs").and_then(|more| told(more.as_object()?, "reasoning_content"));
    blocks.chain(beside).collect()
}

impl Assembler for Generation {
    fn take(&mut self, event: Json<'_>) -> Option<Delta> {
        let chunk = fields(event.as_object()?);
        let message = fields(chunk.get("message")?.as_object()?);
        message.get("content")?;
        if let Some(metadata) = message.get("response_metadata").and_then(Json::as_object) {
            let reason = told(metadata, "finish_reason").or_else(|| told(metadata, "stop_reason"));
            if let Some(reason) = reason {
                self.payload.finish_reasons = vec![reason.to_owned()];
            }
            let model = told(metadata, "model_name").or_else(|| told(metadata, "model")).map(str::to_owned);
            self.payload.model = model.or(self.payload.model.take());
        }
        if message.get("content").is_some_and(|content| content.as_array().is_some()) {
            for document in cited(message.json()) {
                if !self.payload.cited.contains(&document) {
                    self.payload.cited.push(document);
                }
            }
        }
        let pieces = message.get("tool_call_chunks").and_then(Json::as_array).into_iter().flatten();
        let called = pieces.filter_map(|piece| self.take_call(piece.as_object()?)).last();
        let thought = thought(message);
        self.thought.push_str(&thought);
        let said = told(chunk, "text").or_else(|| told(message, "content"));
        if let Some(said) = said {
            self.text.push_str(said);
        }
        let said = said.map(|said| Delta::of(ChunkType::Text, said)).or(called);
        let said = said.or_else(|| (!thought.is_empty()).then(|| Delta::of(ChunkType::Reasoning, thought)));
        Some(said.unwrap_or_else(|| Delta::of(ChunkType::Other, "")))
    }

    fn assembled(self: Box<Self>) -> Payload {
        let mut parts = Vec::new();
        if !self.thought.is_empty() {
            parts.push(Part::Reasoning { text: self.thought });
        }
        parts.extend(text::parts(&self.text));
        parts.extend(self.calls.parts());
        Payload { messages: vec![Message::new("assistant", parts)], ..self.payload }
    }
}

impl Generation {
    fn take_call(&mut self, piece: Object<'_>) -> Option<Delta> {
        let arguments = told(piece, "args").unwrap_or_default();
        let name = told(piece, "name").unwrap_or_default();
        let number = self.calls.take(index(piece.get("index"))?, told(piece, "id"), name, arguments);
        Some(Delta { tool_call: Some(number), ..Delta::of(ChunkType::ToolCall, arguments) })
    }
}
