//! Stream events of Anthropic Messages.
//!
//! Source: the Anthropic API reference, "Streaming messages". The counts in `message_delta` are cumulative, not added.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Assembler, Delta, index};
use crate::json::{Json, Object};
use crate::reading::{ChunkType, ErrorInfo, Message};
use crate::shapes::{Payload, cited, content, text, usage};

/// The events of one answer, by content block.
#[derive(Default)]
pub(super) struct Messages {
    blocks: BTreeMap<u32, Block>,
    usage: Map<String, Value>,
    payload: Payload,
}

#[derive(Default)]
struct Block {
    start: Map<String, Value>,
    text: String,
    json: String,
    citations: Vec<Value>,
}

impl Assembler for Messages {
    fn take(&mut self, event: Json<'_>) -> Option<Delta> {
        let event = event.as_object()?;
        match event.get("type")?.as_str()? {
            "message_start" => {
                let message = event.get("message")?.as_object()?;
                let told = |key: &str| message.get(key).and_then(Json::as_str).map(str::to_owned);
                self.payload.model = told("model");
                self.payload.response_id = told("id");
                self.count(message.get("usage"));
                Some(Delta::of(ChunkType::Other, ""))
            }
            "message_delta" => {
                let reason = event.get("delta").and_then(|delta| delta.get("stop_reason")?.as_str());
                self.payload.finish_reasons = reason.map(str::to_owned).into_iter().collect();
                self.count(event.get("usage"));
                Some(Delta::of(ChunkType::Usage, ""))
            }
            "content_block_start" => {
                let block = self.blocks.entry(index(event.get("index"))?).or_default();
                block.start = event.get("content_block")?.as_object()?.to_map();
                // Nearly always empty; what is there is the beginning.
                let begun = |key: &str| block.start.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
                let (kind, text) = match (begun("text"), begun("thinking")) {
                    (Some(text), _) => (ChunkType::Text, text),
                    (None, Some(thought)) => (ChunkType::Reasoning, thought),
                    (None, None) => return Some(Delta::of(ChunkType::Other, "")),
                };
                block.text = text.to_owned();
                Some(Delta::of(kind, text))
            }
            "content_block_delta" => self.take_delta(index(event.get("index"))?, event.get("delta")?.as_object()?),
            "error" => {
                let told = |key: &str| event.get("error")?.get(key)?.as_str().map(str::to_owned);
                self.payload.error = Some(ErrorInfo { kind: told("type"), message: told("message"), stacktrace: None });
                Some(Delta::of(ChunkType::Other, ""))
            }
            "content_block_stop" | "message_stop" | "ping" => Some(Delta::of(ChunkType::Other, "")),
            _ => None,
        }
    }

    fn assembled(self: Box<Self>) -> Payload {
        let mut payload = self.payload;
        payload.counts = usage::counts(&self.usage);
        let blocks = Value::Array(self.blocks.into_values().map(Block::assembled).collect());
        payload.messages = vec![Message::new("assistant", content(&blocks))];
        payload.cited = cited(&json!({"content": blocks}));
        payload
    }
}

impl Messages {
    fn count(&mut self, usage: Option<Json<'_>>) {
        let told = usage.and_then(Json::as_object).into_iter().flatten();
        self.usage
            .extend(told.filter(|(_, value)| !value.is_null()).map(|(key, value)| (key.to_owned(), value.to_value())));
    }

    fn take_delta(&mut self, number: u32, delta: Object<'_>) -> Option<Delta> {
        let block = self.blocks.entry(number).or_default();
        let piece = |key: &str| delta.get(key).and_then(Json::as_str).unwrap_or_default();
        let (whole, piece, kind) = match delta.get("type")?.as_str()? {
            "text_delta" => (&mut block.text, piece("text"), ChunkType::Text),
            "thinking_delta" => (&mut block.text, piece("thinking"), ChunkType::Reasoning),
            "input_json_delta" => (&mut block.json, piece("partial_json"), ChunkType::ToolCall),
            "citations_delta" => {
                block.citations.extend(delta.get("citation").map(Json::to_value));
                return Some(Delta::of(ChunkType::Other, ""));
            }
            _ => return Some(Delta::of(ChunkType::Other, "")),
        };
        whole.push_str(piece);
        let tool_call = (kind == ChunkType::ToolCall).then_some(number);
        Some(Delta { tool_call, ..Delta::of(kind, piece) })
    }
}

impl Block {
    fn assembled(mut self) -> Value {
        if !self.json.is_empty() {
            self.start.insert("input".into(), text::said(&self.json));
        }
        if !self.text.is_empty() {
            let key =
                if self.start.get("type").and_then(Value::as_str) == Some("thinking") { "thinking" } else { "text" };
            self.start.entry("type").or_insert_with(|| "text".into());
            self.start.insert(key.into(), self.text.into());
        }
        if !self.citations.is_empty() {
            self.start.insert("citations".into(), Value::Array(self.citations));
        }
        Value::Object(self.start)
    }
}
