//! Stream events of Amazon Bedrock's Converse, each an object of one key.
//!
//! Source: the Bedrock Runtime API reference, "ConverseStreamOutput".

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Assembler, Delta, index};
use crate::json::{Json, Object};
use crate::reading::{ChunkType, Message};
use crate::shapes::{Payload, content, text, usage};

/// The events of one answer, by content block.
#[derive(Default)]
pub(super) struct Converse {
    blocks: BTreeMap<u32, Block>,
    payload: Payload,
}

#[derive(Default)]
struct Block {
    call: Option<Map<String, Value>>,
    text: String,
    thought: String,
    arguments: String,
}

impl Assembler for Converse {
    fn take(&mut self, event: Json<'_>) -> Option<Delta> {
        let event = event.as_object().filter(|event| event.len() == 1)?;
        let (name, said) = event.iter().next()?;
        let said = said.as_object()?;
        match name {
            "messageStart" | "contentBlockStop" => {}
            "contentBlockStart" => {
                let block = self.blocks.entry(index(said.get("contentBlockIndex"))?).or_default();
                block.call = said.get("start").and_then(|start| Some(start.get("toolUse")?.as_object()?.to_map()));
            }
            "contentBlockDelta" => {
                return self.take_delta(index(said.get("contentBlockIndex"))?, said.get("delta")?.as_object()?);
            }
            "messageStop" => {
                let reason = said.get("stopReason").and_then(Json::as_str);
                self.payload.finish_reasons = reason.map(str::to_owned).into_iter().collect();
            }
            "metadata" => {
                self.payload.counts = said.get("usage").and_then(usage::counts);
                return Some(Delta::of(ChunkType::Usage, ""));
            }
            _ => return None,
        }
        Some(Delta::of(ChunkType::Other, ""))
    }

    fn assembled(self: Box<Self>) -> Payload {
        let parts = self.blocks.into_values().flat_map(|block| content(&Value::Array(block.assembled())));
        Payload { messages: vec![Message::new("assistant", parts.collect())], ..self.payload }
    }
}

impl Converse {
    fn take_delta(&mut self, number: u32, delta: Object<'_>) -> Option<Delta> {
        let block = self.blocks.entry(number).or_default();
        let inside = |key: &str, name: &str| delta.get(key).and_then(|inner| inner.get(name)?.as_str());
        let (whole, piece, kind) = if let Some(piece) = delta.get("text").and_then(Json::as_str) {
            (&mut block.text, piece, ChunkType::Text)
        } else if let Some(piece) = inside("reasoningContent", "text") {
            (&mut block.thought, piece, ChunkType::Reasoning)
        } else if let Some(piece) = inside("toolUse", "input") {
            (&mut block.arguments, piece, ChunkType::ToolCall)
        } else {
            return Some(Delta::of(ChunkType::Other, ""));
        };
        whole.push_str(piece);
        let tool_call = (kind == ChunkType::ToolCall).then_some(number);
        Some(Delta { tool_call, ..Delta::of(kind, piece) })
    }
}

impl Block {
    /// Returns the block's parts as an answer that is not streamed has them.
    fn assembled(self) -> Vec<Value> {
        let mut parts = Vec::new();
        if !self.thought.is_empty() {
            parts.push(json!({"reasoningContent": {"reasoningText": {"text": self.thought}}}));
        }
        if !self.text.is_empty() {
            parts.push(json!({"text": self.text}));
        }
        if let Some(mut call) = self.call {
            call.insert("input".to_owned(), text::said(&self.arguments));
            parts.push(json!({"toolUse": call}));
        }
        parts
    }
}
