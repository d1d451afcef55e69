//! Streams of answers that each go on where the one before ended: Gemini's and Ollama's.
//!
//! Source: the Gemini API reference, "streamGenerateContent"; ollama/ollama `docs/api.md`.

use std::collections::BTreeMap;

use super::{Assembler, Delta, index};
use crate::json::{Json, Object};
use crate::reading::{ChunkType, Message, Part};
use crate::shapes::{self, Payload, message, usage};

/// The answers so far, by choice.
#[derive(Default)]
pub(super) struct Answers {
    choices: BTreeMap<u32, Choice>,
    payload: Payload,
}

#[derive(Default)]
struct Choice {
    parts: Vec<Part>,
    calls: u32,
    finish_reason: Option<String>,
}

impl Assembler for Answers {
    fn take(&mut self, event: Json<'_>) -> Option<Delta> {
        let answer = event.as_object()?;
        let first = |keys: [&str; 2]| keys.into_iter().find_map(|key| answer.get(key).filter(|value| !value.is_null()));
        let text = |keys: [&str; 2]| Some(first(keys)?.as_str()?.to_owned());
        let used = first(["usageMetadata", "usage_metadata"]);
        let candidates = answer.get("candidates").and_then(Json::as_array);
        let mut said = None;
        if candidates.is_some() || used.is_some() {
            for candidate in candidates.into_iter().flatten().filter_map(Json::as_object) {
                let more = self.take_candidate(candidate)?;
                said = said.filter(|delta: &Delta| delta.kind != ChunkType::Other).or(Some(more));
            }
        } else {
            answer.get("done")?.as_bool()?;
            said = Some(self.take_piece(answer)?);
        }
        let counts = usage::counts(used.unwrap_or(event));
        self.payload.counts = counts.or(self.payload.counts);
        self.payload.model =
            text(["modelVersion", "model_version"]).or(text(["model", "model"])).or(self.payload.model.take());
        self.payload.response_id = text(["responseId", "response_id"]).or(self.payload.response_id.take());
        let kind = if counts.is_some() { ChunkType::Usage } else { ChunkType::Other };
        Some(said.filter(|delta| delta.kind != ChunkType::Other).unwrap_or_else(|| Delta::of(kind, "")))
    }

    fn assembled(self: Box<Self>) -> Payload {
        let mut payload = self.payload;
        for choice in self.choices.into_values() {
            payload.finish_reasons.extend(choice.finish_reason);
            payload.messages.push(Message::new("assistant", choice.parts));
        }
        payload
    }
}

impl Answers {
    fn take_candidate(&mut self, candidate: Object<'_>) -> Option<Delta> {
        let number = index(candidate.get("index"))?;
        let reason = ["finishReason", "finish_reason"].into_iter().find_map(|key| candidate.get(key)?.as_str());
        let parts = candidate.get("content").and_then(|content| content.get("parts")).map(shapes::content);
        Some(self.choices.entry(number).or_default().take(number, parts.unwrap_or_default(), reason))
    }

    /// Ollama's, of a chat or of a completion.
    fn take_piece(&mut self, answer: Object<'_>) -> Option<Delta> {
        let parts = match answer.get("message") {
            Some(said) => message::read(said, "assistant")?.parts,
            None => {
                let text = |key: &str| answer.get(key).and_then(Json::as_str).filter(|text| !text.is_empty());
                let thought = text("thinking").map(|text| Part::Reasoning { text: text.to_owned() });
                answer.get("response")?.as_str()?;
                thought.into_iter().chain(text("response").map(|text| Part::Text { text: text.to_owned() })).collect()
            }
        };
        let reason = answer.get("done_reason").and_then(Json::as_str);
        Some(self.choices.entry(0).or_default().take(0, parts, reason))
    }
}

impl Choice {
    /// Adds what an answer says, and returns the first of it.
    fn take(&mut self, number: u32, parts: Vec<Part>, reason: Option<&str>) -> Delta {
        if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
            self.finish_reason = Some(reason.to_owned());
        }
        let mut first = None;
        for part in parts {
            let delta = match &part {
                Part::Text { text } => Delta::of(ChunkType::Text, text.as_str()),
                Part::Reasoning { text } => Delta::of(ChunkType::Reasoning, text.as_str()),
                Part::ToolCall { arguments, .. } => {
                    self.calls += 1;
                    Delta { tool_call: Some(self.calls - 1), ..Delta::of(ChunkType::ToolCall, arguments.to_string()) }
                }
                _ => Delta::of(ChunkType::Other, ""),
            };
            first.get_or_insert(delta);
            match (self.parts.last_mut(), part) {
                (Some(Part::Text { text }), Part::Text { text: more })
                | (Some(Part::Reasoning { text }), Part::Reasoning { text: more }) => text.push_str(&more),
                (_, part) => self.parts.push(part),
            }
        }
        Delta { choice: number, ..first.unwrap_or_else(|| Delta::of(ChunkType::Other, "")) }
    }
}
