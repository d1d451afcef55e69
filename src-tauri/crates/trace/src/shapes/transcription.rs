//! An answer that is a text beside what it took: what OpenAI Audio heard, what a node of Dify's workflows wrote.
//!
//! Source: the OpenAI API reference, "Create transcription", as JSON and as verbose JSON; Dify 1.x, `nodes/llm/node.py`.

use super::{Payload, Side, content, string, usage};
use crate::json::Json;
use crate::reading::Message;

/// What tells such an answer from any other object with a text in it.
const BESIDE: [&str; 4] = ["usage", "segments", "duration", "logprobs"];

/// An answer: the `text`, with what it took or when each word was said beside it.
pub(super) fn call(value: Json<'_>, side: Side) -> Option<Payload> {
    let object = value.as_object().filter(|_| side == Side::Output)?;
    let heard = string(object, "text").filter(|_| BESIDE.iter().any(|key| object.contains_key(key)))?;
    let counts = object.get("usage").and_then(usage::counts);
    let finish_reasons = string(object, "finish_reason").into_iter().collect();
    Some(Payload { counts, finish_reasons, ..Payload::of(vec![Message::new("assistant", content::text(&heard))]) })
}
