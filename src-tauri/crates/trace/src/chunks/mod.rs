//! Streamed answers: a provider's stream events put together again to messages, with the time of each.
//!
//! Where the events were found on a span is the business of [`crate::dialects`]. Nothing is guessed: what is assembled is exactly
//! what the events say, and whether to trust it when events are missing is for the caller to decide.

mod anthropic;
mod bedrock;
mod langchain;
mod openai_chat;
mod openai_responses;
mod plain;

use crate::json::{Document, Json};
use crate::reading::{Chunk, ChunkType, Stream};
use crate::shapes::{Payload, settle};

/// One stream event as received.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// Its place in the stream as the sender counted, from 0.
    pub index: u64,
    /// When it arrived, in nanoseconds after the span's start; negative when clocks disagree.
    pub offset_ns: i64,
    /// What it says.
    pub value: Document<'a>,
}

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq)]
struct Delta {
    kind: ChunkType,
    text: String,
    choice: u32,
    tool_call: Option<u32>,
}

impl Delta {
    /// Returns a delta of the first choice that is not part of a tool call.
    fn of(kind: ChunkType, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), choice: 0, tool_call: None }
    }
}

/// Puts one provider's events together.
trait Assembler {
    /// Takes the next event and says what it carries; `None` when it is not this provider's.
    fn take(&mut self, event: Json<'_>) -> Option<Delta>;
    /// Returns what the events so far amount to.
    fn assembled(self: Box<Self>) -> Payload;
}

/// The providers' formats; the one that knows the first event reads the whole stream.
const FORMATS: &[fn() -> Box<dyn Assembler>] = &[
    || Box::<openai_chat::Chat>::default(),
    || Box::<openai_responses::Responses>::default(),
    || Box::<anthropic::Messages>::default(),
    || Box::<bedrock::Converse>::default(),
    || Box::<langchain::Generation>::default(),
    || Box::<plain::Texts>::default(),
];

/// Choices and tool calls beyond this index are not assembled: no provider has so many, and a hostile index must cost nothing.
const MAX_INDEX: u64 = 10_000;

/// Returns the stream the events make, and the answer they amount to: no messages in it when the format is unknown.
///
/// `dropped` is how many events the sender says it left out; gaps in the numbering are found here.
pub fn assemble(mut events: Vec<Event<'_>>, dropped: u64) -> (Stream, Payload) {
    events.sort_by_key(|event| (event.index, event.offset_ns));
    let format =
        events.iter().find_map(|event| FORMATS.iter().find(|format| format().take(event.value.root()).is_some()));
    let mut assembler = format.map(|format| format());
    let mut items = Vec::with_capacity(events.len());
    for event in &events {
        let delta = assembler.as_mut().and_then(|assembler| assembler.take(event.value.root()));
        let delta = delta.unwrap_or_else(|| Delta::of(ChunkType::Other, event.value.root().to_value().to_string()));
        items.push(Chunk {
            index: event.index,
            offset_ns: event.offset_ns,
            kind: delta.kind,
            text: delta.text,
            choice: delta.choice,
            tool_call: delta.tool_call,
        });
    }
    let sent = events.last().map_or(0, |last| last.index.saturating_add(1));
    let missing = sent.saturating_sub(events.len() as u64);
    let first = events.first().filter(|first| first.index == 0 && first.offset_ns >= 0);
    let text =
        items.iter().filter(|item| item.kind == ChunkType::Text && item.choice == 0).map(|item| item.text.as_str());
    let stream = Stream {
        chunks: events.len() as u64,
        dropped_chunks: missing.max(dropped),
        time_to_first_chunk_ns: first.map(|first| first.offset_ns.unsigned_abs()),
        time_to_first_chunk_source: None,
        text: text.collect(),
        items,
    };
    let mut payload = assembler.map(Assembler::assembled).unwrap_or_default();
    payload.messages = settle(payload.messages);
    (stream, payload)
}

/// Returns an index given in an event, when it is one this reader assembles.
fn index(value: Option<Json<'_>>) -> Option<u32> {
    match value.filter(|value| !value.is_null()) {
        None => Some(0),
        Some(value) => value.as_u64().filter(|index| *index < MAX_INDEX).and_then(|index| u32::try_from(index).ok()),
    }
}

#[cfg(test)]
mod tests;
