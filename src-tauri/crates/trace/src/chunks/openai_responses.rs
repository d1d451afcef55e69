//! Stream events of OpenAI Responses.
//!
//! Source: the OpenAI API reference, "Responses: streaming events". The closing event repeats the whole response; without it (the
//! stream broke off) the items are put together from what came.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Assembler, Delta, index};
use crate::json::{Json, Object};
use crate::reading::ChunkType;
use crate::shapes::{self, Payload, Side};

/// The events of one answer.
#[derive(Default)]
pub(super) struct Responses {
    /// The response object of the last event that carried one, and whether it is the final one.
    response: Option<(Value, bool)>,
    items: BTreeMap<u32, Item>,
}

/// An output item as it grows.
#[derive(Default)]
struct Item {
    /// As first announced, or as it was when done.
    sent: Value,
    done: bool,
    text: String,
    reasoning: String,
    refusal: String,
    arguments: String,
    annotations: Vec<Value>,
}

impl Assembler for Responses {
    fn take(&mut self, event: Json<'_>) -> Option<Delta> {
        let event = event.as_object()?;
        let kind = event.get("type")?.as_str()?.strip_prefix("response.")?;
        if let Some(response) = event.get("response").filter(|response| response.is_object()) {
            let is_final = matches!(kind, "completed" | "incomplete" | "failed");
            self.response = Some((response.to_value(), is_final));
            let has_usage = response.get("usage").is_some_and(|usage| !usage.is_null());
            return Some(Delta::of(if has_usage { ChunkType::Usage } else { ChunkType::Other }, ""));
        }
        Some(self.take_item_event(event, kind).unwrap_or_else(|| Delta::of(ChunkType::Other, "")))
    }

    fn assembled(self: Box<Self>) -> Payload {
        let (mut response, is_final) = self.response.unwrap_or_else(|| (json!({}), false));
        response["object"] = json!("response");
        // What failed may tell no more than that, though something was said before.
        if !is_final || response["output"].as_array().is_none_or(Vec::is_empty) {
            response["output"] = self.items.into_values().map(Item::assembled).collect();
        }
        let mut payload = shapes::read(&response, Side::Output).unwrap_or_default();
        if !is_final {
            payload.finish_reasons.clear();
        }
        payload
    }
}

impl Responses {
    fn take_item_event(&mut self, event: Object<'_>, kind: &str) -> Option<Delta> {
        let number = index(event.get("output_index"))?;
        let item = self.items.entry(number).or_default();
        if let Some(sent) = event.get("item") {
            item.sent = sent.to_value();
            item.done = kind == "output_item.done";
            return None;
        }
        if kind == "output_text.annotation.added" {
            item.annotations.extend(event.get("annotation").map(Json::to_value));
            return None;
        }
        let delta = event.get("delta")?.as_str()?;
        let (whole, carried) = match kind {
            "output_text.delta" => (&mut item.text, ChunkType::Text),
            "refusal.delta" => (&mut item.refusal, ChunkType::Text),
            "function_call_arguments.delta"
            | "custom_tool_call_input.delta"
            | "mcp_call_arguments.delta"
            | "code_interpreter_call_code.delta" => (&mut item.arguments, ChunkType::ToolCall),
            kind if kind.starts_with("reasoning") => (&mut item.reasoning, ChunkType::Reasoning),
            _ => return None,
        };
        whole.push_str(delta);
        let tool_call = (carried == ChunkType::ToolCall).then_some(number);
        Some(Delta { tool_call, ..Delta::of(carried, delta) })
    }
}

impl Item {
    /// Returns the item as the API would have sent it whole.
    fn assembled(self) -> Value {
        if self.done {
            return self.sent;
        }
        let mut item = self.sent.as_object().cloned().unwrap_or_default();
        item.entry("type").or_insert_with(|| json!("message"));
        if !self.arguments.is_empty() {
            let key = match item["type"].as_str() {
                Some("custom_tool_call") => "input",
                Some("code_interpreter_call") => "code",
                _ => "arguments",
            };
            item.insert(key.into(), json!(self.arguments));
        }
        if !self.reasoning.is_empty() {
            item.insert("summary".into(), json!([{"type": "summary_text", "text": self.reasoning}]));
        }
        if !self.text.is_empty() || !self.refusal.is_empty() {
            let parts = [("output_text", "text", self.text), ("refusal", "refusal", self.refusal)];
            let parts = parts.into_iter().filter(|(_, _, said)| !said.is_empty());
            let mut parts: Vec<Value> = parts.map(|(kind, key, said)| json!({"type": kind, key: said})).collect();
            if let Some(text) = parts.first_mut().filter(|part| part["type"] == "output_text") {
                text["annotations"] = Value::Array(self.annotations);
            }
            item.insert("content".into(), Value::Array(parts));
        }
        Value::Object(item)
    }
}
