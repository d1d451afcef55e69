//! Stream chunks of OpenAI Chat Completions and of the older Completions.
//!
//! Source: the OpenAI API reference, "Chat: streaming". A tool call comes in pieces that share a choice and a call index; only the
//! first piece has its id and name.

use std::collections::BTreeMap;

use super::calls::Calls;
use super::{Assembler, Delta, index};
use crate::json::{Json, Object};
use crate::reading::{ChunkType, Document, Media, Message, Part};
use crate::shapes::{self, Payload, cited, media, message, text, usage};

/// The chunks of one answer, by choice.
#[derive(Default)]
pub(super) struct Chat {
    choices: BTreeMap<u32, Choice>,
    payload: Payload,
    /// What a search found, which every chunk of Perplexity's repeats.
    found: Vec<Document>,
    /// The choice whose content the last chunk went on with, if it did nothing else.
    goes_on: Option<u32>,
}

#[derive(Default)]
struct Choice {
    role: Option<String>,
    content: String,
    reasoning: String,
    refusal: String,
    spoken: Option<String>,
    calls: Calls,
    cited: Vec<Document>,
    finish_reason: Option<String>,
}

impl Assembler for Chat {
    fn take(&mut self, event: Json<'_>) -> Option<Delta> {
        self.goes_on = None;
        let chunk = event.as_object()?;
        let choices = chunk.get("choices")?.as_array()?;
        // Every chunk repeats both.
        for (key, known) in [("model", &mut self.payload.model), ("id", &mut self.payload.response_id)] {
            let told = chunk.get(key).and_then(Json::as_str).filter(|text| !text.is_empty());
            if let Some(told) = told.filter(|told| known.as_deref() != Some(told)) {
                *known = Some(told.to_owned());
            }
        }
        if ["search_results", "citations"].iter().any(|key| chunk.get(key).is_some_and(|list| !list.is_null())) {
            self.found = cited(event);
        }
        let counts = chunk.get("usage").and_then(usage::counts);
        self.payload.counts = counts.or(self.payload.counts);
        let several = choices.len() > 1;
        let deltas = choices.filter_map(|choice| self.take_choice(choice.as_object()?));
        // Providers send one choice per chunk; of several, the first with anything in it names the chunk.
        let said = deltas
            .reduce(|said, delta| if said.kind == ChunkType::Other && delta.kind != said.kind { delta } else { said });
        if several {
            self.goes_on = None;
        }
        let kind = if counts.is_some() { ChunkType::Usage } else { ChunkType::Other };
        Some(match said {
            Some(delta) if delta.kind != ChunkType::Other => delta,
            Some(delta) => Delta { kind, ..delta },
            None => Delta::of(kind, ""),
        })
    }

    fn goes_on_with(&mut self) -> Option<&mut String> {
        Some(&mut self.choices.get_mut(&self.goes_on?)?.content)
    }

    fn assembled(self: Box<Self>) -> Payload {
        let mut payload = self.payload;
        payload.cited = self.found;
        for choice in self.choices.into_values() {
            payload.finish_reasons.extend(choice.finish_reason.clone());
            for document in &choice.cited {
                if !payload.cited.contains(document) {
                    payload.cited.push(document.clone());
                }
            }
            payload.messages.push(choice.message());
        }
        payload
    }
}

impl Chat {
    fn take_choice(&mut self, sent: Object<'_>) -> Option<Delta> {
        let number = index(sent.get("index"))?;
        let choice = self.choices.entry(number).or_default();
        if let Some(reason) = sent.get("finish_reason").and_then(Json::as_str) {
            choice.finish_reason = Some(reason.to_owned());
        }
        let (delta, is_content) = match sent.get("delta").and_then(Json::as_object) {
            Some(delta) => choice.take(delta),
            None => {
                let text = sent.get("text").and_then(Json::as_str).unwrap_or_default();
                choice.content.push_str(text);
                (Delta::of(if text.is_empty() { ChunkType::Other } else { ChunkType::Text }, text), !text.is_empty())
            }
        };
        self.goes_on = is_content.then_some(number);
        Some(Delta { choice: number, ..delta })
    }
}

impl Choice {
    /// Returns what a delta says, and whether that is a piece of the content and nothing else.
    fn take(&mut self, delta: Object<'_>) -> (Delta, bool) {
        let text = |keys: &[&str]| {
            keys.iter().find_map(|key| delta.get(key).and_then(Json::as_str)).filter(|text| !text.is_empty())
        };
        if let Some(role) = text(&["role"]) {
            self.role = Some(message::role(role));
        }
        let mut taken = Delta::of(ChunkType::Other, "");
        if let Some(function) = delta.get("function_call").and_then(Json::as_object) {
            taken = self.take_call(0, None, function);
        }
        for call in delta.get("tool_calls").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_object) {
            let called = ["function", "custom"].into_iter().find_map(|kind| call.get(kind)?.as_object());
            let (Some(number), Some(function)) = (index(call.get("index")), called) else {
                continue;
            };
            let id = call.get("id").and_then(Json::as_str).filter(|id| !id.is_empty());
            taken = self.take_call(number, id, function);
        }
        if let Some(refusal) = text(&["refusal"]) {
            self.refusal.push_str(refusal);
            taken = Delta::of(ChunkType::Text, refusal);
        }
        if let Some(thought) = text(&["reasoning_content", "reasoning"]) {
            self.reasoning.push_str(thought);
            taken = Delta::of(ChunkType::Reasoning, thought);
        }
        if let Some(audio) = delta.get("audio").and_then(Json::as_object) {
            let said = audio.get("transcript").and_then(Json::as_str).unwrap_or_default();
            self.spoken.get_or_insert_default().push_str(said);
            taken = Delta::of(if said.is_empty() { ChunkType::Other } else { ChunkType::Text }, said);
        }
        if delta.get("annotations").is_some_and(|list| !list.is_null()) {
            self.cited.extend(cited(delta.json()));
        }
        // Mistral's models that think have a list of parts, the thoughts among them.
        for part in delta.get("content").filter(|said| said.is_array()).map(shapes::content).unwrap_or_default() {
            taken = match part {
                Part::Text { text } => {
                    self.content.push_str(&text);
                    Delta::of(ChunkType::Text, text)
                }
                Part::Reasoning { text } => {
                    self.reasoning.push_str(&text);
                    Delta::of(ChunkType::Reasoning, text)
                }
                _ => continue,
            };
        }
        let Some(content) = text(&["content"]) else { return (taken, false) };
        self.content.push_str(content);
        (Delta::of(ChunkType::Text, content), taken.kind == ChunkType::Other)
    }

    fn take_call(&mut self, index: u32, id: Option<&str>, function: Object<'_>) -> Delta {
        let text = |key: &str| function.get(key).and_then(Json::as_str).unwrap_or_default();
        let arguments = if text("arguments").is_empty() { text("input") } else { text("arguments") };
        let number = self.calls.take(index, id, text("name"), arguments);
        let piece = if arguments.is_empty() { text("name") } else { arguments };
        Delta { tool_call: Some(number), ..Delta::of(ChunkType::ToolCall, piece) }
    }

    fn message(self) -> Message {
        let mut parts = Vec::new();
        if !self.reasoning.is_empty() {
            parts.push(Part::Reasoning { text: self.reasoning });
        }
        parts.extend(text::parts(&self.content));
        if !self.refusal.is_empty() {
            parts.push(Part::Refusal { text: self.refusal });
        }
        if let Some(transcript) = self.spoken {
            let heard = Some(transcript).filter(|transcript| !transcript.is_empty());
            parts.push(Part::Audio(Media { transcript: heard, ..media::without_bytes(None) }));
        }
        parts.extend(self.calls.parts());
        Message::new(self.role.unwrap_or_else(|| "assistant".to_owned()), parts)
    }
}
